import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { blocksOf, exampleCluster, textOf } from "../docs/pages.ts";
import { type KubernetesObject, kustomizeObjects } from "../tools/kustomize.ts";
import { workplace } from "./program.ts";

// docs/secrets.md speaks of objects, kinds and commands: each is there, and does what the page says.

const page = "docs/secrets.md";
const [flux, next] = await Promise.all([newIdentity(), newIdentity()]);
const withSecrets = (secrets: object): string =>
  stringify({
    ...exampleCluster,
    secrets,
    services: { glance: { stores: { main: { type: "s3", endpoint: "https://s3.example.org", secret: "glance-s3" } } } },
  });
const sops = (recipient: string) => withSecrets({ provider: "sops", recipients: [recipient] });
const cluster = "clusters/eu1/cluster.yaml";

const complete = workplace(undefined, afterAll);
beforeAll(() => {
  complete.must("new fleet fleet");
  complete.write(cluster, sops(flux.recipient));
  complete.must("secrets create eu1");
  for (const key of ["access-key", "secret-key"])
    complete.must(`secrets set eu1 openstack-services/glance-s3 ${key}`, { input: "given", key: flux.identity });
  complete.must("generate");
  complete.must("commit");
}, 120_000);

test("every kind of value is told how to rotate", () => {
  const source = readFileSync("generator/contract/secret.ts", "utf8");
  const kinds = [.../export type SecretKind =([\s\S]*"given");/.exec(source)![1]!.matchAll(/"([a-z-]+)"/g)].map(
    ([, kind]) => kind,
  );
  expect(kinds.length).toBeGreaterThan(8);
  const rows = textOf(page)
    .split("\n")
    .filter((line) => line.startsWith("| "));
  for (const kind of kinds)
    expect(rows.filter((row) => row.includes(`\`${kind}\``)).length, kind).toBe(1 + Number(kind === "password") * 5);
});

describe("objects that commands name", () => {
  /** Everything in the tree, as the engines apply it. */
  const objects = (): KubernetesObject[] => {
    const overlays = join(complete.root, "overlays/eu1");
    const flux = globSync("clusters/eu1/flux/**/*.yaml", { cwd: complete.root }).flatMap((file) =>
      parseAllDocuments(complete.read(file))
        .map((document) => document.toJS() as KubernetesObject)
        .filter(({ metadata }) => metadata !== undefined),
    );
    return [
      ...readdirSync(overlays)
        .filter((name) => !name.startsWith("_"))
        .flatMap((name) => kustomizeObjects(join(overlays, name))),
      ...flux,
    ];
  };
  const commands = () => textOf(page).match(/kubectl [^\n|)]*/g)!;

  test("names, namespaces and labels are those of generated objects", () => {
    const all = objects();
    const there = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }) =>
      all.some(
        (object) => object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
      );
    const kinds: Readonly<Record<string, string>> = {
      deploy: "Deployment",
      deployment: "Deployment",
      cronjob: "CronJob",
      job: "Job",
      secret: "Secret",
      kustomization: "Kustomization",
    };
    // Not in Git: Flux's key, and what Keystone's own Job makes.
    const elsewhere = ["sops-age", "keystone-fernet-keys"];
    let looked = 0;
    for (const command of commands()) {
      const namespace = / -n (\S+)/.exec(command)?.[1];
      const selector = / (job|deployment) -l (\S+)/.exec(command);
      const named = / (?:--from=)?(deploy|cronjob|secret|kustomization)[/ ](?!generic)([a-z][\w-]*)/.exec(command);
      if (selector !== null) {
        looked++;
        const labels = selector[2]!.split(",").map((label) => label.split("="));
        const found = all.filter(
          ({ kind, metadata }) =>
            kind === kinds[selector[1]!] &&
            metadata.namespace === namespace &&
            labels.every(([key, value]) => (metadata.labels as Record<string, string>)?.[key!] === value),
        );
        expect(found, command).toHaveLength(1);
      } else if (named !== null && !elsewhere.includes(named[2]!)) {
        looked++;
        expect(there({ kind: kinds[named[1]!]!, namespace: namespace!, name: named[2]! }), command).toBe(true);
      }
    }
    expect(looked).toBeGreaterThan(8);
    expect(all.some((object) => JSON.stringify(object).includes('"secretName":"keystone-fernet-keys"'))).toBe(true);
  });

  test("Flux decrypts with the Secret that is made for it", () => {
    const command = commands().find((line) => line.includes("create secret generic"))!;
    const [, namespace, name, key] = / -n (\S+) create secret generic (\S+) --from-file=([^=]+)=/.exec(command)!;
    // Flux takes keys of this ending for age identities (DecryptionAgeExt of kustomize-controller).
    expect(key).toMatch(/\.agekey$/);
    const decrypting = objects().filter(
      (object) => (object.spec as { decryption?: object } | undefined)?.decryption !== undefined,
    );
    expect(
      decrypting.map(({ metadata, spec }) => ({
        namespace: metadata.namespace,
        path: (spec as { path: string }).path,
      })),
    ).toEqual([{ namespace, path: expect.stringContaining("overlays/eu1/secrets") }]);
    expect(decrypting[0]!.spec).toMatchObject({ decryption: { provider: "sops", secretRef: { name } } });
    const source = join(
      process.env.HOME ?? "",
      "go/pkg/mod/github.com/fluxcd/kustomize-controller@v1.9.5/internal/decryptor/decryptor.go",
    );
    if (existsSync(source)) expect(readFileSync(source, "utf8")).toContain('DecryptionAgeExt = ".agekey"');
  });
});

