import { globSync } from "node:fs";
import { releases } from "../../generator/contract/release.ts";
import { environmentOf } from "../config/environment.ts";
import { installPackages } from "../tools/debian.ts";
import { testInNamespaces } from "../tools/namespaces.ts";
import { clientPython, serversRoot } from "./programs.ts";

/*
 * `npm run test:ovn`, as root on a Debian: real members of OVN's databases and real northd, each with a network link of its own, and the
 * library with which Neutron writes to them. Each file has namespaces of its own.
 */
installPackages({
  ...{ curl: "curl", ethtool: "ethtool", haproxy: "haproxy", ip: "iproute2", iptables: "iptables" },
  mmdebstrap: "mmdebstrap",
});
serversRoot();
await clientPython();
// What the agents of nodes are, of each release: another process finds them in the cache.
for (const release of releases) await environmentOf("neutron", release);
const given = process.argv.slice(2);
const named = given.filter((word) => word.endsWith(".test.ts"));
const files = named.length > 0 ? named : globSync("test/ovn/*.test.ts").sort();
testInNamespaces(
  "test/ovn/vitest.config.ts",
  files.map((file) => [file, ...given.filter((word) => !named.includes(word))]),
);
