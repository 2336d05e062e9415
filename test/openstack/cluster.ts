import { mkdtempSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { programPath } from "../cluster/build.ts";
import { type ControlPlane, startControlPlane } from "../cluster/control-plane.ts";
import { kubeProxy } from "./host-programs.ts";
import { type Host, makeHosts, startHosts } from "./hosts.ts";
import { enforcePolicies } from "./policies.ts";
import { prepareImages } from "./prepared-images.ts";
import { programs } from "./programs.ts";
import { storageObjects } from "./storage.ts";

/** A cluster whose pods are real. */
export interface Cluster extends ControlPlane {
  readonly hosts: readonly Host[];
}

/** What a cluster has. */
export interface ClusterOptions {
  /** Archives of all images; there is no registry. */
  readonly archives: readonly string[];
  /** The image of which every pod's first container is. */
  readonly pauseImage: string;
  /** A host in each. */
  readonly zones?: readonly string[];
  /** Classes of volumes on the hosts' disks, and how many volumes of what nominal size each host has in each class. */
  readonly storage?: { readonly classes: readonly string[]; readonly perHost: number; readonly size: string };
}

/** Starts an API server, its controllers, and hosts. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { zones = ["a", "b", "c"], storage = { classes: [], perHost: 0, size: "0" } } = options;
  const images = await prepareImages(options.archives);
  const own = { apiServer: ["--kubelet-preferred-address-types=InternalIP"], controllerManager: [] };
  const controlPlane = await startControlPlane(own);
  const hosts: Host[] = [];
  const enders: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of enders) await end();
    for (const host of hosts) await host.turnOff();
    await controlPlane.stop();
  };
  const root = process.env.OVERSTACK_RUN!;
  const folder = mkdtempSync(join(root, "cluster-"));
  try {
    startServices(controlPlane);
    const { pauseImage } = options;
    hosts.push(...makeHosts(controlPlane, { zones, images, pauseImage, folder, group: basename(root) }));
    await startHosts(controlPlane, hosts);
    enders.push(enforcePolicies(controlPlane, hosts));
    if (storage.classes.length > 0) await controlPlane.apply(storageObjects(storage.classes, hosts, storage));
    return { ...controlPlane, hosts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The API server calls webhooks by the addresses of their Services. */
function startServices(cluster: ControlPlane): void {
  const file = join(cluster.folder, "kube-proxy.json");
  writeFileSync(file, JSON.stringify(kubeProxy({ kubeconfig: cluster.kubeconfig, name: "control-plane" })));
  cluster.run("kube-proxy", programPath(programs.kubeProxy), ["--config", file]);
}
