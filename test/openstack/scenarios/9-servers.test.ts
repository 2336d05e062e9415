import { expect, test } from "vitest";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { namespace } from "../client.ts";
import { makeGuest } from "../guest.ts";
import { servers } from "../plans.ts";
import { scenario } from "../scenario.ts";
import { goOutside, pinging, serverNamed } from "../servers.ts";
import { podOn } from "../tunnels.ts";

/* From one push to servers that talk to each other, and to the world. */
const current = scenario("Servers", { plan: servers, spoils: true });
const openstack = (...args: readonly string[]) => current().client("openstack", ...args);
const json = (...args: readonly string[]) => JSON.parse(openstack(...args, "--format", "json"));
const [one, two] = [
  { name: "one", host: "host-1", address: "10.0.0.11" },
  { name: "two", host: "host-2", address: "10.0.0.12" },
] as const;
const floating = "203.0.113.50";

/** Notes what was expected and seen. */
const see = (what: string, expected: string, seen: string, seconds?: number) =>
  current().proof.see({
    what,
    expected,
    seen,
    holds: seen === expected,
    ...(seconds === undefined ? {} : { seconds }),
  });

test("Nova knows every host", async () => {
  const { cloud } = current();
  cloud.cluster.kubectl("-n", namespace, "create", "job", "discover", "--from=cronjob/nova-discover-hosts");
  const up = () => json("hypervisor", "list").filter(({ State }: { State: string }) => State === "up").length;
  await until("all hypervisors", () => up() === 3, { seconds: 300 });
  see("one push to an empty cluster: hosts that Nova starts servers on", "3", String(up()), cloud.seconds);
});

test("servers start on two hosts, and get their addresses", async () => {
  const { client, cloud } = current();
  const { kernel, ramdisk } = makeGuest();
  for (const [name, file, format] of [
    ["kernel", kernel, "aki"],
    ["ramdisk", ramdisk, "ari"],
  ] as const) {
    cloud.cluster.kubectl("cp", file, `${namespace}/client:/tmp/${name}`);
    openstack("image", "create", name, "--file", `/tmp/${name}`, "--disk-format", format, "--container-format", format);
  }
  client("truncate", "--size=1M", "/tmp/disk");
  const properties = {
    kernel_id: json("image", "show", "kernel").id,
    ramdisk_id: json("image", "show", "ramdisk").id,
    os_command_line: `console=ttyS0 peers=${one.address},${two.address}`,
  };
  openstack(
    ...["image", "create", "guest", "--file", "/tmp/disk", "--disk-format", "raw", "--container-format", "bare"],
    ...Object.entries(properties).flatMap(([key, value]) => ["--property", `${key}=${value}`]),
  );
  openstack("flavor", "create", "tiny", "--ram", "160", "--disk", "1", "--vcpus", "1");
  openstack("network", "create", "inside");
  openstack("subnet", "create", "inside", "--network", "inside", "--subnet-range", "10.0.0.0/24");
  openstack("security", "group", "create", "open");
  openstack("security", "group", "rule", "create", "open", "--protocol", "icmp");
  for (const { name, host, address } of [one, two]) {
    const began = performance.now();
    openstack(
      ...["--os-compute-api-version", "2.74", "server", "create", name, "--image", "guest", "--flavor", "tiny"],
      ...["--nic", `net-id=${json("network", "show", "inside").id},v4-fixed-ip=${address}`],
      ...["--security-group", "open", "--host", host],
    );
    const server = serverNamed(client, name);
    const settled = () => (server.status() === "BUILD" ? false : server.status());
    const status = await until(`${name} on ${host}`, settled, { seconds: 600 });
    see(`a server on ${host}`, "ACTIVE", status, (performance.now() - began) / 1000);
  }
  for (const { name, address } of [one, two]) {
    const seconds = await serverNamed(client, name).says(`guest: address ${address}`, 600);
    see(`the address that ${name} got by DHCP, on its console`, address, address, seconds);
  }
});

test("servers on two hosts reach each other", async () => {
  const seconds = await serverNamed(current().client, one.name).says(`guest: reaches ${two.address}`, 120);
  see("a server's ping to the one on the other host", "answered", "answered", seconds);
});

test("a server answers at a floating address", async () => {
  const { cloud } = current();
  openstack(
    ...["network", "create", "outside", "--external", "--provider-network-type", "flat"],
    ...["--provider-physical-network", "outside"],
  );
  openstack(
    ...["subnet", "create", "outside", "--network", "outside", "--subnet-range", "203.0.113.0/24", "--no-dhcp"],
    ...["--gateway", "203.0.113.1", "--allocation-pool", "start=203.0.113.10,end=203.0.113.99"],
  );
  openstack("router", "create", "router", "--external-gateway", "outside");
  openstack("router", "add", "subnet", "router", "inside");
  openstack("floating", "ip", "create", "outside", "--floating-ip-address", floating);
  openstack("server", "add", "floating", "ip", one.name, floating);
  goOutside(cloud.cluster);
  const began = performance.now();
  await pinging(cloud.cluster, floating)();
  see("pings from outside to a floating address", "answered", "answered", (performance.now() - began) / 1000);
});

test.each([
  ["libvirt", "libvirtd"],
  ["nova-compute", "agent"],
  ["chassis", "controller"],
] as const)("a server outlives the pod of %s", async (component, role) => {
  const { client, cloud } = current();
  const [host] = cloud.cluster.hosts;
  const ping = pinging(cloud.cluster, floating);
  const before = await podOn(cloud.cluster, host!, component, role);
  cloud.cluster.kubectl("-n", "openstack-nodes", "delete", "pod", before, "--wait=false");
  const isReplaced = async () => {
    const name = await podOn(cloud.cluster, host!, component, role);
    const pod = (await list(cloud.cluster, "pods")).find(({ metadata }) => metadata.name === name);
    const { conditions = [] } = (pod?.status ?? {}) as { conditions?: { type: string; status: string }[] };
    return name !== before && conditions.some(({ type, status }) => type === "Ready" && status === "True");
  };
  await until(`another pod of ${component}`, isReplaced, { seconds: 600 });
  const { sent, lost } = await ping();
  see(
    `the pod of ${component} is replaced: pings to a server of its host`,
    "none lost",
    lost === 0 ? "none lost" : `${lost} of ${sent} lost`,
  );
  expect(serverNamed(client, one.name).status()).toBe("ACTIVE");
});

test("a server outlives the kubelet and the container runtime of its host", async () => {
  const { cloud } = current();
  const [host] = cloud.cluster.hosts;
  const ping = pinging(cloud.cluster, floating);
  host!.run("pkill", "-KILL", "-x", "kubelet");
  host!.run("pkill", "-KILL", "-x", "containerd");
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const { sent, lost } = await ping();
  see(
    "kubelet and containerd are killed, and start again",
    "none lost",
    lost === 0 ? "none lost" : `${lost} of ${sent} lost`,
  );
});

test("a server that is deleted is gone, with its process", async () => {
  const { cloud } = current();
  const processes = () => Number(cloud.cluster.hosts[1]!.run("sh", "-c", "pgrep -c qemu-system || :"));
  expect(processes()).toBe(1);
  openstack("server", "delete", "--wait", two.name);
  see("a server is deleted: machines of its host", "0", String(processes()));
});
