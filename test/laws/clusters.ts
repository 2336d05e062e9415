import fc, { type Arbitrary } from "fast-check";
import { catalogue } from "../../generator/components/index.ts";
import { kindOf } from "../../generator/connections/index.ts";
import type { Component, Part } from "../../generator/contract/component.ts";
import type { Need } from "../../generator/contract/connection.ts";
import { groups } from "../../generator/contract/context.ts";
import { endpointNamed } from "../../generator/contract/endpoints.ts";
import { servedRoles } from "../../generator/contract/node-roles.ts";
import { peerWords } from "../../generator/contract/peers.ts";
import { defaultRelease, type Release, releases, upgradesFrom } from "../../generator/contract/release.ts";
import { hasServiceSettings, rootSchema } from "../../generator/input/schema/whole.ts";
import { keysOf } from "../../generator/input/schema/zod-walk.ts";
import { ancestryOf, partName } from "../../generator/model/family.ts";
import { suffices } from "../../generator/model/providers.ts";
import { type Draft, instancesOf } from "./instances.ts";
import { type Settings, samples } from "./samples.ts";
import { imagesOf } from "./settings.ts";
import { dials, inner } from "./sometimes.ts";

/** What a cluster.yaml says, before it is written as YAML. */
export type Data = Settings & { readonly name: string };
type Drafts = Readonly<Record<string, Readonly<Record<string, Draft>>>>;

const one = fc.constantFrom;
const sum = (digit: string) => `sha256:${digit.repeat(64)}`;
const components = [...catalogue.values()];
/** What is written by itself. A part comes with its owner, and what is written at its name is about it. */
const heads = components.filter(({ partOf }) => partOf === undefined);
/** What may live in a namespace of any name. */
const movable = heads.filter((component) => component.namespace === undefined && !isOnNodes(component));
const repositories = [
  ...Object.values(imagesOf(components[0]!)),
  ...new Set(
    components.flatMap((component) => Object.values(imagesOf(component)).map((image) => image.replace(/:[^:/]*$/, ""))),
  ),
];

const head = fc.record({
  name: one("eu1", "a", "rz2-prod", "1e3", "x".repeat(40)),
  profile: one("production", "development"),
  domain: one("eu1.example.org", "x.io"),
});
const facts = dials({
  release: one(...releases),
  publicNames: one("{service}-rz2.{domain}", "{service}.cloud.example.org", "api.{service}.{domain}"),
  region: one("RegionOne", "eu-1", "Region.2_x", "1", "on", "0x1F"),
  zones: one(["a", "b", "c"], ["no", "on"], ["1"]),
  namespaces: fc.oneof(
    one("grouped", "single", "per-component"),
    fc.dictionary(
      one("infrastructure", "services", ...movable.flatMap(({ name }) => [name, `${name}-two`])),
      one("cloud", "null", "010", "openstack-services", "openstack-infrastructure", "n".repeat(63)),
    ),
  ),
  kubernetes: inner({
    version: one("1.33", "1.34", "1.36"),
    dnsDomain: one("k8s.example.org"),
    ipFamilies: one(["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"]),
    podNetworks: one(["10.244.0.0/16"], ["10.244.0.0/16", "fd00:10::/56"]),
    serviceNetworks: one(["10.96.0.0/12"]),
    dnsServers: one(["169.254.20.10"], ["10.96.0.10", "fd00:10::53"]),
    apiPorts: one([16443]),
    storageClass: one("ssd", "ssd.local"),
    sharedStorageClass: one("cephfs"),
    snapshots: one(true, false),
  }),
  images: inner({
    registry: one("mirror.example.org", "mirror.example.org:5000/hub", "docker.io"),
    pullSecrets: one(["mirror"], ["mirror", "second"]),
    digests: fc.dictionary(one(...repositories), one(sum("a"), sum("b")), { minKeys: 1, maxKeys: 2 }),
  }),
  trustedCa: one("company-ca"),
  proxy: inner({
    http: one("http://proxy.example.org:3128"),
    https: one("http://proxy.example.org:3128"),
    noProxy: one([".example.org", "10.0.0.0/8"]),
  }),
  internal: one<Settings[]>(
    { tls: "required" },
    { tls: "optional" },
    { tls: "none" },
    { networkPolicies: "ingress" },
    { databaseRights: "rows" },
    { tls: "required", issuer: { name: "company" } },
    { tls: "optional", issuer: { kind: "Issuer", name: "company" } },
  ),
  operators: fc.dictionary(
    one(...keysOf(rootSchema.shape.operators).map(([operator]) => operator)),
    one("installed", "existing"),
  ),
});
const delivery = fc
  .tuple(
    one("https://git.example.org/fleet.git", "ssh://git@git.example.org/cloud/fleet.git"),
    dials({
      engine: one("flux", "argocd"),
      branch: one("production", "cloud/eu", "1.10"),
      ref: one<object[]>({ tag: "2026.10" }, { commit: "0123456789".repeat(4) }),
      secret: one("deploy-key"),
    }),
  )
  .map(([repository, more]) => ({ repository, ...more }));
