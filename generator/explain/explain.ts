import { oneOf, parsePath, showPath } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import { whichCluster } from "../fleet/no-cluster.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { componentOf } from "../input/instances.ts";
import { meaningOf, typeOf } from "../input/schema/shown-settings.ts";
import { bare } from "../input/schema/zod-walk.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import type { Instance } from "../model/model.ts";
import type { Detail } from "./connections.ts";
import { detailsOf } from "./details.ts";
import { generatedConfig, type Value } from "./effective.ts";
import { type Key, keysBelow } from "./keys.ts";
import { knownTo } from "./options.ts";
import { follow, instanceOf, knownInstances, type Place, wholeSchema } from "./place.ts";
import { explainSecrets, type SecretRow } from "./secrets.ts";
import { unknownPath } from "./unknown.ts";
import { clusterValue, type Default, defaultOf, settingsOf } from "./value.ts";

export { explainSecrets } from "./secrets.ts";
export { renderExplanation } from "./text.ts";

/** What there is to say about one key of cluster.yaml. */
export interface Explanation {
  /** As messages write it: `services.glance.config["glance-api.conf"].DEFAULT`; empty for the root. */
  readonly path: string;
  readonly meaning: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: Default;
  /** This cluster's; undefined when no cluster was named, or when it has none. */
  readonly value?: Value;
  /** What the cluster makes of it. */
  readonly details: readonly Detail[];
  /** Keys below it. */
  readonly keys: readonly Key[];
  /** Of the path `secrets` alone. */
  readonly secrets?: readonly SecretRow[];
}

/**
 * Explains a path of cluster.yaml, with the value of a cluster when one is given. Paths are dotted; a name that holds dots
 * may be quoted, and need not be where it is written or known. `secrets` lists the Secrets that must exist.
 */
export function explainPath(path: string, catalogue: Catalogue, cluster?: Cluster): Checked<Explanation> {
  const words = parsePath(withBrackets(path));
  if (words === undefined) return refuse(malformed(path));
  if (words.join() === "secrets") return secrets(cluster);
  const instances = cluster?.model?.instances ?? [];
  const existing = new Map<string, Component>(instances.map(({ name, component }) => [name, component]));
  const settings = cluster?.model === undefined ? undefined : settingsOf(cluster.model);
  const root = wholeSchema(knownInstances(words, catalogue, existing));
  const place = follow(words, root, settings, (at) => knownNames(at, words, catalogue, instances, cluster));
  if ("last" in place) return refuse(unknownPath(place, catalogue, cluster));
  const value = cluster === undefined ? undefined : clusterValue(place, cluster, settings);
  return {
    value: {
      path: showPath(place.path),
      meaning: meaningAt(place),
      type: oneOf([...new Set(place.schemas.map(typeOf))]),
      required: place.required,
      default: defaultOf(place),
      value,
      details: [
        ...(cluster === undefined ? [] : detailsOf(place, cluster)),
        ...optionsAt(place, catalogue, existing, cluster),
      ],
      keys: keysBelow(place, { catalogue, cluster, settings }),
    },
    issues: [],
  };
}

function optionsAt(
  place: Place,
  catalogue: Catalogue,
  existing: ReadonlyMap<string, Component>,
  cluster: Cluster | undefined,
): Detail[] {
  const at = instanceOf(place);
  const component = at === undefined ? undefined : (existing.get(at.name) ?? componentOf(at.name, catalogue));
  if (at === undefined || component === undefined) return [];
  const instance = cluster?.model?.instances.find(({ name }) => name === at.name);
  return knownTo(component, at, instance?.spec.release ?? cluster?.model?.spec.release);
}

/** Names with dots that need no quotes: files that the component has, and what ends like a file. */
function knownNames(
  place: Place,
  words: readonly string[],
  catalogue: Catalogue,
  instances: readonly Instance[],
  cluster?: Cluster,
): string[] {
  const at = instanceOf(place);
  if (at === undefined || at.setting.length !== 1 || !["config", "files"].includes(String(at.setting[0]))) return [];
  const instance = instances.find(({ name }) => name === at.name);
  const rest = words.slice(place.path.length);
  return [
    ...rest
      .map((_, index) => rest.slice(0, index + 1).join("."))
      .filter((name) => /\.(conf|ini|json|ya?ml)$/.test(name)),
    ...[...catalogue.values()].flatMap(({ conf }) => conf ?? []),
    ...(instance === undefined ? [] : Object.keys(generatedConfig(instance, cluster!.model!))),
  ];
}

/** What a place means; an entry of a map or list is explained by what it is an entry of. The default has a line of its own. */
function meaningAt(place: Place): string {
  if (place.above === undefined) return "Everything that is said about a cluster.";
  const own = place.schemas.flatMap((schema) => bare(schema).description ?? []);
  const withoutDefault = (text: string) => text.replace(/\s*\bDefault: .+?\.(?=\s|$)/, "");
  if (own.length > 0) return [...new Set(own.map(withoutDefault))].join(" Or: ");
  const described = ancestors(place).find(({ schemas }) => bare(schemas[0]!).description !== undefined);
  const isKey = place.above.schemas.some((schema) => bare(schema).def.type === "object");
  if (isKey || described === undefined) return meaningOf(place.schemas[0]!);
  return `An entry of ${showPath(place.above.path)}. ${meaningAt(described)}`;
}

const ancestors = ({ above }: Place): Place[] => (above === undefined ? [] : [above, ...ancestors(above)]);

/** `"a.b"` and `'a.b'` as the segment that a path has for it. */
const withBrackets = (path: string): string =>
  path
    .replace(/\[\s*'([^']*)'\s*\]/g, (_, name) => `[${JSON.stringify(name)}]`)
    .replace(/(^|\.)(?:"([^"]*)"|'([^']*)')/g, (_, __, double, single) => `[${JSON.stringify(double ?? single)}]`);

function secrets(cluster: Cluster | undefined): Checked<Explanation> {
  if (cluster === undefined) return refuse(whichCluster("which Secrets must exist", ["NAME"]));
  if (cluster.model === undefined)
    return refuse(
      error(
        "broken-cluster",
        `${cluster.file} has mistakes: the Secrets cannot be listed`,
        "Correct it first: overstack generate lists what is wrong.",
        { file: cluster.file },
      ),
    );
  return {
    value: {
      path: "secrets",
      meaning: `Secrets that must exist in cluster ${cluster.name}. Overstack names them and never holds their values.`,
      type: "a list of Secrets",
      required: false,
      details: [],
      keys: [],
      secrets: explainSecrets(cluster.model),
    },
    issues: [],
  };
}

const refuse = (issue: Issue): Checked<Explanation> => ({ value: undefined, issues: [issue] });

const malformed = (path: string): Issue =>
  error(
    "unknown-path",
    `${JSON.stringify(path)} is not a path`,
    'Write keys with dots between them, and names that hold dots in quotes: services.glance.config["glance-api.conf"].',
  );
