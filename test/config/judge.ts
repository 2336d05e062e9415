import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "./containers.ts";
import { run } from "./environment.ts";
import type { Judged } from "./judged.ts";

/** What is judged together: files that one process reads, and its environment. */
export interface Configuration {
  readonly name: string;
  /** Name -> text, in the order in which oslo.config reads them. */
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the real packages in `environment` say against configurations: name -> findings. */
export async function judge(
  environment: string,
  { namespaces, drivers, free = {} }: Pick<Judged, "namespaces" | "drivers" | "free">,
  configurations: readonly Configuration[],
): Promise<Record<string, readonly string[]>> {
  const { code, stdout, stderr } = await run(join(environment, "bin/python"), [join(import.meta.dirname, "judge.py")], {
    input: JSON.stringify({ namespaces, drivers: drivers ?? null, free, containers: configurations }),
  });
  if (code !== 0) throw new Error(`judge.py: ${stderr}`);
  return JSON.parse(stdout);
}

/** Kinds of generated files, and who judges them. */
const kinds: readonly (readonly [RegExp, FileKind])[] = [
  // Of a daemon that knows no sections, and that judges them when it starts.
  [/^\/etc\/overstack\/[^/]+\.conf$/, "assignments"],
  [/^\/etc\/[^/]+\/[^/]+\.ceph\.conf$/, "ceph"],
  [/^\/etc\/[^/]+\/apache\.conf$/, "apache"],
  // A file of this form is read by itself, in addition to the main ones: domains of the Identity service.
  [/^\/etc\/([^/]+)\/domains\/\1\.[^/]+\.conf$/, "domain"],
  [/^\/etc\/[^/]+\/([^/]+\.conf\.d\/)?[^/]+\.conf$/, "oslo"],
  [/^\/etc\/[^/]+\/[^/]+-paste\.ini$/, "paste"],
  [/^\/etc\/[^/]+\/policy\.yaml$/, "policy"],
  [/^\/etc\/[^/]+\/uwsgi(-[^/]+)?\.ini$/, "uwsgi"],
  // Where the image has it; the same file as below /etc.
  [/^\/(etc\/[^/]+|usr\/local\/share\/.*)\/[^/]+\.py$/, "python"],
  [/^\/etc\/[^/]+\/settings\/[^/]+\.py$/, "python"],
  // Policies of another service, whose packages are not there.
  [/^\/etc\/[^/]+\/[^/]+(\.json|_policy\.yaml)$/, "data"],
];
export type FileKind =
  | "oslo"
  | "domain"
  | "assignments"
  | "policy"
  | "uwsgi"
  | "paste"
  | "ceph"
  | "apache"
  | "python"
  | "data";

/** The kind of a file by its path; undefined when nobody would judge it. */
export const kindOf = (path: string): FileKind | undefined => kinds.find(([pattern]) => pattern.test(path))?.[1];

/** Each distinct configuration once, by the name of the first that is like it. */
export const distinct = (configurations: readonly Configuration[]): Configuration[] => [
  ...new Map(
    configurations.toReversed().map((item) => [JSON.stringify([item.files, item.environment]), item]),
  ).values(),
];

/** What oslo.config reads in a container: the service's own files with the environment, and each domain file by itself. */
export function configurationsOf(container: Container): Configuration[] {
  const files = [...container.files].filter(([path]) => kindOf(path) === "oslo");
  const domains = [...container.files].filter(([path]) => kindOf(path) === "domain");
  const { environment } = container;
  return [
    { name: container.name, files: Object.fromEntries(files), environment },
    ...domains.map(([path, text]) => ({
      name: `${container.name} ${path}`,
      files: Object.fromEntries([...files, [path, text]]),
      environment: {},
    })),
  ];
}

/** What oslopolicy-validator says of a policy file: rules that do not exist, or do not parse. Its namespace is the project. */
export async function policyFindings(environment: string, project: string, text: string): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), "overstack-policy-"));
  try {
    // The project's directory in the home of the user: the one that every service looks into by itself.
    const folder = join(home, `.${project}`);
    mkdirSync(folder);
    writeFileSync(join(folder, `${project}.conf`), "");
    writeFileSync(join(folder, "policy.yaml"), text);
    const { code, stdout, stderr } = await run(
      join(environment, "bin/oslopolicy-validator"),
      ["--namespace", project],
      { cwd: folder, env: { ...process.env, HOME: home } },
    );
    const said = stdout.split("\n").filter((line) => line !== "");
    return code === 0 || said.length > 0 ? said : [`oslopolicy-validator ends with ${code}: ${stderr}`];
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** What the Python of an environment says against a program: that it is not one. */
export async function pythonFindings(environment: string, text: string): Promise<string[]> {
  const compile = "import ast, sys; ast.parse(sys.stdin.read())";
  const { code, stderr } = await run(join(environment, "bin/python"), ["-c", compile], { input: text });
  return code === 0 ? [] : [stderr.trim().split("\n").at(-1)!];
}
