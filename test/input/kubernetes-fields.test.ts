import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { container } from "../../generator/input/schema/container.ts";
import { restrictedSources } from "../../generator/input/schema/volume-source.ts";
import { bare, type Def, keysOf, namesOf, type Schema } from "../../generator/input/schema/zod-walk.ts";
import { build, printed, validCluster } from "./cases.ts";

// Volumes and sidecars are compared with fields that are written down in this repository. These are the fields that
// Kubernetes publishes: https://github.com/kubernetes/kubernetes/tree/v1.36.0/api/openapi-spec/v3

interface Field {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

const folders = ["kubernetes-models/v1", "@kubernetes-models/apimachinery/apis/meta/v1"];

/** The fields of a type of Kubernetes. */
function fieldsOf(type: string): Field[] {
  const file = folders.map((folder) => `node_modules/${folder}/${type}.d.ts`).find((path) => existsSync(path))!;
  const [, body = ""] = /export interface I\w+ \{([\s\S]*?)^\}/m.exec(readFileSync(file, "utf8"))!;
  const lines = body.replace(/\/\*\*[\s\S]*?\*\//g, "").matchAll(/^ {4}"(\w+)"(\??): (\{[^}]*\}|.*);$/gm);
  return [...lines].map(([, name, mark, text]) => ({ name: name!, type: text!, isRequired: mark === "" }));
}

/** What a type is made from: `Array<IIoK8sApiCoreV1EnvVar>` is made from EnvVar. */
const typeIn = (text: string): string | undefined => /\bIIoK8s\w*V1([A-Z]\w*)/.exec(text)?.[1];

interface Pair {
  readonly type: string;
  readonly schema: Schema;
}

/** Every map of a schema, with the type of Kubernetes that it stands for. */
function mapsIn({ schema, type }: Pair): Pair[] {
  const { def } = bare(schema);
  if (def.type === "array") return mapsIn({ schema: def.element, type });
  if (def.type !== "object") return [];
  const fields = fieldsOf(type);
  const below = keysOf(schema).flatMap(([key, inner]) => {
    const named = typeIn(fields.find(({ name }) => name === key)?.type ?? "");
    return named === undefined ? [] : mapsIn({ schema: inner, type: named });
  });
  return [{ schema, type }, ...below];
}

const sourceTypes = new Map(fieldsOf("Volume").map(({ name, type }) => [name, typeIn(type)!]));
const roots: Pair[] = [
  { schema: container, type: "Container" },
  ...Object.entries(restrictedSources).map(([kind, schema]) => ({ schema, type: sourceTypes.get(kind)! })),
];
const all = [...new Map(roots.flatMap(mapsIn).map((pair) => [pair.schema, pair])).values()];

/** Of an ephemeral volume's metadata the API server takes no more than this. */
const narrower: Readonly<Record<string, readonly string[]>> = { ObjectMeta: ["annotations", "labels"] };

test("the types of containers and of volumes are found, down to the last", () => {
  const names = all.map(({ type }) => type);
  expect(names).toEqual(expect.arrayContaining(["SecretKeySelector", "ExecAction", "KeyToPath", "SELinuxOptions"]));
  expect(new Set(names).size).toBeGreaterThan(40);
});

test.each(all)("$type has the fields that Kubernetes has", ({ schema, type }) => {
  const known = narrower[type] ?? fieldsOf(type).map(({ name }) => name);
  expect(
    keysOf(schema)
      .map(([key]) => key)
      .sort(),
  ).toEqual([...known].sort());
});

test.each(all)("$type asks for every field that Kubernetes asks for", ({ schema, type }) => {
  const must = fieldsOf(type).filter(({ isRequired }) => isRequired);
  const asked = keysOf(schema).filter(([, below]) => !bare(below).optional);
  expect(asked.map(([key]) => key)).toEqual(expect.arrayContaining(must.map(({ name }) => name)));
});

test.each(all)("$type has values of the kinds that Kubernetes has", ({ schema, type }) => {
  const types = new Map(fieldsOf(type).map((field) => [field.name, field.type]));
  for (const [key, below] of keysOf(schema)) {
    expect(kindsOfType(types.get(key)!), `${type}.${key}`).toContain(bare(below).def.type);
    const words = namesOf(below);
    if (words.length > 0) expect(words.map((word) => `"${word}"`).sort()).toEqual(types.get(key)!.split(" | ").sort());
  }
});

test("what Kubernetes takes of a sidecar and of its volumes is taken", () => {
  const text = validCluster.toString().replace(/^services:[\s\S]*/m, "");
  expect(printed(build(`${text}${services}`).issues)).toBe("");
});

const services = `services:
  keystone:
    volumes:
      - { name: a, mountPath: /a, source: { secret: { secretName: x, items: [{ key: k, path: p, mode: 256 }] } } }
      - { name: b, mountPath: /b, source: { projected: { sources: [{ serviceAccountToken: { path: t } }, { secret: { name: s } }] } } }
      - { name: c, mountPath: /c, source: { emptyDir: { medium: Memory, sizeLimit: 1.5Gi } } }
      - { name: d, mountPath: /d, source: { csi: { driver: d.example.org, volumeAttributes: { class: x } } } }
    sidecars:
      - name: logs
        image: registry.example.org/logs:1
        env: [{ name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }, { name: EMPTY }]
        envFrom: [{ secretRef: { name: x, optional: true }, prefix: A_ }]
        ports: [{ name: http, containerPort: 2020 }]
        volumeMounts: [{ name: c, mountPath: /c, subPath: y }]
        resources: { requests: { cpu: 10m }, limits: { cpu: 1 } }
        livenessProbe: { httpGet: { path: /, port: http }, periodSeconds: 10 }
        lifecycle: { preStop: { sleep: { seconds: 5 } } }
        securityContext: { runAsUser: 1000, capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }
`;

/** Kinds of schemas that fit a type as TypeScript writes it. */
function kindsOfType(text: string): Def["type"][] {
  if (text.startsWith("Array<")) return ["array"];
  if (text.startsWith("{")) return ["record"];
  if (text.startsWith('"')) return ["enum", "string"];
  if (/Quantity$|IntOrString$/.test(text)) return ["union"];
  if (text.startsWith("I")) return ["object"];
  return [text as "string" | "number" | "boolean"];
}
