import { cpSync, existsSync, globSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { goldenFleet } from "../golden-trees/fleet.ts";
import { definitionsInstalled, startControlPlane } from "./control-plane.ts";
import { collectedDefinitions, type Definition, installDefinitions, keptEtcd } from "./definitions.ts";
import { prepare } from "./sandbox.ts";
import { kinds } from "./stand-ins/readiness.ts";

/** Before all tests: what their clusters share, and an etcd that knows the custom resources that occur in them. */
export default async function setup(): Promise<void> {
  prepare();
  const wanted = collectedDefinitions().filter(occurs());
  const kept = keptEtcd(wanted.map(({ metadata }) => metadata.name));
  if (!existsSync(kept)) {
    const cluster = await startControlPlane();
    installDefinitions(cluster.kubectl, wanted);
    await cluster.stop();
    const copy = `${kept}.${process.hrtime.bigint()}`;
    cpSync(`${cluster.folder}/etcd`, copy, { recursive: true });
    if (!existsSync(kept)) renameSync(copy, kept);
  }
  cpSync(kept, definitionsInstalled, { recursive: true });
}

/** Kinds that come in any case: Flux does not start without them, and operators' manifests hold them. */
const whole = ["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io", "rabbitmq.com"];

/**
 * Whether generated objects are of a kind, or a controller that runs or has a stand-in here asks for it. Of each further kind
 * API server, controller manager and engines would keep a copy of all objects, and the API server a compiled schema.
 */
function occurs(): (definition: Definition) => boolean {
  const golden = goldenFleet();
  const generated = globSync(join(golden.root, "{bases,overlays,clusters}/**/*.yaml")).flatMap((file) => [
    ...readFileSync(file, "utf8").matchAll(/^apiVersion: (\S+)\/\S+\nkind: (\S+)/gm),
  ]);
  golden.remove();
  const occurring = new Set([
    ...generated.map(([, group, kind]) => `${group} ${kind}`),
    ...kinds.map(([apiVersion, kind]) => `${apiVersion.split("/")[0]} ${kind}`),
  ]);
  return ({ spec: { group, names } }) => whole.includes(group) || occurring.has(`${group} ${names.kind}`);
}
