import { readFileSync } from "node:fs";
import { describe } from "vitest";
import { argocd, type Engine, flux } from "./engines.ts";
import { comesUp, unchanged } from "./scenarios/production.ts";
import { siteOf } from "./site.ts";

/* The fleet that this repository has as its example, in one repository, each production cluster on its own engine. */
const example = (name: string): string =>
  readFileSync(`clusters/${name}/cluster.yaml`, "utf8")
    .replace("/cloud/fleet.git", "/fleet.git")
    // The operator who lets it follow sets its tag.
    .replace(/^ *ref: .*\n/m, "");
const clusters = Object.fromEntries(["eu1", "lab", "us1"].map((name) => [name, example(name)]));
// Nothing unpacks charts here: for Argo CD the operators that come as charts are there already.
const existing = ["cert-manager", "envoy-gateway", "mariadb-operator"].map((name) => `${name}: existing`).join(", ");
clusters.us1 += `operators: { ${existing} }\n`;

const sites: readonly (readonly [string, Engine])[] = [
  ["eu1", flux],
  ["us1", argocd],
];
describe.each(sites)("%s", (name, engine) => {
  const site = siteOf(engine, { name, text: clusters[name]!, others: clusters });
  comesUp(site);
  unchanged(site);
});
