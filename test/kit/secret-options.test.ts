import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openstack } from "../../generator/kit/openstack.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { setSecret } from "../../generator/secrets/change.ts";
import { checkSecrets } from "../../generator/secrets/check.ts";
import { createSecrets } from "../../generator/secrets/create.ts";
import { storeValues } from "../../generator/secrets/export.ts";
import { secretFilesOf } from "../../generator/secrets/files.ts";
import { nothingToRotate } from "../../generator/secrets/rotation-refusals.ts";
import { kindsOf, nextStep } from "../../generator/secrets/rotation-steps.ts";
import { decryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";
import { podOf, renderingOf, withComponents } from "./tiny.ts";

const tiny = openstack({
  name: "tiny",
  summary: "A service that encrypts what it keeps.",
  roles: { api: { wsgi: "tiny.wsgi:application", endpoint: { type: "tiny", port: 9001, description: "Tiny" } } },
  crons: { clean: { at: "5 1 * * *", run: ["tiny-manage", "clean"] } },
  secretOptions: {
    "encryption-key": {
      ...{ option: "DEFAULT.auth_encryption_key", form: "text", length: 32 },
      purpose: "encrypts what the service keeps",
      living: "no program encrypts it again",
    },
    kek: {
      ...{ option: "simple_crypto_plugin.kek", form: "fernet-key", multiple: true },
      purpose: "encrypts the keys of projects",
      rewrap: ["tiny-manage", "rewrap"],
    },
  },
});

const { identity, recipient } = await newIdentity();
const cluster = withComponents([tiny], { secrets: { provider: "sops", recipients: [recipient] } });
const key = "openstack-services/tiny-encryption-key";
const file = "openstack-services/tiny-kek";

async function filled() {
  const root = mkdtempSync(join(tmpdir(), "overstack-secrets-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const created = await createSecrets(root, cluster.model!, [identity]);
  expect(created.issues).toEqual([]);
  const textOf = async (id: string, name: string): Promise<string> => {
    const path = `overlays/lab/secrets/${id}.yaml`;
    const { value } = await decryptSecret(readFileSync(join(root, path), "utf8"), [identity], path);
    return reveal(value!.get(name)!);
  };
  return { root, textOf };
}

describe("options with secrets", () => {
  test("come by environment, and as a file where an option takes several values", () => {
    const { objects } = renderingOf(cluster, "tiny");
    for (const name of ["Deployment/tiny-api", "CronJob/tiny-clean"]) {
      const { main, volumes } = podOf(objects[name]);
      expect(main.env).toContainEqual({
        name: "OS_DEFAULT__AUTH_ENCRYPTION_KEY",
        valueFrom: { secretKeyRef: { name: "tiny-encryption-key", key: "encryption-key" } },
      });
      expect(main.env.map((item) => item.name)).not.toContain("OS_SIMPLE_CRYPTO_PLUGIN__KEK");
      expect(volumes).toContainEqual({
        name: "conf-d",
        projected: {
          sources: [
            { configMap: { name: "tiny-conf-d" } },
            { secret: { name: "tiny-kek", items: [{ key: "60-kek.conf", path: "60-kek.conf", mode: 0o440 }] } },
          ],
        },
      });
    }
  });

  test("are made in the form that their reader takes", async () => {
    const { root, textOf } = await filled();
    expect(secretFilesOf(root, "lab")).toEqual(expect.arrayContaining([`${key}.yaml`, `${file}.yaml`]));
    expect(await textOf(key, "encryption-key")).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(await textOf(file, "60-kek.conf")).toMatch(/^\[simple_crypto_plugin\]\nkek = [A-Za-z0-9_-]{43}=\n$/);
    expect(await checkSecrets(root, cluster.model!, [identity])).toEqual([]);
  });

  test("are refused in another form, which is not shown", async () => {
    const { root, textOf } = await filled();
    const set = async (id: string, name: string, text: string) =>
      (await setSecret(root, cluster.model!, id, name, new SecretValue(text), [identity])).map(
        ({ code, message, hint }) => {
          expect(message + hint).not.toContain(text);
          return [code, hint];
        },
      );
    expect(await set(key, "encryption-key", "too short by far")).toEqual([
      ["wrong-secret-form", "It must be 32 random characters of [A-Za-z0-9_-]."],
    ]);
    const lines = (await textOf(file, "60-kek.conf")).trimEnd().split("\n");
    const [head, line] = [lines[0]!, lines[1]!];
    expect(await set(file, "60-kek.conf", line)).toMatchObject([
      ["wrong-secret-form", expect.stringContaining("lines")],
    ]);
    // While keys are exchanged there are two.
    const next = `kek = ${"A".repeat(43)}=`;
    expect(await set(file, "60-kek.conf", `${[head, next, line].join("\n")}\n`)).toEqual([]);
    expect((await textOf(file, "60-kek.conf")).split("\n").slice(1, 3)).toEqual([next, line]);
  });

  test("are described for the person who keeps them in a store", () => {
    const external = {
      provider: "external-secrets",
      store: { kind: "ClusterSecretStore", name: "vault" },
    };
    const { model } = withComponents([tiny], { secrets: external });
    const described = Object.fromEntries(storeValues(model!).map(({ property, what }) => [property, what]));
    expect(described["encryption-key"]).toBe("32 random characters of [A-Za-z0-9_-]: encrypts what the service keeps");
    expect(described["60-kek.conf"]).toBe(
      'a file of the lines "[simple_crypto_plugin]" and "kek = " with 32 random bytes, URL-safe base64: encrypts the keys of projects',
    );
  });
});

describe("a key that stored data is encrypted with", () => {
  const at = (kek: object) => withComponents([tiny], { services: { tiny: { credentials: { kek } } } });
  const filesIn = (cluster: ReturnType<typeof at>, object: string) => {
    const { volumes } = podOf(renderingOf(cluster, "tiny").objects[object]);
    const { projected } = volumes.find(({ name }) => name === "conf-d") as unknown as {
      projected: { sources: { secret?: { name: string; items: { path: string }[] } }[] };
    };
    return projected.sources.flatMap(({ secret }) =>
      secret === undefined ? [] : [[secret.name, secret.items[0]!.path]],
    );
  };
  const jobsOf = (cluster: ReturnType<typeof at>) =>
    Object.keys(renderingOf(cluster, "tiny").objects).filter((name) => name.startsWith("Job/"));

  test("rotates in three steps, in which all pods can decrypt before one encrypts", () => {
    const steps = [
      { generation: 1 },
      { generation: 1, alsoValid: 2 },
      { generation: 2, alsoValid: 1 },
      { generation: 2 },
    ];
    expect(steps.map((step) => filesIn(at(step), "Deployment/tiny-api"))).toEqual([
      [["tiny-kek", "60-kek.conf"]],
      [
        ["tiny-kek", "60-kek.conf"],
        ["tiny-kek-g2", "61-kek.conf"],
      ],
      [
        ["tiny-kek-g2", "60-kek.conf"],
        ["tiny-kek", "61-kek.conf"],
      ],
      [["tiny-kek-g2", "60-kek.conf"]],
    ]);
    expect(steps.map((step) => nextStep(at(step).model!, "tiny", "kek")!.step)).toEqual([
      "prepare",
      "switch",
      "finish",
      "prepare",
    ]);
  });

  test("is the last to decrypt what is stored in a Job that waits for the old pods", () => {
    expect(jobsOf(at({ generation: 1, alsoValid: 2 }))).not.toContain("Job/tiny-kek-rewrap");
    const switched = at({ generation: 2, alsoValid: 1 });
    const { main, initContainers } = podOf(renderingOf(switched, "tiny").objects["Job/tiny-kek-rewrap"]);
    expect([initContainers![0]!.name, main.command]).toEqual(["wait-for-old-pods", ["tiny-manage", "rewrap"]]);
    expect(filesIn(switched, "Job/tiny-kek-rewrap")).toEqual(filesIn(switched, "Deployment/tiny-api"));
    expect(main.env.map(({ name }) => name)).toContain("OS_DATABASE__CONNECTION");
  });

  test("has a Secret for each generation, and is not lost with one", () => {
    const secrets = requiredSecrets(at({ generation: 2, alsoValid: 1 }).model!).filter(({ name }) => /kek/.test(name));
    expect(secrets.map(({ name, living }) => [name, living])).toEqual([
      ["tiny-kek", true],
      ["tiny-kek-g2", true],
    ]);
  });

  test("stays where nothing encrypts again what is stored", () => {
    const { model } = at({ generation: 1 });
    expect(kindsOf(model!, "tiny")).toEqual(["database", "identity", "kek"]);
    expect(nothingToRotate(model!, "tiny", "encryption-key", [])).toMatchObject({
      code: "cannot-rotate",
      message: "encryption-key of tiny cannot change: no program encrypts it again",
      hint: "Keep it. When others know it: start a second instance (tiny-two), let its users make there what they have here, and remove tiny when nothing is left in it.",
    });
  });
});
