import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operators } from "../../generator/operators/index.ts";
import type { Program } from "../cluster/programs.ts";
import { sandbox } from "../cluster/sandbox.ts";
import { helm } from "../tools/kustomize.ts";
import { domain } from "./addresses.ts";
import { operatorPrograms } from "./operators.ts";

/** Folder of a Go module that has been downloaded. */
function moduleFolder({ module, version }: Program): string {
  const text = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], { encoding: "utf8" });
  return (JSON.parse(text) as { Dir: string }).Dir;
}

/** Packs the charts that Flux fetches over HTTPS, as the repository that generated objects name. They lie in their operator's module. */
export function serveCharts(root: string): void {
  const { source } = operators.find(({ name }) => name === "mariadb-operator")!;
  if (source.type !== "helm") throw new Error("mariadb-operator's charts are at no chart repository");
  const served = join(root, source.repository.replace("https://", ""));
  mkdirSync(served, { recursive: true });
  // A chart is packed with those that it depends on, which go into its folder.
  const charts = copyOf("deploy/charts", operatorPrograms.mariadbOperator);
  for (const { name, version } of source.charts) {
    helm(["dependency", "update", join(charts, name)]);
    helm(["package", join(charts, name), "--version", version, "--destination", served]);
  }
  helm(["repo", "index", served, "--url", source.repository]);
}

/**
 * cert-manager as somebody else has installed it: the objects of its chart, as resilient as production's. Its CRDs are
 * there before it, as all are; those of the Gateway API are not.
 */
export function certManagerObjects(): string {
  const { version } = operatorPrograms.certManager;
  const chart = copyOf("deploy/charts/cert-manager", operatorPrograms.certManager);
  renameSync(join(chart, "Chart.template.yaml"), join(chart, "Chart.yaml"));
  const { source } = operators.find(({ name }) => name === "cert-manager")!;
  const [installed] = source.type === "git" ? [] : source.charts;
  const site = {
    production: true,
    dns: domain,
    registry: undefined,
    trust: undefined,
    pullSecrets: [],
    snapshots: false,
    existing: [],
  };
  const values = join(chart, "production.json");
  writeFileSync(values, JSON.stringify(installed?.values?.(site, installed.version)));
  const tags = ["", "webhook.", "cainjector."].map((part) => `${part}image.tag=${version}`);
  const own = ["startupapicheck.enabled=false", "crds.enabled=false", "config.enableGatewayAPI=false", ...tags];
  const settings = ["--values", values, ...own.flatMap((setting) => ["--set", setting])];
  return helm(["template", "cert-manager", chart, "--namespace", "cert-manager", ...settings]);
}

/** A copy that can be written to; modules are read-only. */
function copyOf(folder: string, program: Program): string {
  const copy = mkdtempSync(join(sandbox, "charts-"));
  cpSync(join(moduleFolder(program), folder), copy, { recursive: true });
  execFileSync("chmod", ["--recursive", "u+w", copy]);
  return copy;
}
