import { isMap } from "../base/data.ts";
import { type Path, showPath } from "../base/words.ts";
import { type Issue, warning } from "../issues/issue.ts";

/** A key that earlier versions called otherwise; `*` stands for any name. */
interface Renamed {
  readonly below: readonly string[];
  readonly from: string;
  readonly to: string;
}

const renamedKeys: readonly Renamed[] = [
  { below: ["services", "*", "credentials", "*"], from: "beside", to: "alsoValid" },
];

type Data = Readonly<Record<string, unknown>>;

/** The data of a cluster.yaml with the new names of its keys, and a warning for each old one that it has. */
export function withNewNames(data: Data): { data: Data; issues: Issue[] } {
  const issues: Issue[] = [];
  const visit = (value: unknown, path: Path): unknown => {
    if (!isMap(value)) return value;
    const here = renamedKeys.filter(
      ({ below, from, to }) => matches(path, below) && Object.hasOwn(value, from) && !Object.hasOwn(value, to),
    );
    for (const { from, to } of here) issues.push(renamedKey([...path, from], to));
    const nameOf = (key: string) => here.find(({ from }) => from === key)?.to ?? key;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [nameOf(key), visit(inner, [...path, key])]));
  };
  return { data: visit(data, []) as Data, issues };
}

const matches = (path: Path, pattern: readonly string[]): boolean =>
  path.length === pattern.length && pattern.every((part, index) => part === "*" || part === path[index]);

const renamedKey = (path: Path, name: string): Issue =>
  warning(
    "renamed-key",
    `${showPath(path)} is called ${name} now`,
    `Write ${name}: the old name is still read, and means the same.`,
    { path, atKey: true },
  );
