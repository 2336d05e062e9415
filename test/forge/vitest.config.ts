import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  // GitHub wants writes to be seconds apart, and its client keeps to that.
  test: { include: ["test/forge/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000 },
});
