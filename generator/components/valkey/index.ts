import { z } from "zod";
import { component } from "../../contract/component.ts";
import type { Context } from "../../contract/context.ts";
import { integer } from "../../contract/formats.ts";
import { memberEnvironment, memberHosts, members, portsOf } from "../../kit/members.ts";
import { labels, objectName, placed, selector, serviceHost } from "../../kit/names.ts";
import { Service } from "../../kit/objects.ts";
import { optionVariables } from "../../kit/option-secrets.ts";
import { container, fromSecret, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { clientsOnly } from "../../kit/service.ts";
import { serviceAccount } from "../../kit/service-account.ts";
import { certificateSecret, internalCertificates, serviceNames, speaksHttps } from "../../kit/tls.ts";
import { handOver, isAlive, isReady, startSentinel, startServer } from "./scripts.ts";

const ports = { server: 6379, sentinel: 26379 } as const;
const role = "server";
/** What Sentinels call the servers that they watch. */
const set = "overstack";

const options = z.strictObject({
  memory: integer(16, 65536).default(64).describe("Memory for locks and groups, MiB."),
});
type ValkeyContext = Context<z.output<typeof options>>;

/**
 * Locks for services that lose time when two hold one. One server is written to and the others copy it; Sentinels, one beside each
 * server, agree on another when it is lost. What was acknowledged a moment before may be lost with it.
 */
export default component({
  name: "valkey",
  summary: "Lock server: Valkey watched by Sentinels; a lock may be given twice when its primary is lost.",
  group: "infrastructure",
  provides: "coordination",
  grade: "efficiency",
  provided: ({ instance, namespace, dns, internalTls, secretOptions }) => {
    const { secret, mark } = secretOptions.password!.account;
    const host = serviceHost(instance.replace(/^valkey/, "valkey-sentinel"), namespace, dns);
    return {
      host,
      port: ports.sentinel,
      ports: Object.values(ports),
      // Sentinels tell one port of a server, so all speak the same.
      tls: internalTls === "required",
      members: [host],
      details: { protocol: "sentinel", sentinel: set, secret },
      mark,
    };
  },
  options,
  roles: { server: { replicas: 3, scaling: "odd" } },
  development: { roles: { server: { replicas: 1 } } },
  images: { valkey: () => "docker.io/valkey/valkey:8.1.4" },
  uid: 999,
  secretOptions: {
    password: { variable: "PASSWORD", also: "ALSO_PASSWORD", form: "password", purpose: "password of the lock server" },
  },
  certificates: (ctx) =>
    speaksHttps(ctx)
      ? [
          {
            secret: certificateSecret(ctx),
            dnsNames: [...serviceNames(ctx, objectName(ctx, "sentinel")), ...serviceNames(ctx, `*.${ctx.instance}`)],
          },
        ]
      : [],
  manifests: (ctx) => [
    serviceAccount(ctx, "run"),
    ...members(ctx, role, { service: objectName(ctx), ports, template: pods(ctx) }),
    sentinels(ctx),
    clientsOnly(ctx, { role, ports: Object.values(ports) }),
  ],
});

/**
 * Any Sentinel that is ready: clients know no other name. While a primary counts as lost and no other is chosen, redis-py asks all
 * names that it knows, and from 6.0 on it tries a silent one for most of a minute. Behind one name each try is another member.
 */
const sentinels = (ctx: ValkeyContext) =>
  placed(
    "run",
    Service({
      metadata: { name: objectName(ctx, "sentinel"), labels: labels(ctx, role) },
      spec: {
        ports: [{ name: "sentinel", port: ports.sentinel, protocol: "TCP", targetPort: "sentinel" }],
        selector: selector(ctx, role),
      },
    }),
  );

/** A server and a Sentinel. What they write lies as long as the pod: a lost member copies all from the others. */
function pods(ctx: ValkeyContext) {
  const data = scratch("data", "/data", `${ctx.options.memory * 4}Mi`);
  const tmp = scratch("tmp", "/tmp", "16Mi");
  const tls = speaksHttps(ctx) ? internalCertificates(ctx, "server") : { volumes: [], mounts: [] };
  const env = environment(ctx);
  const memory = `${ctx.options.memory * 2 + 64}Mi`;
  return podTemplate(ctx, {
    role,
    serviceAccount: objectName(ctx),
    grace: 45,
    containers: [
      container({
        name: role,
        image: ctx.image(),
        command: ["sh", "-c", startServer],
        env,
        ports: portsOf({ server: ports.server }),
        resources: resources(ctx, role, { requests: { cpu: "50m", memory }, limits: { memory } }),
        lifecycle: { preStop: { exec: { command: ["sh", "-c", handOver] } } },
        livenessProbe: {
          ...exec(isAlive(ports.server)),
          initialDelaySeconds: 45,
          failureThreshold: 3,
          periodSeconds: 10,
        },
        readinessProbe: { ...exec(isReady), periodSeconds: 5 },
        volumeMounts: [data.mount, tmp.mount, ...tls.mounts],
      }),
      container({
        name: "sentinel",
        image: ctx.image(),
        command: ["sh", "-c", startSentinel],
        env,
        ports: portsOf({ sentinel: ports.sentinel }),
        resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "64Mi" } },
        livenessProbe: {
          ...exec(isAlive(ports.sentinel)),
          initialDelaySeconds: 30,
          failureThreshold: 3,
          periodSeconds: 10,
        },
        readinessProbe: { ...exec(isAlive(ports.sentinel)), periodSeconds: 5 },
        volumeMounts: [tmp.mount, ...tls.mounts],
      }),
    ],
    volumes: [data.volume, tmp.volume, ...tls.volumes],
  });
}

const exec = (script: string) => ({ exec: { command: ["sh", "-c", script] }, timeoutSeconds: 5 });

function environment(ctx: ValkeyContext) {
  const count = ctx.scaling(role).replicas ?? 1;
  const hosts = memberHosts(ctx, { pods: objectName(ctx, role), service: objectName(ctx), count });
  const certificates = speaksHttps(ctx) ? internalCertificates(ctx, "server").mounts[0]!.mountPath : "";
  return [
    ...memberEnvironment(ctx, { service: objectName(ctx), hosts }),
    ...optionVariables(ctx).map(([name, secret, key]) => fromSecret(name, secret, key)),
    { name: "SET", value: set },
    { name: "QUORUM", value: String(Math.floor(count / 2) + 1) },
    // The others that must have copied within the last seconds: with itself a majority would be more than a lost host leaves.
    { name: "KEEPING", value: count > 1 ? "1" : "0" },
    { name: "MEMORY", value: `${ctx.options.memory}mb` },
    { name: "TLS_DIRECTORY", value: certificates },
  ];
}
