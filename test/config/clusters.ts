import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import type { Release } from "../../generator/contract/release.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { type Container, containersOf } from "./containers.ts";

const golden = join(import.meta.dirname, "../golden/clusters");
const library = baseLibrary(catalogue);

/** Containers of an instance of a service, in the order in which they run. */
export interface Service {
  /** `every-dial/keystone-two` */
  readonly name: string;
  /** The oslo project: `keystone`. */
  readonly project: string;
  readonly containers: readonly Container[];
}

/** The services of the golden clusters, which together use every dial (golden.test.ts says so), as of one release. */
export const servicesOf = (release: Release): Service[] =>
  globSync("*/cluster.yaml", { cwd: golden })
    .sort()
    .flatMap((file) => servicesIn(dirname(file), release));

/** The services of one golden cluster, as of one release and with other keys changed; throws when it is refused. */
export function servicesIn(name: string, release: Release, changed: object = {}): Service[] {
  const cluster = { ...parse(readFileSync(join(golden, name, "cluster.yaml"), "utf8")), release, ...changed };
  const { model, rendered, issues } = buildFrom({
    file: name,
    name,
    text: JSON.stringify(cluster),
    catalogue,
    library,
  });
  if (rendered === undefined || hasErrors(issues)) throw new Error(`${name}: ${JSON.stringify(issues)}`);
  return model!.instances.flatMap((instance): Service[] => {
    const { project } = instance.component;
    if (project === undefined) return [];
    const containers = containersOf(rendered.renders.get(instance.name)!);
    return [{ name: `${name}/${instance.name}`, project, containers }];
  });
}
