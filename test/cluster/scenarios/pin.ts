import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { imageOf, list } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

/** A cluster that reads the repository at a pinned ref. */
export function pin(lab: Site): void {
  const { engine, file } = lab;

  test("a pinned cluster gets a change, of a base too, when its pin moves, not before", async () => {
    const repository = 'repository: "https://git.example.org/fleet.git"';
    lab.fleet.edit(file, repository, `${repository}, ref: { tag: lab-1 }`);
    const first = lab.push({ tag: "lab-1" });
    const pinned = async () => (await engine.units(lab.cluster)).filter(({ name }) => name !== "lab");
    // Until the pin has reached them they follow the branch, which is at the same commit.
    await until("the pin", async () => (await pinned()).every(({ follows }) => follows === "lab-1"));
    await engine.synced(lab.cluster, first);

    lab.fleet.edit(file, "keystone: {", "keystone: { image: { keystone: registry.example.org/keystone:two },");
    lab.fleet.overstack("generate");
    // As a newer overstack changes it.
    const [release] = readdirSync(join(lab.fleet.folder, "bases")).filter((name) => /^\d/.test(name));
    const base = `bases/${release}/keystone/run/deployment-keystone-api.yaml`;
    lab.fleet.edit(base, "revisionHistoryLimit: 3", "revisionHistoryLimit: 4");
    const second = lab.push({ generate: false });
    await until("the root at the second commit", async () =>
      (await engine.units(lab.cluster)).some(({ name, applied }) => name === "lab" && applied === second),
    );
    engine.fetch(lab.cluster);
    for (const { name, applied, ready } of await pinned()) expect([applied, ready], name).toEqual([first, true]);

    lab.fleet.edit(file, "tag: lab-1", "tag: lab-2");
    lab.fleet.git("checkout", "--quiet", "HEAD~1", "--", base);
    lab.fleet.overstack("generate");
    lab.fleet.git("checkout", "--quiet", "HEAD", "--", base);
    const third = lab.push({ generate: false, tag: "lab-2" });
    await engine.synced(lab.cluster, third);
    expect(await imageOf(lab.cluster, "keystone-api")).toBe("registry.example.org/keystone:two");
    const [keystone] = (await list(lab.cluster, "deployments")).filter(
      ({ metadata }) => metadata.name === "keystone-api",
    );
    expect(keystone?.spec?.revisionHistoryLimit).toBe(4);
  });
}
