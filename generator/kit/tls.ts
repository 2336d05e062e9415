import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { kindOf } from "../connections/index.ts";
import { type Connection, chosen, isElsewhere, type KindOrGroup } from "../contract/connection.ts";
import type { Context, InternalTls } from "../contract/context.ts";
import type { ServerCertificate } from "../contract/secret.ts";
import { objectName, serviceHost } from "./names.ts";
import { trustedCaFile } from "./trusted-ca.ts";

/** Directory of the certificates of the inside, in every pod that has any. */
const directory = "/etc/ssl/internal";

/** What clients check the cluster's own servers with. Nothing else is trusted there: no public authority signs inside names. */
export const internalCa = `${directory}/ca.crt`;
/** Certificate and key of a server. The kubelet replaces both at once when cert-manager renews them. */
export const serverCertificate = { certificate: `${directory}/tls.crt`, key: `${directory}/tls.key` } as const;

/** Secret in every namespace whose `ca.crt` is the cluster's own CA; the key next to it is mounted nowhere. */
export const trustSecret = "internal-trust";

/** Secret with an instance's own certificate. */
export const certificateSecret = ({ instance }: Pick<Context, "instance">): string => `${instance}-internal-tls`;

/** True when the instance's own API and those that it calls speak HTTPS. */
export const speaksHttps = ({ internalTls }: Pick<Context, "internalTls">): boolean => internalTls === "required";

/** What a server offers that takes plain text, TLS, or on the way from one to the other both. */
export const offered = <P>(
  tls: InternalTls,
  { plain, encrypted }: { readonly plain: P; readonly encrypted: P },
): P[] => [...(tls === "required" ? [] : [plain]), ...(tls === "none" ? [] : [encrypted])];

/** True where the Identity service is another cluster's. */
export const asksOutside = ({ identity }: Pick<Context, "identity">): boolean => isElsewhere(identity);

/**
 * The option that names the CA, of a section that calls the cluster's own APIs; nothing where these speak plain HTTP. It is the
 * only one of the section, so it holds the public authorities too where the same section asks outside.
 */
export const caOption = (
  ctx: Pick<Context, "internalTls" | "identity">,
  option: string,
): Readonly<Record<string, string>> =>
  speaksHttps(ctx) ? { [option]: asksOutside(ctx) ? trustedCaFile : internalCa } : {};

/** File that the Identity service is checked with; undefined where the public authorities are enough, or it speaks plain HTTP. */
export function identityAuthority(ctx: Pick<Context, "internalTls" | "identity" | "pod">): string | undefined {
  if (!asksOutside(ctx)) return speaksHttps(ctx) ? internalCa : undefined;
  return speaksHttps(ctx) || ctx.pod.trustedCa !== undefined ? trustedCaFile : undefined;
}

/** Directory of the authorities of servers outside: a file for each ConfigMap. */
const outsideDirectory = "/etc/ssl/outside";

/** File that the server of a connection is checked with. */
export const authorityOf = (connection: Connection): string => {
  if (connection.authority !== undefined) return `${outsideDirectory}/${connection.authority}.crt`;
  return showsCertificate(connection) ? `${clientDirectory(connection)}/ca.crt` : internalCa;
};

/** True when the client shows a certificate of its own there. */
export const showsCertificate = ({ need, tls }: Connection): boolean => tls && kindOf(need.kind).certificate === true;

/** Where a client's pods have the certificate that they show, and inside the authority that signs for both ends. */
const clientDirectory = ({ need }: Connection): string => `/etc/ssl/${need.kind}`;

/** Files of the certificate that a client shows. */
export const clientCertificate = (connection: Connection) => ({
  certificate: `${clientDirectory(connection)}/tls.crt`,
  key: `${clientDirectory(connection)}/tls.key`,
});

/** What the clients in a pod, or a server, need to speak TLS. `words` chooses connections; default: all of the instance. */
export function certificates(
  ctx: Context,
  form: "client" | "server",
  words?: readonly KindOrGroup[],
): { volumes: IVolume[]; mounts: IVolumeMount[] } {
  const inside = internalCertificates(ctx, form);
  const connections = [...chosen(ctx.connections, words), ...chosen(ctx.reach, words)];
  const shown = connections.filter(showsCertificate);
  const authorities = [...new Set(connections.flatMap(({ authority }) => authority ?? []))].sort();
  const sources = authorities.map((name) => ({ configMap: { name, items: [{ key: "ca.crt", path: `${name}.crt` }] } }));
  const outside = authorities.length === 0 ? [] : [{ name: "outside-tls", projected: { sources } }];
  return {
    volumes: [
      ...inside.volumes,
      ...outside,
      ...shown.map(({ need, account }) => ({
        name: `${need.kind}-tls`,
        secret: { secretName: account.secret, defaultMode: 0o440 },
      })),
    ],
    mounts: [
      ...inside.mounts,
      ...outside.map(({ name }) => ({ name, mountPath: outsideDirectory, readOnly: true })),
      ...shown.map((connection) => ({
        name: `${connection.need.kind}-tls`,
        mountPath: clientDirectory(connection),
        readOnly: true,
      })),
    ],
  };
}

/** The CA, and of a server its certificate; nothing where the inside is plain. */
export function internalCertificates(
  ctx: Context,
  form: "client" | "server" = "client",
): { volumes: IVolume[]; mounts: IVolumeMount[] } {
  if (ctx.internalTls === "none") return { volumes: [], mounts: [] };
  const items = (...keys: string[]) => keys.map((key) => ({ key, path: key }));
  const sources = [
    { secret: { name: trustSecret, items: items("ca.crt") } },
    ...(form === "server" && speaksHttps(ctx)
      ? [{ secret: { name: certificateSecret(ctx), items: items("tls.crt", "tls.key") } }]
      : []),
  ];
  return {
    volumes: [{ name: "internal-tls", projected: { defaultMode: 0o440, sources } }],
    mounts: [{ name: "internal-tls", mountPath: directory, readOnly: true }],
  };
}

/** The certificate of a Service, by the full name that clients use and the short one that people do. */
export const certificateOf = (
  ctx: Pick<Context, "component" | "instance" | "suffix" | "namespace" | "dns">,
  role?: string,
): ServerCertificate => ({
  secret: certificateSecret(ctx),
  dnsNames: serviceNames(ctx, objectName(ctx, role)),
});

/** Names of a Service, or with `*.` before it of the pods behind it. */
export const serviceNames = ({ namespace, dns }: Pick<Context, "namespace" | "dns">, service: string): string[] => [
  `${service}.${namespace}.svc`,
  serviceHost(service, namespace, dns),
];
