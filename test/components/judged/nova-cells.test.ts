import { describe, expect, test } from "vitest";
import { ask, eventually } from "../../config/ask.ts";
import type { Worker } from "../../config/cloud.ts";
import type { Service } from "../../config/clusters.ts";
import { releasesOf } from "../../config/installed.ts";
import { person } from "../../config/people.ts";
import { adminToken, restart, runCron, runJobs, startAlone, workersOf } from "../../config/small-cloud.ts";

interface Row {
  readonly binary: string;
  readonly host: string;
  readonly state: string;
}

const one = { keystone: {}, nova: {} };
const two = { keystone: {}, nova: { cells: { cell1: {}, cell2: {} } } };
const rotated = { ...two, "nova-cell-cell1": { credentials: { database: { generation: 2 } } } };

describe.each(releasesOf("nova"))("Nova %s", (release) => {
  test("has cells that come, change their password and fail, each by itself", async ({ onTestFinished }) => {
    const small = await startAlone("nova", release, onTestFinished, {
      infrastructure: true,
      changed: { services: two },
    });
    const { cloud } = small;
    const { sql } = cloud.infrastructure!;
    const admin = await adminToken(small);
    const api = small.urls.get("api")!;
    const nova = small.changed("nova", { services: one });
    const get = async <T>(path: string, headers: Readonly<Record<string, string>> = admin): Promise<T> => {
      const { status, body } = await ask(`${api}/v2.1${path}`, { headers });
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)} ${cloud.said(nova)}`);
      return body as T;
    };
    const services = async () => (await get<{ services: Row[] }>("/os-services")).services;
    const jobs = async (service: Service, ...phases: ("expand" | "contract")[]) => {
      // As after each commit that changes one of them.
      for (const phase of [...phases, ...phases]) await runJobs(cloud, service, phase);
    };
    /** Its pods, each under the name that a StatefulSet gives. */
    const start = (service: Service): Worker[] =>
      workersOf(service).map((worker) => {
        const environment = { ...worker.environment, OS_DEFAULT__HOST: `${service.instance}-0` };
        return cloud.start(service, { ...worker, environment });
      });
    const cells = () => sql("SELECT name, database_connection FROM nova_api.cell_mappings ORDER BY name");

    // A cloud with one cell.
    const first = small.changed("nova-cell-cell1", { services: one });
    await jobs(first, "expand");
    await restart(cloud, nova);
    const workers = [...start(nova), ...start(first)];
    const atWork = (count: number) =>
      eventually(async () => {
        const dead = workers.find((worker) => worker.hasEnded());
        if (dead !== undefined) throw new Error(dead.said());
        return (await services()).filter(({ state }) => state === "up").length === count;
      });
    await atWork(3);
    expect((await services()).map(({ binary, host }) => `${binary} ${host}`).sort()).toEqual([
      "nova-conductor nova-0",
      "nova-conductor nova-cell-cell1-0",
      "nova-scheduler nova-0",
    ]);
    expect(cells()).toHaveLength(2);

    // Users see what the administrator offers; links are for outside, whoever asks.
    const flavor = { name: "small", ram: 512, vcpus: 1, disk: 1 };
    const made = await ask(`${api}/v2.1/flavors`, { headers: admin, body: { flavor } });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const alice = await person(small, "alice");
    type Flavors = { flavors: { name: string; links: { href: string }[] }[] };
    const { flavors } = await get<Flavors>("/flavors", alice.token);
    expect(flavors).toMatchObject([{ name: "small" }]);
    expect(flavors[0]!.links[0]!.href).toMatch("http://nova.lab.example.org/v2.1/flavors/");
    expect((await ask(`${api}/v2.1/flavors`, { headers: alice.token, body: { flavor } })).status).toBe(403);
    expect(await get("/servers/detail", alice.token)).toEqual({ servers: [] });
    // Who has no signature of the network's gets nothing.
    expect((await ask(`${small.urls.get("metadata")}/openstack/latest/meta_data.json`)).status).toBe(400);

    // A second cell: what runs learns of it by its next start, and its pods are other ones.
    const cellsOf = (service: Service) =>
      service.containers.find(({ name }) => /api\/api$/.test(name))!.environment.CELLS;
    const withTwo = small.changed("nova", { services: two });
    expect(cellsOf(withTwo)).not.toBe(cellsOf(nova));
    const second = small.changed("nova-cell-cell2", { services: two });
    await jobs(second, "expand");
    workers.push(...start(second));
    await restart(cloud, withTwo);
    await atWork(4);

    // Another user of the first cell's database: its row follows, and only then goes the one of before.
    const again = small.changed("nova", { services: rotated });
    expect(cellsOf(again)).not.toBe(cellsOf(withTwo));
    const cell = small.changed("nova-cell-cell1", { services: rotated });
    const { DATABASE_USER: user, DATABASE_PASSWORD: password } = workersOf(cell)[0]!.environment;
    sql(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'; GRANT ALL ON nova_cell_cell1.* TO '${user}'@'%'`);
    await jobs(cell, "expand");
    expect(cells()[1]).toContain(`//${user}:${password}@`);
    await restart(cloud, again);
    sql("DROP USER 'nova_cell_cell1'@'%'");
    await eventually(async () => (await services()).some(({ host }) => host.includes("cell1")));

    // The second cell's database is down: the first one is still there.
    const [url] = sql("SELECT database_connection FROM nova_api.cell_mappings WHERE name = 'cell2'") as [string];
    const point = (to: string) =>
      sql(`UPDATE nova_api.cell_mappings SET database_connection = '${to}' WHERE name = 'cell2'`);
    point(url.replace(/(@[^:/]+)(:\d+)?\//, "$1:1/"));
    await restart(cloud, again);
    const left = await services();
    expect(left.some(({ host }) => host.includes("cell1"))).toBe(true);
    expect(left.some(({ host }) => host.includes("cell2"))).toBe(false);
    expect(await get("/servers/detail", alice.token)).toEqual({ servers: [] });
    point(url);

    // A compute host of long ago: the upgrade says which, until somebody has decided about it.
    const old = "old-1.example.org";
    sql(
      `INSERT INTO nova_cell_cell1.services (created_at, host, \`binary\`, topic, report_count, disabled, deleted, forced_down, version, uuid) VALUES (NOW() - INTERVAL 9 DAY, '${old}', 'nova-compute', 'compute', 0, 0, 0, 0, 50, UUID())`,
    );
    const check = again.containers.find(({ name }) => name === "Job/db-expand/upgrade-check")!;
    const refused = await cloud.run(again, check);
    expect(refused.code).not.toBe(0);
    expect(refused.said).toContain(`${old} in cell1`);
    sql(`UPDATE nova_cell_cell1.services SET forced_down = 1 WHERE host = '${old}'`);
    await jobs(again, "expand");

    // What has been silent goes, but no record of a compute host.
    for (const worker of workers) worker.kill();
    const records = () => sql("SELECT host FROM nova_cell_cell1.services WHERE deleted = 0");
    expect(records()).toEqual(["nova-cell-cell1-0", old]);
    await runCron(cloud, cell, "service-clean");
    expect(records()).toEqual(["nova-cell-cell1-0", old]);
    sql("UPDATE nova_cell_cell1.services SET last_seen_up = NOW() - INTERVAL 2 DAY");
    await runCron(cloud, cell, "service-clean");
    expect(records()).toEqual([old]);
    await runCron(cloud, again, "discover-hosts");
    await runCron(cloud, cell, "archive-deleted");
    await jobs(cell, "contract");
    await jobs(again, "contract");
  });
});
