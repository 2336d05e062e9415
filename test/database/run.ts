import { globSync } from "node:fs";
import { installPackages } from "../tools/debian.ts";
import { testInNamespaces } from "../tools/namespaces.ts";
import { osloPython, serversRoot } from "./programs.ts";

/*
 * `npm run test:database [-- test files]`, as root on a Debian: real members of MariaDB with Galera and real proxies, each with a network
 * link of its own, and oslo.db. Each file has namespaces of its own.
 */
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap", nft: "nftables" });
serversRoot();
await osloPython();
const given = process.argv.slice(2);
const named = given.filter((word) => word.endsWith(".test.ts"));
const files = named.length > 0 ? named : globSync("test/database/*.test.ts").sort();
testInNamespaces(
  "test/database/vitest.config.ts",
  files.map((file) => [file, ...given.filter((word) => !named.includes(word))]),
);
