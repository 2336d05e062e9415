import { describe, expect, test } from "vitest";
import { placeholderIn } from "../../generator/base/placeholder.ts";
import { catalogue } from "../../generator/components/index.ts";
import { releases } from "../../generator/contract/release.ts";
import { buildFrom, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { examples, forEachCluster, type Rendered, textOf } from "./cases.ts";
import type { Data } from "./clusters.ts";
import { library } from "./library.ts";

/** Words that stand in these clusters alone: a base that holds one of them was made for one cluster. */
const facts = {
  name: "fact-cluster",
  domain: "fact-domain.example.org",
  region: "fact-region",
  publicNames: "fact-{service}.example.org",
  zones: ["fact-zone-a", "fact-zone-b", "fact-zone-c"],
  trustedCa: "fact-ca",
};
const hosts = {
  kubernetes: { dnsDomain: "fact-dns.local", storageClass: "fact-class", sharedStorageClass: "fact-shared" },
  images: { registry: "fact-mirror.example.org", pullSecrets: ["fact-pull"] },
  delivery: { engine: "argocd", repository: "https://fact-git.example.org/fleet.git", branch: "fact-branch" },
  access: { tls: { issuer: { name: "fact-issuer" } }, className: "fact-gateway-class" },
};

describe("no cluster fact stands in a base", () => {
  const bases = releases.map((release) => [release, basesOf(release)] as const);

  test.each(bases)("no file of %s holds a word that stands for a value", (_, files) => {
    expect([...files].filter(([, text]) => placeholderIn(text) !== undefined).map(([path]) => path)).toEqual([]);
  });

  test("nor does any other file of a cluster", async () => {
    const holding = (cluster: Rendered): string[] =>
      [...scopeOf(cluster).files]
        .filter(([path, text]) => placeholderIn(`${path}${text}`) !== undefined)
        .map(([path]) => path);
    for (const [path, cluster] of examples) expect(holding(cluster), path).toEqual([]);
    await forEachCluster(25, (cluster) => expect(holding(cluster)).toEqual([]));
  });

  test("the bases are the same whatever cluster asks for them first", { timeout: 3_600_000 }, () =>
    forEachCluster(10, (_, data) => {
      const files = basesFor({ ...data, ...facts, ...hosts, secrets: { provider: "existing" } }) ?? new Map();
      const known = new Map(bases.flatMap(([, each]) => [...each]));
      for (const [path, text] of files) {
        expect(text, path).toBe(known.get(path));
        expect(`${path}${text}`, path).not.toContain("fact-");
      }
    }),
  );
});

/** Every base of a release. */
function basesOf(release: (typeof releases)[number]): Map<string, string> {
  return new Map([...catalogue.values()].flatMap((component) => [...library(release, component).files]));
}

/** The bases that a cluster uses, made for it alone; undefined when it is refused. */
function basesFor(data: Data): Map<string, string> | undefined {
  const { issues, rendered } = buildFrom({ name: data.name, text: textOf(data), library: baseLibrary(catalogue) });
  return hasErrors(issues) ? undefined : new Map(rendered!.bases.flatMap(({ files }) => [...files]));
}
