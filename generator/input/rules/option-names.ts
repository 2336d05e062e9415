import { nearest, type Path } from "../../base/words.ts";
import { type Release, releases } from "../../contract/release.ts";
import { type Issue, warning } from "../../issues/issue.ts";
import { type KnownOptions, optionsOf } from "../../options/known.ts";

/** An option by its name, with what a message needs. */
export interface Named {
  readonly group: string;
  readonly name: string;
  readonly path: Path;
  /** A variable sets it, which takes other names than a file. */
  readonly isVariable: boolean;
  readonly instance: string;
  /** Its oslo project. */
  readonly project: string;
  readonly release: Release;
}

/** `[token] expiration`, or the variable that sets it. */
export const shown = ({ isVariable }: Pick<Named, "isVariable">, group: string, name: string): string =>
  isVariable ? `OS_${group}__${name}`.toUpperCase() : `[${group}] ${name}`;

/** Where `token/expiration` leads. */
const target = (at: Named, place: string): string => {
  const [group, name] = place.split("/") as [string, string];
  return shown(at, group, name);
};

/** It is still read. A later release will not. */
export const oldName = (at: Named, now: string): Issue =>
  warning(
    "old-option",
    `${shown(at, at.group, at.name)} of ${at.instance} is called ${target(at, now)} in ${at.release}`,
    `Write ${target(at, now)}: a later release will not read the old name.`,
    { path: [...at.path], atKey: true },
  );

/** The group is there, and the option is not. */
export function unknownName(at: Named, known: KnownOptions): Issue {
  const { group, name } = at;
  const near = nearest(name, [...known.namesIn(group), ...(known.option(group, name) ? [] : known.ofDrivers.keys())]);
  const elsewhere = known.groups.filter((other) => known.option(other, name) !== undefined);
  const place = near !== undefined ? [group, near] : elsewhere.length === 1 ? [elsewhere[0]!, name] : undefined;
  return unknown(at, {
    subject: shown(at, group, name),
    own: `${group}.${name}`,
    meant: place === undefined ? undefined : shown(at, place[0]!, place[1]!),
    isIn: (other) =>
      other.option(group, name) !== undefined ||
      other.renamed(group, name) !== undefined ||
      (other.namesIn(group).length === 0 && other.ofDrivers.has(name)),
  });
}

/** The whole group is unknown: one message for all of its options. */
export function unknownGroup(at: Named, known: KnownOptions): Issue {
  const near = nearest(at.group, known.groups);
  const group = (name: string): string => (at.isVariable ? shown(at, name, at.name) : `[${name}]`);
  return unknown(at.isVariable ? at : { ...at, path: at.path.slice(0, -1) }, {
    subject: group(at.group),
    own: at.group,
    meant: near === undefined ? undefined : group(near),
    isIn: (other) => other.namesIn(at.group).length > 0,
  });
}

/** The keys that say which release judges what stands at a path. */
export const releaseAt = (path: Path): Path[] => [["release"], [...path.slice(0, 2), "release"]];

interface Unknown {
  readonly subject: string;
  /** What `ownOptions` calls it. */
  readonly own: string;
  readonly meant: string | undefined;
  /** True of a release that has it. */
  readonly isIn: (known: KnownOptions) => boolean;
}

/** Nobody reads it in this release. Where another one does, that says more than a likely name. */
function unknown(at: Named, { subject, own, meant, isIn }: Unknown): Issue {
  const { project, release, group, name, instance } = at;
  const say = (message: string, hint: string): Issue =>
    warning("unknown-option", `${subject} of ${instance} ${message}`, hint, {
      path: [...at.path],
      atKey: true,
      dependsOn: releaseAt(at.path),
    });
  const having = releases.filter((each) => isIn(optionsOf(project, each)!));
  const last = having.findLast((each) => each < release);
  const now = last === undefined ? undefined : optionsOf(project, last)!.renamed(group, name);
  if (last !== undefined)
    return say(
      `is gone since ${releases[releases.indexOf(last) + 1]}`,
      now === undefined ? "Remove it: nothing reads it any more." : `Use ${target(at, now)} instead.`,
    );
  if (having.length > 0)
    return say(`comes with ${having[0]}, and ${instance} is at ${release}`, "Remove it until then: nothing reads it.");
  return say(
    `is unknown to the packages of ${release}, which pass over it`,
    `${meant === undefined ? "" : `Did you mean ${meant}? `}If a package of your own reads it: ownOptions: [${JSON.stringify(own)}].`,
  );
}
