import { expect, test } from "vitest";
import { changes, imageOf, jobsOf, podsThatServe, snapshot } from "../observe.ts";
import type { Site } from "../site.ts";

/** An upgrade that one service does not go along with, and follows later. */
export function release(lab: Site): void {
  const { file } = lab;
  const images = async () => ({
    keystone: tagOf(await imageOf(lab.cluster, "keystone-api")),
    placement: tagOf(await imageOf(lab.cluster, "placement-api")),
    glance: tagOf(await imageOf(lab.cluster, "glance-api")),
  });
  const old = "2025.2-ubuntu_noble";
  const later = "2026.1-ubuntu_noble";
  const podsOf = async (name: string) =>
    (await podsThatServe(lab.cluster)).filter((pod) => pod.split("/")[1]!.startsWith(`${name}-`));

  test("a service that keeps its release is left as it was by the upgrade of the others", async () => {
    expect(await images()).toEqual({ keystone: old, placement: old, glance: old });
    const before = { all: await snapshot(lab.cluster), pods: await podsOf("glance") };
    const jobs = await jobsOf(lab.cluster, "glance");

    lab.fleet.edit(file, 'release: "2025.2"', 'release: "2026.1"');
    lab.fleet.edit(file, "glance: {", 'glance: { release: "2025.2",');
    await lab.deliver();

    expect(await images()).toEqual({ keystone: later, placement: later, glance: old });
    expect(await podsOf("glance")).toEqual(before.pods);
    expect(await jobsOf(lab.cluster, "glance")).toEqual(jobs);
    const { made, changed, deleted } = changes(before.all, await snapshot(lab.cluster));
    expect([...made, ...changed, ...deleted].filter((object) => object.includes("/glance-"))).toEqual([]);
  });

  test("it follows by a commit of its own, with its migrations, and the others are left alone", async () => {
    const before = { keystone: await podsOf("keystone"), placement: await podsOf("placement") };
    const jobs = Object.keys(await jobsOf(lab.cluster, "glance"));

    lab.fleet.edit(file, 'glance: { release: "2025.2",', "glance: {");
    await lab.deliver();

    expect(await images()).toEqual({ keystone: later, placement: later, glance: later });
    expect({ keystone: await podsOf("keystone"), placement: await podsOf("placement") }).toEqual(before);
    const again = await jobsOf(lab.cluster, "glance");
    expect(Object.values(again).every((succeeded) => succeeded === 1)).toBe(true);
    for (const phase of ["expand", "contract"]) {
      const isOf = (name: string) => name.startsWith(`glance-db-${phase}-`);
      expect(Object.keys(again).filter(isOf), phase).not.toEqual(jobs.filter(isOf));
    }
  });

  test("a release that it left is not gone back to", async () => {
    lab.fleet.edit(file, "glance: {", 'glance: { release: "2025.2",');
    expect(() => lab.fleet.overstack("generate")).toThrow(/glance: 2026\.1 cannot go back to 2025\.2/);
    lab.fleet.git("checkout", "--quiet", "--", file);
  });
}

const tagOf = (image: string): string => image.slice(image.lastIndexOf(":") + 1);
