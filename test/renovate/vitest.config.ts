import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: { include: ["test/renovate/**/*.test.ts"], globalSetup: ["test/renovate/setup.ts"], testTimeout: 1_800_000 },
});
