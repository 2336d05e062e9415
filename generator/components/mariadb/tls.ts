import type { ServerCertificate } from "../../contract/secret.ts";
import { certificateSecret, serviceNames } from "../../kit/tls.ts";
import type { MariaDBContext } from "./options.ts";
import { hasProxy, proxyService } from "./proxy.ts";

/**
 * mariadb-operator rolls the members when a watched Secret changes. Galera takes no certificate that says what it is for.
 * https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/configuration.md#external-resources
 */
const forOperator = {
  labels: { "k8s.mariadb.com/watch": "" },
  usages: ["digital signature", "key agreement"],
} as const;

/** The members show each other, and the operator shows them, a certificate of a client. */
const clientSecret = (ctx: MariaDBContext): string => `${ctx.instance}-internal-client-tls`;

/** Certificates of the members, and of those who must show one to them. */
export const certificates = (ctx: MariaDBContext): ServerCertificate[] => [
  {
    secret: certificateSecret(ctx),
    dnsNames: [
      ...["", "-primary", "-secondary"].flatMap((end) => serviceNames(ctx, `${ctx.instance}${end}`)),
      // PyMySQL compares the name that it has dialled.
      ...(hasProxy(ctx) ? serviceNames(ctx, proxyService(ctx.instance)) : []),
      ...serviceNames(ctx, `*.${ctx.instance}-internal`),
      // Probes and backups of the pod itself.
      "localhost",
    ],
    ...forOperator,
  },
  { secret: clientSecret(ctx), dnsNames: [`${ctx.instance}-client`], ...forOperator },
];

/** The field `tls` of the custom resource. */
export function tls(ctx: MariaDBContext): object {
  if (ctx.internalTls === "none") return { enabled: false };
  const [server, client] = [{ name: certificateSecret(ctx) }, { name: clientSecret(ctx) }];
  const required = ctx.internalTls === "required";
  return {
    enabled: true,
    required,
    serverCASecretRef: server,
    serverCertSecretRef: server,
    clientCASecretRef: client,
    clientCertSecretRef: client,
    // A member that sends its state encrypted reaches none that expects it plain: last of all.
    galeraSSTEnabled: required,
  };
}
