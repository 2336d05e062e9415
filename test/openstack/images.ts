import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { catalogue } from "../../generator/components/index.ts";
import type { Release } from "../../generator/contract/release.ts";
import { operators } from "../../generator/operators/index.ts";
import { build, programPath } from "../cluster/build.ts";
import { programs as controlPlane, type Program } from "../cluster/programs.ts";
import { packagesOf } from "../config/judged.ts";
import { type Image, layerOf, writeArchive } from "./archive.ts";
import { operatorPrograms } from "./operators.ts";
import { buildInit, cache } from "./programs.ts";

/** Those that clouds run here: a release, and the next one that may be skipped to. */
export const releases = ["2025.1", "2026.1"] as const satisfies readonly Release[];

/** Holds a pod's namespaces. */
export const pauseImage = "registry.k8s.io/pause:3.10";

const folder = join(cache, "images");
/** The release that servers run in. */
export const releaseOfServers = releases[1];
const constraints = (release: Release) => join(import.meta.dirname, "../config/constraints", `${release}.txt`);
/** Of this machine: the package index may be reached through a proxy with a certificate of its own. */
const authorities = "/etc/ssl/certs/ca-certificates.crt";

const path = "PATH=/var/lib/openstack/bin:/usr/local/bin:/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Files that several images have, and how containers of these start, by what their repository ends in. */
interface Files {
  readonly scripts: string;
  /** Whose Python packages are among them. */
  readonly services: readonly string[];
  readonly starts: readonly (readonly [RegExp, Image["config"]])[];
}

const files = {
  debian: {
    scripts: join(import.meta.dirname, "images"),
    services: ["keystone", "glance", "placement"],
    starts: [
      [/\/mariadb$/, { Env: [path], Entrypoint: ["docker-entrypoint.sh"], Cmd: ["mariadbd"] }],
      [
        /\/rabbitmq$/,
        { Env: [path, "HOME=/var/lib/rabbitmq", "LANG=C.UTF-8", "RABBITMQ_LOGS=-"], Cmd: ["rabbitmq-server"] },
      ],
      [/\/(?:memcached|haproxy)$/, { Env: [path] }],
      [/\/(?:keystone|glance|placement|openstack-client)$/, { Env: [path], User: "42424" }],
    ],
  },
  // What runs on nodes, and what asks it.
  nodes: {
    scripts: join(import.meta.dirname, "node-images"),
    services: ["nova", "neutron", "cinder"],
    starts: [
      [/\/(?:libvirt|ovn|python)$/, { Env: [path] }],
      [/\/(?:nova|neutron|cinder)$/, { Env: [path], User: "42424" }],
    ],
  },
} as const satisfies Record<string, Files>;
type Kind = keyof typeof files;

/** Python packages of a kind; uwsgi is made in the image, for it serves TLS. */
const pythonPackages = (kind: Kind, release: Release): string[] => [
  ...new Set(
    files[kind].services.flatMap((service) => packagesOf(service, release)).filter((name) => name !== "pyuwsgi"),
  ),
];

/** Programs, by what their images' names begin with: file in the image, arguments before the pod's own, user. */
const programsOf: readonly (readonly [string, Program, string, readonly string[]])[] = [
  ["docker-registry3.mariadb.com/mariadb-operator/", operatorPrograms.mariadbOperator, "/bin/mariadb-operator", []],
  ["quay.io/coreos/etcd:", controlPlane.etcd, "/usr/local/bin/etcd", []],
  ["ghcr.io/rabbitmq/cluster-operator:", operatorPrograms.rabbitmqClusterOperator, "/manager", []],
  ["ghcr.io/rabbitmq/messaging-topology-operator:", operatorPrograms.rabbitmqTopologyOperator, "/manager", []],
  ...["controller", "webhook", "cainjector", "startupapicheck"].map(
    (part) =>
      [`quay.io/jetstack/cert-manager-${part}`, operatorPrograms.certManager, "/app/cert-manager", [part]] as const,
  ),
];

