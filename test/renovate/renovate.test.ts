import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, matchesGlob, resolve } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { operators } from "../../generator/operators/index.ts";
import { renovateConfiguration } from "../../generator/scaffold/renovate.ts";
import { workFolder } from "../cli/program.ts";

const { folder, git, overstack, removeFolder } = workFolder();
afterAll(removeFolder);

const images = {
  operator: operators.find(({ name }) => name === "mariadb-operator")!.images[0]!,
  service: `quay.io/airshipit/keystone:2026.1-ubuntu_noble@sha256:${"a".repeat(64)}`,
};
const versions = `operators:
  mariadb-operator:
    image: ${images.operator}
images:
  keystone:
    keystone:
      image: ${images.service}
`;

/** Runs a program of Renovate in a folder; resolves to its status and what it printed. */
const renovate = (program: string, args: readonly string[], place: string) =>
  new Promise<{ status: number; printed: string }>((done) => {
    const own = { LOG_FORMAT: "json", LOG_LEVEL: "debug", NO_COLOR: "1" };
    const options = {
      cwd: join(folder, place),
      env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: folder, ...own },
      maxBuffer: 1 << 28,
    };
    const file = join(inject("renovate"), "dist", `${program}.js`);
    execFile(process.execPath, [file, ...args], options, (error, stdout, stderr) =>
      done({ status: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
    );
  });

beforeAll(() => {
  overstack(["new", "fleet", "fleet"]);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, "fleet", path)), { recursive: true });
    writeFileSync(join(folder, "fleet", path), text);
  };
  write("package.json", JSON.stringify({ private: true, devDependencies: { overstack: "0.1.0" } }));
  write("package-lock.json", JSON.stringify({ lockfileVersion: 3, packages: {} }));
  // What has the form and another name is not read.
  write("clusters/lab/values.yaml", "image: docker.io/not/this:1\n");
  write("clusters/lab/versions.yaml", versions);
  write(
    "clusters/lab/cluster.yaml",
    `name: lab
profile: development
domain: lab.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
services: { keystone: {} }
`,
  );
  for (const what of ["github", "gitlab", "forgejo", "renovate"])
    expect(overstack(["new", "ci", what], "fleet").status).toBe(0);
  for (const command of ["generate", "commit"]) expect(overstack([command], "fleet").status).toBe(0);
  git(["add", "--all"], "fleet");
  git(["commit", "--quiet", "--message=All"], "fleet");
});

test.each([".", "infra/fleet"])("its configuration is valid for a fleet at %s, and has no old words", async (place) => {
  writeFileSync(join(folder, "renovate.json"), renovateConfiguration(place));
  const check = () => renovate("config-validator", ["--strict", "--no-global", "renovate.json"], ".");
  expect(await check()).toMatchObject({ status: 0, printed: expect.stringContaining("validated successfully") });
  writeFileSync(join(folder, "renovate.json"), renovateConfiguration(place).replace("enabledManagers", "manager"));
  expect((await check()).status).not.toBe(0);
});

interface Found {
  readonly packageFile: string;
  readonly deps: readonly {
    readonly depName: string;
    readonly currentValue?: string;
    readonly currentDigest?: string;
  }[];
}

test("its managers find the versions where people write them, and nowhere else", async () => {
  const { status, printed } = await renovate("renovate", ["--platform=local", "--dry-run=extract"], "fleet");
  expect(status).toBe(0);
  const lines = printed.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as { readonly packageFiles?: Readonly<Record<string, readonly Found[]>> }];
    } catch {
      return [];
    }
  });
  const found = lines.findLast(({ packageFiles }) => packageFiles !== undefined)!.packageFiles!;
  const files = Object.entries(found).map(([manager, all]) => [
    manager,
    all.map(({ packageFile }) => packageFile).sort(),
  ]);
  expect(Object.fromEntries(files)).toEqual({
    "github-actions": [".forgejo/workflows/overstack.yaml", ".github/workflows/overstack.yaml"],
    gitlabci: [".gitlab-ci.yml"],
    "helm-values": ["clusters/lab/versions.yaml"],
    npm: ["package.json"],
  });
  const shown = (manager: string) =>
    found[manager]!.flatMap(({ deps }) => deps).map(({ depName, currentValue = "", currentDigest }) =>
      [`${depName}:${currentValue}`, ...(currentDigest === undefined ? [] : [currentDigest])].join("@"),
    );
  expect(shown("helm-values")).toEqual(Object.values(images));
  expect(shown("npm")).toEqual(["overstack:0.1.0"]);
});

test("on its branch the files are as generated when its tasks have run, and all of them are taken into the branch", async () => {
  const { postUpgradeTasks, ...configuration } = JSON.parse(
    readFileSync(join(folder, "fleet/renovate.json"), "utf8"),
  ) as {
    readonly postUpgradeTasks: { readonly commands: readonly string[]; readonly fileFilters: readonly string[] };
    readonly includePaths: readonly string[];
  };
  git(["switch", "--quiet", "--create", "renovate/mariadb-operator"], "fleet");
  const next = images.operator.replace(/[^.:]*$/, (patch) => String(Number(patch) + 1));
  writeFileSync(join(folder, "fleet/clusters/lab/versions.yaml"), versions.replace(images.operator, next));
  expect(overstack(["generate", "--check"], "fleet").status).toBe(3);

  // npm would install the package, which test/pack does; npx runs it from its sources.
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const program = (name: string, text: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program("npm", 'test "$*" = "ci --ignore-scripts"');
  program("npx", `shift\nexec "${process.execPath}" "${resolve("generator/cli/main.ts")}" "$@"`);
  for (const command of postUpgradeTasks.commands) {
    const [file, ...args] = command.split(" ");
    const options = { cwd: join(folder, "fleet"), env: { PATH: `${bin}:${process.env.PATH}` } };
    await new Promise<void>((done, fail) => {
      execFile(file!, args, options, (error) => (error === null ? done() : fail(error)));
    });
  }
  expect(overstack(["generate", "--check"], "fleet").status).toBe(0);
  const changed = git(["status", "--porcelain"], "fleet")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" ").at(-1)!);
  const taken = [...postUpgradeTasks.fileFilters, ...configuration.includePaths];
  expect(changed.filter((path) => !taken.some((pattern) => matchesGlob(path, pattern)))).toEqual([]);
  expect(changed.some((path) => path.startsWith("clusters/lab/flux/"))).toBe(true);
  expect(overstack(["diff"], "fleet").stdout).toContain("mariadb-operator goes from");
});
