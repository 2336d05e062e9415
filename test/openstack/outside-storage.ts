import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "../cluster/fleet.ts";
import { type Ceph, startCeph } from "../components/judged/ceph.ts";
import { monitors, storageAddress } from "./addresses.ts";
import type { Cluster } from "./cluster.ts";

/** Pools, and who writes to each: user and Secret, as the Ceph's operator hands them over. */
const pools = [
  { pool: "volumes", user: "cinder", secret: "openstack-services/cinder-ceph" },
  { pool: "vms", user: "nova", secret: "openstack-nodes/nova-ceph" },
] as const;

let running: Ceph | undefined;

/** Images that are in the pools now. */
export const imagesInPools = (): string[] =>
  pools.flatMap(({ pool }) => running!.run("rbd", "ls", pool).split("\n").filter(Boolean));

/** Starts a Ceph that the cluster's hosts reach, with users as docs/storage.md makes them, and gives their keys to the fleet; what is returned ends it. */
export async function startStorage(cluster: Cluster, fleet: Fleet): Promise<() => void> {
  const folder = mkdtempSync(join(process.env.OVERSTACK_RUN!, "ceph-"));
  const [program, ...enter] = cluster.enter;
  for (const daemon of ["monitor", "disk"] as const)
    for (const host of monitors.keys()) {
      const address = `${storageAddress(daemon, host + 1)}/24`;
      execFileSync(program!, [...enter, "ip", "address", "add", address, "dev", "hosts"]);
    }
  const ceph = await startCeph(folder, [], { enter: cluster.enter, addressOf: storageAddress });
  running = ceph;
  for (const { pool, user, secret } of pools) {
    ceph.run("ceph", "osd", "pool", "create", pool, "8");
    ceph.run("rbd", "pool", "init", pool);
    const may = ["mon", "profile rbd", "osd", `profile rbd pool=${pool}`, "mgr", `profile rbd pool=${pool}`];
    const keyring = ceph.run("ceph", "auth", "get-or-create", `client.${user}`, ...may);
    fleet.pipe(`${keyring}\n`, "secrets", "set", "proof", secret, "keyring");
  }
  return () => {
    ceph.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
