import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decryptSecret, encryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";
import { everything } from "../tree/run.ts";
import { type Circumstances, smallCluster, workplace } from "./program.ts";

// What an operator gets wrong: the command says what, where, and the way out, and nothing is lost.

const [flux, alice, eve] = await Promise.all([newIdentity(), newIdentity(), newIdentity()]);
const cluster = "clusters/eu1/cluster.yaml";
const folder = "overlays/eu1/secrets/openstack-services";
const database = `${folder}/placement-database.yaml`;
const identity = `${folder}/placement-identity.yaml`;

const complete = workplace(undefined, afterAll);
beforeAll(() => {
  complete.must("new fleet fleet");
  complete.write(cluster, smallCluster([flux.recipient]));
  complete.must("secrets create eu1");
  complete.must("generate");
  complete.must("commit");
}, 180_000);

/** A copy of a fleet that is complete and committed, and what commands say there. */
function fleet() {
  const place = workplace(complete.root);
  return {
    ...place,
    /** What a command that must fail says. */
    refusal(line: string, how?: Circumstances): string {
      const before = everything(place.root);
      const { status, stdout, stderr } = place.run(line, how);
      expect(status, stdout + stderr).toBe(1);
      expect(stdout).toBe("");
      expect(everything(place.root), "nothing was written").toEqual(before);
      return stderr;
    },
    recipients: (...keys: readonly string[]) => place.write(cluster, smallCluster(keys)),
  };
}

describe("recipients", () => {
  test("a mistyped recipient is named, with the way out", () => {
    const { refusal, recipients } = fleet();
    const mistyped = flux.recipient.replace(/.$/, (last) => (last === "q" ? "p" : "q"));
    recipients(mistyped);
    for (const command of ["check", "create", "reencrypt"])
      expect(refusal(`secrets ${command} eu1`), command).toBe(
        `${cluster}: error: secrets.recipients[0]: this age recipient is mistyped or cut short: its checksum does not fit
    \`age-keygen -y FILE\` shows the recipient of a private key: age1 and 58 more characters.
`,
      );
  });

  test("a private key in their place is not shown", () => {
    const { refusal, recipients } = fleet();
    recipients(reveal(eve.identity));
    for (const command of ["secrets check eu1", "generate", "secrets create eu1"]) {
      const said = refusal(command);
      expect(said, command).toContain("It must be an age recipient: age1 and 58 characters.");
      expect(said.toUpperCase().includes("AGE-SECRET-KEY"), command).toBe(false);
    }
  });

  test("a new one, and no key at hand that opens the files", () => {
    const { refusal, recipients } = fleet();
    recipients(flux.recipient, alice.recipient);
    expect(refusal("secrets check eu1")).toBe(
      `overlays/eu1/secrets/openstack-infrastructure/mariadb-proxy.yaml: error: this file and 7 more cannot be decrypted by ${alice.recipient}, a declared recipient
    Find out who that is and who added it: git log -p -- clusters/eu1/cluster.yaml. If they may read everything, run: overstack secrets reencrypt eu1, with a key that opens them (SOPS_AGE_KEY_FILE).
`,
    );
    const way =
      "\n    Name the file of a private key in SOPS_AGE_KEY_FILE, or let someone who can open the file add your recipient to it.\n";
    expect(refusal("secrets reencrypt eu1")).toContain(
      `the file is encrypted for ${flux.recipient}; no age identity is at hand; so are 7 more${way}`,
    );
    expect(refusal("secrets reencrypt eu1", { key: eve.identity })).toContain(
      `the file is encrypted for ${flux.recipient}; the age identities at hand are those of ${eve.recipient}; so are 7 more${way}`,
    );
    expect(refusal("secrets reencrypt eu1", { env: { SOPS_AGE_KEY_FILE: "/nowhere/key" } })).toContain(
      "warning: the age keys in /nowhere/key cannot be read (ENOENT)",
    );
  });

  test("one that somebody added gets nothing before it is let in, and a commit names it", () => {
    const { refusal, recipients, must, git, edit } = fleet();
    recipients(flux.recipient, eve.recipient);
    edit(cluster, (text) => `${text}  placement-two: {}\n`);
    for (const command of ["secrets create eu1", "secrets rotate eu1 keystone database"])
      expect(refusal(command, { key: flux.identity }), command).toContain(
        `no Secret of eu1 is encrypted for ${eve.recipient} yet, and a new one would be`,
      );
    expect(refusal("secrets check eu1")).toContain("Find out who that is and who added it");
    must("secrets reencrypt eu1", { key: flux.identity });
    must("secrets create eu1");
    must("generate");
    must("commit");
    expect(git("log", "-1", "--format=%B")).toContain(eve.recipient);
    expect(git("log", "-1", "--format=%B")).toContain("secrets/openstack-services/placement-two-database: added");
  });

  test("a recipient that is not declared is named, with the way out", () => {
    const { refusal, recipients, must, run } = fleet();
    recipients(eve.recipient);
    must("secrets reencrypt eu1", { key: flux.identity });
    recipients(flux.recipient);
    const said = refusal("secrets check eu1");
    expect(said).toContain(`can be decrypted by ${eve.recipient}, which is not a declared recipient
    If it may: add it to secrets.recipients. If not: overstack secrets reencrypt eu1, with a key that opens them (SOPS_AGE_KEY_FILE). Then rotate: it has been able to read the values.`);
    must("secrets reencrypt eu1", { key: eve.identity });
    expect(run("secrets check eu1", { key: flux.identity }).status).toBe(0);
  });
});