describe("blocks that need a store or a cluster, with stand-ins for those", () => {
  /** What a block does in a copy of the fleet, where `vault` and `kubectl` keep files in a folder. */
  function stage(cluster?: string) {
    const place = workplace(complete.root);
    if (cluster !== undefined) place.write("clusters/eu1/cluster.yaml", cluster);
    const [bin, home] = ["bin", "home"].map((name) => join(place.folder, name)) as [string, string];
    for (const folder of [bin, home, join(home, "vault"), join(home, "cluster")])
      mkdirSync(folder, { recursive: true });
    const program = (name: string, text: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "$HOME/arguments"\n${text}`);
      chmodSync(join(bin, name), 0o755);
    };
    program("overstack", `exec "${process.execPath}" "${resolve("generator/cli/main.ts")}" "$@"\n`);
    // vault kv get|put|patch -mount=secret [-field=P] ENTRY [P=-]: put replaces an entry, patch adds to one that is there.
    program(
      "vault",
      `verb=$2; shift 2
for word; do case $word in -field=*) field=\${word#-field=} ;; -mount=secret) ;; *=-) property=\${word%=-} ;; *) entry=$HOME/vault/$word ;; esac; done
case $verb in
  get) test -e "$entry\${field:+/$field}" ;;
  put) rm -rf "$entry"; mkdir -p "$entry"; cat > "$entry/$property" ;;
  patch) test -d "$entry" && cat > "$entry/$property" ;;
esac
`,
    );
    program(
      "kubectl",
      `case $* in
  *" get secret "*) path=\${*##*{.data.}; path=\${path%?}; shift 4; base64 < "$HOME/cluster/$1/$(printf %s "$path" | tr -d '\\\\')" ;;
  *" exec -i "*) cat >> "$HOME/sql" ;;
  apply*) cat "$3" > "$HOME/applied" ;;
