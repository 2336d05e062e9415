import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** An image: files, and how its container starts. */
export interface Image {
  /** All that it is called, in full: `docker.io/library/mariadb:11.8.5`. */
  readonly names: readonly string[];
  /** Tar archives, the lowest first. */
  readonly layers: readonly string[];
  /** As the OCI image specification calls them. */
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
  };
}

/** Writes images to a tar archive as `docker save` does; layers that several of them have are in it once. */
export async function writeArchive(file: string, images: readonly Image[]): Promise<void> {
  const folder = mkdtempSync(`${file}-`);
  const digests = new Map<string, string>();
  const manifest = [];
  for (const { names, layers, config } of images) {
    for (const layer of layers) {
      if (digests.has(layer)) continue;
      const digest = await digestOf(layer);
      digests.set(layer, digest);
      linkSync(layer, join(folder, `${digest}.tar`));
    }
    const diffIds = layers.map((layer) => digests.get(layer)!);
    const rootfs = { type: "layers", diff_ids: diffIds.map((digest) => `sha256:${digest}`) };
    const text = JSON.stringify({ architecture: architecture(), os: "linux", config, rootfs });
    const name = `${createHash("sha256").update(text).digest("hex")}.json`;
    writeFileSync(join(folder, name), text);
    manifest.push({ Config: name, RepoTags: names, Layers: diffIds.map((digest) => `${digest}.tar`) });
  }
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  execFileSync("tar", ["--create", "--file", `${file}.new`, "--directory", folder, "."]);
  rmSync(folder, { recursive: true });
  renameSync(`${file}.new`, file);
}

/** A layer that has these files, from where they lie on this machine to where they lie in the image, and folders for all. */
export function layerOf(
  file: string,
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
): string {
  const root = mkdtempSync(`${file}-`);
  for (const folder of folders) {
    mkdirSync(join(root, folder), { recursive: true });
    chmodSync(join(root, folder), 0o1777);
  }
  for (const [path, from] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    execFileSync("cp", ["--dereference", from, join(root, path)]);
  }
  execFileSync("chmod", ["--recursive", "a+rX", root]);
  execFileSync("tar", ["--create", "--owner=0", "--group=0", "--file", file, "--directory", root, "."]);
  rmSync(root, { recursive: true });
  return file;
}

const architecture = (): string => (process.arch === "x64" ? "amd64" : process.arch);

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest("hex");
}
