import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ask, eventually } from "../../config/ask.ts";
import { releasesOf } from "../../config/installed.ts";
import { person } from "../../config/people.ts";
import { startCloud, workersOf } from "../../config/small-cloud.ts";
import { rendered } from "../../family/clusters.ts";
import { renderingOf } from "../../kit/tiny.ts";
import { startCeph, withLibrary } from "./ceph.ts";

const services = {
  keystone: {},
  glance: {
    stores: { ceph: { type: "rbd" } },
    config: { "glance-api.conf": { DEFAULT: { show_image_direct_url: true } } },
  },
  cinder: { backends: { ceph: { type: "rbd" } } },
};
const kubernetes = { version: "1.35", nodeNetworks: ["127.0.0.0/8"] };
const disks = { ceph: { hosts: { s1: {}, s2: {}, s3: {}, s4: {} } } };
const storageService = "cinder-volume-rbd-ceph";

interface Volume {
  readonly id: string;
  readonly status: string;
}

describe.each(releasesOf("cinder"))("Cinder and Glance %s", (release) => {
  test("keep images and volumes in a real Ceph by the generated users, and go on without a host of it", async ({
    onTestFinished,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), "overstack-ceph-"));
    onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 5 }));
    // The helpers of oslo.privsep give up all rights, and read their programs all the same.
    chmodSync(folder, 0o755);
    const environments = {
      glance: await withLibrary("glance", release, folder),
      cinder: await withLibrary("cinder", release, folder),
    };
    const { objects } = renderingOf(
      rendered(services, { kubernetes, infrastructure: { mariadb: { backup: "none" }, ...disks } }),
      "ceph",
    );
    const ceph = await startCeph(folder, Object.values(objects));
    onTestFinished(ceph.stop);

    const small = await startCloud(["glance", "cinder"], release, onTestFinished, {
      ...{ infrastructure: true, environments },
      changed: { services, kubernetes, infrastructure: { ceph: {} } },
      given: ceph.made,
    });
    const { cloud, running } = small;
    const volumes = small.changed(storageService, {});
    const start = (service: typeof volumes, replica: number) =>
      workersOf(service).map((worker) => {
        const environment = { ...worker.environment, OS_DEFAULT__HOST: `${service.instance}-${replica}` };
        return cloud.start(service, { ...worker, environment });
      });
    const workers = [...start(running.get("cinder")!.service, 0), ...start(volumes, 0), ...start(volumes, 1)];
    const said = () => workers.map((worker) => worker.said().slice(-3000)).join("\n");
    const { token, projectId } = await person(small, "alice");
    const glance = `${running.get("glance")!.urls.get("api")}/v2`;
    const cinder = `${running.get("cinder")!.urls.get("api")}/v3/${projectId}`;

    const content = randomBytes(8 * 1024 * 1024);
    const described = { name: "image", disk_format: "raw", container_format: "bare" };
    const image = ((await ask(`${glance}/images`, { headers: token, body: described })).body as { id: string }).id;
    const file = `${glance}/images/${image}/file`;
    const binary = { ...token, "Content-Type": "application/octet-stream" };
    const { status } = await ask(file, { method: "PUT", headers: binary, body: [content] });
    expect(status, cloud.said(running.get("glance")!.service)).toBe(204);
    expect(ceph.run("rbd", "ls", "images")).toBe(image);

    const make = async (kind: "volume" | "snapshot", fields: object): Promise<string> => {
      const { status, body } = await ask(`${cinder}/${kind}s`, { headers: token, body: { [kind]: fields } });
      expect(status, JSON.stringify(body)).toBe(202);
      const { id } = (body as Record<string, Volume>)[kind]!;
      const now = await eventually(async () => {
        const dead = workers.find((worker) => worker.hasEnded());
        if (dead !== undefined) throw new Error(dead.said());
        const { body } = await ask(`${cinder}/${kind}s/${id}`, { headers: token });
        const { status } = (body as Record<string, Volume>)[kind]!;
        return /^(available|error)$/.test(status) && status;
      });
      expect(now, said()).toBe("available");
      return id;
    };
    const parentOf = (volume: string) =>
      JSON.parse(ceph.run("rbd", "info", "--format", "json", `volumes/volume-${volume}`)).parent as
        | { pool: string; image: string }
        | undefined;
    const contentOf = (volume: string): Buffer => {
      ceph.run("rbd", "export", "--no-progress", `volumes/volume-${volume}`, "/ceph/exported");
      const [exported, begin] = [openSync(join(folder, "exported"), "r"), Buffer.alloc(content.length)];
      readSync(exported, begin);
      closeSync(exported);
      rmSync(join(folder, "exported"));
      return begin;
    };

    // A volume of an image is a clone of it, which the user of Cinder may read and not change.
    const volume = await make("volume", { size: 1, imageRef: image });
    expect(parentOf(volume)).toMatchObject({ pool: "images", image });
    expect(contentOf(volume).equals(content)).toBe(true);
    expect(() => ceph.as("cinder", "rbd", "create", "--size", "1M", "images/mine")).toThrow(/not permitted/);
    expect(() => ceph.as("cinder", "rbd", "snap", "create", `images/${image}@mine`)).toThrow(/not permitted/);
    expect(() => ceph.as("glance", "rbd", "ls", "volumes")).toThrow(/not permitted/);
    const snapshot = await make("snapshot", { volume_id: volume });
    const copy = await make("volume", { size: 2, snapshot_id: snapshot });
    expect(contentOf(copy).equals(content)).toBe(true);

    // A host of Ceph is lost, and a replica of the volume service.
    ceph.lose(1);
    workers.splice(1, 1)[0]!.kill();
    expect((await ask(file, { headers: token })).bytes.equals(content)).toBe(true);
    const another = await make("volume", { size: 1, imageRef: image });
    expect(contentOf(another).equals(content)).toBe(true);

    const remove = async (kind: "volume" | "snapshot", id: string) => {
      expect(await ask(`${cinder}/${kind}s/${id}`, { method: "DELETE", headers: token })).toMatchObject({
        status: 202,
      });
      await eventually(async () => (await ask(`${cinder}/${kind}s/${id}`, { headers: token })).status === 404);
    };
    await remove("volume", copy);
    await remove("snapshot", snapshot);
    for (const id of [volume, another]) await remove("volume", id);
    expect(ceph.run("rbd", "ls", "volumes")).toBe("");
  }, 1_200_000);
});
