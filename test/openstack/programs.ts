import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { programs as controlPlane, type Program } from "../cluster/programs.ts";

export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "overstack");

const kubernetes = controlPlane.apiServer;
const networkPlugin = (name: string, folder: string): Program => ({
  name,
  module: "github.com/containernetworking/plugins",
  version: "v1.7.1",
  package: `plugins/${folder}/${name}`,
});

/** The programs of a host, apart from containerd and runc, which Debian packages. */
export const programs = {
  kubelet: { ...kubernetes, name: "kubelet", package: "cmd/kubelet" },
  kubeProxy: { ...kubernetes, name: "kube-proxy", package: "cmd/kube-proxy" },
  coreDns: {
    name: "coredns",
    module: "github.com/coredns/coredns",
    version: "v1.12.4",
    main: "test/openstack/coredns/main.go",
  },
  ptp: networkPlugin("ptp", "main"),
  loopback: networkPlugin("loopback", "main"),
  hostLocal: networkPlugin("host-local", "ipam"),
} as const satisfies Record<string, Program>;

const initSource = join(import.meta.dirname, "init/main.go");

/** The first process of hosts and of pods, built once. */
export function buildInit(): string {
  const recipe = createHash("sha256").update(readFileSync(initSource)).digest("hex").slice(0, 8);
  const file = join(cache, "programs", `init-${recipe}`, "init");
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "" };
  execFileSync("go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", `${file}.new`, initSource], { env });
  renameSync(`${file}.new`, file);
  return file;
}