const access = one<Settings[]>(
  { tls: { secret: "public" } },
  { tls: { issuer: { name: "letsencrypt" } } },
  { tls: { issuer: { kind: "Issuer", name: "company" } }, className: "envoy-own" },
  { mode: "existing", gateway: { name: "public", namespace: "ingress" }, tls: { secret: "public" } },
  { mode: "none" },
  { tls: "none" },
);
const secrets = one<Settings[]>(
  { provider: "existing" },
  { provider: "external-secrets", store: { name: "vault" } },
  { provider: "external-secrets", store: { kind: "SecretStore", name: "vault" }, prefix: "clouds/rz2" },
  { provider: "sops", recipients: ["age1eelzzkul58ur6t3nnvlkfnedu2s9gjsxxwpcfhf9qler4mcdmq9qum9h4d"] },
);

/** What the name of an instance adds to its component's: also what could be a Job's hash, and the longest that fits. */
const short = ["", "", "", "-two", "-two", "-two-two", "-b", "-a1b2c3d", "-2", "-10"];
const long = "-0123456789-0123456789-01";
/** There is one Gateway, since routes do not choose among several, and one of what says so. */
const isOnce = ({ publishes, single, partOf }: Component): boolean =>
  publishes === true || single === true || partOf !== undefined;

/** Groups of nodes, where something runs on them. The first one serves all roles, and its nodes lead to networks of all names. */
const nodeGroups = {
  compute: {
    roles: [...new Set(components.flatMap(servedRoles))],
    physicalNetworks: { physnet1: "bond0.100", physnet2: "bond0.200", a: "eth1", "Net_2.b": "eth2" },
  },
  gpu: { roles: components.flatMap(servedRoles).slice(0, 1), nodeSelector: { "overstack.io/node-group": "graphics" } },
};

/** It runs once for each group of nodes, and is called after one. */
function isOnNodes(component: Component): boolean {
  return component.partOf === undefined && servedRoles(component).length > 0;
}

/** Names of parts have that of their owner in them. */
const suffixesOf = (component: Component): Arbitrary<string> =>
  isOnNodes(component)
    ? one(...Object.keys(nodeGroups).map((group) => `-${group}`))
    : isOnce(component)
      ? one("")
      : one(...short, ...(component.parts === undefined ? [long] : []));

/**
 * Instances of components, each of those that `must` names at least once; not all components, where there are many. Of a part there
 * is what is written about the parts of each owner.
 */
function drafts(must: readonly string[]): Arbitrary<Drafts> {
  const asked = new Set(must.map((name) => headOf(catalogue.get(name)!).name));
  const others = heads.map(({ name }) => name).filter((name) => !asked.has(name));
  return fc
    .subarray(others, { minLength: Math.min(others.length, 4), maxLength: Math.min(others.length, 9) })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          components
            .filter((component) => asked.has(headOf(component).name) || chosen.includes(headOf(component).name))
            .map((component) => [
              component.name,
              fc.dictionary(suffixesOf(component), drawn.get(component.name)!, {
                minKeys: [...must, ...asked].includes(component.name) ? 1 : 0,
                maxKeys: 2,
              }),
            ]),
        ),
      ),
    );
}