describe("files", () => {
  test("one that is missing comes back from Git, or is made again", () => {
    const { root, refusal, must } = fleet();
    rmSync(join(root, database));
    expect(refusal("secrets check eu1")).toBe(
      `${database}: error: the Secret openstack-services/placement-database is missing
    If it was there before, git checkout brings it back. Else run: overstack secrets create eu1.
`,
    );
    expect(must("secrets create eu1")).toContain("1 made, 7 there already");
    must("secrets check eu1");
  });

  test("one that stored data needs is not made again, wherever in the history it is", () => {
    const { root, refusal, must, run, git } = fleet();
    const keys = `${folder}/keystone-credential-keys.yaml`;
    const said = (from: string) =>
      `${keys}: error: the Secret openstack-services/keystone-credential-keys was there, and what is stored can be read with its values alone
    Take it back: git checkout ${from} -- ${keys}. If what is stored is given up, put a new value there: overstack secrets set eu1 openstack-services/keystone-credential-keys 0
`;
    const before = readFileSync(join(root, keys), "utf8");
    rmSync(join(root, keys));
    expect(refusal("secrets create eu1")).toBe(said("HEAD"));
    git("commit", "--quiet", "--all", "--message", "clean up");
    const removed = git("log", "-1", "--format=%h").trim();
    expect(refusal("secrets create eu1")).toBe(said(`${removed}~1`));
    git("checkout", `${removed}~1`, "--", keys);
    expect(readFileSync(join(root, keys), "utf8")).toBe(before);
    expect(run("secrets create eu1").status).toBe(0);
    must("secrets check eu1");
  });

  test("one without a key that is needed", () => {
    const { edit, refusal, must } = fleet();
    edit(`${folder}/keystone-credential-keys.yaml`, (text) => text.replace(/^ {4}"1": .*\n/m, ""));
    expect(refusal("secrets check eu1")).toContain(
      `error: the Secret openstack-services/keystone-credential-keys has no key 1
    If it was there before, git checkout brings it back. Else run: overstack secrets create eu1.`,
    );
    // A key taken away by hand breaks the seal: the file is not completed as if nothing had happened.
    expect(refusal("secrets create eu1", { key: flux.identity })).toContain("the MAC does not fit what it holds");
    must("secrets list eu1");
  });

  test("damaged ones: no YAML, cut short, changed, moved, or in plain text", () => {
    const { read, write, edit, refusal, must } = fleet();
    write(`${folder}/placement-cache.yaml`, "x: [");
    edit(identity, (text) => text.slice(0, text.indexOf("sops:")));
    edit(database, (text) => text.replace(/(?<=data:)./, (first) => (first === "A" ? "B" : "A")));
    const said = refusal("secrets check eu1", { key: flux.identity });
    expect(said).toContain(`${folder}/placement-cache.yaml:1:5: error: the file is not valid YAML`);
    expect(
      said,
    ).toContain(`${identity}: error: the file is cut short: its values are encrypted, and the block sops with their key is missing
    Restore the file from Git: nobody can decrypt what is left.`);
    expect(said).toMatch(
      /placement-database\.yaml:\d+:\d+: error: the value of stringData\.password was not encrypted for this place in this file: altered, moved, or from another file\n {4}Restore the file from Git/,
    );
    expect(said).toContain("3 errors");
    for (const command of ["create", "reencrypt"]) refusal(`secrets ${command} eu1`, { key: flux.identity });
    expect(must("secrets list eu1")).toMatch(/placement-identity +damaged/);
    write(database, read(`${folder}/keystone-database.yaml`));
    expect(
      refusal("secrets check eu1"),
    ).toContain(`${database}: error: this file holds the Secret openstack-services/keystone-database, not openstack-services/placement-database
    Rename the file, or the Secret in it, with its seal: sops set ${database} '["metadata"]["name"]' '"placement-database"', and the same for namespace.`);
  });

  test("a Secret in plain text is found and not committed, wherever it hides", () => {
    const plain = 'apiVersion: v1\nkind: Secret\nmetadata: { name: own }\nstringData: { word: "hunter2" }\n';
    const hiding: Readonly<Record<string, string>> = {
      [database]: plain,
      [`${folder}/own.yaml`]: plain,
      "overlays/eu1/placement/own.yml": `apiVersion: v1\nkind: List\nitems:\n  - ${plain.trim().replaceAll("\n", "\n    ")}\n`,
      "clusters/eu1/own.json": JSON.stringify({ kind: "Secret", data: { word: "aHVudGVyMg==" } }),
      "overlays/eu1/more.yaml": `a: 1\n---\n${plain}`,
    };
    const { git, write, refusal } = fleet();
    for (const [path, text] of Object.entries(hiding)) {
      git("checkout", "--quiet", ".");
      git("clean", "--quiet", "-d", "--force");
      write(path, text);
      for (const command of ["secrets check eu1", "commit"]) {
        const said = refusal(command);
        expect(said, path).toContain(`${path}: error: this file holds a Secret in plain text
    Do not commit it. To encrypt it again: git checkout the file, or delete it and let overstack secrets create and set make it again. A value that has been committed is known to others: rotate it.`);
        expect(said, path).not.toMatch(/hunter2|aHVudGVyMg/);
      }
    }
  });

  test("private keys and Secrets in other forms are found and not committed", () => {
    const key = reveal(eve.identity);
    const applied = JSON.stringify({ kind: "Secret", stringData: { word: "hunter2" } });
    const hiding: Readonly<Record<string, string>> = {
      "clusters/eu1/keys.txt": `# created\n${key}\n`,
      "overlays/eu1/eu1.agekey.txt": key,
      "overlays/eu1/tls.key": "-----BEGIN PRIVATE KEY-----\nMIIE\n",
      "bases/rsa.pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n",
      "overlays/eu1/a.yaml.bak": "kind: Secret\nstringData: { word: hunter2 }\n",
      "overlays/eu1/a.YAML": "kind: Secret\nstringData: { word: hunter2 }\n",
      "overlays/eu1/b.yaml": "kind: SecretList\nitems: [{ stringData: { word: hunter2 } }]\n",
      "overlays/eu1/c/kustomization.yaml": "secretGenerator: [{ name: x, literals: [word=hunter2] }]\n",
      "overlays/eu1/d.yaml": "kind: !!str Secret\nstringData: { word: hunter2 }\n",
      "overlays/eu1/e.yaml": 'kind: "S\\u0065cret"\nstringData: { word: hunter2 }\n',
      "overlays/eu1/f.yaml": "kind: >-\n  Secret\nstringData: { word: hunter2 }\n",
      "overlays/eu1/g.yaml": "kind: Secret\nstringData: { word: 'ENC[AES256_GCM,hunter2' }\n",
      "bases/h.yaml": "kind: Secret\nstringData: { word: hunter2 }\n",
      "overlays/eu1/i.yaml": `kind: Secret\nmetadata: { annotations: { kubectl.kubernetes.io/last-applied-configuration: '${applied}' } }\n`,
    };
    for (const [path, text] of Object.entries(hiding)) {
      const { git, write, refusal } = fleet();
      // The copy's files are others than those that the index knows.
      git("status");
      write(path, text);
      for (const command of ["secrets check eu1", "commit"]) {
        const said = refusal(command);
        expect(said, path).toMatch(new RegExp(`${path}: error: this file holds a (Secret in plain text|private key)`));
        expect(said, path).not.toMatch(/hunter2|AGE-SECRET|MIIE/);
      }
    }
  });

  test("one that nobody reads stays, and is named", () => {
    const { read, write, run } = fleet();
    write(`${folder}/former-database.yaml`, read(database).replace("placement-database", "former-database"));
    const { status, stderr } = run("secrets check eu1");
    expect(status).toBe(0);
    expect(
      stderr,
    ).toBe(`${folder}/former-database.yaml: warning: nobody reads the Secret openstack-services/former-database any more
    If nothing needs it: git rm ${folder}/former-database.yaml. Git keeps it.
`);
  });

  test("an instance that was renamed: its values can be taken along, and none is lost", () => {
    const { root, edit, read, refusal, run } = fleet();
    const before = read(database);
    edit(cluster, (text) => text.replace("  placement:", "  placement-two:"));
    const target = database.replace("placement-", "placement-two-");
    const way = `${database}: warning: nobody reads the Secret openstack-services/placement-database any more
    If an instance was renamed and openstack-services/placement-two-database is to keep the value: git mv ${database} ${target} && sops set ${target} '["metadata"]["name"]' '"placement-two-database"'. If nothing needs it: git rm ${database}. Git keeps it.`;
    expect(refusal("secrets check eu1")).toContain(way);
    renameSync(join(root, database), join(root, target));
    expect(refusal("secrets check eu1")).toContain(
      "this file holds the Secret openstack-services/placement-database, not",
    );
    renameSync(join(root, target), join(root, database));
    const created = run("secrets create eu1");
    expect(created.stdout).toContain("3 made, 5 there already");
    expect(created.stderr).toContain("nobody reads the Secret openstack-services/placement-database any more");
    expect(read(database)).toBe(before);
  });
});

