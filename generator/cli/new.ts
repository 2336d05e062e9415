import { join, relative, resolve } from "node:path";
import type { Profile } from "../contract/context.ts";
import { hasErrors } from "../issues/issue.ts";
import { newCi, type WrittenKind } from "../scaffold/ci.ts";
import { newCluster } from "../scaffold/cluster.ts";
import { newFleet } from "../scaffold/fleet.ts";
import { writeSchema } from "../scaffold/schema.ts";
import type { Result, Setting } from "./command.ts";
import { exclusively } from "./exclusive.ts";

/** Makes a folder that is a fleet's repository. */
export async function newFleetFolder({ directory }: Setting, dir: string): Promise<Result> {
  const folder = resolve(directory, dir);
  const { value, issues } = await newFleet(folder);
  if (value === undefined) return { issues };
  return {
    issues,
    data: { folder, ...value },
    text: `${relative(directory, folder) || "."} is a fleet${value.initialized ? ", and a Git repository" : ""}: ${value.files.join(", ")}

Next:
  cd ${relative(directory, folder) || "."}
  overstack new cluster NAME    write a commented clusters/NAME/cluster.yaml`,
  };
}

/** Writes a commented cluster.yaml, and the schema that editors check it by. */
export const newClusterFile = (setting: Setting, name: string, profile: Profile): Promise<Result> =>
  exclusively(setting.root, () => clusterFileIn(setting, name, profile), [name]);

async function clusterFileIn({ root, directory }: Setting, name: string, profile: Profile): Promise<Result> {
  const { value: path, issues } = await newCluster(root, name, { profile });
  if (path === undefined) return { issues };
  const all = [...issues, ...writeSchema(root)];
  const shown = relative(directory, join(root, path));
  return {
    issues: all,
    data: { path },
    ...(hasErrors(all)
      ? {}
      : {
          text: `${shown} is written.

Next:
  edit ${shown}: what only you can decide is marked DECIDE
  overstack generate      write bases/, overlays/ and the entry points of the engine`,
        }),
  };
}

/** Writes the jobs that check a pull request, or what Renovate is told. */
export async function newCiFile({ root }: Setting, kind: WrittenKind, version: string): Promise<Result> {
  const { value: path, issues } = await newCi(root, kind, version);
  return {
    issues,
    ...(path === undefined
      ? {}
      : {
          data: { path },
          text: `${path} is written, at the root of the repository. It is yours.

Next:
  read it, then git add ${path}, commit and push it`,
        }),
  };
}
