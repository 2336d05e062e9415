import type { Ini } from "../../contract/configuration.ts";
import type { ClusterValues, Context } from "../../contract/context.ts";
import { mergeIni } from "../../kit/ini.ts";
import { openstack } from "../../kit/openstack.ts";
import { fromSecret, scratch } from "../../kit/pod.ts";
import { caOption } from "../../kit/tls.ts";
import { hypervisor } from "../nova/cells.ts";
import { databaseSocket, runDirectory } from "../openvswitch/scripts.ts";
import { agentProgram, files, modules, probeServers, southbound, southboundProbe, startAgent } from "./programs.ts";

const state = "/var/lib/neutron";

/**
 * Servers ask 169.254.169.254. A namespace of the node for each network of its servers answers there: haproxy in it says which network asks,
 * and the agent which server that is, by the Southbound database. It signs that for Nova, and has no password of a database or a broker.
 */
export default openstack({
  name: "metadata-agent",
  summary:
    "Metadata of the servers on the nodes of a group: hands their requests on to Nova, and signs whose they are.",
  group: "nodes",
  partOf: "neutron",
  user: false,
  project: "neutron",
  perNodeGroup: hypervisor,
  privilege: "privileged",
  roles: {
    agent: {
      scaling: "node",
      command: ["sh", "-c", startAgent],
      // One end of each link is the node's, and goes into the bridge of OVN.
      hostNetwork: true,
      // It makes namespaces of networks, links and addresses.
      privileged: true,
      hostPaths: {
        // A namespace that is made here is one of the node, and outlives the pod.
        netns: { path: "/run/netns", shared: true },
        openvswitch: { path: runDirectory },
      },
      memory: ["256Mi", "1Gi"],
      // Each server that was answered halfway asks again.
      grace: 15,
      probe: southboundProbe,
      pod: (ctx) => {
        const own = scratch("state", state, "64Mi");
        return {
          environment: [
            { name: "AGENT", value: agentProgram(ctx) },
            modules,
            probeServers(ctx, southbound),
            ...secretOf(ctx).map(({ name, key }) => fromSecret("OS_DEFAULT__METADATA_PROXY_SHARED_SECRET", name, key)),
          ],
          volumes: [own.volume],
          mounts: [own.mount],
        };
      },
    },
  },
  needs: [{ kind: "ovn", group: "ovn", name: "metadata-agent", from: "provider" }],
  wants: ["compute"],
  secrets: (ctx) =>
    secretOf(ctx).map(({ name, key, instance }) => ({
      name,
      keys: { [key]: "password" },
      purpose: "secret that who asks for a server's metadata signs with",
      copyOf: { instance, name },
    })),
  files,
  conf: (ctx) =>
    mergeIni(novaOptions(ctx), {
      DEFAULT: {
        state_path: state,
        // Later releases would answer one server after the other, and each waits for Nova.
        ...(ctx.release === "2025.1" ? {} : { metadata_workers: 4 }),
      },
      agent: {
        ...(ctx.release === "2025.1" ? {} : { extensions: ["metadata"] }),
        // It is root, and nobody is asked by sudo, which an empty word would mean to oslo.privsep.
        root_helper: "env",
      },
      oslo_concurrency: { lock_path: `${state}/locks` },
      ovs: { ovsdb_connection: `unix:${databaseSocket}` },
    }),
});

/** Nova's Secret, where there is a Nova. */
function secretOf(ctx: Pick<Context, "peer">) {
  const nova = ctx.peer("compute");
  const key = "metadata-secret";
  return nova === undefined ? [] : [{ name: `${nova.instance}-${key}`, key, instance: nova.instance }];
}

/** Where Nova answers. */
function novaOptions(ctx: Context & ClusterValues): Ini {
  const nova = ctx.peer("compute");
  if (nova === undefined) return {};
  const [, protocol, host, port] = /^(\w+):\/\/(.+):(\d+)/.exec(ctx.urlOf(nova, "nova-metadata", "internal"))!;
  return {
    DEFAULT: {
      nova_metadata_host: host!,
      nova_metadata_port: Number(port),
      nova_metadata_protocol: protocol!,
      ...caOption(ctx, "auth_ca_cert"),
    },
  };
}
