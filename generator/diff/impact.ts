import { isMap } from "../base/data.ts";
import { allOf, count } from "../base/words.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { resourceOf } from "../operators/index.ts";
import type { ObjectChange } from "./changes.ts";
import type { Delivered } from "./delivered.ts";
import { fixedFields } from "./fixed-fields.ts";
import { podOf, readingOf, workloadOf } from "./pods.ts";
import { type Level, type RuleName, ruleOrder, rules } from "./rules.ts";

/** Something that an edit does to a cluster, with the rule that says so. */
export interface Claim {
  readonly rule: RuleName;
  readonly level: Level;
  /** The instance; undefined of the cluster as a whole. */
  readonly of?: string;
  /** The objects that it is about. */
  readonly objects: readonly string[];
  /** A sentence without its objects. */
  readonly says: string;
  /** What to do instead, or first. */
  readonly instead?: string;
  /** Seconds that were seen, least and most. */
  readonly seconds?: readonly [least: number, most: number];
}

/** What claims are made from. */
export interface Sides {
  readonly changes: readonly ObjectChange[];
  readonly before: ReadonlyMap<string, Delivered>;
  readonly after: ReadonlyMap<string, Delivered>;
  /** True of the object of a role whose members decide by majority. */
  readonly isQuorum: (delivered: Delivered) => boolean;
  /** What the end of a pod interrupts, where it is replaced by hand. */
  readonly interrupts: (delivered: Delivered) => string | undefined;
}

/** A claim before its level and its objects are known. */
type Said = Pick<Claim, "rule" | "says" | "instead" | "seconds">;

/** What an edit does to the objects of a cluster, the gravest first; of what is said of several objects one claim is made. */
export function claimsOf(sides: Sides): Claim[] {
  const all = sides.changes.flatMap((change) =>
    [
      ...ofFields(change, sides),
      ...ofPods(change, sides),
      ...ofNumber(change, sides),
      ...ofRemoved(change, sides),
      ...ofFiles(change, sides),
    ].map((said) => ({ ...said, of: change.of, id: change.id })),
  );
  const same = Map.groupBy(all, ({ id: _, ...said }) => JSON.stringify(said));
  return inOrder(
    [...same.values()].map((each): Claim => {
      const { id: _, ...said } = each[0]!;
      return { ...said, level: rules[said.rule].level, objects: each.map(({ id }) => id) };
    }),
  );
}

/** Claims by the order of their rules. */
export const inOrder = (claims: readonly Claim[]): Claim[] =>
  [...claims].sort((one, other) => ruleOrder.indexOf(one.rule) - ruleOrder.indexOf(other.rule));

/** What is refused, and what fields of some kinds bring about. */
function ofFields({ id, verb, fields }: ObjectChange, { before, after }: Sides): Said[] {
  const [object, own] = [before.get(id)?.object, after.get(id)?.object];
  // A Job that runs something else has another name.
  if (verb !== "change" || object === undefined || object.metadata.name !== own?.metadata.name) return [];
  const refused = fixedFields(object, fields).map(({ rule, paths, instead }): Said => {
    const who = rule === "fixed-field" ? "the API server" : "its operator";
    return { rule, says: `${allOf(paths)} cannot change, ${who} refuses it`, instead };
  });
  const { reissued } = resourceOf(object) ?? {};
  const ofSpec = fields.filter(({ path }) => path.startsWith("spec."));
  return [
    ...refused,
    ...(object.kind === "NetworkPolicy" && ofSpec.some((field) => field.before !== undefined)
      ? [{ rule: "existing-connections" as const, says: "connections that it no longer allows may go on" }]
      : []),
    ...(reissued !== undefined && ofSpec.length > 0 ? [{ rule: "reissued" as const, says: reissued }] : []),
  ];
}

/** How pods are replaced, and who is without them meanwhile. */
function ofPods({ id, verb, pods }: ObjectChange, sides: Sides): Said[] {
  const own = sides.after.get(id);
  if (pods === undefined || own === undefined) return [];
  switch (pods.what) {
    case "run":
      return [{ rule: "job-again", says: verb === "add" ? "runs" : "runs again" }];
    case "next":
      return [{ rule: "next-run", says: "the next run has the new template" }];
    case "by-hand": {
      const interrupts = sides.interrupts(own);
      const says = `pods stay as they are until somebody deletes them${interrupts === undefined ? "" : `; each interrupts ${interrupts}`}`;
      return [{ rule: "on-delete", says }];
    }
    case "operator":
      return [{ rule: "operator", says: "its operator decides which pods to replace" }, ...ofMembers(own, sides, true)];
    case "replaced":
      return [...ofWorkload(own.object), ...ofMembers(own, sides, false)];
  }
}

function ofWorkload(object: KubernetesObject): Said[] {
  const { kind, replicas, recreates, atOnce } = workloadOf(object);
  if (replicas === 0) return [];
  if (recreates) return [{ rule: "recreate", says: "all pods end before new ones begin: nobody serves meanwhile" }];
  if (kind === "DaemonSet") return [{ rule: "by-node", says: `pods are replaced on ${atOnce} nodes at a time` }];
  if (kind === "StatefulSet")
    return replicas === 1
      ? [{ rule: "only-pod", says: "its only pod ends before the new one begins: nobody serves meanwhile" }]
      : [{ rule: "one-by-one", says: "one pod after the other" }];
  return [{ rule: "rolling", says: "a pod ends when another one is ready: no interruption is expected" }];
}

