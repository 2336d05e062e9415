import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: { include: ["test/config/**/*.test.ts"], globalSetup: ["test/config/setup.ts"], testTimeout: 600_000 },
});
