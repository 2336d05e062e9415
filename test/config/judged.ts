import { catalogue } from "../../generator/components/index.ts";
import type { Release } from "../../generator/contract/release.ts";
import { ancestryOf } from "../../generator/model/family.ts";
import { samples } from "../laws/samples.ts";

/** The Python packages of a service, which judge its configuration and run its programs. */
export interface Judged {
  /**
   * What its image has of its own, as pip names it: the service in the newest point release of each release, which
   * upper-constraints.txt does not name, and libraries that the constraints pin.
   */
  readonly packages: Readonly<Record<Release, readonly string[]>>;
  /** Namespaces of its own list for oslo-config-generator, which its wheel leaves out. */
  readonly namespaces: readonly string[];
  /** Groups that exist because an option names them. */
  readonly drivers?: Drivers;
  /** Options that are deprecated for removal, and that its programs still read with nothing in their place: `group/name`. */
  readonly withoutSuccessor?: readonly string[];
  /** Options that no package lists, since programs read them in groups with free names: pattern of groups -> names. */
  readonly free?: Readonly<Record<string, readonly string[]>>;
  /** Its migrations are not for SQLite: its programs run with the real database server, broker and memcached. */
  readonly databaseServer?: true;
  /** Crons whose SQL only MariaDB knows. */
  readonly onMariaDbAlone?: readonly string[];
  /** Services that are installed at its releases too, since a test wants to see them at work with it. */
  readonly together?: readonly string[];
  /** Programs of Debian that its tests run, with the package that has each. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Links that its image has: path -> where it leads, below the folder of Python's packages. */
  readonly links?: Readonly<Record<string, string>>;
  /** Asks something of its servers, given by role, when they are up; with the token of an administrator. */
  readonly atWork?: (urls: ReadonlyMap<string, string>, token: Readonly<Record<string, string>>) => Promise<void>;
}

/** Groups of an option whose value is a list of `group:driver`. */
export interface Drivers {
  readonly option: string;
  /** Group of entry points that know the options of each driver. */
  readonly entryPoints: string;
  /** Groups that are there without being named: group -> driver. */
  readonly always: Readonly<Record<string, string>>;
}

/** Every service that is judged, by component. */
export const judged: ReadonlyMap<string, Judged> = new Map(
  [...samples].flatMap(([name, { judged }]) => (judged === undefined ? [] : [[name, judged]])),
);

/** Whose packages a component's programs come from: a part without some of its own has those of the head of its family. */
export const judgedAs = (component: string): string =>
  judged.has(component) ? component : ancestryOf(catalogue.get(component)!, catalogue).at(-1)!.name;

/** What every image has in addition to its service: database driver, cache client, the client that registers, uwsgi. */
const companions: readonly string[] = ["PyMySQL", "python-memcached", "openstacksdk", "pyuwsgi"];

/** All that is installed for a component. */
export const packagesOf = (component: string, release: Release): string[] => [
  ...judged.get(component)!.packages[release],
  ...companions,
];
