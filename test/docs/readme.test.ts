import { expect, test } from "vitest";
import { stringify } from "yaml";
import { clusterDiff } from "../../generator/diff/cluster-diff.ts";
import { diffMarkdown } from "../../generator/diff/markdown.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { describe as messageFor } from "../../generator/git/changes.ts";
import { library } from "../laws/library.ts";
import { exampleCluster, textOf } from "./pages.ts";

test("the pull request that the first page shows is the one that is opened for its edit", () => {
  const readme = textOf("README.md");
  const [, members] = /`infrastructure: \{ mariadb: \{ replicas: (\d) \} \}`/.exec(readme)!;
  const mariadb = exampleCluster.infrastructure.mariadb;
  const [before, after] = [mariadb, { ...mariadb, replicas: Number(members) }].map((own) =>
    stringify({ ...exampleCluster, infrastructure: { ...exampleCluster.infrastructure, mariadb: own } }),
  );
  const [old, own] = [before!, after!].map((text) => buildFrom({ name: "eu1", text, library }));
  const texts = new Map([["eu1", { before, after }]]);
  const { subject } = messageFor([{ path: "clusters/eu1/cluster.yaml", kind: "modified" }], texts);
  const [told] = diffMarkdown([clusterDiff(old, own)]).split("<details>");
  const quoted = [...readme.matchAll(/^> ?(.*)$/gm)].map(([, line]) => line).join("\n");
  expect(quoted).toBe(`**${subject}**\n\n${told!.trim()}`);
});
