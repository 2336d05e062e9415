import { z } from "zod";
import { component } from "../../contract/component.ts";
import type { Context } from "../../contract/context.ts";
import { daemonSet } from "../../kit/agent.ts";
import { labels, objectName, placed, selector } from "../../kit/names.ts";
import { Service } from "../../kit/objects.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { serviceAccountName } from "../../kit/service-account.ts";
import { displayCertificate, displayPorts, displayVolume } from "../nova/displays.ts";
import {
  hostsService,
  hypervisorName,
  libvirtPort,
  migrationCertificates,
  migrationPorts,
  migrationVolumes,
} from "../nova/migration.ts";
import { state } from "../nova/scripts.ts";
import { runDirectory } from "../openvswitch/scripts.ts";
import { answers, moved, run, shown, startLibvirt } from "./scripts.ts";

const role = "libvirtd";

/**
 * Starts and stops the machines of users, for the Nova compute service of the same node. The machines are processes of the node: what
 * happens to these pods does not reach them.
 */
export default component({
  name: "libvirt",
  summary: "Starts servers on the nodes of a group by libvirt, as processes that outlive its pods.",
  group: "nodes",
  partOf: "nova-compute",
  perNodeGroup: "hypervisor",
  privilege: "privileged",
  // Who asks for servers begins when it works.
  order: { after: {}, before: { run: "run" } },
  options: z.strictObject({}),
  roles: {
    [role]: {
      scaling: "node",
      // A machine has its network from here, and must not lose it with the pod.
      hostNetwork: true,
      // A machine has its number among the node's processes, where the next libvirtd finds it.
      hostPID: true,
      privileged: true,
      hostPaths: {
        // The devices of the node as they come and go: volumes, /dev/kvm, cards that are passed through.
        dev: { path: "/dev" },
        // Where machines are put: outside of the groups of pods.
        cgroup: { path: "/sys/fs/cgroup" },
        run: { path: run },
        // Definitions of machines. Not the node's own /etc/libvirt, which a package of the node may have filled.
        definitions: { path: "/var/lib/libvirt/etc", mountPath: "/etc/libvirt" },
        state: { path: "/var/lib/libvirt" },
        log: { path: "/var/log/libvirt" },
        // Disks of servers, and the volumes that the compute service mounts below.
        nova: { path: state, shared: true },
        // libvirt enters the ports of servers into Open vSwitch.
        openvswitch: { path: runDirectory },
      },
      interrupts: "starts, migrations and changes of servers that are under way on the node",
    },
  },
  images: { libvirt: (release) => `quay.io/airshipit/libvirt:${release}-ubuntu_noble` },
  project: "libvirt",
  certificates: (ctx) => [displayCertificate(ctx, "host"), ...migrationCertificates(ctx)],
  config: () => ({ "libvirtd.conf": libvirtd, "qemu.conf": qemu }),
  manifests: (ctx) => [daemonSet(ctx, role, template(ctx)), hosts(ctx)],
});

/** It bears the name of the instance, as the certificates of its hosts do. */
const hosts = (ctx: Context) =>
  placed(
    "run",
    Service({
      metadata: { name: objectName(ctx), labels: labels(ctx, role) },
      spec: { ...hostsService, selector: selector(ctx, role) },
    }),
  );

function template(ctx: Context) {
  const tmp = scratch("tmp", "/tmp", "256Mi");
  const lock = scratch("local", "/run/lock", "16Mi");
  const cache = scratch("cache", "/var/cache/libvirt", "64Mi");
  const display = displayVolume(ctx);
  const migration = migrationVolumes(ctx);
  const probe = { exec: { command: [...answers] }, timeoutSeconds: 15 };
  return podTemplate(ctx, {
    role,
    serviceAccount: serviceAccountName(ctx),
    grace: 30,
    // Machines run as the user of the pods, and see its files.
    volumesOfRoot: true,
    containers: [
      container({
        name: role,
        image: ctx.image(),
        command: ["sh", "-c", startLibvirt],
        env: [{ name: "ADDRESS", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } }],
        ports: [{ containerPort: libvirtPort.port, name: libvirtPort.name, protocol: "TCP" }],
        resources: resources(ctx, role, {
          requests: { cpu: "100m", memory: "256Mi" },
          limits: { memory: "512Mi" },
        }),
        startupProbe: { ...probe, failureThreshold: 30, periodSeconds: 5 },
        livenessProbe: { ...probe, failureThreshold: 5, periodSeconds: 60 },
        readinessProbe: { ...probe, failureThreshold: 3, periodSeconds: 20 },
        volumeMounts: [
          { name: "etc", mountPath: "/etc/overstack", readOnly: true },
          tmp.mount,
          lock.mount,
          cache.mount,
          display.mount,
          ...migration.mounts,
        ],
      }),
    ],
    volumes: [
      { name: "etc", configMap: { name: ctx.configMaps.etc } },
      tmp.volume,
      lock.volume,
      cache.volume,
      display.volume,
      ...migration.volumes,
    ],
  });
}

/**
 * It listens at a socket of the node, which root reaches, and at the node's address for libvirt of the other hosts of the cell. Whom it lets in there is
 * root as well: so it asks for a certificate of an authority that signs for nobody else, and for the subject that these have.
 */
const libvirtd = `listen_tls = 1
listen_tcp = 0
tls_port = "${libvirtPort.port}"
tls_allowed_dn_list = ["CN=${hypervisorName}"]
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:stderr"
`;

/**
 * Machines run as the user that Nova's files have in the images, by its number: that of libvirt has no such name. They see the pod's devices, and
 * the group of control groups lets them at their own; a namespace of mounts for each would be lost to the next libvirtd. What a
 * machine writes goes to files, since a daemon that takes it would end with the pod.
 * https://libvirt.org/drvqemu.html
 *
 * A display listens at the node's address, where anybody may come. It asks for a certificate of the cell's authority, and speaks nothing but TLS.
 * So does a machine that another host sends, for its memory and its disks, with another authority.
 */
const qemu = `user = "+42424"
group = "+42424"
dynamic_ownership = 1
namespaces = []
security_driver = "none"
stdio_handler = "file"
vnc_tls = 1
vnc_tls_x509_cert_dir = "${shown}"
vnc_tls_x509_verify = 1
remote_display_port_min = ${displayPorts[0]}
remote_display_port_max = ${displayPorts[1]}
migrate_tls_x509_cert_dir = "${moved}"
migrate_tls_x509_verify = 1
migrate_tls_force = 1
migration_port_min = ${migrationPorts[0]}
migration_port_max = ${migrationPorts[1]}
`;