/** Members that decide by majority, while each of them restarts. */
function ofMembers(own: Delivered, { isQuorum }: Sides, ifRestarted: boolean): Said[] {
  const { object } = own;
  const { restart, replicas } = resourceOf(object) ?? {};
  const members = ifRestarted ? numberAt(object, replicas) : workloadOf(object).replicas;
  if (members === undefined) return [];
  const when = ifRestarted ? "if members restart, " : "";
  return [
    ...(restart === undefined || members < 2
      ? []
      : [
          {
            rule: "writer-restarts" as const,
            says: `${when}${restart.what} while the writer restarts`,
            seconds: restart.seconds,
          },
        ]),
    ...(ifRestarted && members === 1
      ? [{ rule: "only-pod" as const, says: "if its only member restarts, nobody serves meanwhile" }]
      : []),
    // One that restarts, and one that is lost in that time.
    ...(isQuorum(own) && members > 1 && members - 2 <= members / 2
      ? [
          {
            rule: "quorum" as const,
            says: `${when}one of ${members} members is away at a time, and one more lost then stops the others`,
          },
        ]
      : []),
  ];
}

/** The number that a field holds: `spec/replicas`. */
function numberAt(object: KubernetesObject, path = ""): number | undefined {
  const found = path.split("/").reduce<unknown>((node, key) => (isMap(node) ? node[key] : undefined), object);
  return typeof found === "number" ? found : undefined;
}

/** More or fewer pods. */
function ofNumber({ id, verb, fields, pods }: ObjectChange, { before, after }: Sides): Said[] {
  const [old, own] = [before.get(id), after.get(id)];
  if (verb !== "change" || old === undefined || own === undefined) return [];
  const field = fields.find(({ path }) => path === "spec.replicas");
  if (field === undefined || pods?.what === "operator") return [];
  const [was, is] = [field.before, field.after];
  if (typeof was !== "number" || typeof is !== "number") return [];
  const claims =
    own.object.kind === "StatefulSet" &&
    is < was &&
    isMap(own.object.spec) &&
    "volumeClaimTemplates" in own.object.spec;
  return [
    { rule: "scaled", says: `${is > was ? `${count(is - was, "pod")} more` : `${count(was - is, "pod")} fewer`}` },
    ...(is === 0 ? [{ rule: "all-gone" as const, says: "no pod is left to serve" }] : []),
    ...(is === 1
      ? [{ rule: "one-replica" as const, says: "one pod is left: the loss of its host interrupts it" }]
      : []),
    ...(claims ? [{ rule: "volumes-stay" as const, says: "volumes of the pods that go stay" }] : []),
  ];
}

function ofRemoved({ id, verb, stays }: ObjectChange, { before }: Sides): Said[] {
  if (verb !== "remove") return [];
  if (stays) return [{ rule: "stays", says: "no longer in Git, and stays in the cluster: nobody maintains it" }];
  const { object } = before.get(id) ?? {};
  const hasClaims = isMap(object?.spec) && "volumeClaimTemplates" in object.spec;
  return [
    ...(hasClaims ? [{ rule: "volumes-stay" as const, says: "its volumes stay" }] : []),
    { rule: "deleted", says: "the engine deletes them" },
  ];
}

/** ConfigMaps that reach pods where they are, and Secrets of Git that do not. */
function ofFiles({ id, verb, of }: ObjectChange, { changes, after }: Sides): Said[] {
  const [kind, name = ""] = id.split(" ");
  const [namespace, plain] = name.split("/");
  const isFile = kind === "ConfigMap" || (kind === "Secret" && of === "secrets");
  if (verb !== "change" || !isFile || plain === undefined) return [];
  const moving = new Set(changes.filter(({ pods }) => pods !== undefined).map((change) => change.id));
  const readers = [...after.values()].flatMap((each) => {
    const isRunning = ["DaemonSet", "Deployment", "StatefulSet"].includes(each.object.kind);
    if (!isRunning || each.object.metadata.namespace !== namespace || moving.has(each.id)) return [];
    const reading = readingOf(podOf(each.object), kind as "ConfigMap" | "Secret", plain);
    return reading === undefined ? [] : [{ id: each.id, reading }];
  });
  const named = (wanted: string) => readers.filter(({ reading }) => reading === wanted).map((reader) => reader.id);
  const [variables, mounts] = [named("variables"), named("mounts")];
  return [
    ...(variables.length === 0
      ? []
      : [
          {
            rule: "secret-environment" as const,
            says: `${allOf(variables)} keep${variables.length === 1 ? "s" : ""} the old value until the pods are replaced`,
            instead: `Restart them when the new value counts: kubectl rollout restart.`,
          },
        ]),
    ...(mounts.length === 0
      ? []
      : [
          {
            rule: "in-place" as const,
            says: `${allOf(mounts)} see${mounts.length === 1 ? "s" : ""} it without a restart`,
          },
        ]),
  ];
}
