import { defineConfig } from "vitest/config";
import { temporaryFolder } from "./test/tools/in-memory.ts";

// The tests that need a cluster, Go or Python have commands of their own (see package.json), and those that run the program
// hundreds of times on a fleet, with Secrets and with registries of images, or wait as forges want it.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      "cluster",
      "components",
      "config",
      "coordination",
      "database",
      "forge",
      "messaging",
      "openstack/scenarios",
      "ovn",
      "page",
      "registry",
      "renovate",
      "schemas",
      "secrets",
      "sops-program",
    ].map((folder) => `test/${folder}/**`),
    setupFiles: ["test/tools/budget.ts"],
    // Against hanging, not for speed: a busy machine takes many times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    env: { TMPDIR: temporaryFolder() },
    // The pipeline is pure and no module keeps state, so test files may share what a worker has loaded: 120 s instead of
    // 188 s for the whole run on two cores. Vitest leaves one core free by default.
    isolate: false,
    maxWorkers: "100%",
  },
});