const headOf = (component: Component): Component => ancestryOf(component, catalogue).at(-1)!;
const drawn = new Map(components.map((component) => [component.name, instancesOf(component)]));

/**
 * Clusters as people write them, with at least one instance of each component that `must` names. Nearly all are valid: what
 * one setting asks of another is seen to.
 */
export const clustersWith = (must: readonly string[]): Arbitrary<Data> =>
  fc
    .tuple(head, facts, delivery, access, secrets, drafts(must), laggards)
    .map(([first, more, engine, entry, store, written, behind]) =>
      plain({
        ...first,
        ...more,
        kubernetes: { nodeNetworks: ["192.0.2.0/24"], ...(more.kubernetes as object | undefined) },
        ...nodesFor(Object.keys(written)),
        delivery: engine,
        access: first.profile === "production" && entry.tls === "none" ? { tls: { secret: "public" } } : entry,
        secrets: store.provider === "sops" && engine.engine === "argocd" ? { provider: "existing" } : store,
        ...Object.fromEntries(groups.map((group) => [group, settled(group, written, first.profile, more, behind)])),
      }),
    );

/** Groups of nodes, where something runs or works on them. */
export const nodesFor = (names: readonly string[]): Settings =>
  names
    .flatMap((name) => catalogue.get(name) ?? [])
    .some((component) => component.worksOn !== undefined || isOnNodes(component))
    ? { nodeGroups }
    : {};

/** Components whose instances stay at a release before the cluster's, where there is one: those that nobody requires. */
const laggards = fc.subarray(heads.filter((component) => hasServiceSettings(component) && !isRequired(component)));

/** The same with whatever components. */
export const clusters: Arbitrary<Data> = clustersWith([]);

/** Without the prototypes and repeated objects of generated data, as if it had been read from a file. */
const plain = (data: Data): Data => JSON.parse(JSON.stringify(data));

function settled(
  group: string,
  drawn: Drafts,
  profile: string,
  facts: Settings,
  laggards: readonly Component[],
): Settings {
  const written = inOneCloud(drawn);
  const before = releases.find((each) => upgradesFrom(each).includes((facts.release ?? defaultRelease) as Release));
  return Object.fromEntries(
    heads
      .flatMap((component) => {
        const { alone, fit: together = (settings) => settings } = samples.get(component.name)!;
        const own = Object.entries(written[component.name] ?? {});
        const isMissing = alone !== undefined && isBrought(component) && !own.some(([suffix]) => suffix === "");
        const all = isMissing ? [...own, ["", { settings: alone }] as [string, Draft]] : own;
        return all.flatMap(([suffix, draft]): Said[] => {
          const name = `${component.name}${suffix}`;
          const settings = {
            ...(before !== undefined && laggards.includes(component) ? { release: before } : {}),
            ...together(
              placed(component, counted(component, draft.settings, profile)),
              sharedStorageClass(facts),
              suffix,
            ),
            ...connected(component, draft, written, suffix !== ""),
            ...patched(suffix, draft),
          };
          return [{ name, component, settings }, ...partsOf(component, name, settings, written, profile)];
        });
      })
      .filter(({ component }) => component.group === group)
      .map(({ name, settings }) => [name, settings]),
  );
}

/** What is written at the name of an instance. */
interface Said {
  readonly name: string;
  readonly component: Component;
  readonly settings: Settings;
}

