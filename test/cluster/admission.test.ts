import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { releases } from "../../generator/contract/release.ts";
import { groupedNamespaces } from "../../generator/model/namespaces.ts";
import { type KubernetesObject, parseObjects } from "../tools/kustomize.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Fleet, golden, makeFleet, overlaysOf, prioritiesOf } from "./fleet.ts";
import { sandbox } from "./sandbox.ts";

/*
 * What the API server itself says to every generated object: server-side apply with strict field validation, in a dry run,
 * with the real definitions of all custom resources. Pods go through the admission of Pod Security in their namespaces.
 */
let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
});
afterAll(() => cluster?.stop());

/** Namespaces that are not generated: the people who make them say what their pods may. */
const exceptions = ["argocd", "flux-system", "cert-manager", "rabbitmq-system"];
/** Where components live that need more of their nodes, and nothing else does. */
const privileged = [...catalogue.values()]
  .filter(({ privilege }) => privilege !== undefined)
  .map(({ namespace }) => namespace ?? groupedNamespaces.nodes);

const names = ["development-minimal", "production-flux", "production-argocd", "every-dial"];
describe.each(releases)("release %s", (release) => {
  let fleet: Fleet;
  beforeAll(() => {
    const text = (name: string) => `release: "${release}"\n${golden(name).replace(/^release: .*\n/m, "")}`;
    fleet = makeFleet(join(sandbox, "served"), Object.fromEntries(names.map((name) => [name, text(name)])));
    fleet.overstack("generate");
  });

  test.each(names)("every object of %s is accepted, and every pod by Pod Security", async (name) => {
    const objects = objectsOf(fleet, name);
    expect([...exceptions, ...privileged]).toEqual(expect.arrayContaining(unrestricted(objects)));
    const accounts = objects.filter(({ kind }) => kind === "ServiceAccount");
    await cluster.apply([...namespacesOf(objects), ...prioritiesOf(objects), ...accounts]);
    const refused = await refusals([...objects.filter(({ kind }) => kind !== "Namespace"), ...podsOf(objects)]);
    expect(refused).toEqual([]);
  });
});

/** Overlays, built by Kustomize, and the objects of the engine. */
function objectsOf(fleet: Fleet, name: string): KubernetesObject[] {
  const engine = globSync(`clusters/${name}/{flux,argocd}/**/*.yaml`, { cwd: fleet.folder });
  return [
    ...overlaysOf(fleet, name),
    ...engine
      .flatMap((file) => parseObjects(readFileSync(join(fleet.folder, file), "utf8")))
      .filter(({ apiVersion }) => !apiVersion.startsWith("kustomize.config.k8s.io")),
  ];
}

/** As generated, where they are; the namespaces of engines and existing gateways are made by somebody else. */
function namespacesOf(objects: readonly KubernetesObject[]): object[] {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const generated = objects.filter(({ kind }) => kind === "Namespace");
  for (const { metadata } of generated) names.delete(metadata.name);
  return [...generated, ...[...names].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }))];
}

/** Namespaces of objects that do not hold their pods to the standard `restricted`. */
function unrestricted(objects: readonly KubernetesObject[]): string[] {
  const restricted = objects.flatMap(({ kind, metadata }) => {
    const labels = metadata.labels as Readonly<Record<string, string>> | undefined;
    return kind === "Namespace" && labels?.["pod-security.kubernetes.io/enforce"] === "restricted"
      ? [metadata.name]
      : [];
  });
  const all = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  return [...all].filter((namespace) => !restricted.includes(namespace));
}

const accepted = new Set<string>();

/** What the API server says of the objects that it does not take; the same object is shown to it once. */
async function refusals(objects: readonly KubernetesObject[]): Promise<string[]> {
  const said = objects.map(async (object) => {
    const text = JSON.stringify(object);
    if (accepted.has(text)) return [];
    try {
      await cluster.apply([object], { dryRun: true });
      accepted.add(text);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
  return (await Promise.all(said)).flat();
}

/** Each workload's pod as its controller would make it. */
function podsOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const job = kind === "CronJob" ? (spec as Nested).jobTemplate?.spec : (spec as Nested | undefined);
    if (job?.template?.spec?.containers === undefined) return [];
    const { metadata: own, spec: pod } = job.template;
    // The controller of StatefulSets puts a claim of each template into the pod.
    const claims = (job.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
      name,
      persistentVolumeClaim: { claimName: `${name}-0` },
    }));
    const volumes = [...(pod!.volumes ?? []), ...claims];
    const name = `${kind.toLowerCase()}-${metadata.name}`.slice(0, 63).replace(/-+$/, "");
    return [
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...own, name, namespace: metadata.namespace },
        spec: { ...pod, volumes },
      },
    ] as KubernetesObject[];
  });
}

interface Nested {
  readonly jobTemplate?: { readonly spec: Nested };
  readonly template?: {
    readonly metadata?: object;
    readonly spec?: { readonly containers?: object; readonly volumes?: readonly object[] };
  };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}
