import { describe, expect, test } from "vitest";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { findCron, findingSecrets, findJob, findProgram } from "../../generator/kit/found.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { storageNeed } from "../../generator/kit/storage.ts";
import {
  attachesVolumes,
  copiedKeys,
  copyKeys,
  copyKeysCron,
  copyKeysJob,
  keySecrets,
  keysOf,
  keyVolume,
  lentKeys,
  makesVolumes,
  type VolumeKey,
} from "../../generator/kit/volume-keys.ts";
import { wantedSecrets } from "../../generator/secrets/wanted.ts";
import { rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { withDisks } from "./storage.ts";

// The smallest service that makes volumes, and what attaches them on nodes.

const given: VolumeKey = { uuid: "11111111-2222-5333-8444-555555555555", secret: "far-ceph", isFound: false };
const keys = (accounts: readonly { readonly secret: string; readonly mark: string }[]): VolumeKey[] => [
  ...accounts.map(({ secret, mark }) => ({ uuid: `key${mark}`, secret, isFound: true })),
  given,
];
const accountsOf = (connections: Parameters<NonNullable<Component["details"]>>[1]["connections"]) =>
  connections.find(({ need }) => need.kind === "storage")!.accounts;

const mill = openstack({
  name: "mill",
  summary: "Makes volumes.",
  roles: { api: { wsgi: "mill.wsgi:application", endpoint: { type: "mill", port: 8913, description: "Mill" } } },
  needs: ["token-cache", storageNeed("mill", { grain: "write" })],
  jobs: { [findProgram]: findJob },
  crons: { [findProgram]: findCron },
  details: (_, { connections }) => makesVolumes(keys(accountsOf(connections))),
  secrets: () => [{ name: given.secret, keys: { keyring: "keyring" }, purpose: "key of the far volumes" }],
  manifests: (ctx) => [...findingSecrets(ctx), ...lentKeys(ctx, keys(accountsOf(ctx.connections)))],
});
const hand = openstack({
  name: "hand",
  summary: "Attaches volumes.",
  group: "nodes",
  perNodeGroup: "hypervisor",
  privilege: "privileged",
  roles: {
    agent: { scaling: "node", command: ["hand"], probe: ["true"], pod: (ctx) => keyVolume(keysOf(ctx.peer("mill"))) },
  },
  needs: [],
  user: false,
  wants: ["mill"],
  details: () => attachesVolumes,
  jobs: { [copyKeys]: copyKeysJob },
  crons: { [copyKeys]: copyKeysCron },
  secrets: (ctx) => keySecrets(ctx.peer("mill")),
  manifests: (ctx) => copiedKeys(ctx, ctx.peer("mill")),
});
const catalogue: Catalogue = new Map([...builtIn, ["mill", mill as Component], ["hand", hand as Component]]);
const more = { ...withDisks, nodeGroups: { compute: { roles: ["hypervisor"] } } };
const cluster = rendered({ keystone: {}, mill: {} }, more, catalogue);
const changing = rendered(
  { keystone: {}, mill: { credentials: { storage: { generation: 2, alsoValid: 1 } } } },
  more,
  catalogue,
);
const objectsOf = (all: typeof cluster, instance: string) => renderingOf(all, instance).objects;

describe("keys of volumes", () => {
  test("are files that are called after their UUID, where volumes are attached", () => {
    const { volumes, main } = podOf(objectsOf(cluster, "hand-compute")["DaemonSet/hand-agent-compute"]);
    const sources = [
      { secret: { name: "mill-storage", items: [{ key: "keyring", path: "key" }] } },
      { secret: { name: "far-ceph", items: [{ key: "keyring", path: given.uuid }] } },
    ];
    expect(volumes).toContainEqual({ name: "volume-keys", projected: { defaultMode: 0o440, sources } });
    expect(main.volumeMounts).toContainEqual({ name: "volume-keys", mountPath: "/etc/volume-keys", readOnly: true });
  });

  test("are two while their user changes, so that an attached volume finds its own", () => {
    const { volumes } = podOf(objectsOf(changing, "hand-compute")["DaemonSet/hand-agent-compute"]);
    expect(JSON.stringify(volumes)).toMatch(/"mill-storage",.*"path":"key"}.*"mill-storage-g2",.*"path":"key-g2"}/);
    const copies = podOf(objectsOf(changing, "hand-compute")["Job/hand-copy-volume-keys-compute"]);
    const copied = [...(copies.initContainers ?? []), copies.main].flatMap(({ env = [] }) =>
      env.flatMap(({ name, value }) => (name === "SECRET" ? [value] : [])),
    );
    expect(copied.sort()).toEqual(["mill-storage", "mill-storage-g2"]);
  });

  test("are copied by a Job that needs no node of the group, and may read these Secrets alone", () => {
    const pod = podOf(objectsOf(cluster, "hand-compute")["Job/hand-copy-volume-keys-compute"]);
    expect(pod).not.toHaveProperty("nodeSelector");
    expect(pod.main.env).toEqual(
      expect.arrayContaining([
        { name: "SECRET", value: "mill-storage" },
        { name: "FROM_NAMESPACE", value: "openstack-services" },
      ]),
    );
    const maker = objectsOf(cluster, "mill");
    expect(maker["Role/mill-copy-volume-keys-readers"]!.rules).toEqual([
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["mill-storage"], verbs: ["get"] },
    ]);
    expect(maker["RoleBinding/mill-copy-volume-keys-readers"]!.subjects).toEqual([
      { kind: "ServiceAccount", name: "hand-copy-volume-keys-compute", namespace: "openstack-nodes" },
    ]);
  });

  test("that the operator gives are the same in both namespaces", () => {
    const wanted = wantedSecrets(cluster.model).filter(({ name }) => name === given.secret);
    expect(wanted.map(({ namespace }) => namespace).sort()).toEqual(["openstack-nodes", "openstack-services"]);
    expect(JSON.stringify(wanted)).toContain("openstack-services/far-ceph");
  });
});
