import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reencryptSecrets, setSecret } from "../../generator/secrets/change.ts";
import { checkSecrets } from "../../generator/secrets/check.ts";
import { createSecrets } from "../../generator/secrets/create.ts";
import { listSecrets } from "../../generator/secrets/list.ts";
import { nextStep, withStep } from "../../generator/secrets/rotation-steps.ts";
import { wantedSecrets } from "../../generator/secrets/wanted.ts";
import { decryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";
import { fleet } from "./fleet.ts";

const flux = await newIdentity();
const alice = await newIdentity();
const none = Object.assign([], {});
const codes = (issues: readonly { code: string }[]) => [...new Set(issues.map(({ code }) => code))].sort();

async function values(text: string): Promise<Record<string, string>> {
  const { value } = await decryptSecret(text, [flux.identity]);
  return Object.fromEntries([...value!].map(([key, secret]) => [key, reveal(secret)]));
}

describe("create", () => {
  it("makes every Secret that can be made, without a key at hand, and names those that only people have", async () => {
    const { root, model, files } = fleet([flux.recipient]);
    const { made, open, issues } = await createSecrets(root, model(), none);
    expect(issues).toEqual([]);
    expect([...open]).toEqual([["openstack-services/glance-s3", ["access-key", "secret-key"]]]);
    const wanted = wantedSecrets(model()).map(({ id }) => id);
    expect([...made, ...open.keys()].sort()).toEqual(wanted.sort());
    expect(files().size).toBe(made.length);
  });

  it("never changes what is there", async () => {
    const { root, model, files } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    const before = files();
    const again = await createSecrets(root, model(), none);
    expect(again.made).toEqual([]);
    expect(files()).toEqual(before);
  });

  it("gives a copy in another namespace the value of its original", async () => {
    const { root, model, read } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    const original = await values(read("openstack-services/placement-identity.yaml"));
    expect(await values(read("identity/placement-identity.yaml"))).toEqual(original);
  });

  it("asks for a key when the original was made long ago", async () => {
    const { root, model, files } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    const { unlinkSync } = await import("node:fs");
    unlinkSync(join(root, "overlays/eu1/secrets/identity/placement-identity.yaml"));
    const without = await createSecrets(root, model(), none);
    expect(without.issues).toHaveLength(1);
    expect(files().has("identity/placement-identity.yaml")).toBe(false);
    expect((await createSecrets(root, model(), [flux.identity])).made).toEqual(["identity/placement-identity"]);
  });

  it("lets whoever sets a given value set its copies, also those that are not there yet", async () => {
    const more = `  cinder: { backends: { ceph: { type: rbd, monitors: [10.0.0.1], secret: cinder-ceph } } }
  nova: {}
nodeGroups: { compute: { roles: [hypervisor, gateway] } }
`;
    const { root, model, read } = fleet([flux.recipient], more);
    const [original, copy] = ["openstack-services/cinder-ceph", "openstack-nodes/cinder-ceph"];
    const { open } = await createSecrets(root, model(), none);
    expect([...open.keys()]).toContain(original);
    expect([...open.keys()]).not.toContain(copy);
    const missing = (await checkSecrets(root, model(), none)).find(({ message }) => message.includes(copy));
    expect(missing?.hint).toBe(
      `It is a copy of ${original}: to set that sets this too. If that is there already, run: overstack secrets create eu1.`,
    );
    const keyring = "[client.cinder]\n\tkey = x";
    expect(await setSecret(root, model(), original, "keyring", new SecretValue(keyring), none)).toEqual([]);
    // Ceph reads no line that does not end.
    for (const id of [original, copy])
      expect(await values(read(`${id}.yaml`)), id).toEqual({ keyring: `${keyring}\n` });
    const [refused] = await setSecret(root, model(), original, "keyring", new SecretValue("x"), none);
    expect(refused?.code).toBe("wrong-secret-form");
  });

  it("keeps the administrator's password with the Identity service, and says that an older copy is read by nobody", async () => {
    const { root, model, files, read, put } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    expect([...files().keys()].filter((file) => file.endsWith("-admin.yaml"))).toEqual([
      "identity/keystone-admin.yaml",
    ]);
    put("openstack-services/keystone-admin.yaml", read("identity/keystone-admin.yaml"));
    const unread = (await checkSecrets(root, model(), none)).filter(({ code }) => code === "unread-secret");
    expect(unread.map(({ message, hint }) => `${message}. ${hint}`)).toEqual([
      "nobody reads the Secret openstack-services/keystone-admin any more. If nothing needs it: git rm overlays/eu1/secrets/openstack-services/keystone-admin.yaml. Git keeps it.",
    ]);
  });

  it("makes values of at least 128 bits that survive URLs, ini files, shells and SQL", async () => {
    const { root, model, files } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    for (const [file, text] of files())
      for (const [key, value] of Object.entries(await values(text))) {
        if (key === "username") expect(value).toBe("keystone_notifications");
        else if (file.endsWith("credential-keys.yaml")) expect(value).toMatch(/^[A-Za-z0-9_-]{43}=$/);
        else expect(value, file).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{21,}$/);
      }
  });

  it("writes files that nobody else on the machine can read", async () => {
    const { root, model, files } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    for (const file of files().keys())
      expect(statSync(join(root, "overlays/eu1/secrets", file)).mode & 0o077, file).toBe(0);
  });

  it("puts the labels on that the operators insist on", async () => {
    const { root, model, read } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    expect(read("identity/keystone-messaging-notifications.yaml")).toContain('rabbitmq.com/topology-operator: "true"');
    expect(read("identity/keystone-database.yaml")).toContain('k8s.mariadb.com/watch: ""');
  });

  it("refuses where Secrets do not lie in the repository", async () => {
    const { root, model } = fleet([flux.recipient]);
    const elsewhere = { ...model(), spec: { ...model().spec, secrets: { provider: "existing" as const } } };
    expect(codes((await createSecrets(root, elsewhere, none)).issues)).toEqual(["no-secret-files"]);
  });
});

