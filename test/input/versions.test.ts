import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { buildFrom, type Cluster, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { formatIssue } from "../../generator/issues/issue.ts";
import { operators, versionOf } from "../../generator/operators/index.ts";
import type { Operator } from "../../generator/operators/operator.ts";
import { library } from "../laws/library.ts";

const text = (engine: string, more = ""): string => `name: eu1
domain: eu1.example.org
kubernetes: { version: "1.35" }
delivery: { engine: ${engine}, repository: "https://git.example.org/cloud/fleet.git" }
access: { tls: { secret: public } }
infrastructure: { mariadb: { backup: none }, rabbitmq: {} }
services: { keystone: {} }
${more}`;

const built = (versions: string | undefined, more = "", engine = "flux"): Cluster =>
  buildFrom({ name: "eu1", text: text(engine, more), versions, library });

const filesOf = (cluster: Cluster): string => JSON.stringify([...scopeOf(cluster).files]);
const imageOf = ({ images }: Operator, version: string): string => images[0]!.replace(/[^:]*$/, version);
const mistakesOf = ({ issues }: Cluster): string =>
  issues
    .filter(({ code }) => code !== "tag-alone")
    .map((issue) => `${formatIssue(issue)}\n`)
    .join("");

test("without a word in it nothing is generated otherwise", () => {
  const plain = filesOf(built(undefined));
  for (const empty of ["", "# later\n", "images: {}\noperators: {}\n"]) {
    expect(mistakesOf(built(empty))).toBe("");
    expect(filesOf(built(empty))).toBe(plain);
  }
});

test.each(["flux", "argocd"])("an operator is installed by %s at the version that its image's tag names", (engine) => {
  const installed = operators.filter(({ name }) => name !== "rook" && name !== "ceph-csi");
  const wanted = installed.map((operator) => ({ operator, version: `${versionOf(operator)}-next` }));
  const versions = wanted.map(
    ({ operator, version }) => `  ${operator.name}: { image: "${imageOf(operator, version)}" }\n`,
  );
  const mirror = "images: { registry: mirror.example.org/hub }\n";
  const cluster = built(`operators:\n${versions.join("")}`, mirror, engine);
  const files = [...scopeOf(cluster).files].filter(([path]) => path.includes(`/${engine}/`));
  const objects = files.flatMap(([, each]) => parseAllDocuments(each).map((document) => document.toJS()));
  const shown = JSON.stringify(objects);
  for (const { operator, version } of wanted) {
    const { source } = operator;
    const marks = source.type === "git" ? [source.tag] : source.charts.map((chart) => chart.version);
    expect(shown, operator.name).toContain(version);
    for (const mark of marks) expect(shown).not.toContain(`"${mark}"`);
  }
  expect(cluster.issues.filter(({ code }) => code === "untested-version")).toHaveLength(wanted.length);
});

test("what an operator puts beside its servers has its version", () => {
  const { images } = operators.find(({ name }) => name === "mariadb-operator")!;
  const next = images[0]!.replace(/[^:]*$/, "99.1.1");
  const files = filesOf(built(`operators: { mariadb-operator: { image: "${next}" } }\n`));
  expect(files).toContain("99.1.1");
  expect(files).not.toContain(images[0]);
});

test("an image is taken as it is written, as from cluster.yaml", () => {
  const image = `registry.example.org/keystone:2@sha256:${"a".repeat(64)}`;
  const here = filesOf(built(`images: { keystone: { keystone: { image: "${image}" } } }\n`));
  const there =
    built(undefined).rendered === undefined
      ? ""
      : filesOf(
          buildFrom({
            name: "eu1",
            text: text("flux").replace("keystone: {}", `keystone: { image: { keystone: "${image}" } }`),
            library,
          }),
        );
  expect(here).toContain(image.split("@")[1]);
  expect(here).toBe(there);
});

test("what is said of each mistake", async () => {
  const rook = imageOf(operators.find(({ name }) => name === "rook")!, "v9.9.9");
  const wrong: Readonly<Record<string, readonly [versions: string, more?: string]>> = {
    "a list": ["- images\n"],
    "no YAML": ["images: {\n"],
    "a misspelt key": ["image: {}\n"],
    "an operator that nobody knows": ["operators: { mariadb: { image: registry.example.org/x:1 } }\n"],
    "a version alone": ["operators: { rook: v1.20.7 }\n"],
    "an image without a tag": ["operators: { rook: { image: docker.io/rook/ceph } }\n"],
    "an image of another": ["operators: { rook: { image: docker.io/library/ceph:v1.20.7 } }\n"],
    "an operator by digest": [`operators: { rook: { image: "${rook}@sha256:${"a".repeat(64)}" } }\n`],
    "another version": [`operators:\n  rook:\n    image: ${rook}\n`],
    "an operator of somebody else": [`operators: { rook: { image: "${rook}" } }\n`, "operators: { rook: existing }\n"],
    "an instance that is not there": ["images: { keyston: { keystone: { image: registry.example.org/x:1 } } }\n"],
    "an image that it does not have": ["images: { keystone: { keyston: { image: registry.example.org/x:1 } } }\n"],
    "an image that cluster.yaml has": [
      "images: { mariadb: { mariadb: { image: registry.example.org/x:1 } } }\n",
      "MARIADB",
    ],
    "a digest that is cut": ["images: { keystone: { keystone: { image: registry.example.org/x:1@sha256:abc } } }\n"],
    "a key twice": ["images: {}\nimages: {}\n"],
  };
  const said = Object.entries(wrong).map(([what, [versions, more = ""]]) => {
    const own =
      more === "MARIADB" ? { more: "", image: ", image: { mariadb: registry.example.org/y:1 }" } : { more, image: "" };
    const cluster = buildFrom({
      name: "eu1",
      text: text("flux", own.more).replace("backup: none", `backup: none${own.image}`),
      versions,
      library,
    });
    expect(cluster.issues.map(({ file }) => file)).toContain("clusters/eu1/versions.yaml");
    return `# ${what}\n${mistakesOf(cluster)}`;
  });
  await expect(said.join("\n")).toMatchFileSnapshot(join(import.meta.dirname, "versions.txt"));
});