describe("values", () => {
  test("none, one for a Secret or key that there is not, and one for a copy", () => {
    const { refusal, edit, must } = fleet();
    expect(refusal("secrets set eu1 openstack-services/placement-database password")).toContain(
      "error: standard input is empty\n    Give the value there, not as an argument that others can see: overstack secrets set eu1 openstack-services/placement-database password < file",
    );
    expect(refusal("secrets set eu1 openstack-services/nothing password", { input: "x" })).toContain(
      "error: eu1 has no Secret openstack-services/nothing\n    Those that wait for a value: none. All of them: overstack secrets list eu1.",
    );
    expect(refusal("secrets set eu1 openstack-services/placement-database user", { input: "x" })).toContain(
      "error: the Secret openstack-services/placement-database has no key user\n    Its keys are: password.",
    );
    edit(cluster, (text) => text.replace("keystone: {}", "keystone: { namespace: identity }"));
    must("secrets create eu1", { key: flux.identity });
    expect(refusal("secrets set eu1 identity/placement-identity password", { input: "x" })).toContain(
      "error: identity/placement-identity is a copy of openstack-services/placement-identity\n    Run: overstack secrets set eu1 openstack-services/placement-identity password. It sets the copies too.",
    );
  });

  test("bytes that are no text are not set: they would come back as others", () => {
    const { refusal } = fleet();
    const utf16 = Buffer.from("\uFEFFp\0a\0s\0s\0", "latin1");
    for (const input of [Buffer.from([0x61, 0xff, 0xfe]), Buffer.from("caf\xe9", "latin1"), utf16, "a\0b"])
      expect(
        refusal("secrets set eu1 openstack-services/placement-database password", { input, key: flux.identity }),
      ).toContain("is not UTF-8 text");
  });

  test("a password that a URL would read as something else, or a short one, is not set", () => {
    const { refusal, must } = fleet();
    const line = "secrets set eu1 openstack-services/placement-database password";
    for (const input of ["p@ss/w#rd%1234567890123", "short"])
      expect(refusal(line, { input, key: flux.identity })).toContain("It must be at least 22 random characters");
    must(line, { input: "0123456789-abcdefghij_Z", key: flux.identity });
  });

  test("a password in which an option would find the name of another is not set", () => {
    const { edit, refusal, must } = fleet();
    const option = "keystone: { environmentFrom: { OS_LDAP__PASSWORD: { secret: ldap-bind, key: password } } }";
    edit(cluster, (text) => text.replace("keystone: {}", option));
    const line = "secrets set eu1 openstack-services/ldap-bind password";
    expect(refusal(line, { input: "Pa$word1" })).toContain("$$");
    must(line, { input: "Pa$$word1" });
  });

  test("one that an earlier version has let in is a warning, for it may be at work", async () => {
    const { run, write } = fleet();
    const values = new Map([["password", new SecretValue("p@ss/w#rd%1234567890123")]]);
    const secret = { name: "placement-database", namespace: "openstack-services", labels: {}, values };
    write(database, await encryptSecret(secret, [flux.recipient]));
    const { status, stderr } = run("secrets check eu1", { key: flux.identity });
    expect(status).toBe(0);
    expect(stderr).toContain(`${database}: warning: `);
    expect(stderr).not.toContain("p@ss");
  });

  test("an instance that moves to another namespace takes its values along", async () => {
    const { edit, must, refusal, read, root } = fleet();
    edit(cluster, (text) => text.replace("keystone: {}", "keystone: { namespace: identity }"));
    expect(refusal("secrets create eu1")).toContain("is to have the values of openstack-services/keystone-");
    must("secrets create eu1", { key: flux.identity });
    for (const name of ["keystone-credential-keys", "keystone-database", "keystone-admin"]) {
      const [from, to] = [`${folder}/${name}.yaml`, `overlays/eu1/secrets/identity/${name}.yaml`];
      const opened = await Promise.all([from, to].map((path) => decryptSecret(read(path), [flux.identity], path)));
      const [before, after] = opened.map(({ value }) => [...value!].map(([key, each]) => [key, reveal(each)]));
      expect(after, name).toEqual(before);
    }
    expect(root).not.toBe("");
    const { stderr } = workplace(root).run("secrets check eu1");
    expect(stderr).toContain("Objects that stay in openstack-services (User, Grant, Database) still read it");
  });

  test("a whole file by somebody who has no key is shown where it differs from the last commit", async () => {
    const { must, write } = fleet();
    const values = new Map([["password", new SecretValue("0123456789-abcdefghij_Z")]]);
    const forged = { name: "placement-database", namespace: "openstack-services", labels: {}, values };
    write(database, await encryptSecret(forged, [flux.recipient]));
    expect(must("secrets check eu1", { key: flux.identity })).toContain(`was it you?
  openstack-services/placement-database`);
    must("commit");
    expect(fleet().must("secrets check eu1")).not.toContain("was it you");
  });

  test("a copy that has gone its own way", () => {
    const { edit, must, refusal, read, write } = fleet();
    edit(cluster, (text) => text.replace("keystone: {}", "keystone: { namespace: identity }"));
    must("secrets create eu1", { key: flux.identity });
    const copy = "overlays/eu1/secrets/identity/placement-identity.yaml";
    const own = read(copy);
    const input = "another-one-that-is-long-enough";
    must("secrets set eu1 openstack-services/placement-identity password", { input, key: flux.identity });
    write(copy, own);
    expect(
      refusal("secrets check eu1", { key: flux.identity }),
    ).toContain(`${copy}: error: password of identity/placement-identity is not that of openstack-services/placement-identity, whose copy it is
    Run: overstack secrets set eu1 openstack-services/placement-identity password, with the value that is right: it sets both.`);
    must("secrets set eu1 openstack-services/placement-identity password", { input, key: flux.identity });
    expect(must("secrets check eu1", { key: flux.identity })).toContain("in order");
  });
});
