import { resolve } from "node:path";
import { expect, test } from "vitest";
import { clusterDiff } from "../../generator/diff/cluster-diff.ts";
import { diffHtml } from "../../generator/diff/html.ts";
import { build } from "../laws/cases.ts";
import { pictureOf } from "./picture.ts";

const text = `name: eu1
release: "2026.1"
domain: eu1.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
access: { tls: { secret: public } }
infrastructure: { mariadb: { backup: none } }
services: { keystone: {} }
`;

test("the picture in the documentation is the page of the change that stands above it", async () => {
  const after = text.replace("2026.1", "2026.2").replace("backup: none", "backup: none, replicas: 5");
  const html = diffHtml([clusterDiff(build(text), build(after))], "HEAD");
  await expect(pictureOf(html, 960, 720)).toMatchFileSnapshot(resolve("docs/reviewing.svg"));
});
