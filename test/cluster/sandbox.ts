import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a run: in memory, and gone with the mount namespace. */
export const sandbox = "/run/overstack";
export const authority = `${sandbox}/ca.crt`;
/** Certificate and key for all names below. */
export const serving = { certificate: `${sandbox}/serving.crt`, key: `${sandbox}/serving.key` };

/** Addresses of the API server and of what generated objects fetch, on the loopback device. */
export const addresses = { api: "198.18.0.1", served: "198.18.0.2" };
/** The Service of the API, which is how programs in pods reach it. */
const apiService = "198.19.0.1";
/** The API of a cluster, for its administrator. */
export const access = { server: "https://kubernetes.default.svc", token: "overstack-test" };
/** Hosts that generated objects fetch from: repositories, charts and manifests. */
export const fetched = [
  "git.example.org",
  "github.com",
  "helm.mariadb.com",
  "quay.io",
  "docker.io",
  "registry-1.docker.io",
];

const hosts = `127.0.0.1 localhost
${addresses.api} kubernetes.default.svc
${addresses.served} ${fetched.join(" ")}
`;

/** Prepares the namespaces that run.ts has made: files in memory, names, and certificates that every program trusts. */
export function prepare(): void {
  // Vitest alone would do all this to the machine itself.
  if (process.env.OVERSTACK_LOGS === undefined) throw new Error("Start these tests with npm run, see package.json.");
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  mkdirSync(sandbox);
  writeFileSync(join(sandbox, "hosts"), hosts);
  execFileSync("mount", ["--bind", join(sandbox, "hosts"), "/etc/hosts"]);
  makeCertificates();
  // Go's programs and git.
  process.env.SSL_CERT_FILE = authority;
  process.env.GIT_SSL_CAINFO = authority;
  // Overstack is started for every commit: what Node has compiled once makes that three times as fast.
  process.env.NODE_COMPILE_CACHE = `${sandbox}/compiled`;
}

function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: sandbox, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = ["-subj", "/CN=overstack test", "-days", "2", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", ...authority);
  openssl("req", ...key, "-keyout", "serving.key", "-out", "serving.csr", "-subj", "/CN=localhost");
  const names = ["kubernetes.default", "kubernetes.default.svc", ...fetched].map((name) => `DNS:${name}`);
  const alternatives = [...names, `IP:${addresses.api}`, `IP:${apiService}`].join(",");
  writeFileSync(join(sandbox, "serving.ext"), `subjectAltName=${alternatives}\nauthorityKeyIdentifier=keyid\n`);
  const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "serving.ext"];
  openssl("x509", "-req", "-in", "serving.csr", "-out", "serving.crt", ...signed);
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "accounts.key");
}