/**
 * Archives of all images that the components of these releases and their operators name: the servers from Debian's
 * packages, OpenStack from PyPI, operators from their Go modules. Built once, for minutes.
 */
export async function allImages(): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  // MariaDB's socket: what makes the files of Debian empties /run.
  const socket = layerOf(join(folder, "socket.layer.tar"), {}, ["run/mysqld"]);
  const servers = releases.flatMap((release) => imagesOf("debian", release, [layerWith("debian", release), socket]));
  // An image that several releases name is the first one's.
  const named = new Map(servers.toReversed().map((image) => [image.names.join(), image]));
  const nodes = imagesOf("nodes", releaseOfServers, [layerWith("nodes", releaseOfServers)]);
  const archives = [await archiveOf("servers", [...named.values()]), await archiveOf("nodes", nodes)];
  const others = imageNames(releaseOfServers);
  for (const name of new Set([...operators.flatMap(({ images }) => images), ...others])) {
    const found = programsOf.find(([prefix]) => name.startsWith(prefix));
    if (found === undefined) continue;
    const [, program, file, args] = found;
    const from = await build(program);
    const layer = join(folder, `${basename(join(programPath(program), ".."))}.layer.tar`);
    if (!existsSync(layer)) layerOf(layer, { [file]: from }, ["tmp"]);
    const config = { Entrypoint: [file, ...args], User: "65532:65532", WorkingDir: "/" };
    // At the version that was built, where that is not the one that production installs.
    const named = program === operatorPrograms.certManager ? name.replace(/:[^:]*$/, `:${program.version}`) : name;
    archives.push(await archiveOf(program.name, [{ names: [named], layers: [layer], config }]));
  }
  const pause = layerOf(join(folder, "pause.layer.tar"), { "/pause": buildInit() });
  return [
    ...archives,
    await archiveOf("pause", [{ names: [pauseImage], layers: [pause], config: { Entrypoint: ["/pause"] } }]),
  ];
}

const imageNames = (release: Release): string[] =>
  [...catalogue.values()].flatMap(({ images }) => Object.values(images).map((of) => of(release)));

/** The images of a release that have files of a kind, which are these layers. */
function imagesOf(kind: Kind, release: Release, layers: readonly string[]): Image[] {
  const starts: Files["starts"] = files[kind].starts;
  return [...new Set(imageNames(release))].flatMap((name) => {
    const repository = name.replace(/:[^:/]*$/, "");
    const config = starts.find(([pattern]) => pattern.test(repository))?.[1];
    return config === undefined ? [] : [{ names: [name], layers, config }];
  });
}

/** The archive with these images; its name changes with them. */
async function archiveOf(name: string, images: readonly Image[]): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(images)).digest("hex").slice(0, 8);
  const file = join(folder, `${name}-${key}.tar`);
  if (!existsSync(file)) await writeArchive(file, images);
  return file;
}

/** The files of a kind that images of a release have. */
function layerWith(kind: Kind, release: Release): string {
  const { scripts } = files[kind];
  const inputs = [...readdirSync(scripts).map((name) => join(scripts, name)), constraints(release)];
  const hash = createHash("sha256");
  for (const input of inputs.sort()) hash.update(readFileSync(input));
  const packages = pythonPackages(kind, release).join(" ");
  hash.update(packages);
  const file = join(folder, `${kind}-${release}-${hash.digest("hex").slice(0, 8)}.layer.tar`);
  if (existsSync(file)) return file;
  const archive = kind === "debian" ? "servers-" : `${kind}-`;
  for (const old of readdirSync(folder))
    if (old.startsWith(`${kind}-${release}-`) || old.startsWith(archive)) rmSync(join(folder, old));
  execFileSync("sh", [join(scripts, "debian.sh"), constraints(release), packages, authorities, `${file}.new.tar`], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  renameSync(`${file}.new.tar`, file);
  return file;
}
