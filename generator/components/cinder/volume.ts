import { z } from "zod";
import type { Component, DataConstraint } from "../../contract/component.ts";
import { size } from "../../contract/formats.ts";
import { keyringVolume } from "../../kit/ceph.ts";
import { mergeIni } from "../../kit/ini.ts";
import { openstack } from "../../kit/openstack.ts";
import type { Service, ServiceRole } from "../../kit/service-header.ts";
import type { BackendType } from "./backends/backend-type.ts";
import { type Backend, backendTypes, storageConf, storageOfOwner, storagePod } from "./backends/index.ts";
import { grace, neighbours, ofOwner, state, wanted } from "./shared.ts";
import { noCapabilities, withoutSudo } from "./without-root.ts";

/** Room for images that are converted, on the node of each replica. */
export const conversionSize = size
  .default("20Gi")
  .describe("Room on the node for images that become volumes or come from them, per replica.");

type Word = keyof typeof backendTypes;
interface Options {
  readonly name?: string | undefined;
  readonly backend?: Backend | undefined;
  readonly conversionSize: string;
}

/** What the volume services of a type have of their own. */
interface Form extends Pick<Service<Options>, "group" | "privilege"> {
  readonly summary: string;
  readonly role: Pick<ServiceRole<Options>, "scaling" | "privileged" | "hostNetwork" | "hostPaths">;
  /** Replicas share its volumes: each has a host of its own, and all are one cluster. */
  readonly isActiveActive: boolean;
}

/**
 * The volume service of one back end. The host of a replica is the name of its pod, which comes back: its start cleans up what its
 * predecessor left behind, so no two processes may ever have one host. A StatefulSet never has two pods of one name.
 */
function volumeService(word: Word, { summary, role, isActiveActive, ...rights }: Form): Component<Options> {
  const type = backendTypes[word] as BackendType<Backend>;
  const of = <T>({ name, backend }: Options, say: (name: string, backend: Backend) => T): T | undefined =>
    name === undefined || backend === undefined ? undefined : say(name, backend);
  return openstack({
    name: `cinder-volume-${word}`,
    summary,
    partOf: "cinder",
    user: "owner",
    project: "cinder",
    ...rights,
    options: {
      name: z.string().optional().describe("Name of the back end."),
      backend: (type.schema as unknown as z.ZodType<Backend>).optional().describe("The back end."),
      conversionSize,
    },
    order: { after: { run: "expand" }, before: { run: "contract" } },
    roles: {
      volume: {
        ...role,
        command: withoutSudo("cinder-volume"),
        stateful: () => [],
        memory: ["512Mi", "2Gi"],
        grace,
        locks: true,
        pod: (ctx) => {
          const room = state(ctx.options.conversionSize);
          const keyrings = keyringVolume(of(ctx.options, (name, backend) => type.ceph?.(name, backend, ctx)) ?? []);
          const own = of(ctx.options, (name, backend) => type.pod?.(name, backend)) ?? {};
          const storage = storagePod(ctx);
          return {
            ...own,
            volumes: [...room.volumes, ...keyrings.volumes, ...storage.volumes],
            mounts: [...room.mounts, ...keyrings.mounts, ...storage.mounts],
          };
        },
      },
    },
    needs: (options) => [...ofOwner, ...(of(options, (name, backend) => storageOfOwner({ [name]: backend })) ?? [])],
    wants: wanted,
    sendsServiceTokens: true,

    outside: (options) => of(options, (_, backend) => type.servers?.(backend)) ?? [],
    secrets: ({ options }) => of(options, (name, backend) => type.secrets?.(name, backend)) ?? [],
    data: ({ options }) => of(options, (name, backend) => [placeFact(name, type.place(backend))]) ?? [],
    conf: (ctx) =>
      mergeIni(neighbours(ctx), rights.privilege === undefined ? noCapabilities : {}, {
        DEFAULT: {
          ...(isActiveActive ? { cluster: ctx.instance } : {}),
          enabled_backends: ctx.options.name,
          graceful_shutdown_timeout: grace,
        },
        // Of all back ends of a process, of which there is one: the packages list these options under this group.
        backend_defaults:
          of(ctx.options, (name, backend) => ({
            volume_backend_name: name,
            ...type.options(name, backend, ctx),
          })) ?? {},
      }),
    files: (ctx) => ({ ...storageConf(ctx), ...of(ctx.options, (name, backend) => type.files?.(name, backend)) }),
  });
}

const placeFact = (name: string, place: string): DataConstraint => ({
  key: "place",
  value: place,
  shown: place,
  rule: "keep",
  what: `the place of the back end ${name}`,
  consequence: `Nothing could attach, extend or delete the volumes of ${name} that are there: move them to another back end first, or delete them (docs/volumes.md). A new name is a new back end.`,
});

/** RBD declares that several may serve it at once, at every release; a test asks the packages. */
export const rbdVolume = volumeService("rbd", {
  summary: "Volume service of a back end on Ceph: several replicas, each of which can do what another began.",
  role: {},
  isActiveActive: true,
});

/** It mounts the export, and asks qemu-img as root about files that servers have open. */
export const nfsVolume = volumeService("nfs", {
  summary: "Volume service of a back end on NFS: one replica, which mounts it with all rights of its node.",
  group: "nodes",
  privilege: "privileged",
  role: { scaling: "one", privileged: true },
  isActiveActive: false,
});

/** It makes devices and iSCSI targets of the node, at whose address compute hosts find them. */
export const lvmVolume = volumeService("lvm", {
  summary: "Volume service of a volume group on one node, which it gives out by iSCSI: one replica, on that node.",
  group: "nodes",
  privilege: "privileged",
  role: {
    scaling: "one",
    privileged: true,
    hostNetwork: true,
    hostPaths: {
      dev: { path: "/dev" },
      // Both sides of the volume group must see each other's locks.
      "lvm-locks": { path: "/run/lock/lvm" },
      "lvm-run": { path: "/run/lvm" },
      // Where the kernel's targets are made, and where they are written down for the next start of the node.
      configfs: { path: "/sys/kernel/config" },
      targets: { path: "/etc/target" },
    },
  },
  isActiveActive: false,
});
