import { cpSync, existsSync, renameSync } from "node:fs";
import { definitionsInstalled, startControlPlane } from "./control-plane.ts";
import { installDefinitions, keptEtcd } from "./definitions.ts";
import { prepare } from "./sandbox.ts";

/** All but the kinds that nothing here makes: of every kind there is, API server and engines keep a copy of all objects. */
const wanted = /^(?!applicationsets\.|.*\.generators\.)/;

/** Before all tests: what their clusters share, and an etcd that knows the kinds of all custom resources. */
export default async function setup(): Promise<void> {
  prepare();
  const kept = keptEtcd(wanted);
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
