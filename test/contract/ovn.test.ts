import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { certificates, hasCertificates } from "../../generator/render/certificates.ts";
import { blocksOf } from "../docs/pages.ts";
import { mistakes, rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { packaged } from "../tools/kustomize.ts";

/** A service as small as it can be, which writes to OVN's databases. */
const wires = openstack({
  name: "wires",
  summary: "Writes to OVN's databases.",
  roles: {
    api: { wsgi: "wires.wsgi:application", endpoint: { type: "wires", port: 8903, description: "wires" } },
    engine: { command: ["wires-engine"], probe: ["true"] },
  },
  needs: ["database", "token-cache", { kind: "ovn", name: "wires", group: "ovn" }],
}) as Component;
/** It reads what others have written there, as what runs on nodes does. */
const senses = openstack({
  name: "senses",
  summary: "Reads OVN's Southbound database.",
  roles: { engine: { command: ["senses-engine"], probe: ["true"] } },
  needs: [{ kind: "ovn", name: "senses", group: "ovn", from: "provider" }],
}) as Component;
const catalogue: Catalogue = new Map([...builtIn, ["wires", wires], ["senses", senses]]);
const services = { keystone: {}, wires: {} };

const hosts = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `ovn-database-${index}.ovn-members.openstack-infrastructure.svc.cluster.local`,
  );
const confOf = (cluster: ReturnType<typeof rendered>, instance = "wires") =>
  JSON.stringify(renderingOf(cluster, instance).configMaps);

for (const tls of ["required", "optional", "none"])
  describe(`a client, where the inside says ${tls}`, () => {
    const cluster = rendered(services, { internal: { tls } }, catalogue);

    test("lists all members of both databases, encrypted", () => {
      const list = (port: number) => hosts(3).map((host) => `ssl:${host}:${port}`);
      expect(confOf(cluster)).toContain(`ovn_nb_connection = ${list(6641).join(",")}\\n`);
      expect(confOf(cluster)).toContain(`ovn_sb_connection = ${list(6642).join(",")}\\n`);
    });

    test("has a certificate of its own in each of its pods, by OVN's authority and no other", () => {
      for (const database of ["nb", "sb"])
        for (const [option, file] of [
          ["ca_cert", "ca.crt"],
          ["certificate", "tls.crt"],
          ["private_key", "tls.key"],
        ])
          expect(confOf(cluster)).toContain(`ovn_${database}_${option} = /etc/ssl/ovn/${file}`);
      const { objects } = renderingOf(cluster, "wires");
      for (const role of ["api", "engine"]) {
        const { volumes, main } = podOf(objects[`Deployment/wires-${role}`]);
        expect(volumes).toContainEqual({ name: "ovn-tls", secret: { secretName: "wires-ovn", defaultMode: 0o440 } });
        expect(main.volumeMounts).toContainEqual({ name: "ovn-tls", mountPath: "/etc/ssl/ovn", readOnly: true });
      }
      const signed = certificates(cluster.model);
      const by = (issuer: string) =>
        signed
          .filter(({ spec }) => (spec as { issuerRef?: { name: string } }).issuerRef?.name === issuer)
          .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
          .sort();
      expect(by("lab-ovn")).toEqual([
        "cert-manager/lab-ovn",
        "openstack-infrastructure/ovn-backup-tls",
        "openstack-infrastructure/ovn-database-tls",
        "openstack-infrastructure/ovn-northd-tls",
        "openstack-services/wires-ovn",
      ]);
      expect(by("lab-internal").filter((name) => name.includes("ovn"))).toEqual([]);
      expect(signed.find(({ metadata }) => metadata.name === "wires-ovn")!.spec).toMatchObject({
        usages: ["digital signature", "client auth"],
      });
    });
  });

test("a cluster whose inside is plain has cert-manager for OVN alone", () => {
  const plain = { internal: { tls: "none" } };
  expect(hasCertificates(rendered({ keystone: {} }, plain, catalogue).model)).toBe(false);
  const { model } = rendered(services, plain, catalogue);
  expect(hasCertificates(model)).toBe(true);
  expect(certificates(model).every(({ metadata }) => /ovn/.test(metadata.name))).toBe(true);
});

