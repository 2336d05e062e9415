import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, type Component, component } from "../../generator/contract/component.ts";
import { findCron, findingSecrets, findJob, findProgram } from "../../generator/kit/found.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { storageFiles, storageNeed } from "../../generator/kit/storage.ts";

// Services that keep their data in pools, as small as they can be.

/** Keeps volumes in a pool of its own, and makes them of images that another service keeps. */
const warehouse = openstack({
  name: "warehouse",
  summary: "Keeps volumes.",
  parts: () => [{ component: "shelf" }],
  roles: {
    keeper: {
      command: ["warehouse-keeper"],
      pod: (ctx) => {
        const { volume, mount } = storageFiles(ctx.connection("storage")!);
        return { volumes: [volume], mounts: [mount] };
      },
    },
  },
  needs: ["rpc", "token-cache", storageNeed("warehouse", { volumes: "write", images: "read" })],
  jobs: { [findProgram]: findJob },
  crons: { [findProgram]: findCron },
  manifests: (ctx) => findingSecrets(ctx),
});

/** A part of it, which works on the same volumes. */
const shelf = openstack({
  name: "shelf",
  summary: "Sorts volumes.",
  partOf: "warehouse",
  user: "owner",
  project: "warehouse",
  roles: {
    sorter: {
      command: ["warehouse-sorter"],
      probe: ["true"],
      pod: (ctx) => {
        const { volume, mount } = storageFiles(ctx.connection("storage")!);
        return { volumes: [volume], mounts: [mount] };
      },
    },
  },
  needs: [{ kind: "storage", name: "warehouse", group: "storage", from: "owner", places: { volumes: "write" } }],
});

/** Reads what others keep. */
const reader: Component = component({
  name: "reader",
  summary: "Reads images.",
  group: "services",
  options: z.strictObject({}),
  roles: { reader: { replicas: 1, scaling: "free" } },
  images: { reader: () => "registry.example.org/reader:1" },
  project: "reader",
  config: () => ({ "reader.conf": "" }),
  needs: () => [storageNeed("reader", { pictures: "read" })],
  jobs: { [findProgram]: findJob },
  crons: { [findProgram]: findCron },
  manifests: (ctx) => findingSecrets(ctx),
});

/** The catalogue with them in it. */
export const catalogue: Catalogue = new Map(
  [...builtIn.values(), warehouse as Component, shelf as Component, reader].map((item) => [item.name, item]),
);

/** What a cluster with a Ceph says at its root. */
export const withDisks = {
  kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24", "2001:db8::/64"] },
  infrastructure: { mariadb: { backup: "none" }, ceph: { hosts: { s1: {}, s2: {}, s3: {}, s4: {} } } },
};
