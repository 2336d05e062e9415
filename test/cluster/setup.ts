import { cpSync } from "node:fs";
import { definitionsInstalled, startControlPlane } from "./control-plane.ts";
import { installDefinitions } from "./definitions.ts";
import { prepare } from "./sandbox.ts";

/** Before all tests: what their clusters share, and an etcd that knows the kinds of all custom resources. */
export default async function setup(): Promise<void> {
  prepare();
  const cluster = await startControlPlane();
  installDefinitions(cluster.kubectl);
  await cluster.stop();
  cpSync(`${cluster.folder}/etcd`, definitionsInstalled, { recursive: true });
}
