import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { planFleet, writeFleet } from "../../generator/fleet/plan.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { goldenClusters } from "./clusters.ts";

/** The golden fleet, generated into a temporary folder: for programs that read files, and not recorded texts. */
export function goldenFleet(): { readonly root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), "overstack-golden-"));
  for (const [name, text] of goldenClusters()) {
    const file = join(root, "clusters", name, "cluster.yaml");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const outcome = planFleet(root);
  const issues = outcome.plan === undefined ? outcome.issues : writeFleet(root, outcome);
  if (hasErrors(issues)) throw new Error(`the golden fleet is refused: ${JSON.stringify(issues)}`);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
