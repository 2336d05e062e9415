import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { ask, eventually } from "../../config/ask.ts";
import { backdate } from "../../config/infrastructure.ts";
import { releasesOf } from "../../config/installed.ts";
import { type Person, person } from "../../config/people.ts";
import { restart, runCron, runJobs, startAlone, workersOf } from "../../config/small-cloud.ts";

// The largest that the column of the database holds, as text and in base64.
const largest = 36_000;
const octets = { payload_content_type: "application/octet-stream" };
const text = (length: number) => ({ payload: "x".repeat(length), payload_content_type: "text/plain" });
const binary = (payload: Buffer) => ({
  ...octets,
  payload: payload.toString("base64"),
  payload_content_encoding: "base64",
});

test.for(releasesOf("barbican"))(
  "%s: Barbican keeps secrets over a change of its key, and has keys made by its workers",
  async (release, { onTestFinished }) => {
    const services = { keystone: {}, barbican: { maxSecretBytes: largest } };
    const small = await startAlone("barbican", release, onTestFinished, {
      infrastructure: true,
      changed: { services },
    });
    const { cloud, service, urls } = small;
    const [api] = urls.values();
    const [worker] = workersOf(service);
    const [alice, bob] = [await person(small, "alice"), await person(small, "bob")];

    /** Asks the server for what users know by a public URL. */
    const at = (reference: string) => api! + new URL(reference).pathname;
    const store = async ({ token }: Person, payload: object): Promise<string> => {
      const { status, body } = await ask(`${api}/v1/secrets`, { headers: token, body: payload });
      expect(status, JSON.stringify(body)).toBe(201);
      return (body as { secret_ref: string }).secret_ref;
    };
    const read = ({ token }: Person, reference: string, type = "application/octet-stream") =>
      ask(`${at(reference)}/payload`, { headers: { ...token, Accept: type } });

    // Bytes of all kinds, and as much as there is room for.
    const bytes = Buffer.concat([Buffer.from([0, 10, 13, 255]), randomBytes((largest / 4) * 3 - 4)]);
    const kept = await store(alice, binary(bytes));
    const long = await store(alice, text(largest));
    expect(kept).toMatch("http://barbican.lab.example.org/v1/secrets/");
    expect(await read(alice, kept)).toMatchObject({ status: 200, bytes });
    expect(await read(alice, long, "text/plain")).toMatchObject({ status: 200, body: text(largest).payload });
    expect((await read(bob, kept)).status).toBe(403);
    expect((await ask(at(kept), { headers: bob.token, method: "DELETE" })).status).toBe(403);

    // Orders wait for a worker, once there has been one.
    const meta = { name: "made", algorithm: "aes", bit_length: 256, mode: "cbc", ...octets };
    const first = cloud.start(service, worker!);
    await eventually(() => cloud.infrastructure!.queues("barbican").includes("barbican.workers"));
    first.kill();
    const ordered = await ask(`${api}/v1/orders`, { headers: alice.token, body: { type: "key", meta } });
    expect(ordered.status, JSON.stringify(ordered.body)).toBe(202);
    const order = async () => {
      const { order_ref } = ordered.body as { order_ref: string };
      return (await ask(at(order_ref), { headers: alice.token })).body as { status: string; secret_ref: string };
    };
    expect(await order()).toMatchObject({ status: "PENDING" });
    const { said } = cloud.start(service, worker!);
    await eventually(async () => (await order()).status !== "PENDING");
    expect(await order(), said()).toMatchObject({ status: "ACTIVE" });
    const made = (await order()).secret_ref;
    expect((await read(alice, made)).bytes.length).toBe(32);

    // As `overstack secrets rotate` writes it: first all decrypt with both keys, then they encrypt with the second one.
    const step = async (kek: object) => {
      const changed = small.changed("barbican", {
        services: { ...services, barbican: { ...services.barbican, credentials: { kek } } },
      });
      await restart(cloud, changed);
      await runJobs(cloud, changed, "contract");
    };
    await step({ generation: 1, alsoValid: 2 });
    await step({ generation: 2, alsoValid: 1 });
    const second = await store(bob, text(1000));
    await step({ generation: 2 });
    expect(await read(alice, kept)).toMatchObject({ status: 200, bytes });
    expect(await read(alice, long, "text/plain")).toMatchObject({ status: 200, body: text(largest).payload });
    expect(await read(bob, second, "text/plain")).toMatchObject({ status: 200, body: text(1000).payload });
    expect((await read(alice, made)).bytes.length).toBe(32);

    // What is deleted goes for good when it is old enough.
    const rows = () => Number(cloud.infrastructure!.sql("SELECT COUNT(*) FROM barbican.secrets WHERE deleted")[0]);
    expect((await ask(at(kept), { headers: alice.token, method: "DELETE" })).status).toBe(204);
    await runCron(cloud, service, "purge-deleted");
    expect(rows()).toBe(1);
    backdate(cloud.infrastructure!, "barbican", 31);
    await runCron(cloud, service, "purge-deleted");
    expect(rows()).toBe(0);

    // Without the key that is in use nothing brings secrets back.
    await step({ generation: 1 });
    expect((await read(bob, second, "text/plain")).status).toBe(500);
  },
);