esac
`,
    );
    return {
      ...place,
      home,
      run(text: string) {
        const { status, stdout, stderr } = spawnSync("sh", ["-euc", text], {
          cwd: place.root,
          encoding: "utf8",
          env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, SOPS_AGE_KEY: reveal(next.identity) },
        });
        expect(status, stderr).toBe(0);
        return { stdout, stderr };
      },
    };
  }
  const block = (word: string): string =>
    blocksOf(page).find(({ info, text }) => info === "sh stand-ins" && text.includes(word))!.text;
  const textIn = (...path: string[]) => readFileSync(join(...path), "utf8");
  const count = blocksOf(page).filter(({ info }) => info === "sh stand-ins").length;

  test("each block with stand-ins is looked at here", () => expect(count).toBe(6));

  test("the store gets what can be made, once, and nobody sees it", () => {
    const { home, run, must } = stage(withSecrets({ provider: "external-secrets", store: { name: "vault" } }));
    const script = block("vault kv");
    const { stdout, stderr } = run(script);
    expect(stdout).toBe("");
    expect(stderr.match(/^yours to give: .*$/gm)).toHaveLength(2);
    const { values } = JSON.parse(must("-o json secrets export eu1")) as {
      values: { entry: string; property: string }[];
    };
    const made = values.filter(({ entry }) => !entry.endsWith("glance-s3"));
    expect(made.length).toBeGreaterThan(6);
    const texts = made.map(({ entry, property }) => textIn(home, "vault", entry, property));
    expect(new Set(texts).size).toBe(made.length);
    expect(existsSync(join(home, "vault/eu1/openstack-services/glance-s3"))).toBe(false);
    for (const [index, { property }] of made.entries())
      expect(texts[index]).toMatch(/^[01]$/.test(property) ? /^[\w-]{43}=$/ : /^[0-9a-f]{48}$/);
    for (const text of texts) expect(textIn(home, "arguments").includes(text)).toBe(false);
    run(script);
    expect(made.map(({ entry, property }) => textIn(home, "vault", entry, property))).toEqual(texts);
  });

  test("manifests are applied from a file that nobody else reads", () => {
    const { home, run, must } = stage(withSecrets({ provider: "existing" }));
    run(block("secrets manifest"));
    const { secrets } = JSON.parse(must("-o json secrets list eu1")) as { secrets: { id: string; keys: string[] }[] };
    expect(statSync(join(home, "eu1-secrets.yaml")).mode & 0o077).toBe(0);
    const applied = parseAllDocuments(textIn(home, "applied")).map((document) => document.toJS());
    expect(applied.every(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Secret")).toBe(true);
    const listed = applied.map(({ metadata, stringData }) => ({
      id: `${metadata.namespace}/${metadata.name}`,
      keys: Object.keys(stringData),
    }));
    expect(listed).toEqual(secrets.map(({ id, keys }) => ({ id, keys })));
    expect(applied.flatMap(({ stringData }) => Object.values(stringData)).filter((value) => value !== "")).toEqual([]);
  });

  test("Flux's copy of the key comes back", () => {
    const { home, run } = stage();
    mkdirSync(join(home, "cluster/sops-age"));
    writeFileSync(join(home, "cluster/sops-age/eu1.agekey"), reveal(next.identity));
    run(block("get secret sops-age"));
    expect(textIn(home, "eu1.agekey")).toBe(reveal(next.identity));
    expect(statSync(join(home, "eu1.agekey")).mode & 0o077).toBe(0);
  });

  test("values come back from the cluster under a new recipient", () => {
    const { home, root, run, must } = stage(sops(next.recipient));
    mkdirSync(join(home, "cluster/keystone-credential-keys"));
    for (const key of ["0", "1"])
      writeFileSync(join(home, "cluster/keystone-credential-keys", key), `${key.repeat(43)}=`);
    run(block("keystone-credential-keys"));
    const file = parse(textIn(root, "overlays/eu1/secrets/openstack-services/keystone-credential-keys.yaml"));
    expect(Object.keys(file.stringData)).toEqual(["0", "1"]);
    expect(file.sops.age.map(({ recipient }: { recipient: string }) => recipient)).toEqual([next.recipient]);
    expect(must("secrets list eu1")).toMatch(/keystone-credential-keys +present/);
  });

  test("root gets the password that is in the Secret, and no argument holds it", () => {
    const { home, run } = stage();
    mkdirSync(join(home, "cluster/mariadb-root"));
    writeFileSync(join(home, "cluster/mariadb-root/password"), "new-Pass_1");
    run(block("ALTER USER"));
    // What a real server makes of it, test/components/judged shows.
    expect(textIn(home, "sql")).toBe("new-Pass_1");
    expect(textIn(home, "arguments")).not.toContain("new-Pass_1");
  });
});
