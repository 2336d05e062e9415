import { inventoryFile } from "../base/layout.ts";
import { kinds } from "../connections/index.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import type { RecordedState } from "../model/living.ts";
import type { Disk } from "../tree/disk.ts";
import type { Inventory } from "../tree/inventory.ts";

/**
 * What the last run recorded of a cluster's living data; undefined before the first run. A record that lists files and
 * does not say what lives is broken: without its facts an edit could empty a database, and nothing would ask.
 */
export const recordedOf = (disk: Disk, cluster: string): Checked<RecordedState> =>
  recordedBy(disk.inventories.get(inventoryFile(cluster)), cluster);

/** The same by its inventory; undefined where there is none. */
export function recordedBy(inventory: Inventory | undefined, cluster: string): Checked<RecordedState> {
  if (inventory === undefined) return { value: undefined, issues: [] };
  const file = inventoryFile(cluster);
  const facts: unknown = inventory.facts;
  if (!isRecordedState(facts)) return { value: undefined, issues: [withoutFacts(file)] };
  return { value: { ...facts, ...engineOf(inventory, cluster) }, issues: [] };
}

/** The engine whose objects were written; it is not among the facts, for the files say it. */
function engineOf({ files }: Inventory, cluster: string): Pick<RecordedState, "engine"> {
  const engine = (["flux", "argocd"] as const).find((name) => files.has(`clusters/${cluster}/${name}/root.yaml`));
  return engine === undefined ? {} : { engine };
}

function isRecordedState(facts: unknown): facts is RecordedState {
  if (!isMap(facts) || typeof facts.release !== "string" || !isMap(facts.instances)) return false;
  if (!["undefined", "string"].includes(typeof facts.internalTls)) return false;
  return Object.values(facts.instances).every(isRecordedInstance);
}

function isRecordedInstance(instance: unknown): boolean {
  if (!isMap(instance) || !isMap(instance.providers) || !Array.isArray(instance.data)) return false;
  return (
    isText(instance.component) &&
    isText(instance.namespace) &&
    ["undefined", "string"].includes(typeof instance.release) &&
    ["undefined", "string"].includes(typeof instance.owner) &&
    Object.entries(instance.providers).every(([need, provider]) => isConnection(need) && isText(provider)) &&
    instance.data.every(isConstraint)
  );
}

const isConnection = (need: string): boolean => kinds.some((kind) => need.startsWith(`${kind} `));

const isConstraint = (data: unknown): boolean =>
  isMap(data) &&
  ["keep", "less", "grow", "fixed"].includes(String(data.rule)) &&
  ["string", "number"].includes(typeof data.value) &&
  ["key", "shown", "what", "consequence"].every((key) => isText(data[key]));

const isText = (value: unknown): boolean => typeof value === "string";
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const withoutFacts = (file: string): Issue =>
  error(
    "broken-inventory",
    `${file} lists files, and does not say any more what lives in the cluster (facts)`,
    `Get it back as it was generated (git log -p -- ${file} shows when it changed; git checkout COMMIT -- ${file}), then generate again.`,
    { file },
  );
