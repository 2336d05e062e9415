import { installPackages } from "../tools/debian.ts";
import { testInNamespaces } from "../tools/namespaces.ts";
import { serversRoot } from "./programs.ts";

/*
 * `npm run test:messaging`, as root on a Debian: real members of RabbitMQ and services with oslo.messaging, each with a network link of
 * its own.
 */
installPackages({ ip: "iproute2", mmdebstrap: "mmdebstrap", nft: "nftables" });
await serversRoot();
testInNamespaces("test/messaging/vitest.config.ts", [process.argv.slice(2)]);
