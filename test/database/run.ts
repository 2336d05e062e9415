import { installPackages } from "../tools/debian.ts";
import { testInNamespaces } from "../tools/namespaces.ts";
import { osloPython, serversRoot } from "./programs.ts";

/*
 * `npm run test:database`, as root on a Debian: real members of MariaDB with Galera and real proxies, each with a network link of its own,
 * and oslo.db.
 */
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap" });
serversRoot();
await osloPython();
testInNamespaces("test/database/vitest.config.ts", [process.argv.slice(2)]);
