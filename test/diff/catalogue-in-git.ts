import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { diff } from "../../generator/cli/diff.ts";
import type { ClusterDiff } from "../../generator/diff/cluster-diff.ts";
import { planFleet, writeFleet } from "../../generator/fleet/plan.ts";
import { digest } from "../../generator/tree/inventory.ts";
import { refusal, row } from "./catalogue.ts";

/* Edits of the catalogue that need a repository. */

const input = (name: string): string => `name: ${name}
release: "2026.1"
profile: development
domain: ${name}.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
secrets: { provider: sops, recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p] }
services: { keystone: {} }
`;
const option = ["keystone: {}", "keystone: { tokens: { expiration: 7200 } }"] as const;

/** A fleet of one cluster with a commit, in a folder of a repository, and what can be done to it. */
function fleet(folder: string, below = "") {
  const root = join(folder, below);
  const people = Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((who) => [
      [`GIT_${who}_NAME`, "a"],
      [`GIT_${who}_EMAIL`, "a@example.org"],
    ]),
  );
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "init.defaultBranch=main", ...args], {
      cwd: folder,
      env: { ...process.env, ...people },
      stdio: ["ignore", "pipe", "ignore"],
    });
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const edit = (from: string, to: string) => {
    const path = join(root, "clusters/eu1/cluster.yaml");
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };
  const commit = () => {
    git("add", "--all");
    git("commit", "--quiet", "--message", "any");
  };
  return { root, git, write, edit, commit };
}
type Fleet = ReturnType<typeof fleet>;

const secretFile = (name: string): string => `overlays/eu1/secrets/openstack-services/${name}.yaml`;
const secrets = { variable: "keystone-database", mounted: "keystone-fernet-keys" };
const encrypted = (name: string, value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: openstack-services }\nstringData: { "0": "ENC[${value}]" }\n`;

/** What is done after the first commit, and what is compared with. */
const steps: Readonly<Record<string, (own: Fleet) => { ref?: string; root?: string } | undefined>> = {
  "a shallow clone, an option": (own) => shallow(own, "HEAD"),
  "a shallow clone, a commit that it does not have": (own) => shallow(own, "HEAD~1"),
  "a fleet in a folder, an option": ({ edit }) => void edit(...option),
  "a cluster that is new": ({ write }) => void write("clusters/us1/cluster.yaml", input("us1")),
  "a cluster that is gone": ({ root }) => void rmSync(join(root, "clusters/eu1"), { recursive: true }),
  "a Secret that is encrypted anew, and read as a variable": ({ write }) =>
    void write(secretFile(secrets.variable), encrypted(secrets.variable, "other")),
  "a Secret that is encrypted anew, and mounted": ({ write }) =>
    void write(secretFile(secrets.mounted), encrypted(secrets.mounted, "other")),
  "a cluster that follows a tag, an option": ({ edit, commit }) => {
    edit("delivery: {", "delivery: { ref: { tag: eu1-5 },");
    commit();
    edit(...option);
    return {};
  },
  "a base that changed, below a cluster that follows a tag": ({ edit, write, commit }) => {
    edit("delivery: {", "delivery: { ref: { tag: eu1-5 },");
    commit();
    write("bases/2026.1/keystone/run/deployment-keystone-api.yaml", "kind: Deployment\n");
    return {};
  },
  "a base that another version wrote": ({ root, write, commit }) => {
    generated(root);
    const [base, inventory] = [path("run/deployment-keystone-api.yaml"), "bases/inventory.json"];
    const [text, record] = [base, inventory].map((file) => readFileSync(join(root, file), "utf8"));
    const other = text!.replace(/terminationGracePeriodSeconds: .*/, "terminationGracePeriodSeconds: 90");
    write(base, other);
    write(inventory, record!.replace(digest(text!), digest(other)));
    commit();
    write(base, text!);
    write(inventory, record!);
  },
  "an operator of another version": ({ write }) => {
    write(
      "clusters/eu1/versions.yaml",
      "operators: { mariadb-operator: { image: IMAGE } }\n".replace("IMAGE", operator),
    );
  },
  "an image in versions.yaml": ({ write }) => {
    write(
      "clusters/eu1/versions.yaml",
      "images: { keystone: { keystone: { image: 'mine.example.org/keystone:2' } } }\n",
    );
  },
  "two commits, with an option between them": ({ edit, commit }) => {
    edit(...option);
    commit();
    edit(option[1], option[0]);
    return { ref: "HEAD~1..HEAD" };
  },
};

const operator = "docker-registry3.mariadb.com/mariadb-operator/mariadb-operator:25.10.3";

const path = (file: string): string => `bases/2026.1/keystone/${file}`;

/** What generate writes, with the Secrets that are there. */
function generated(root: string): void {
  const outcome = planFleet(root);
  if (outcome.plan === undefined) throw new Error(outcome.issues.map(({ message }) => message).join("\n"));
  writeFleet(root, outcome);
}

function shallow({ git, root }: Fleet, ref: string): { ref: string; root: string } {
  appendFileSync(join(root, "README.md"), "more\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "more");
  git("clone", "--quiet", "--depth=1", pathToFileURL(root).href, "shallow");
  const clone = fleet(join(root, "shallow"));
  clone.edit(...option);
  return { ref, root: clone.root };
}

/** The row of an edit in a repository of its own. */
export async function rowInGit(edit: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "overstack-catalogue-"));
  try {
    const own = fleet(folder, edit.startsWith("a fleet in a folder") ? "infra/cloud" : "");
    own.write("clusters/eu1/cluster.yaml", input("eu1"));
    for (const name of Object.values(secrets)) own.write(secretFile(name), encrypted(name, "first"));
    own.git("init", "--quiet");
    own.commit();
    const { ref = "HEAD", root = own.root } = steps[edit]!(own) ?? {};
    const setting = { root, directory: root, progress: () => {} };
    const { issues = [], data, text = "" } = await diff(setting, ref, []);
    const mistake = issues.find(({ severity }) => severity === "error");
    if (mistake !== undefined) return refusal(edit, mistake);
    const { clusters } = data as { clusters: readonly ClusterDiff[] };
    return clusters.length === 0 ? `| ${edit} | | | | | \`${text.trim()}\` |` : row(edit, clusters[0]!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