test("development has one member and one northd", () => {
  const small = rendered(services, { profile: "development" }, catalogue);
  expect(confOf(small)).toContain(`ovn_nb_connection = ssl:${hosts(1)[0]}:6641\\n`);
  const { objects } = renderingOf(small, "ovn");
  expect(objects["StatefulSet/ovn-database"]!.spec).toMatchObject({ replicas: 1 });
  expect(objects["Deployment/ovn-northd"]!.spec).toMatchObject({ replicas: 1 });
});

describe("databases outside", () => {
  const at = (ovn: object) => ({ keystone: {}, wires: { uses: { ovn } } });

  test("are asked with the certificate that the client's Secret holds, and OVN does not run here", () => {
    const outside = { hosts: ["ovn-1.example.org", "ovn-2.example.org"], southbound: 16642, tls: { ca: "their-ca" } };
    const cluster = rendered(at(outside), {}, catalogue);
    expect(cluster.model.instances.map(({ name }) => name)).not.toContain("ovn");
    const conf = confOf(cluster);
    expect(conf).toContain("ovn_nb_connection = ssl:ovn-1.example.org:6641,ssl:ovn-2.example.org:6641\\n");
    expect(conf).toContain("ovn_sb_connection = ssl:ovn-1.example.org:16642,ssl:ovn-2.example.org:16642\\n");
    expect(conf).toContain("ovn_nb_ca_cert = /etc/ssl/outside/their-ca.crt");
    expect(conf).toContain("ovn_nb_certificate = /etc/ssl/ovn/tls.crt");
    expect(certificates(cluster.model).map(({ metadata }) => metadata.name)).not.toContain("wires-ovn");
    expect(podOf(renderingOf(cluster, "wires").objects["Deployment/wires-api"]).volumes).toContainEqual({
      name: "ovn-tls",
      secret: { secretName: "wires-ovn", defaultMode: 0o440 },
    });
  });

  test("are asked plainly where the operator says so, without any certificate", () => {
    const cluster = rendered(at({ hosts: ["ovn-1.example.org"], tls: "none" }), {}, catalogue);
    expect(confOf(cluster)).toContain("ovn_nb_connection = tcp:ovn-1.example.org:6641\\n");
    for (const option of ["ovn_nb_ca_cert", "ovn_nb_certificate", "ovn_sb_private_key"])
      expect(confOf(cluster)).toContain(`${option} = \\n`);
    expect(podOf(renderingOf(cluster, "wires").objects["Deployment/wires-api"]).volumes).not.toContainEqual(
      expect.objectContaining({ name: "ovn-tls" }),
    );
  });

  test("must say in production whether they are encrypted", () => {
    expect(mistakes(at({ hosts: ["ovn-1.example.org"] }), {}, catalogue)).toEqual([
      [expect.any(String), expect.stringMatching(/tls/)],
    ]);
  });
});

describe("relays of the Southbound database", () => {
  const remoteIn = (ovn: object) => {
    const cluster = rendered(
      { ...services, senses: {} },
      {
        kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24"] },
        nodeGroups: { compute: { roles: ["hypervisor"] } },
        infrastructure: { mariadb: { backup: "none" }, ovn },
      },
      catalogue,
    );
    const controller = renderingOf(cluster, "chassis-compute").objects["DaemonSet/chassis-controller-compute"];
    const { env } = podOf(controller).main;
    const [, remote] = /ovn-remote=(\S+)/.exec(env.find(({ name }) => name === "OPTIONS")!.value!)!;
    return { cluster, remote, objects: Object.keys(renderingOf(cluster, "ovn").objects) };
  };
  const ofMembers = (port: number) =>
    hosts(3)
      .map((host) => `ssl:${host}:${port}`)
      .join(",");

  test("are not there without a word, and nodes ask the members", () => {
    const { cluster, remote, objects } = remoteIn({});
    expect(remote).toBe(ofMembers(6642));
    expect(confOf(cluster, "senses")).toContain(`ovn_sb_connection = ${ofMembers(6642)}\\n`);
    expect(objects.filter((name) => name.includes("relay"))).toEqual([]);
  });

  test("are asked by nodes and their agents, and who writes what nodes do stays with the members", () => {
    const { cluster, remote, objects } = remoteIn({ relays: true });
    expect(remote).toBe("ssl:ovn-relay.openstack-infrastructure.svc.cluster.local:6642");
    expect(confOf(cluster, "senses")).toContain(`ovn_sb_connection = ${remote}\\n`);
    expect(objects).toEqual(expect.arrayContaining(["Deployment/ovn-relay", "Service/ovn-relay"]));
    expect(confOf(cluster)).toContain(`ovn_sb_connection = ${ofMembers(6642)}\\n`);
    const own = certificates(cluster.model).find(({ metadata }) => metadata.name === "ovn-relay-tls")!;
    expect(own.spec).toMatchObject({
      dnsNames: expect.arrayContaining(["ovn-relay.openstack-infrastructure.svc.cluster.local"]),
    });
  });
});

