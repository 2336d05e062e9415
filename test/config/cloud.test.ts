import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { describe, expect, inject, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { cloudIn } from "./cloud.ts";
import { type Service, servicesIn } from "./clusters.ts";

describe.concurrent.each(releases)("%s", (release) => {
  test("its Jobs run, its services start, know each other and keep an image", async ({ onTestFinished }) => {
    const [keystone, glance, placement] = ["keystone", "glance", "placement"].map(
      (project) => servicesIn("development-minimal", release).find((service) => service.project === project)!,
    ) as [Service, Service, Service];
    const cloud = await cloudIn(inject("environments")[release]);
    onTestFinished(cloud.remove);
    const runAll = async (service: Service, phase: string, kind: string) => {
      for (const container of service.containers)
        if (container.phase === phase && container.name.startsWith(kind)) {
          const { code, said } = await cloud.run(service, container);
          expect(code, `${service.name} ${container.name}: ${said.slice(-3000)}`).toBe(0);
        }
    };
    await runAll(keystone, "expand", "Job/fernet-setup");
    await runAll(keystone, "expand", "Job/db-expand");
    const identity = await cloud.serve(keystone, "/healthcheck");
    // uwsgi ends each connection after the answer: clients that are not told send their next request into the void.
    expect(await get(`${identity}/v3`)).toMatchObject({ status: 200, connection: "close" });

    for (const service of [glance, placement]) await runAll(service, "expand", "Job");
    const [images, resources] = await Promise.all([cloud.serve(glance, "/healthcheck"), cloud.serve(placement, "/")]);

    const admin = { user: "admin", password: "keystone-admin-password", domain: "Default", project: "admin" };
    const token = await login(identity, admin);
    expect(await get(`${resources}/resource_providers`)).toMatchObject({ status: 401 });
    expect(await get(`${resources}/resource_providers`, token)).toMatchObject({
      status: 200,
      body: { resource_providers: [] },
    });

    // Chunks as small and as large as clients and gateways make them.
    const chunks = [1, 1000, 65_536, 1_048_576, 8_388_608, 10_000_000].map((size) => randomBytes(size));
    const image = await create(images, token);
    expect(await upload(`${images}/v2/images/${image}/file`, token, chunks)).toBe(204);
    const sha512 = createHash("sha512").update(Buffer.concat(chunks)).digest("hex");
    expect(await get(`${images}/v2/images/${image}`, token)).toMatchObject({
      body: { status: "active", os_hash_value: sha512 },
    });

    const user = {
      user: "placement",
      password: "placement-identity-password",
      domain: "service",
      project: "service",
    };
    const held = await login(identity, user);
    await runAll(placement, "expand", "Job/register");
    expect(await get(`${identity}/v3/auth/catalog`, held), "a second run leaves tokens alone").toMatchObject({
      status: 200,
    });

    for (const service of [keystone, glance, placement]) {
      await runAll(service, "contract", "Job");
      await runAll(service, "run", "CronJob");
    }
    expect(await cloud.stop()).toEqual([0, 0, 0]);
  });
});

const json = { "Content-Type": "application/json" };

async function get(url: string, token?: string): Promise<{ status: number; connection: string | null; body: unknown }> {
  const response = await fetch(url, token === undefined ? {} : { headers: { "X-Auth-Token": token } });
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.includes("json");
  return {
    status: response.status,
    connection: response.headers.get("Connection"),
    body: isJson ? JSON.parse(text) : text,
  };
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly project: string;
}

/** A token of a user in a project of its domain. */
async function login(identity: string, { user, password, domain, project }: Login): Promise<string> {
  const home = { name: domain };
  const auth = {
    identity: { methods: ["password"], password: { user: { name: user, domain: home, password } } },
    scope: { project: { name: project, domain: home } },
  };
  const response = await fetch(`${identity}/v3/auth/tokens`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ auth }),
  });
  expect(response.status).toBe(201);
  return response.headers.get("X-Subject-Token")!;
}

async function create(images: string, token: string): Promise<string> {
  const response = await fetch(`${images}/v2/images`, {
    method: "POST",
    headers: { ...json, "X-Auth-Token": token },
    body: JSON.stringify({ name: "image", disk_format: "raw", container_format: "bare" }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

/** Sends a body of unknown length, each buffer as one chunk; the status. */
const upload = (url: string, token: string, chunks: readonly Buffer[]): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/octet-stream", "X-Auth-Token": token };
    const sending = request(url, { method: "PUT", headers }, (response) => resolve(response.resume().statusCode));
    sending.on("error", reject);
    for (const chunk of chunks) sending.write(chunk);
    sending.end();
  });
