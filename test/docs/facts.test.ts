import { globSync, readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { splitImage } from "../../generator/base/image.ts";
import { catalogue } from "../../generator/components/index.ts";
import { releases } from "../../generator/contract/release.ts";
import { operators } from "../../generator/operators/index.ts";
import { textOf } from "./pages.ts";

it("the table of operators has the pinned versions", () => {
  const rows = [...textOf("docs/delivery.md").matchAll(/^\| (\S+) \| ([0-9.]+) \| (chart|manifests at a tag) \|$/gm)];
  const pinned = operators.map(({ name, source }) =>
    source.type === "git"
      ? [name, source.tag.replace(/^v/, ""), "manifests at a tag"]
      : [name, source.charts.at(-1)!.version.replace(/^v/, ""), "chart"],
  );
  expect(rows.map(([, ...cells]) => cells).sort()).toEqual(pinned.sort());
});

it("what no registry was asked for is listed by name", () => {
  const [, listed] = /^(- No registry [\s\S]+?)\n- /m.exec(textOf("docs/proven.md"))!;
  const images = [
    ...[...catalogue.values()].flatMap((component) =>
      Object.values(component.images).flatMap((imageOf) => releases.map(imageOf)),
    ),
    ...operators.flatMap((operator) => operator.images),
  ].map((image) => splitImage(image)[0]);
  const charts = operators.flatMap(({ source }) =>
    source.type === "git" ? [] : source.charts.map(({ name }) => name),
  );
  expect([...listed!.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort()).toEqual(
    [...new Set(images), ...new Set(charts)].sort(),
  );
});

/** What docs/when-a-host-dies.md and docs/delivery.md build their seconds on -> the generated line that says so. */
const settings: readonly (readonly [file: string, line: string])[] = [
  ["gateway/run/backendtrafficpolicy-*.yaml", "connectTimeout: 3s"],
  ["gateway/run/backendtrafficpolicy-*.yaml", "interval: 3s"],
  ["gateway/run/backendtrafficpolicy-*.yaml", "numRetries: 2"],
  ["gateway/run/backendtrafficpolicy-*.yaml", "unhealthyThreshold: 2"],
  ["keystone/run/deployment-keystone-api.yaml", "tolerationSeconds: 30"],
  ["keystone/run/keystone.conf", "connection_parameters = connect_timeout=5&read_timeout=30&write_timeout=30"],
  ["keystone/run/keystone.conf", "memcache_dead_retry = 30"],
  ["keystone/expand/job-keystone-db-expand-*.yaml", "backoffLimit: 12"],
  ["keystone/expand/job-keystone-db-expand-*.yaml", "activeDeadlineSeconds: 1500"],
  ["placement/run/placement.conf", "http_connect_timeout = 5"],
  ["placement/run/placement.conf", "http_request_max_retries = 3"],
  ["mariadb/run/mariadb-mariadb.yaml", "autoFailover: true"],
];

test.each(settings)("the seconds rest on what is generated: %s, %s", (pattern, line) => {
  const [file] = globSync(`bases/2026.1/${pattern}`);
  expect(
    readFileSync(file!, "utf8")
      .split("\n")
      .map((text) => text.trim()),
  ).toContain(line);
});
