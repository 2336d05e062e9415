import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/ovn/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    bail: 1,
  },
});
