import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

export default defineConfig({
  test: {
    include: ["test/openstack/scenarios/*.test.ts"],
    globalSetup: "test/openstack/setup.ts",
    // One cluster at a time fills a small machine, and the files share what takes minutes to start (scenario.ts).
    fileParallelism: false,
    isolate: false,
    sequence: {
      sequencer: class extends BaseSequencer {
        /** By their names, which begin with a number. */
        override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
          return files.sort((a, b) => a.moduleId.localeCompare(b.moduleId, "en", { numeric: true }));
        }
      },
    },
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