/** What is written about the parts of an instance; the options of a part are its owner's to say. */
const partsOf = (owner: Component, name: string, settings: Settings, written: Drafts, profile: string): Said[] =>
  partsIn(owner, name, settings).flatMap((part) => {
    const component = catalogue.get(part.component)!;
    const own = partName(name, owner, part);
    const below = partsOf(component, own, part.options ?? {}, written, profile);
    const draft = written[component.name]?.[""];
    if (draft === undefined) return below;
    const { options } = component;
    // What has all rights on its nodes stays apart from what has not.
    const isApart = component.privilege === "privileged";
    const common = Object.fromEntries(
      Object.entries(draft.settings).filter(([key]) => !(key in options.shape) && !(isApart && key === "namespace")),
    );
    const said = {
      ...counted(component, common, profile),
      ...connected(component, draft, written),
      ...patched(own.slice(component.name.length), draft),
    };
    return [{ name: own, component, settings: said }, ...below];
  });

const partsIn = (owner: Component, name: string, settings: Settings): readonly Part[] => {
  const groups = owner.partOf === undefined && name !== owner.name ? [] : Object.keys(nodeGroups);
  return (
    owner.parts?.(
      owner.options.safeParse(optionsIn(owner, settings)).data ?? {},
      groups.map((group) => ({ name: group, roles: [owner.worksOn ?? ""], nodeSelector: {}, physicalNetworks: {} })),
    ) ?? []
  );
};

const optionsIn = ({ options }: Component, settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => key in options.shape));

const sharedStorageClass = ({ kubernetes }: Settings): string | undefined =>
  (kubernetes as { sharedStorageClass?: string } | undefined)?.sharedStorageClass;

/** Others bring an instance of it along: they need what it provides, or ask its endpoint. */
const isBrought = (component: Component): boolean => component.provides !== undefined || isRequired(component);

function isRequired(component: Component): boolean {
  return components.some(({ requires = [] }) => requires.some((type) => endpointNamed(component, type) !== undefined));
}

/** What runs on nodes has those of its group, and lives apart from what does not. */
function placed(component: Component, settings: Settings): Settings {
  if (!isOnNodes(component)) return settings;
  const { namespace: _, scheduling, ...others } = settings;
  const { nodeSelector: __, ...rest } = (scheduling ?? {}) as Settings;
  return Object.keys(rest).length === 0 ? others : { ...others, scheduling: rest };
}

/** A quorum has more than one member in production. */
function counted({ roles }: Component, settings: Settings, profile: string): Settings {
  const { replicas, ...uncounted } = settings;
  const counts = typeof replicas === "object" ? Object.values(replicas as object) : [replicas];
  const isQuorum = Object.values(roles).some(({ scaling }) => scaling === "odd");
  return profile === "production" && isQuorum && counts.includes(1) ? uncounted : settings;
}

/** Numbers become names of instances; what is not needed is not asked for. A further one shares nothing that each has of its own. */
function connected(component: Component, draft: Draft, written: Drafts, isFurther = false): Settings {
  const { settings, uses = {}, dedicated = [] } = draft;
  const needed = neededBy(component, settings);
  const namesOf = (key: string): string[] => writtenFor(key, written).map(([name]) => name);
  const needsOfKind = (key: string) =>
    needsWith(component, settings).filter(({ kind, from }) => kind === key && from !== "owner");
  const owned = needsWith(component, settings).flatMap(({ kind, from }) => (from === undefined ? [kind] : []));
  const isAlone = (kind: string) => isFurther && typeof uses[kind] !== "object" && kindOf(kind).alone !== undefined;
  const own = [...new Set(owned)].filter((kind) => dedicated.includes(kind) || isAlone(kind));
  const used = Object.entries(uses)
    .filter(([key]) => needed.includes(key) && !own.includes(key))
    // What lies outside may promise too little.
    .filter(
      ([key, use]) =>
        typeof use !== "object" ||
        needsOfKind(key).every((need) => suffices(kindOf(key).reach(use as object).grade, need)),
    )
    .map(([key, use]) => [
      key,
      typeof use === "number" ? namesOf(key)[use % namesOf(key).length] : byNeed(use, key, needsOfKind(key)),
    ]);
  const all = [...used, ...peersOf(component, draft, written)];
  return {
    ...(own.length === 0 ? {} : { dedicated: own }),
    ...(all.length === 0 ? {} : { uses: Object.fromEntries(all) }),
  };
}

