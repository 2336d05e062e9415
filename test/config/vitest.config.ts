import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { inOrder } from "../tools/longest-first.ts";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/config/**/*.test.ts", "test/components/judged/*.test.ts"],
    globalSetup: ["test/config/setup.ts"],
    // Programs wait for each other more than they work. Vitest leaves one core free by default: of two it would use one.
    maxWorkers: 3,
    sequence: { sequencer: inOrder(["cloud", "regions"]) },
    // Far above what they take: a busy machine starts a dozen of programs for minutes.
    testTimeout: 1_800_000,
    // Ends of two clouds on a busy machine.
    hookTimeout: 900_000,
    // A run judges what was changed: a file whose service is not part of it has no test.
    passWithNoTests: true,
  },
});
