import { globSync } from "node:fs";
import { releases } from "../../generator/contract/release.ts";
import { build } from "../cluster/build.ts";
import { programs } from "../cluster/programs.ts";
import { installPackages } from "../tools/debian.ts";
import { testInNamespaces } from "../tools/namespaces.ts";
import { serversRoot, toozOf } from "./programs.ts";

/*
 * `npm run test:coordination [-- test files]`, as root on a Debian: real members of Valkey and etcd, each with a network link of its
 * own, and the tooz of each release. Each file has namespaces of its own.
 */
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap" });
await build(programs.etcd);
serversRoot();
for (const release of releases) await toozOf(release);

const given = process.argv.slice(2);
const named = given.filter((word) => word.endsWith(".test.ts"));
const files = named.length > 0 ? named : globSync("test/coordination/*.test.ts").sort();
const others = given.filter((word) => !named.includes(word));
testInNamespaces(
  "test/coordination/vitest.config.ts",
  files.map((file) => [file, ...others]),
);
