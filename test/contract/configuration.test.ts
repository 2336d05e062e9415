import { describe, expect, test } from "vitest";
import { placeholderIn } from "../../generator/base/placeholder.ts";
import { buildFrom, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { catalogue } from "./configuration.ts";

const library = baseLibrary(catalogue);
const build = (services: string) =>
  buildFrom({
    name: "eu1",
    text: `name: eu1
profile: development
domain: eu1.example.org
region: region-one
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: none }
services: ${services}
`,
    catalogue,
    library,
  });
type Built = ReturnType<typeof build>;

/** Files of an instance: those of its base, and with its overlay what lies above. */
const baseFiles = ({ rendered }: Built, component: string) =>
  new Map(rendered!.bases.flatMap(({ files }) => [...files]).filter(([path]) => path.includes(`/${component}/`)));
const overlayFiles = (built: Built, instance: string) =>
  new Map([...scopeOf(built as never).files].filter(([path]) => path.startsWith(`overlays/eu1/${instance}/`)));
const contentOf = (files: ReadonlyMap<string, string>, name: string) =>
  [...files].find(([path]) => path.endsWith(`/${name}`))?.[1];
const generated = (built: Built, instance: string, map: string) =>
  built.rendered!.renders.get(instance)!.run.configMaps.find(({ name }) => name === map)?.data;

describe("a file with a value of the cluster", () => {
  const built = build("{ switchboard: {} }");
  const base = baseFiles(built, "switchboard");
  const overlay = overlayFiles(built, "switchboard");

  test("is not in the base, whether text or ini, and comes whole with the overlay", () => {
    expect(built.issues).toEqual([]);
    expect([...base].filter(([, text]) => placeholderIn(text) !== undefined)).toEqual([]);
    for (const file of ["pools.yaml", "alone.ini"]) expect(contentOf(base, file), file).toBeUndefined();
    expect(contentOf(overlay, "pools.yaml")).toBe("region: region-one\n");
    expect(contentOf(overlay, "alone.ini")).toBe("[DEFAULT]\nconstant = true\nregion = region-one\n");
  });

  test("that has layers stays in the base, and the value alone lies above it", () => {
    expect(contentOf(base, "plugin.ini")).toBe("[plugin]\ndriver = plain\nmtu = 1500\n");
    expect(contentOf(overlay, "plugin.ini.d/10-cluster.conf")).toBe(
      "[plugin]\nendpoint = http://switchboard.eu1.example.org\n",
    );
    expect(contentOf(overlay, "plugin.ini")).toBeUndefined();
  });

  test("does not keep others from the base", () => {
    expect(contentOf(base, "constant.yaml")).toBe("always: the same\n");
    expect(contentOf(overlay, "constant.yaml")).toBeUndefined();
  });
});

describe("a further file with layers", () => {
  test("takes an instance's options and the operator's own in its own directory, which pods mount", () => {
    const built = build(
      `{ switchboard: { mtu: 9000, config: { plugin.ini: { plugin: { driver: fast } }, switchboard.conf: { DEFAULT: { debug: true } } } } }`,
    );
    expect(built.issues).toEqual([]);
    expect(generated(built, "switchboard", "switchboard-plugin-ini-d")).toMatchObject({
      "50-instance.conf": "[plugin]\ndriver = fast\nmtu = 9000\n",
    });
    expect(generated(built, "switchboard", "switchboard-conf-d")!["50-instance.conf"]).toContain("debug = true");
    const { objects } = built.rendered!.renders.get("switchboard")!.run;
    const { template } = objects.find(({ kind }) => kind === "Deployment")!.spec as {
      template: { spec: { containers: { volumeMounts: { mountPath: string }[] }[] } };
    };
    const paths = template.spec.containers[0]!.volumeMounts.map(({ mountPath }) => mountPath);
    expect(paths).toEqual(
      expect.arrayContaining(["/etc/switchboard/switchboard.conf.d", "/etc/switchboard/plugin.ini.d"]),
    );
  });
});

describe("a component without oslo.config", () => {
  test("has its files, no layers and no options of oslo.config", () => {
    const built = build("{ sign: { files: { extra.txt: more } } }");
    expect(built.issues).toEqual([]);
    expect(generated(built, "sign", "sign-etc")).toEqual({
      "extra.txt": "more",
      "sign.json": '{ "domain": "eu1.example.org" }\n',
    });
    expect(generated(built, "sign", "sign-conf-d")).toBeUndefined();
    expect(contentOf(baseFiles(built, "sign"), "sign.json")).toBeUndefined();
  });

  test("gets a secret by a variable of its own name, in the form that it wants", () => {
    const built = build("{ sign: {} }");
    const secret = requiredSecrets(built.model!).find(({ name }) => name === "sign-seal");
    expect(secret).toMatchObject({ keys: { seal: { form: "text", length: 40 } }, purpose: "seal of the sign" });
  });

  test("takes ini files of the operator's own, and no other by config", () => {
    const built = build("{ sign: { config: { lamp.ini: { lamp: { colour: $red } } } } }");
    expect(built.issues).toEqual([]);
    expect(generated(built, "sign", "sign-etc")).toMatchObject({ "lamp.ini": "[lamp]\ncolour = $red\n" });
    const refused = build("{ sign: { config: { sign.json: { a: { b: c } } } } }");
    expect(refused.issues).toMatchObject([{ code: "not-ini" }]);
  });
});