describe("check", () => {
  async function complete() {
    const made = fleet([flux.recipient]);
    await createSecrets(made.root, made.model(), none);
    for (const key of ["access-key", "secret-key"])
      await setSecret(made.root, made.model(), "openstack-services/glance-s3", key, new SecretValue("given"), [
        flux.identity,
      ]);
    return made;
  }

  it("finds nothing wrong with a complete set, with a key and without", async () => {
    const { root, model } = await complete();
    expect(await checkSecrets(root, model(), none)).toEqual([]);
    expect(await checkSecrets(root, model(), [flux.identity])).toEqual([]);
  });

  it("finds a missing Secret and a missing key", async () => {
    const { root, model } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    expect(codes(await checkSecrets(root, model(), none))).toEqual(["missing-secret"]);
    await setSecret(root, model(), "openstack-services/glance-s3", "access-key", new SecretValue("x"), none);
    expect(codes(await checkSecrets(root, model(), none))).toEqual(["missing-key"]);
  });

  it("finds a Secret in plain text anywhere in the cluster's folders, and does not print it", async () => {
    const { root, model, put } = await complete();
    put(
      "openstack-services/own.yaml",
      "apiVersion: v1\nkind: Secret\nmetadata: { name: own, namespace: openstack-services }\nstringData: { word: hunter2 }\n",
    );
    const issues = await checkSecrets(root, model(), none);
    expect(codes(issues)).toContain("plain-secret");
    expect(JSON.stringify(issues)).not.toContain("hunter2");
  });

  it("finds a file that was encrypted for somebody else", async () => {
    const { root, model, write } = await complete();
    write([flux.recipient, alice.recipient]);
    expect(codes(await checkSecrets(root, model(), none))).toEqual(["wrong-recipients"]);
    write([alice.recipient]);
    expect(codes(await checkSecrets(root, model(), none))).toEqual(["wrong-recipients"]);
  });

  it("finds a changed value when a key is at hand", async () => {
    const { root, model, read, put } = await complete();
    const other = read("openstack-services/placement-database.yaml");
    const stolen = /password: (ENC\[.*)/.exec(other)![1]!;
    const file = "openstack-services/glance-database.yaml";
    put(file, read(file).replace(/password: ENC\[.*/, `password: ${stolen}`));
    expect(await checkSecrets(root, model(), none)).toEqual([]);
    expect((await checkSecrets(root, model(), [flux.identity])).length).toBeGreaterThan(0);
  });

  it("finds a damaged file, one under another's name, and one that nobody reads", async () => {
    const { root, model, read, put } = await complete();
    put("openstack-services/glance-database.yaml", "apiVersion: v1\nkind: [");
    put("openstack-services/placement-database.yaml", read("openstack-services/placement-identity.yaml"));
    put("openstack-services/old.yaml", read("openstack-services/placement-identity.yaml"));
    const found = codes(await checkSecrets(root, model(), none));
    expect(found).toEqual(expect.arrayContaining(["wrong-secret", "unread-secret"]));
    expect(found.length).toBeGreaterThanOrEqual(3);
  });
});

describe("reencrypt", () => {
  it("adds and removes recipients, and leaves the values' ciphertext as it is", async () => {
    const { root, model, write, files } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    const before = files();
    write([flux.recipient, alice.recipient]);
    const { changed, issues } = await reencryptSecrets(root, model(), [flux.identity]);
    expect(issues).toEqual([]);
    expect(changed).toHaveLength(before.size);
    for (const [file, text] of files()) {
      expect(text.match(/^ {4}\S+: ENC\[.*$/gm), file).toEqual(before.get(file)!.match(/^ {4}\S+: ENC\[.*$/gm));
      expect((await decryptSecret(text, [alice.identity])).value, file).toBeDefined();
    }
    expect((await reencryptSecrets(root, model(), [flux.identity])).changed).toEqual([]);
  });

  it("says so when no key opens the files, and changes nothing", async () => {
    const { root, model, write, files } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    const before = files();
    write([alice.recipient]);
    expect((await reencryptSecrets(root, model(), [alice.identity])).issues.length).toBeGreaterThan(0);
    expect(files()).toEqual(before);
  });
});

describe("rotate", () => {
  it("walks through three commits, each of which cluster.yaml records, and ends where it began", async () => {
    const { root, model, write, read } = fleet([flux.recipient]);
    await createSecrets(root, model(), none);
    const { readFileSync, writeFileSync } = await import("node:fs");
    const file = join(root, "clusters/eu1/cluster.yaml");
    const steps: string[] = [];
    const users: (string | undefined)[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const step = nextStep(model(), "glance", "database")!;
      steps.push(step.step);
      writeFileSync(file, withStep(readFileSync(file, "utf8"), ["services", "glance"], step)!);
      await createSecrets(root, model(), none);
      users.push(
        model()
          .instances.find(({ name }) => name === "glance")!
          .connections.find(({ need }) => need.kind === "database")!.account.name,
      );
    }
    expect(steps).toEqual(["prepare", "switch", "finish"]);
    expect(users).toEqual(["glance", "glance_g2", "glance_g2"]);
    expect(await values(read("openstack-services/glance-database-g2.yaml"))).not.toEqual(
      await values(read("openstack-services/glance-database.yaml")),
    );
    expect(nextStep(model(), "glance", "database")!.step).toBe("prepare");
    write([flux.recipient]);
  });

  it("keeps both users while pods change over, and takes the old one's locks off before it goes", async () => {
    const { model, write } = fleet([flux.recipient]);
    write([flux.recipient], "    credentials: { database: { generation: 2, alsoValid: 1 } }\n");
    const accounts = model()
      .instances.find(({ name }) => name === "glance")!
      .connections.find(({ need }) => need.kind === "database")!.accounts;
    expect(accounts.map(({ name, leaving }) => [name, leaving])).toEqual([
      ["glance", true],
      ["glance_g2", false],
    ]);
  });
});

it("list shows what is there, since when, and who reads it", async () => {
  const { root, model } = fleet([flux.recipient]);
  await createSecrets(root, model(), none);
  const rows = listSecrets(root, model());
  expect(rows.find(({ id }) => id === "openstack-services/glance-s3")).toMatchObject({ state: "missing" });
  expect(rows.find(({ id }) => id === "identity/keystone-admin")).toMatchObject({
    state: "present",
    readBy: ["glance", "keystone", "placement"],
    changed: expect.stringMatching(/^20\d\d-/),
  });
});
