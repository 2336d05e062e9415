import { createRequire } from "node:module";
import type { Release } from "../contract/release.ts";

/** How oslo.config reads a value, with the bounds that it refuses to leave. */
export interface OptionType {
  readonly type:
    | "boolean"
    | "integer"
    | "number"
    | "text"
    | "list"
    | "map"
    | "uri"
    | "host"
    | "address"
    | "range"
    | "any";
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** A regular expression of Python that is found somewhere in the value. */
  readonly pattern?: string;
  /** Choices and pattern do not tell upper from lower case. */
  readonly anyCase?: true;
  /** Characters that it may have at most. */
  readonly longest?: number;
  /** Of a URI. */
  readonly schemes?: readonly string[];
  /** One quote at the beginning needs another at the end. */
  readonly quotes?: true;
  /** A list or map stands in brackets. */
  readonly bounds?: true;
  /** Items that a list or map has at least. */
  readonly least?: number;
  /** Type of the items of a list, or of the values of a map; without it text. */
  readonly of?: OptionType;
}

/** An option as the packages of a release describe it. */
export interface Option extends OptionType {
  /** It takes several values, each on a line of its own. */
  readonly several?: true;
  /** `group/name` that it was called before, and that is still read. */
  readonly old?: readonly string[];
  /** Upstream means to remove it. */
  readonly leaves?: true;
}

/** What the packages of one release know. */
export interface KnownOptions {
  /** The names of all groups, as they are written. */
  readonly groups: readonly string[];
  /** The names of the options of a group. */
  readonly namesIn: (group: string) => readonly string[];
  readonly option: (group: string, name: string) => Option | undefined;
  /** Where an old name leads: `group/name`. */
  readonly renamed: (group: string, name: string) => string | undefined;
  /** Options of groups that bear a name of the operator's choice, where an option or a key names the group. */
  readonly ofDrivers: ReadonlyMap<string, Option>;
  /** True of a group or an option that exists by its form alone: `secretstore:software`. */
  readonly isFree: (group: string, name: string) => boolean;
}

/** group -> option -> one entry for all releases, or one for each that differs. */
type Groups = Readonly<Record<string, Readonly<Record<string, Kept | readonly Kept[]>>>>;
type Kept = Option & { readonly in?: readonly Release[] };
interface Service {
  readonly libraries: readonly string[];
  /** Pattern of groups -> names of options, for groups that no package lists. */
  readonly free?: Readonly<Record<string, readonly string[]>>;
  readonly groups: Groups;
}

const read = createRequire(import.meta.url);

/** The options of an oslo project at a release; undefined of one that has no data here. Read once, when first asked for. */
export function optionsOf(project: string, release: Release): KnownOptions | undefined {
  const key = `${project} ${release}`;
  if (!cache.has(key)) cache.set(key, load(project, release));
  return cache.get(key);
}
const cache = new Map<string, KnownOptions | undefined>();

/**
 * True when each value of the option stands on a line of its own (oslo.config's MultiOpt), for some component:
 * https://docs.openstack.org/oslo.config/latest/reference/api/oslo_config.cfg.html#oslo_config.cfg.MultiOpt
 * So does everything that uwsgi takes several times.
 */
export function takesSeveral(group: string, name: string): boolean {
  several ??= new Set(read("./data/several.json") as string[]);
  return group === "uwsgi" || several.has(`${placeOf(group)}/${plain(name)}`) || several.has(`*/${plain(name)}`);
}
let several: ReadonlySet<string> | undefined;

function load(project: string, release: Release): KnownOptions | undefined {
  const service = readService(project);
  if (service === undefined) return undefined;
  libraries ??= read("./data/libraries.json") as Readonly<Record<string, Groups>>;
  const spelling = new Map<string, string>();
  const options = new Map<string, Map<string, Option>>();
  const old = new Map<string, string>();
  const all = [service.groups, ...service.libraries.map((name) => libraries![name]!)];
  for (const [group, name, option] of all.flatMap((groups) => entriesOf(groups, release))) {
    const place = placeOf(group);
    if (!spelling.has(place)) spelling.set(place, group);
    if (!options.has(place)) options.set(place, new Map());
    const same = options.get(place)!.get(name);
    // Two libraries that describe one option differently: no value is wrong for both.
    options.get(place)!.set(name, same === undefined || isSame(same, option) ? option : { type: "any" });
    for (const before of option.old ?? []) old.set(before.toLowerCase(), `${group}/${name}`);
  }
  addLogins(options, libraries.keystoneauth1!, release);
  const ofDrivers = options.get("*") ?? new Map<string, Option>();
  options.delete("*");
  spelling.delete("*");
  const names = new Map([...options].map(([group, known]) => [group, [...known.keys()].sort()]));
  const free = Object.entries(service.free ?? {}).map(([like, names]) => [new RegExp(like), names] as const);
  return {
    groups: [...spelling.values()].sort(),
    namesIn: (group) => names.get(placeOf(group)) ?? [],
    option: (group, name) => options.get(placeOf(group))?.get(plain(name)),
    renamed: (group, name) => old.get(`${group}/${plain(name)}`.toLowerCase()),
    ofDrivers,
    isFree: (group, name) => free.some(([like, names]) => like.test(group) && names.includes(plain(name))),
  };
}
let libraries: Readonly<Record<string, Groups>> | undefined;

/** A group with `auth_type` takes what any plugin of keystoneauth does: which one it is may stand elsewhere. */
function addLogins(options: Map<string, Map<string, Option>>, logins: Groups, release: Release): void {
  for (const group of options.values())
    if (group.has("auth_type"))
      for (const [, name, option] of entriesOf(logins, release)) if (!group.has(name)) group.set(name, option);
}

function entriesOf(groups: Groups, release: Release): [string, string, Option][] {
  return Object.entries(groups).flatMap(([group, options]) =>
    Object.entries(options).flatMap(([name, kept]): [string, string, Option][] => {
      const found = [kept].flat().find(({ in: at }: Kept) => at === undefined || at.includes(release));
      return found === undefined ? [] : [[group, name, found]];
    }),
  );
}

const isSame = (one: Option, other: Option): boolean =>
  JSON.stringify({ ...one, old: undefined, in: undefined }) ===
  JSON.stringify({ ...other, old: undefined, in: undefined });

function readService(project: string): Service | undefined {
  try {
    return read(`./data/${project}.json`) as Service;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

/** oslo.config reads names of groups without regard to case, but for DEFAULT. */
const placeOf = (group: string): string => (group === "DEFAULT" ? group : group.toLowerCase());

/** A dash in the name of an option is an underscore for programs; files may have either. */
const plain = (name: string): string => name.replaceAll("-", "_");
