import { expect, test } from "vitest";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { planFleet } from "../../generator/fleet/plan.ts";
import { ofInstances } from "../../generator/render/images.ts";
import { library } from "../laws/library.ts";
import { temporaryFolder } from "./folder.ts";
import { write } from "./run.ts";

const text = (name: string, more = "") => `name: ${name}
domain: ${name}.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
kubernetes: { version: "1.35" }
infrastructure: { mariadb: { backup: none } }
services: { keystone: {} }
${more}`;

/** What a run over these clusters says of tags. */
function said(clusters: Readonly<Record<string, string>>): string[] {
  const root = temporaryFolder();
  write(
    root,
    Object.fromEntries(
      Object.entries(clusters).map(([name, more]) => [`clusters/${name}/cluster.yaml`, text(name, more)]),
    ),
  );
  return planFleet(root).issues.flatMap(({ code, message }) => (code === "tag-alone" ? [message] : []));
}

test("of all production clusters that take images by a tag alone there is one line", () => {
  const eu3 = "region: eu3";
  expect(said({ eu1: "", eu2: "", eu3, lab: "profile: development" })).toEqual([
    "eu1 and 2 more clusters take up to 6 of their images by a tag alone; a tag can move, and then two nodes run different code",
  ]);
  expect(said({ lab: "profile: development" })).toEqual([]);
});

test("a cluster whose images all have digests is not named", () => {
  const images = ofInstances(buildFrom({ name: "eu1", text: text("eu1"), library }).rendered!.renders).map(
    ([image]) => image,
  );
  const digests = Object.fromEntries(images.map((image) => [image, `sha256:${"0".repeat(64)}`]));
  const withDigests = (names: readonly string[]) =>
    `images: ${JSON.stringify({ digests: Object.fromEntries(names.map((name) => [name, digests[name]])) })}`;
  expect(said({ eu1: withDigests(images) })).toEqual([]);
  expect(said({ eu1: withDigests(images.slice(1)) })).toEqual([
    "eu1 takes 1 of its images by a tag alone; a tag can move, and then two nodes run different code",
  ]);
});