/** Instances that are written of the component behind a word. */
const writtenFor = (word: string, written: Drafts): [name: string, draft: Draft][] => {
  const provider = providerOf(word)!.name;
  return Object.entries(written[provider] ?? {}).map(([suffix, draft]) => [`${provider}${suffix}`, draft]);
};

/** The Identity service that an instance asks. */
function cloudOf({ uses }: Draft, written: Drafts): string {
  const keystones = writtenFor("identity", written).map(([name]) => name);
  return (
    (typeof uses?.identity === "number" && keystones[uses.identity % keystones.length]) || providerOf("identity")!.name
  );
}

/**
 * Another Identity service than the usual one is asked where all that must come first asks it too: of those services none is added
 * there.
 */
const inOneCloud = (written: Drafts): Drafts =>
  Object.fromEntries(
    Object.entries(written).map(([name, all]) => {
      const words = otherWords(catalogue.get(name)!.requires ?? []);
      const isThere = (cloud: string) =>
        words.every((word) => writtenFor(word, written).some(([, other]) => cloudOf(other, written) === cloud));
      const settle = (draft: Draft): Draft => {
        const { identity: _, ...others } = draft.uses ?? {};
        return isThere(cloudOf(draft, written)) ? draft : { ...draft, uses: others };
      };
      return [name, Object.fromEntries(Object.entries(all).map(([suffix, draft]) => [suffix, settle(draft)]))];
    }),
  );

const otherWords = (words: readonly string[]): string[] => words.filter((word) => word !== "identity");

/** Of other services that the header names, one of the same cloud: chosen by the number, and always where there are several. */
function peersOf(component: Component, draft: Draft, written: Drafts): [word: string, name: string][] {
  const own = cloudOf(draft, written);
  // An owner decides for its parts.
  return otherWords(component.partOf === undefined ? peerWords(component) : []).flatMap((word) => {
    const there = writtenFor(word, written).filter(([, other]) => cloudOf(other, written) === own);
    const number = draft.uses?.[word];
    const chosen = there[(typeof number === "number" ? number : 0) % there.length]?.[0];
    // Beside those that are drawn there may be one that others bring along.
    const isOnly = there.length === 1 && samples.get(providerOf(word)!.name)!.alone === undefined;
    return chosen === undefined || (number === undefined && isOnly) ? [] : [[word, chosen]];
  });
}

/** What lies outside, with the names of the needs as keys where each need has a value of its own. */
const byNeed = (use: unknown, kind: string, needs: readonly Need[]): unknown =>
  typeof use !== "object"
    ? use
    : Object.fromEntries(
        Object.entries(use as object).flatMap(([key, value]) => {
          // One name for several would be refused.
          if (needs.length > 1 && key === kindOf(kind).naming?.one) return [];
          if (typeof value !== "object" || Array.isArray(value) || key === "tls") return [[key, value]];
          const values = Object.values(value as object);
          return [[key, Object.fromEntries(needs.map(({ name }, index) => [name, values[index % values.length]]))]];
        }),
      );

/** Kinds of connections that an instance with these settings has use for, and the Identity service. */
const neededBy = (component: Component, settings: Settings): readonly string[] => [
  ...needsWith(component, settings).flatMap(({ kind, from }) => (from === "owner" ? [] : [kind])),
  ...(component.partOf === undefined && component.requires?.includes("identity") ? ["identity"] : []),
];

function needsWith(component: Component, settings: Settings): readonly Need[] {
  const parsed = component.options.safeParse(optionsIn(component, settings));
  return parsed.success ? (component.needs?.(parsed.data) ?? []) : [];
}

/** Who provides a kind of connection, or has an endpoint of a type. */
const providerOf = (key: string): Component | undefined =>
  components.find((component) => component.provides === key || endpointNamed(component, key) !== undefined);

const patched = (suffix: string, { patches }: Draft): Settings =>
  patches === undefined
    ? {}
    : {
        patches: patches.map(({ kind, name, ...op }) => ({ target: { kind, name: `${name}${suffix}` }, ops: [op] })),
      };
