import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Context } from "../../contract/context.ts";
import type { ServerCertificate } from "../../contract/secret.ts";

/** The component whose authority signs for both ends of a display: what shows a certificate of one cell sees no other cell's servers. */
const signer = "nova-cell";

/**
 * TCP ports of a node for displays of its servers, one for each: the first ones, below those of the Kubernetes API and of OVN's
 * databases. A node with more servers starts no further one.
 */
export const displayPorts = [5900, 6399] as const;

/**
 * The page that shows a console. Images have noVNC 1.0.0 (https://opendev.org/openstack/loci/src/branch/master/Dockerfile), and Nova
 * names this page for all versions from that one on.
 */
export const consolePage = "/vnc_lite.html";

/** Directory of the certificate of an end, in its pods. */
const directory = "/etc/ssl/display";

/** Files of that certificate, and of who signs for both ends. */
export const displayFiles = {
  ca: `${directory}/ca.crt`,
  certificate: `${directory}/tls.crt`,
  key: `${directory}/tls.key`,
} as const;

const secretOf = ({ instance }: Pick<Context, "instance">): string => `${instance}-display-tls`;

/**
 * The certificate of one end. Both ends look at who signed the other's, and not at names or usages. But QEMU takes none without a subject from a
 * client, and no program asks for one in a server's: so that of a host has none, and opens no display.
 * https://gitlab.com/qemu-project/qemu/-/blob/v8.2.0/crypto/tlssession.c
 */
export const displayCertificate = (
  ctx: Pick<Context, "instance" | "namespace">,
  end: "host" | "proxy",
): ServerCertificate => ({
  secret: secretOf(ctx),
  dnsNames: [`${ctx.instance}.${ctx.namespace}.svc`],
  ...(end === "proxy"
    ? { commonName: ctx.instance, usages: ["digital signature", "client auth"] }
    : // QEMU 8 takes none for itself without the second one: https://gitlab.com/qemu-project/qemu/-/blob/v8.2.0/crypto/tlscredsx509.c
      { usages: ["digital signature", "key encipherment", "server auth"] }),
  signer,
});

/** Volume and mount of it. */
export const displayVolume = (ctx: Pick<Context, "instance">): { volume: IVolume; mount: IVolumeMount } => ({
  volume: { name: "display-tls", secret: { secretName: secretOf(ctx), defaultMode: 0o440 } },
  mount: { name: "display-tls", mountPath: directory, readOnly: true },
});
