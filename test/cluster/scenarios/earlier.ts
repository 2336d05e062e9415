import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { encryptSecret } from "../../../generator/sops/file.ts";
import { SecretValue } from "../../../generator/sops/secret-value.ts";
import { type Difference, differencesOf, type Pair } from "../../earlier-fleets/differences.ts";
import { type EarlierFleet, filesOf } from "../../earlier-fleets/fleet.ts";
import { changes, everything, list, podsThatServe, snapshot } from "../observe.ts";
import { until } from "../processes.ts";
import type { Site } from "../site.ts";

/** Kinds that the tests of the tree look at: what the engines read, and what pods read, whose change shows in their template. */
const ofTheTree = ["Application", "ConfigMap", "GitRepository", "Kustomization"];
/** Which Secrets there are follows from the commands of their own. */
const isElsewhere = (what: string): boolean => [...ofTheTree, "Secret"].includes(kindOf(what));

const kindOf = (what: string): string => what.split("/")[0]!;

/** Writes a fleet as its commit left it; cluster.yaml of the site may differ from what is recorded. */
export async function writeEarlier({ fleet, name, file }: Site, earlier: EarlierFleet, text: string): Promise<void> {
  for (const [path, content] of filesOf(earlier)) fleet.write(path, content);
  fleet.write(file, text);
  if (!/provider: sops/.test(text)) return;
  // Recorded are the names of Secrets: their values are made here, and the old kustomization must find each of them.
  const fileOf = (id: string): string => `overlays/${name}/secrets/${id}.yaml`;
  const isThere = (id: string): boolean => existsSync(join(fleet.folder, fileOf(id)));
  const recorded = Object.entries(earlier.secrets[name]!).filter(([id]) => isThere(id));
  for (const [id] of recorded) rmSync(join(fleet.folder, fileOf(id)));
  fleet.overstack("secrets", "create", name);
  // Nobody makes any more what nobody reads any more.
  const { recipients } = (parse(text) as { readonly secrets: { readonly recipients: readonly string[] } }).secrets;
  for (const [id, keys] of recorded.filter(([each]) => !isThere(each))) {
    const [namespace, secret] = id.split("/") as [string, string];
    const values = new Map(keys.map((key) => [key, new SecretValue("of-an-earlier-version")]));
    fleet.write(fileOf(id), await encryptSecret({ name: secret, namespace, labels: {}, values }, recipients));
  }
}

/** A cluster that an earlier commit generated, on the way to today's generator. */
export function comesOver(site: Site, earlier: EarlierFleet): void {
  const { engine, name, file } = site;
  const listed = (parse(readFileSync(join(earlier.folder, "changes.yaml"), "utf8")) as readonly Difference[])
    .map(({ meets, what, in: places }) => ({ meets, what, in: places.filter((place) => place.startsWith(`${name}/`)) }))
    .filter(({ what, in: places }) => places.length > 0 && !isElsewhere(what));

  test(`what ${earlier.commit} generated comes up`, async () => {
    await engine.bootstrap(site.cluster, site.fleet, name, site.fleet.commit());
    await until("the smallest number of replicas that load may leave", async () =>
      (await list(site.cluster, "horizontalpodautoscalers")).every(
        ({ spec, status }) => Number(status?.currentReplicas ?? 0) >= Number(spec!.minReplicas),
      ),
    );
  });

  test("today's commit is applied, nothing of it is refused, and what changes is what is listed", async () => {
    const [before, pods] = [await everything(site.cluster), await podsThatServe(site.cluster)];
    await site.deliver();
    const pair = { cluster: name, before, after: await everything(site.cluster) };
    // Of other kinds nothing is asked of the cluster.
    const seen = new Set([...pair.before, ...pair.after].map(({ kind }) => kind));
    const found = differencesOf([pair]).filter(({ what }) => !isElsewhere(what));
    expect(found).toEqual(listed.filter(({ what }) => seen.has(kindOf(what))));
    expect(pods.length).toBeGreaterThan(20);
    const stays = (pod: string) => !rolledIn(pair).some((deployment) => pod.startsWith(`${deployment}-`));
    expect((await podsThatServe(site.cluster)).filter(stays)).toEqual(pods.filter(stays));
  });

  test("notifications move when the operator consents; what they leave stays", async () => {
    const before = await snapshot(site.cluster);
    site.fleet.append(file, "consent: [{ change: move-messaging/keystone, reason: one place for consumers }]\n");
    if (/provider: sops/.test(readFileSync(join(site.fleet.folder, file), "utf8")))
      site.fleet.overstack("secrets", "create", name);
    await site.deliver();
    const { made, changed, deleted } = changes(before, await snapshot(site.cluster));
    // The Secrets of the old user go where they lie in Git: no pod reads them.
    expect(deleted.filter((object) => !/^Secret \S+\/keystone-messaging/.test(object))).toEqual([]);
    expect(made).toContainEqual(expect.stringMatching(/^Vhost \S+\/rabbitmq-notifications\.messaging$/));
    expect(changed).toEqual([expect.stringMatching(/^Deployment \S+\/keystone-api$/)]);
  });
}

/** Deployments whose pods are replaced, or made at all: `services/glance-api`. */
const rolledIn = ({ before, after }: Pair): string[] =>
  after.flatMap(({ kind, metadata: { namespace, name }, spec }) => {
    const old = before.find((each) => each.kind === kind && each.metadata.name === name);
    const template = (of: unknown) => (of as { template?: unknown } | undefined)?.template;
    const isRolled = !isDeepStrictEqual(template(old?.spec), template(spec));
    return kind === "Deployment" && isRolled ? [`${namespace}/${name}`] : [];
  });
