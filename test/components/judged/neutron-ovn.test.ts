import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ask, eventually } from "../../config/ask.ts";
import { environmentIn, releasesOf } from "../../config/installed.ts";
import { person } from "../../config/people.ts";
import { freePort } from "../../config/processes.ts";
import { adminToken, serversOf, startAlone, workersOf } from "../../config/small-cloud.ts";

interface Resource {
  readonly id: string;
  readonly status: string;
  readonly mtu?: number;
}

describe.each(releasesOf("neutron"))("Neutron %s", (release) => {
  test("makes in OVN what users ask for, hears of it by two APIs, and mends what differs", async ({
    onTestFinished,
  }) => {
    const services = { keystone: {}, neutron: { networks: { physnet1: {} }, mtu: 1600 } };
    const small = await startAlone("neutron", release, onTestFinished, { infrastructure: true, changed: { services } });
    const { cloud, service } = small;
    const { nbctl, sbctl } = cloud.ovn!;
    const { sql } = cloud.infrastructure!;
    const admin = await adminToken(small);
    const alice = (await person(small, "alice")).token;
    const first = small.urls.get("api")!;

    // A second replica: in a pod of its own it has another host.
    const [server] = serversOf(service);
    const environment = { ...server!.environment, OS_DEFAULT__HOST: "neutron-api-two" };
    const second = await cloud.serve(service, { ...server!, environment }, await freePort());
    expect(sql("SELECT COUNT(DISTINCT hostname, node_uuid) FROM neutron.ovn_hash_ring")).toEqual(["2"]);

    const call = async (api: string, headers: Readonly<Record<string, string>>, path: string, body?: object) => {
      const { status, body: said } = await ask(`${api}/v2.0/${path}`, {
        headers,
        ...(body === undefined ? {} : { body }),
      });
      expect(status, `${path}: ${JSON.stringify(said)}`).toBe(body === undefined ? 200 : 201);
      return said as Record<string, Resource>;
    };
    const make = async (kind: string, fields: object, headers: Readonly<Record<string, string>> = alice) =>
      (await call(first, headers, `${kind}s`, { [kind]: fields }))[kind]!;
    const change = async (path: string, body: object, headers: Readonly<Record<string, string>> = alice) => {
      const { status, body: said } = await ask(`${first}/v2.0/${path}`, { method: "PUT", headers, body });
      expect(status, `${path}: ${JSON.stringify(said)}`).toBe(200);
    };
    const remove = async (path: string, headers: Readonly<Record<string, string>> = alice) =>
      expect((await ask(`${second}/v2.0/${path}`, { method: "DELETE", headers })).status, path).toBe(204);
    const names = (table: string) => nbctl("--bare", "--columns=name", "list", table).split(/\s+/);

    // Links are for users, whoever asks.
    const { body: versions } = await ask(first);
    expect(JSON.stringify(versions)).toContain("http://neutron.lab.example.org/v2.0/");

    const network = await make("network", { name: "inside" });
    expect(network.mtu).toBe(1600 - 58);
    const subnet = await make("subnet", { network_id: network.id, ip_version: 4, cidr: "10.9.0.0/24" });
    const router = await make("router", { name: "out" });
    await change(`routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
    const port = await make("port", { network_id: network.id });
    const flat = { "provider:network_type": "flat", "provider:physical_network": "physnet1" };
    const outside = await make("network", { ...flat, name: "outside", "router:external": true }, admin);
    const pool = { network_id: outside.id, ip_version: 4, cidr: "192.0.2.0/24", enable_dhcp: false };
    const range = await make("subnet", pool, admin);
    await change(`routers/${router.id}`, { router: { external_gateway_info: { network_id: outside.id } } });
    const address = await make("floatingip", { floating_network_id: outside.id, port_id: port.id });
    // What no physical network is for is refused.
    const unknown = { network: { ...flat, "provider:physical_network": "physnet2" } };
    expect((await ask(`${first}/v2.0/networks`, { headers: admin, body: unknown })).status).toBe(400);

    expect(names("Logical_Switch")).toEqual(expect.arrayContaining([`neutron-${network.id}`, `neutron-${outside.id}`]));
    expect(names("Logical_Router")).toContain(`neutron-${router.id}`);
    expect(names("Logical_Switch_Port")).toContain(port.id);
    expect(nbctl("--bare", "--columns=options", "find", "Logical_Switch_Port", "type=localnet")).toContain("physnet1");
    expect(nbctl("--bare", "--columns=external_ip", "list", "NAT")).toContain("192.0.2.");
    // Servers are told no name server, least of all this machine's own.
    const dhcp = nbctl("--bare", "--columns=options", "list", "DHCP_Options");
    expect(dhcp).toContain("router=10.9.0.1");
    expect(dhcp).not.toContain("dns_server");
    await eventually(async () =>
      sbctl("--bare", "--columns=external_ids", "list", "Datapath_Binding").includes(`neutron-${network.id}`),
    );

    // A host, as its controller would write it: Neutron binds the port there, and learns from OVN that it is up.
    sbctl("chassis-add", "host-1", "geneve", "127.0.0.1", "--", "set", "Chassis", "host-1", "hostname=host-1");
    const chassis = sbctl("--bare", "--columns=_uuid", "find", "Chassis", "name=host-1");
    sbctl("create", "Chassis_Private", "name=host-1", `chassis=${chassis}`);
    const bound = { port: { "binding:host_id": "host-1", device_owner: "compute:nova" } };
    const [binding] = sbctl("--bare", "--columns=_uuid", "find", "Port_Binding", `logical_port=${port.id}`).split("\n");
    await eventually(async () => {
      // A controller says how far it has come: one that lags behind is taken for dead.
      const reached = sbctl("--bare", "--columns=nb_cfg", "list", "SB_Global");
      sbctl("set", "Chassis_Private", "host-1", `nb_cfg=${reached}`);
      await change(`ports/${port.id}`, bound, admin);
      const { body } = await ask(`${second}/v2.0/ports/${port.id}`, { headers: admin });
      return (body as { port: Record<string, unknown> }).port["binding:vif_type"] === "ovs";
    });
    sbctl("set", "Port_Binding", binding!, `chassis=${chassis}`, "up=true");
    await eventually(async () => (await call(second, alice, `ports/${port.id}`)).port!.status === "ACTIVE");

    // What OVN has lost comes back: the maintenance worker begins with it.
    nbctl("lsp-del", port.id);
    const row = `WHERE resource_uuid = '${port.id}'`;
    // The API writes down what it hears of this, before its record is made that of a port which OVN never got.
    await eventually(async () => {
      sql(
        `UPDATE neutron.ovn_revision_numbers SET revision_number = -1, created_at = NOW() - INTERVAL 1 DAY, updated_at = NOW() - INTERVAL 1 DAY ${row}`,
      );
      await sleep(5000);
      return sql(`SELECT revision_number FROM neutron.ovn_revision_numbers ${row}`)[0] === "-1";
    });
    const workers = workersOf(service).map((worker) => cloud.start(service, worker));
    await eventually(async () => {
      const dead = workers.find((worker) => worker.hasEnded());
      if (dead !== undefined) throw new Error(dead.said());
      return names("Logical_Switch_Port").includes(port.id);
    });

    // The Northbound database is made anew: the command of docs/networks.md fills it.
    for (const table of ["Logical_Switch", "Logical_Router"]) nbctl("--all", "destroy", table);
    const command = ["neutron-ovn-db-sync-util", "--ovn-neutron_sync_mode", "repair"];
    const { code, said } = await cloud.run(service, { ...workersOf(service)[0]!, command });
    expect(code, said).toBe(0);
    expect(names("Logical_Router")).toContain(`neutron-${router.id}`);
    expect(names("Logical_Switch_Port")).toContain(port.id);

    await remove(`floatingips/${address.id}`);
    await change(`routers/${router.id}`, { router: { external_gateway_info: null } });
    await change(`routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id });
    for (const path of [`routers/${router.id}`, `ports/${port.id}`, `networks/${network.id}`]) await remove(path);
    await remove(`subnets/${range.id}`, admin);
    await remove(`networks/${outside.id}`, admin);
    expect(names("Logical_Switch").filter((name) => name !== "")).toEqual([]);
    expect(names("Logical_Router").filter((name) => name !== "")).toEqual([]);

    // An API that ends takes itself out of the ring.
    expect(Object.values(await cloud.stop(service))).toEqual([0, 0]);
    expect(sql("SELECT COUNT(*) FROM neutron.ovn_hash_ring")).toEqual(["0"]);
  });

  test("has no migration for which the old code must be gone", () => {
    const [head] = globSync(
      "lib/python3.*/site-packages/neutron/db/migration/alembic_migrations/versions/CONTRACT_HEAD",
      {
        cwd: environmentIn(release, "neutron"),
      },
    );
    // That of Newton.
    expect(readFileSync(join(environmentIn(release, "neutron"), head!), "utf8").trim()).toBe("5c85685d616d");
  });
});
