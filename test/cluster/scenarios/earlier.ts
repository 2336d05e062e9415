import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Difference, differencesOf } from "../../earlier-fleets/differences.ts";
import { type EarlierFleet, filesOf } from "../../earlier-fleets/fleet.ts";
import { changes, everything, list, snapshot } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

/** Kinds that the engines read and the tests of the tree look at. */
const ofEngines = ["Application", "GitRepository", "Kustomization"];

/** Writes a fleet as its commit left it; cluster.yaml of the site may differ from what is recorded. */
export function writeEarlier({ fleet, name, file }: Site, earlier: EarlierFleet, text: string): void {
  for (const [path, content] of filesOf(earlier)) fleet.write(path, content);
  fleet.write(file, text);
  if (!/provider: sops/.test(text)) return;
  // Recorded are the names of Secrets: their values are made here, and the old kustomization must find each of them.
  for (const path of Object.keys(earlier.secrets[name]!))
    rmSync(join(fleet.folder, `overlays/${name}/secrets/${path}.yaml`), { force: true });
  fleet.overstack("secrets", "create", name);
}

/** A cluster that an earlier commit generated, on the way to today's generator. */
export function comesOver(site: Site, earlier: EarlierFleet): void {
  const { engine, name, file } = site;
  const listed = (parse(readFileSync(join(earlier.folder, "changes.yaml"), "utf8")) as readonly Difference[])
    .map(({ meets, what, in: places }) => ({ meets, what, in: places.filter((place) => place.startsWith(`${name}/`)) }))
    .filter(({ what, in: places }) => places.length > 0 && !ofEngines.includes(what.split("/")[0]!));

  test(`what ${earlier.commit} generated comes up`, async () => {
    await engine.bootstrap(site.cluster, site.fleet, name, site.fleet.commit(), 500);
    await until("the smallest number of replicas that load may leave", async () =>
      (await list(site.cluster, "horizontalpodautoscalers")).every(
        ({ spec, status }) => Number(status?.currentReplicas ?? 0) >= Number(spec!.minReplicas),
      ),
    );
  });

  test("today's commit is applied, nothing of it is refused, and what changes is what is listed", async () => {
    const [before, pods] = [await everything(site.cluster), await podsThatServe(site)];
    await site.deliver(500);
    const pair = { cluster: name, before, after: await everything(site.cluster) };
    expect(differencesOf([pair])).toEqual(listed);
    expect(pods.length).toBeGreaterThan(20);
    expect(await podsThatServe(site)).toEqual(pods);
  });

  test("notifications move when the operator consents; what they leave stays", async () => {
    const before = await snapshot(site.cluster);
    site.fleet.append(file, "consent: [{ change: move-messaging/keystone, reason: one place for consumers }]\n");
    if (/provider: sops/.test(readFileSync(join(site.fleet.folder, file), "utf8")))
      site.fleet.overstack("secrets", "create", name);
    await site.deliver(500);
    const { made, changed, deleted } = changes(before, await snapshot(site.cluster));
    // The Secrets of the old user go where they lie in Git: no pod reads them.
    expect(deleted.filter((object) => !/^Secret \S+\/keystone-messaging/.test(object))).toEqual([]);
    expect(made).toContainEqual(expect.stringMatching(/^Vhost \S+\/rabbitmq-notifications\.messaging$/));
    expect(changed).toEqual([expect.stringMatching(/^Deployment \S+\/keystone-api$/)]);
  });
}

/** Pods that a Deployment or a StatefulSet keeps, sorted. */
async function podsThatServe({ cluster }: Site): Promise<string[]> {
  const owners = ["ReplicaSet", "StatefulSet"];
  return (await list(cluster, "pods"))
    .filter(({ metadata }) =>
      owners.includes((metadata.ownerReferences as { kind: string }[] | undefined)?.[0]?.kind ?? ""),
    )
    .map(({ metadata: { namespace, name, uid } }) => `${namespace}/${name} ${uid}`)
    .sort();
}
