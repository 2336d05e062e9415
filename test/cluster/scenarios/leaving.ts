import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { blocksOf } from "../../docs/pages.ts";
import { packaged } from "../../tools/kustomize.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { Engine } from "../engines.ts";
import { changes, type Live, podsThatServe, snapshot } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";
import { expectRemoved } from "./removal.ts";

const nothing = { made: [], changed: [], deleted: [] };

/** Objects of operators: what is looked at before and after, and the names of those that stay. */
export interface Operators {
  readonly names: readonly string[];
  readonly found: (cluster: ControlPlane) => Promise<readonly Live[]>;
  readonly stay: readonly string[];
}

/** Operators that the engine has installed are left to somebody else. */
export function leavesOperators(lab: Site, { names, found, stay }: Operators): void {
  const { engine, file } = lab;
  const theirs = async () =>
    new Map((await found(lab.cluster)).map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.uid]));

  test("operators left to others: of them stays what the page says, and no object of the cloud is touched", async () => {
    const [before, objects] = [await snapshot(lab.cluster), await theirs()];
    const words = names.map((name) => `${name}: existing`).join(", ");
    const text = lab.fleet.git("show", `HEAD:${file}`);
    if (text.includes("operators: {")) lab.fleet.edit(file, "operators: {", `operators: { ${words},`);
    else lab.fleet.append(file, `operators: { ${words} }\n`);
    await lab.deliver();
    expect(changes(before, await snapshot(lab.cluster))).toEqual(nothing);
    const units = (await engine.units(lab.cluster)).map(({ name }) => name);
    for (const operator of names) expect(units.filter((unit) => unit.includes(operator))).toEqual([]);
    const left = await theirs();
    expect([...left.keys()].sort()).toEqual(stay);
    for (const [object, uid] of left) expect(objects.get(object), `${object} was not made again`).toBe(uid);
  });
}

/** An instance that the engine was told to leave alone is removed. */
export function removesSuspended(lab: Site): void {
  const { engine, name, file } = lab;
  const consent = "consent: [{ change: remove-instance/placement, reason: not wanted }]\n";
  const remove = () => {
    lab.fleet.edit(file, "placement: { suspend: true }, ", "");
    lab.fleet.append(file, consent);
  };

  test(`a suspended instance that is removed leaves its data and nothing else`, async () => {
    lab.fleet.edit(file, "placement: {}", "placement: { suspend: true }");
    const commit = lab.push();
    await lab.others(commit, "placement");
    const before = await snapshot(lab.cluster);
    remove();
    if (engine.name === "Flux") {
      expect(() => lab.fleet.overstack("generate")).toThrow(/would be removed while it is suspended/);
      // As the message says: it runs again first.
      lab.fleet.git("checkout", "--quiet", "--", file);
      lab.fleet.edit(file, "placement: { suspend: true }", "placement: {}");
      await lab.deliver();
      lab.fleet.edit(file, "placement: {}, ", "");
      lab.fleet.append(file, consent);
    }
    await lab.deliver();
    await expectRemoved(lab, before, "placement");
    lab.fleet.edit(file, consent, "");
    lab.fleet.overstack("generate", name);
  });
}

/** The other engine takes over a living cluster: a page says how. */
export function changesEngine(lab: Site, next: Engine): void {
  const { engine, name, file } = lab;

  test(`${next.name} takes over from ${engine.name} as the page says, and no pod and no Job notices`, async () => {
    await next.start(lab.cluster);
    const [before, pods] = [await snapshot(lab.cluster), await podsThatServe(lab.cluster)];
    if (next.name === "Flux") lab.fleet.edit(file, "engine: argocd, ", "");
    else lab.fleet.edit(file, "delivery: {", "delivery: { engine: argocd,");
    expect(() => lab.fleet.overstack("generate")).toThrow(/change-engine/);

    asThePageSays(lab, engine.name === "Flux" ? "get kustomization" : "get application");
    await until(`${engine.name} to have nothing`, async () => (await engine.units(lab.cluster)).length === 0);
    expect(changes(before, await snapshot(lab.cluster))).toEqual(nothing);

    lab.fleet.append(file, `consent: [{ change: change-engine/${name}, reason: one engine for all }]\n`);
    lab.fleet.overstack("generate");
    await next.bootstrap(lab.cluster, lab.fleet, name, lab.fleet.commit());
    const after = await snapshot(lab.cluster);
    expect(changes(before, after)).toMatchObject({ made: [], deleted: [] });
    const again = (objects: Record<string, string>) =>
      Object.entries(objects).map(([object, state]) => `${object} ${state.split(" ")[0]}`);
    expect(again(after), "nothing was made again").toEqual(again(before));
    expect(await podsThatServe(lab.cluster)).toEqual(pods);
    expect(pods.length).toBeGreaterThan(3);
  });
}

/** Runs the commands of the page, whose cluster is called eu1, where the kubectl of this cluster is at hand. */
function asThePageSays({ cluster, name }: Site, words: string): void {
  const [block, ...others] = blocksOf("docs/tasks/releases-and-delivery.md").filter(
    ({ info, text }) => info.startsWith("sh") && text.includes(words),
  );
  expect(others).toEqual([]);
  const [program, ...enter] = [...cluster.enter, "bash", "-euo", "pipefail", "-c", block!.text.replaceAll("eu1", name)];
  const env = {
    ...process.env,
    KUBECONFIG: cluster.kubeconfig,
    PATH: `${dirname(packaged("kubectl")!)}:${process.env.PATH}`,
  };
  execFileSync(program!, enter, { stdio: "pipe", env });
}
