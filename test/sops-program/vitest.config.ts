import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Building sops takes minutes the first time; afterwards it lies in the user's cache.
export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: { include: ["test/sops-program/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 1_200_000 },
});
