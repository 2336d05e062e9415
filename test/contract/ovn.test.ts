import { describe, expect, test } from "vitest";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { certificates, hasCertificates } from "../../generator/render/certificates.ts";
import { mistakes, rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";

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
const catalogue: Catalogue = new Map([...builtIn, ["wires", wires]]);
const services = { keystone: {}, wires: {} };

const hosts = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `ovn-database-${index}.ovn-members.openstack-infrastructure.svc.cluster.local`,
  );
const confOf = (cluster: ReturnType<typeof rendered>) => JSON.stringify(renderingOf(cluster, "wires").configMaps);

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
