import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { buildFrom, recordedStateOf } from "../../generator/fleet/one-cluster.ts";
import type { RecordedState } from "../../generator/model/living.ts";
import { library } from "../laws/library.ts";

const build = (uses: string, more = "", before?: RecordedState) =>
  buildFrom({
    name: "eu1",
    text: `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
kubernetes: { version: "1.35" }
infrastructure: { mariadb: { backup: none } }
services:
  glance: { notifications: true, stores: { shared: { type: file, storageClass: cephfs } }, uses: ${uses} }
${more}`,
    catalogue,
    library,
    before,
  });

const outside = (tls: string) => `{ database: { host: db.example.org${tls} } }`;

interface Pod {
  readonly containers: {
    readonly env: { name: string; value?: string }[];
    readonly volumeMounts: { name: string }[];
  }[];
  readonly volumes: { name: string; projected?: object }[];
}

function podOf({ kind, spec }: KubernetesObject): Pod | undefined {
  const { template, jobTemplate } = (spec ?? {}) as {
    template?: { spec: Pod };
    jobTemplate?: { spec: { template: { spec: Pod } } };
  };
  if (kind === "CronJob") return jobTemplate!.spec.template.spec;
  return ["Deployment", "Job"].includes(kind) ? template!.spec : undefined;
}

describe("a database outside", () => {
  test("is reached by TLS from every pod that connects to it, each with the authority of its ConfigMap", () => {
    const { rendered } = build(outside(", tls: { ca: db-ca }"));
    const objects = Object.values(rendered!.renders.get("glance")!).flatMap(({ objects }) => objects);
    const clients = objects.flatMap((object) => {
      const pod = podOf(object);
      if (pod === undefined) return [];
      const url = pod.containers[0]!.env.find(({ name }) => name === "OS_DATABASE__CONNECTION");
      return url === undefined ? [] : [{ kind: object.kind, pod, url: url.value }];
    });
    expect([...new Set(clients.map(({ kind }) => kind))].sort()).toEqual(["CronJob", "Deployment", "Job"]);
    for (const { pod, url } of clients) {
      expect(url).toMatch(/&ssl_ca=\/etc\/ssl\/outside\/db-ca\.crt$/);
      expect(pod.containers[0]!.volumeMounts).toContainEqual({
        name: "outside-tls",
        mountPath: "/etc/ssl/outside",
        readOnly: true,
      });
      expect(pod.volumes).toContainEqual({
        name: "outside-tls",
        projected: { sources: [{ configMap: { name: "db-ca", items: [{ key: "ca.crt", path: "db-ca.crt" }] } }] },
      });
    }
  });

  test("in plain text has to be wanted in production, and a fleet that runs so is warned", () => {
    const said = (...built: Parameters<typeof build>) =>
      build(...built).issues.map(({ code, severity }) => `${severity}: ${code}`);
    expect(said(outside(""))).toEqual(["error: plain-outside"]);
    expect(said(outside(", tls: none"))).toEqual([]);
    expect(said(outside(""), "profile: development")).toEqual([]);
    const before = recordedStateOf(build(outside(", tls: none")).model!);
    expect(said(outside(""), "", before)).toEqual(["warning: plain-outside"]);
    const elsewhere = "{ database: { host: db-2.example.org } }";
    const consent = "consent: [{ change: move-database/glance, reason: a larger server }]";
    expect(said(elsewhere, consent, before)).toEqual(["error: plain-outside"]);
  });
});

test("a broker outside is asked at the port for TLS, with the authority of its ConfigMap", () => {
  const { model, rendered } = build("{ messaging: { hosts: [broker-1.example.org], tls: { ca: broker-ca } } }");
  const glance = model!.instances.find(({ name }) => name === "glance")!;
  const broker = glance.connections.find(({ need }) => need.kind === "messaging");
  expect(broker).toMatchObject({ port: 5671, tls: true, authority: "broker-ca" });
  const texts = Object.values(rendered!.renders.get("glance")!).flatMap(({ configMaps }) =>
    configMaps.flatMap(({ data }) => Object.values(data)),
  );
  expect(texts.join("\n")).toMatch(/^ssl_ca_file = \/etc\/ssl\/outside\/broker-ca\.crt$/m);
});
