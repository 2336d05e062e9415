import type { Placed } from "../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { everyAddress } from "../../kit/ip.ts";
import { memberHosts } from "../../kit/members.ts";
import { clientLabel, keepAnnotations, labels, objectName, placed, serviceHost } from "../../kit/names.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { containerPorts, portService } from "../../kit/ports.ts";
import { clientsOnly } from "../../kit/service.ts";
import { serviceAccount } from "../../kit/service-account.ts";
import { internalCa, internalCertificates } from "../../kit/tls.ts";
import { deployment } from "../../kit/workload.ts";
import { idleTime, type MariaDBContext, port, proxyRole as role, serverRole } from "./options.ts";
import { endProxy, ports, startProxy, watchIsAlive, watchWriter } from "./proxy-scripts.ts";

/** Fewer members have nobody to switch to, or no majority without the one that is lost. */
export const hasProxy = (ctx: MariaDBContext): boolean =>
  isProxied(ctx.options.proxy, ctx.scaling(serverRole).replicas ?? 1) !== "none";

/** What the option comes to with this number of members. */
export const isProxied = (
  proxy: MariaDBContext["options"]["proxy"],
  members: number,
): MariaDBContext["options"]["proxy"] => (members < 3 ? "none" : proxy);

/** Service of the proxies, by the name of the instance. */
export const proxyService = (instance: string): string => instance.replace(/^mariadb/, "mariadb-proxy");

const secretOf = ({ instance }: MariaDBContext): string => `${instance}-proxy`;
/** Its own database and user at each server. */
const name = "overstack";
/** They come after the database that they are made in, also in Argo CD. */
const wave = 1;

/** The Secret that the proxies look at the members with. */
export const proxySecrets = (ctx: MariaDBContext): RequiredSecret[] =>
  hasProxy(ctx)
    ? [
        {
          name: secretOf(ctx),
          keys: { password: "password" },
          purpose: `password of the proxies before ${ctx.instance}, which look who can be written to`,
          labels: { "k8s.mariadb.com/watch": "" },
        },
      ]
    : [];

/** Proxies before the members, through which clients reach the one that is written to. */
export const proxies = (ctx: MariaDBContext): Placed[] =>
  hasProxy(ctx)
    ? [
        serviceAccount(ctx, "run", role),
        ...deployment(ctx, role, pods(ctx)).map(({ phase, object }) => placed(phase, object, wave)),
        portService(ctx, role, { port }),
        clientsOnly(ctx, { role, ports: [port] }),
        ...account(ctx),
      ]
    : [];

function pods(ctx: MariaDBContext) {
  const run = scratch("run", "/run/haproxy", "16Mi");
  const certificates = internalCertificates(ctx);
  const count = ctx.scaling(serverRole).replicas ?? 1;
  const hosts = memberHosts(ctx, { pods: ctx.instance, service: `${ctx.instance}-internal`, count });
  const members = { name: "MEMBERS", value: hosts.join(" ") };
  const host = serviceHost(objectName(ctx, role), ctx.namespace, ctx.dns);
  const probe = (path: string) => ({ httpGet: { path, port: "health" }, periodSeconds: 5, timeoutSeconds: 3 });
  const template = podTemplate(ctx, {
    role,
    serviceAccount: objectName(ctx, role),
    grace: 45,
    // Nobody in either image: neither program owns a file.
    uid: 65532,
    containers: [
      container({
        name: role,
        image: ctx.image("proxy"),
        command: ["sh", "-c", startProxy],
        env: [
          members,
          { name: "PRIMARY", value: serviceHost(`${ctx.instance}-primary`, ctx.namespace, ctx.dns) },
          { name: "LISTEN", value: everyAddress(ctx) },
          { name: "IDLE", value: String(idleTime(ctx) + 300) },
          { name: "MAXCONN", value: "8000" },
        ],
        ports: [...containerPorts(role, { port }), { containerPort: ports.health, name: "health", protocol: "TCP" }],
        resources: resources(ctx, role, {
          requests: { cpu: "100m", memory: "128Mi" },
          limits: { memory: "1Gi" },
        }),
        lifecycle: { preStop: { exec: { command: ["sh", "-c", endProxy] } } },
        // A new one takes connections when it knows the writer. Later on it holds them while there is none.
        startupProbe: { ...probe("/writer"), failureThreshold: 360 },
        readinessProbe: probe("/alive"),
        livenessProbe: { ...probe("/alive"), failureThreshold: 6 },
        volumeMounts: [run.mount],
      }),
      container({
        name: "watch",
        image: ctx.image(),
        command: ["bash", "-c", watchWriter],
        env: [
          members,
          { name: "SERVICE", value: host },
          { name: "USER", value: name },
          { name: "PASSWORD_FILE", value: "/etc/overstack/password" },
          {
            name: "TLS",
            value: ctx.internalTls === "none" ? "--skip-ssl" : `--ssl-ca=${internalCa} --ssl-verify-server-cert`,
          },
        ],
        // Each look is a program that starts, and one that comes late moves the writer.
        resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } },
        livenessProbe: {
          exec: { command: ["sh", "-c", watchIsAlive] },
          failureThreshold: 3,
          periodSeconds: 20,
          timeoutSeconds: 5,
        },
        volumeMounts: [
          run.mount,
          { name: "password", mountPath: "/etc/overstack", readOnly: true },
          ...certificates.mounts,
        ],
      }),
    ],
    volumes: [
      run.volume,
      { name: "password", secret: { secretName: secretOf(ctx), defaultMode: 0o440 } },
      ...certificates.volumes,
    ],
  });
  // The operator's Services and budgets are about all pods of this instance that are called mariadb.
  const own = { "app.kubernetes.io/name": "mariadb-proxy", [clientLabel(ctx.instance)]: "true" };
  return {
    metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...own } },
    spec: { ...template.spec!, hostAliases: [{ hostnames: [host], ip: "127.0.0.1" }] },
  };
}

/** A user that may read the state of the members, and one table that says who is written to. */
function account(ctx: MariaDBContext): Placed[] {
  const common = {
    mariaDbRef: { name: objectName(ctx) },
    cleanupPolicy: "Skip",
    requeueInterval: "10m0s",
    retryInterval: "10s",
  };
  const grant = (database: string, table: string, privileges: readonly string[]) => ({
    ...common,
    database,
    host: "%",
    privileges,
    table,
    username: name,
  });
  const object = (kind: string, end: string, spec: object) =>
    placed(
      "run",
      {
        apiVersion: "k8s.mariadb.com/v1alpha1",
        kind,
        metadata: {
          name: objectName(ctx, `${role}${end}`),
          labels: labels(ctx, role),
          annotations: { ...keepAnnotations },
        },
        spec,
      },
      wave,
    );
  return [
    object("Database", "", { ...common, characterSet: "utf8mb3", collate: "utf8mb3_general_ci", name }),
    object("User", "", {
      ...common,
      host: "%",
      maxUserConnections: 0,
      name,
      passwordSecretKeyRef: { key: "password", name: secretOf(ctx) },
    }),
    object("Grant", "", grant(name, "*", ["ALL PRIVILEGES"])),
    object("Grant", "-view", grant("mysql", "wsrep_cluster_members", ["SELECT"])),
  ];
}
