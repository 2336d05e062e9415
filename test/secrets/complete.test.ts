import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decryptSops } from "sops-age";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { decryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { madeBy, identity as nameOf, referencesOf } from "../laws/references.ts";
import { type KubernetesObject, kustomizeObjects } from "../tools/kustomize.ts";
import { workplace } from "./program.ts";

// A fleet from nothing: every Secret that an object names comes from Git, from the store, or from something in the cluster
// that is known to make it.

const { identity, recipient } = await newIdentity();
const sops = `secrets: { provider: sops, recipients: [${recipient}] }\n`;
const vault = "secrets: { provider: external-secrets, store: { name: vault } }\n";

/** All settings that there are, of the golden cluster that has them, with another provider of Secrets. */
const everything = (secrets: string): string =>
  readFileSync("test/golden/clusters/every-dial/cluster.yaml", "utf8")
    .replace(/^name: .*$/m, "name: eu1")
    .replace(/^secrets:\n( .*\n)+/m, "")
    .replace(/engine: argocd/, "engine: flux")
    .concat(secrets);

/** A fleet with one cluster, all of whose Secrets have been made, generated and committed. */
function fleetWith(profile: string, text?: string, more = "") {
  const place = workplace();
  place.must("new fleet fleet");
  place.must(`new cluster eu1 --profile ${profile}`);
  if (text === undefined) place.append("clusters/eu1/cluster.yaml", more);
  else place.write("clusters/eu1/cluster.yaml", text);
  return place;
}

const keyring = "[client.given]\n\tkey = given\n";
const cases: readonly [string, string, string | undefined][] = [
  ["production", "production", undefined],
  ["development", "development", undefined],
  ["production with everything that can be set", "production", everything(sops)],
];

describe("sops", () => {
  test.each(cases)("with sops every Secret of a fleet comes from somewhere: %s", async (_, profile, text) => {
    const { root, must, git, read: textOf } = fleetWith(profile, text, sops);
    const { open } = JSON.parse(must("-o json secrets create eu1")) as { open: Record<string, string[]> };
    for (const [id, keys] of Object.entries(open))
      for (const key of keys)
        must(`secrets set eu1 ${id} ${key}`, { input: key === "keyring" ? keyring : "given\n", key: identity });
    must("generate");
    must("commit");
    expect(git("status", "--porcelain")).toBe("");
    expect(must("secrets check eu1", { key: identity })).toContain("in order");

    const there = new Set<string>();
    const encrypted = globSync("overlays/eu1/secrets/*/*.yaml", { cwd: root });
    for (const file of encrypted) {
      const { metadata, ...rest } = parse(textOf(file)) as { metadata: { name: string; namespace: string } };
      const keys = await keysIn(textOf(file), Object.keys((rest as { stringData: object }).stringData));
      for (const part of [undefined, ...keys]) there.add(nameOf("Secret", metadata.namespace, metadata.name, part));
    }
    const delivered = kustomizeObjects(join(root, "overlays/eu1/secrets"));
    expect(
      delivered.map(({ metadata }) => `overlays/eu1/secrets/${metadata.namespace}/${metadata.name}.yaml`).sort(),
    ).toEqual(encrypted.sort());
    const { named, elsewhere } = secretsOf(root);
    expect(named.size).toBeGreaterThan(10);
    expect(missing(named, there, elsewhere)).toEqual([]);
    const read = new Set([...named.keys()].map((id) => id.split("#")[0]!));
    // A password that is still valid is there for pods of before, which may start again.
    // What images are pulled with is also read by pods that an operator makes, which others may have told about it.
    const pulls = (id: string) => there.has(`${id}#.dockerconfigjson`);
    const isRead = (id: string) =>
      pulls(id) || read.has(id) || read.has(id.replace(/-g(\d+)$/, (_, g) => `-g${Number(g) + 1}`));
    expect(
      [...there].filter((id) => !isRead(id.split("#")[0]!)),
      "made, and read by nobody",
    ).toEqual([]);
  });
});

describe("external-secrets", () => {
  test.each(cases)("with External Secrets every Secret of a fleet comes from somewhere: %s", (_, profile, text) => {
    const { root, must } = fleetWith(profile, text?.replace(sops, vault), vault);
    must("generate");
    const values = (JSON.parse(must("-o json secrets export eu1")) as { values: { entry: string; property: string }[] })
      .values;
    const store = new Set(values.map(({ entry, property }) => `${entry}#${property}`));
    const there = new Set<string>();
    for (const { kind, metadata, spec } of kustomizeObjects(join(root, "overlays/eu1/secrets"))) {
      expect(kind).toBe("ExternalSecret");
      const { data, target } = spec as {
        data: { secretKey: string; remoteRef: { key: string; property: string } }[];
        target: { name: string; template?: { data?: object } };
      };
      for (const { remoteRef } of data) expect(store).toContain(`${remoteRef.key}#${remoteRef.property}`);
      const keys = [...data.map(({ secretKey }) => secretKey), ...Object.keys(target.template?.data ?? {})];
      for (const part of [undefined, ...keys]) there.add(nameOf("Secret", metadata.namespace, target.name, part));
    }
    const { named, elsewhere } = secretsOf(root);
    expect(missing(named, there, elsewhere)).toEqual([]);
  });
});

/** Keys whose values another implementation of sops decrypts. It takes a key of digits for the index of a list: there it is ours. */
async function keysIn(text: string, keys: readonly string[]): Promise<string[]> {
  const values = keys.some((key) => /^\d+$/.test(key))
    ? Object.fromEntries(
        [...(await decryptSecret(text, [identity])).value!].map(([key, value]) => [key, reveal(value)]),
      )
    : (await decryptSops(text, { fileType: "yaml", secretKey: reveal(identity) })).stringData;
  return Object.entries(values as Record<string, string>)
    .filter(([, value]) => value !== "")
    .map(([key]) => key);
}

interface Found {
  /** Every Secret that an object names, with the key where it says one -> who names it. */
  readonly named: ReadonlyMap<string, string>;
  /** What is made in the cluster. */
  readonly elsewhere: ReadonlySet<string>;
}

/** As the engines build them: one directory for each instance. */
function secretsOf(root: string): Found {
  const overlays = join(root, "overlays/eu1");
  const objects = readdirSync(overlays)
    .filter((name) => name !== "secrets" && !name.startsWith("_"))
    .flatMap((name) => kustomizeObjects(join(overlays, name)));
  const named = new Map<string, string>();
  for (const object of objects)
    for (const { id } of referencesOf(object, object.metadata.namespace))
      if (id.startsWith("Secret ")) named.set(id, `${object.kind}/${object.metadata.name}`);
  return { named, elsewhere: new Set(objects.flatMap(madeInCluster)) };
}

/** cert-manager's certificates, those of a Gateway too, and what Jobs and the first containers of pods make, which find its name in SECRET. */
function madeInCluster(object: KubernetesObject): string[] {
  const { kind, metadata } = object;
  if (kind === "Gateway" || kind === "Certificate")
    return madeBy(object as never, "cluster.local").filter((id) => id.startsWith("Secret "));
  if (kind !== "Job" && kind !== "Deployment") return [];
  const names = [...JSON.stringify(object).matchAll(/"name":"SECRET","value":"([^"]+)"/g)].map(([, name]) => name!);
  return names.map((name) => nameOf("Secret", metadata.namespace, name));
}

const missing = (
  named: ReadonlyMap<string, string>,
  there: ReadonlySet<string>,
  elsewhere: ReadonlySet<string>,
): string[] =>
  [...named]
    // Which keys a program makes no object tells.
    .filter(([id]) => !there.has(id) && !elsewhere.has(id.split("#")[0]!))
    .map(([id, by]) => `${by} names ${id}`);
