import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Container } from "./containers.ts";
import type { Secrets } from "./secrets-api.ts";

/** Where the things of a cluster are on this machine. */
export interface Machine {
  /** Virtual environment with the programs. */
  readonly environment: string;
  /** Folder of the databases. */
  readonly home: string;
  readonly secrets: Secrets;
  /** Port of each API, and of the Kubernetes API. */
  readonly ports: Readonly<Record<string, number>>;
  /** A uwsgi instead of the environment's. */
  readonly uwsgi?: string | undefined;
}

/** A program to start, and all of its environment. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Puts a container's files, Secrets and folders below `root`, and tells how to start its program there. */
export function place(root: string, project: string, container: Container, machine: Machine): Program {
  const { environment, home, secrets, ports, uwsgi } = machine;
  const write = (path: string, text: string | Buffer) => {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, text, { mode: 0o600 });
  };
  const moved = (text: string) =>
    text
      .replaceAll(/\/(etc|keys|var\/lib|var\/run)\//g, (path) => root + path)
      .replaceAll(/\b(keystone|glance|placement)-api\.[a-z.-]+:\d+/g, (_, name) => `127.0.0.1:${ports[name]}`)
      .replace(/^(https?-socket) = :(?!9293)\d+/m, `$1 = 127.0.0.1:${ports[project]}`)
      // For the log alone, and not every build of uwsgi knows regular expressions.
      .replace(uwsgi === undefined ? /$^/ : /^route-.*$/m, "")
      // Among themselves replicas speak on a port of their own, which is anybody's here.
      .replace(/^http-socket = :9293$/m, "http-socket = 127.0.0.1:0")
      // The Kubernetes API of the test does without certificates.
      .replaceAll("https://%s", "http://%s");

  for (const folder of ["/home", `/etc/${project}`, ...container.folders])
    mkdirSync(root + folder, { recursive: true });
  for (const [path, text] of container.files) write(path, moved(text));
  for (const [path, names] of container.secrets)
    for (const [key, value] of names.flatMap((name) => Object.entries(secrets.get(name) ?? {})))
      write(`${path}/${key}`, value);
  const account = { namespace: "services", token: "token", "ca.crt": rootCertificates[0]! };
  for (const [file, text] of Object.entries(account))
    write(`/var/run/secrets/kubernetes.io/serviceaccount/${file}`, text);
  // oslo.config looks there before it looks into /etc.
  symlinkSync(`${root}/etc/${project}`, `${root}/home/.${project}`);
  giveToPods(root);

  const [program, ...rest] = container.command.map(moved);
  const ownServer = program === "uwsgi" ? uwsgi : undefined;
  const generated = Object.entries(container.environment).map(([name, value]) => [name, moved(value)]);
  return {
    file: ownServer ?? join(environment, "bin", program!),
    args: ownServer === undefined ? rest : [...rest, "--virtualenv", environment],
    env: {
      ...Object.fromEntries(generated),
      ...databases(container, `sqlite:///${join(home, `${project}.db`)}`),
      HOME: `${root}/home`,
      PATH: `${join(environment, "bin")}:${process.env.PATH}`,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(ports.kubernetes),
      OS_CACHE__BACKEND: "dogpile.cache.memory",
      OS_GLANCE_CONFIG_DIR: `${root}/etc/glance`,
      OS_KEYSTONE_AUTHTOKEN__MEMCACHED_SERVERS: "",
      ...(container.secrets.has("/etc/keystone/fernet-keys") ? fernetKeys(`${root}/etc/keystone/fernet-keys`) : {}),
    },
  };
}

const databases = ({ environment }: Container, url: string): Record<string, string> =>
  Object.fromEntries(
    Object.keys(environment)
      .filter((name) => name.endsWith("DATABASE__CONNECTION"))
      .flatMap((name) => [
        [name, url],
        [`${name}_PARAMETERS`, ""],
      ]),
  );

/** Keystone's defaults for both lie below /etc, too. */
const fernetKeys = (folder: string) => ({
  OS_FERNET_RECEIPTS__KEY_REPOSITORY: folder,
  OS_FERNET_TOKENS__KEY_REPOSITORY: folder,
});

/** Makes the pods' user the owner of all that lies there, where root made it. */
export function giveToPods(folder: string): void {
  if (asPods.length > 0) execFileSync("chown", ["-R", "42424:42424", folder]);
}

/** What root puts in front of a program to run it as the pods' user: keystone-manage treats root differently. */
export const asPods: readonly string[] =
  process.getuid!() === 0
    ? [
        ...["setpriv", "--reuid=42424", "--regid=42424", "--clear-groups"],
        // The virtual environment may lie below root's home, which only root enters. Without the secure bit access(2)
        // forgets the capability, and alembic does not find its migrations.
        ...["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"],
      ]
    : [];
