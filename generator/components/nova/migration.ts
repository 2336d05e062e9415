import type { IServicePort } from "kubernetes-models/v1/ServicePort";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Context } from "../../contract/context.ts";
import type { ServerCertificate } from "../../contract/secret.ts";
import { serviceNames } from "../../kit/tls.ts";

/** Port of a node at which libvirt of the other hosts asks it to take a server in. */
export const libvirtPort = { name: "libvirt", port: 16514 } as const;

/**
 * TCP ports of a node for servers that come, next to the first: one for the memory of each, one for its disks. libvirt's own range lies among those that the
 * kernel gives to any connection.
 */
export const migrationPorts = [libvirtPort.port + 1, libvirtPort.port + 64] as const;

/** The component below which both authorities of a cell stand. Neither is the one of displays. */
const signer = "nova-cell";

/** Subject of what libvirt shows to another libvirt, which obeys no other. */
export const hypervisorName = "hypervisor";

/** Where libvirt looks for certificates when it is a client; Nova cannot name another place. https://libvirt.org/kbase/tlscerts.html */
const libvirtFolder = "/etc/pki";

/** Where a pod has the certificate that QEMU is to show. */
const machinesFolder = "/etc/ssl/migration";

/** Files of the two certificates in a pod. */
export const migrationFiles = {
  libvirt: {
    ca: `${libvirtFolder}/CA/cacert.pem`,
    certificate: `${libvirtFolder}/libvirt/servercert.pem`,
    key: `${libvirtFolder}/libvirt/private/serverkey.pem`,
  },
  machines: {
    ca: `${machinesFolder}/ca.crt`,
    certificate: `${machinesFolder}/tls.crt`,
    key: `${machinesFolder}/tls.key`,
  },
} as const;

type Names = Pick<Context, "instance" | "namespace" | "dns">;

const secretsOf = ({ instance }: Pick<Context, "instance">) =>
  ({ libvirt: `${instance}-hypervisor-tls`, machines: `${instance}-migration-tls` }) as const;

/**
 * Certificates of the hosts of a node group: one for libvirt, and one for the machines that it moves. A machine holds its own while a guest works on it, and whom
 * libvirt obeys is root on the host. So each has an authority of its own: with what a machine holds, or a console proxy, nobody commands
 * libvirt or poses as it. Each is client and server. A pod cannot get one for its own node alone, so the name is that of all hosts of the group.
 * libvirt 10 and QEMU 8 take no certificate for themselves without the usage "key encipherment".
 */
export const migrationCertificates = (ctx: Names): ServerCertificate[] => {
  const { libvirt, machines } = secretsOf(ctx);
  const shared = {
    dnsNames: serviceNames(ctx, `*.${ctx.instance}`),
    usages: ["digital signature", "key encipherment", "server auth", "client auth"],
    signer,
  };
  return [
    { ...shared, secret: libvirt, commonName: hypervisorName, authority: "libvirt" },
    { ...shared, secret: machines, commonName: ctx.instance, authority: "qemu" },
  ];
};

/** Volumes and mounts of both. */
export function migrationVolumes(ctx: Pick<Context, "instance">): { volumes: IVolume[]; mounts: IVolumeMount[] } {
  const { libvirt, machines } = secretsOf(ctx);
  const items = Object.entries({
    "CA/cacert.pem": "ca.crt",
    "libvirt/clientcert.pem": "tls.crt",
    "libvirt/servercert.pem": "tls.crt",
    "libvirt/private/clientkey.pem": "tls.key",
    "libvirt/private/serverkey.pem": "tls.key",
  }).map(([path, key]) => ({ key, path }));
  return {
    volumes: [
      { name: "hypervisor-tls", secret: { secretName: libvirt, defaultMode: 0o400, items } },
      { name: "migration-tls", secret: { secretName: machines, defaultMode: 0o400 } },
    ],
    mounts: [
      { name: "hypervisor-tls", mountPath: libvirtFolder, readOnly: true },
      { name: "migration-tls", mountPath: machinesFolder, readOnly: true },
    ],
  };
}

/** A Service that gives each host of the group a name below its own; libvirt may be away for the moment. */
export const hostsService = {
  clusterIP: "None",
  ports: [{ ...libvirtPort, protocol: "TCP", targetPort: libvirtPort.name }] satisfies IServicePort[],
  publishNotReadyAddresses: true,
} as const;
