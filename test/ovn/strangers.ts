import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { authority, serverPair } from "../config/certificates.ts";
import { addressOf, caFile } from "../coordination/lab.ts";

/** What a caller shows: a certificate of OVN's authority, one of another authority, as all else inside has, or none. */
export type Shown = "own" | "another's" | "none";

async function pairOf(shown: Shown): Promise<{ cert?: Buffer; key?: Buffer }> {
  const folder = caFile.replace("/ca.crt", "");
  if (shown === "none") return {};
  if (shown === "own") return { cert: readFileSync(`${folder}/tls.crt`), key: readFileSync(`${folder}/tls.key`) };
  const { certificate, key } = await serverPair(await authority(), ["DNS:keystone-api.openstack.svc"]);
  return { cert: certificate, key };
}

/** True when the server says a word of OVSDB's protocol to such a caller. */
export async function isLetIn(host: string, port: number, shown: Shown): Promise<boolean> {
  const pair = await pairOf(shown);
  return new Promise((resolve) => {
    // Names are the certificate's: it is the client that is looked at here.
    const options = { host: addressOf(host)!, port, ca: readFileSync(caFile), checkServerIdentity: () => undefined };
    const socket = connect({ ...options, ...pair });
    const end = (isIn: boolean) => {
      socket.destroy();
      resolve(isIn);
    };
    socket.setTimeout(5000, () => end(false));
    socket.on("secureConnect", () => socket.write('{"method":"echo","params":[],"id":"echo"}'));
    socket.on("data", () => end(true));
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
  });
}
