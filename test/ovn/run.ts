import { installPackages } from "../tools/debian.ts";
import { testInNamespaces } from "../tools/namespaces.ts";
import { clientPython, serversRoot } from "./programs.ts";

/*
 * `npm run test:ovn`, as root on a Debian: real members of OVN's databases and real northd, each with a network link of its own, and the
 * library with which Neutron writes to them.
 */
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap" });
serversRoot();
await clientPython();
testInNamespaces("test/ovn/vitest.config.ts", [process.argv.slice(2)]);