describe("copies of the Northbound database", () => {
  const objectsOf = (ovn: object, more: object = {}) =>
    renderingOf(rendered(services, { infrastructure: { mariadb: { backup: "none" }, ovn }, ...more }, catalogue), "ovn")
      .objects;
  const namesOf = (objects: object) =>
    Object.keys(objects)
      .filter((name) => name.endsWith("/ovn-backup"))
      .sort();
  interface Cron {
    readonly schedule: string;
    readonly jobTemplate: { readonly spec: { readonly template: object } };
  }
  const cronOf = (objects: ReturnType<typeof objectsOf>) => objects["CronJob/ovn-backup"]!.spec as unknown as Cron;

  test("are made in production without being asked, with a certificate of their own", () => {
    const objects = objectsOf({});
    expect(namesOf(objects)).toEqual(["CronJob/ovn-backup", "PersistentVolumeClaim/ovn-backup"]);
    expect(cronOf(objects).schedule).toBe("17 * * * *");
    const { volumes, main } = podOf(objects["CronJob/ovn-backup"]);
    expect(volumes).toContainEqual({ name: "tls", secret: { secretName: "ovn-backup-tls", defaultMode: 0o440 } });
    expect(main.env).toContainEqual({
      name: "NORTHBOUND",
      value: hosts(3)
        .map((host) => `ssl:${host}:6641`)
        .join(","),
    });
  });

  test("are made in development where somebody asks for them, and nowhere with none", () => {
    const small = { profile: "development" };
    expect(namesOf(objectsOf({}, small))).toEqual([]);
    expect(namesOf(objectsOf({ backup: {} }, small))).toHaveLength(2);
    expect(namesOf(objectsOf({ backup: "none" }))).toEqual([]);
  });

  test("lie on a volume that Argo CD does not wait for: it may come with the first copy", () => {
    expect(objectsOf({})["PersistentVolumeClaim/ovn-backup"]!.metadata.annotations).toMatchObject({
      "argocd.argoproj.io/ignore-healthcheck": "true",
    });
  });

  test("follow the words of cluster.yaml", () => {
    const volume = { size: "1Gi", storageClass: "archive" };
    const objects = objectsOf({ backup: { schedule: "5 4 * * *", retention: "48h", target: { volume } } });
    expect(cronOf(objects).schedule).toBe("5 4 * * *");
    expect(podOf(objects["CronJob/ovn-backup"]).main.env).toContainEqual({
      name: "RETENTION_MINUTES",
      value: "2880",
    });
    expect(objects["PersistentVolumeClaim/ovn-backup"]!.spec).toMatchObject({
      storageClassName: "archive",
      resources: { requests: { storage: "1Gi" } },
    });
  });

  test("the Job that holds their volume differs from the CronJob's in that alone: the page's kubectl makes it", () => {
    const { spec } = cronOf(objectsOf({})).jobTemplate;
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "ovn-copies" }, spec };
    const [block] = blocksOf("docs/ovn.md").filter(({ text }) => text.includes("HOLD_SECONDS"));
    const [, change] = block!.text.split("\n")[0]!.split(" | ");
    const [program, ...words] = change!.replace("yaml", "json").split(" ");
    expect(program).toBe("kubectl");
    const made = execFileSync(packaged("kubectl")!, words, { input: JSON.stringify(job), encoding: "utf8" });
    const { main: before } = podOf(job);
    const { main: after } = podOf(JSON.parse(made));
    const held = before.env.map((each) => (each.name === "HOLD_SECONDS" ? { ...each, value: "3000" } : each));
    expect(after).toMatchObject({ ...before, env: held });
  });
});
