import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./environment.ts";

/** A certificate and its key, PEM. */
export interface Pair {
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** Who signed it. */
  readonly authority?: Buffer;
}

/** A CA as cert-manager's: an elliptic key, and nothing between it and what it signs. */
export const authority = (name = "eu1-internal"): Promise<Pair> =>
  signed(["-subj", `/CN=${name}`], "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign");

/** A server's certificate for these names, `DNS:` or `IP:`, signed by a CA. */
export const serverPair = (ca: Pair, names: readonly string[]): Promise<Pair> =>
  signed(
    ["-subj", "/CN=server"],
    `subjectAltName=critical,${names.join(",")}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth`,
    ca,
  );

/** A client's certificate with a name, signed by a CA. */
export const clientPair = (ca: Pair, name: string): Promise<Pair> =>
  signed(["-subj", `/CN=${name}`], "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth", ca);

/** X.509's words for those of a Certificate. */
const usageOf: Readonly<Record<string, string>> = {
  "client auth": "clientAuth",
  "digital signature": "digitalSignature",
  "key encipherment": "keyEncipherment",
  "server auth": "serverAuth",
};

/** What cert-manager makes of a Certificate. */
export async function issued(
  ca: Pair,
  spec: { readonly commonName?: string; readonly dnsNames: readonly string[]; readonly usages: readonly string[] },
): Promise<Pair> {
  const { commonName, dnsNames, usages } = spec;
  const words = usages.map((usage) => usageOf[usage]!);
  const [keys, purposes] = [words.filter((word) => !word.endsWith("Auth")), words.filter((w) => w.endsWith("Auth"))];
  const names = dnsNames.map((name) => `DNS:${name}`).join();
  const pair = await signed(
    ["-subj", commonName === undefined ? "/" : `/CN=${commonName}`],
    `subjectAltName=${commonName === undefined ? "critical," : ""}${names}\nkeyUsage=critical,${keys.join()}\nextendedKeyUsage=${purposes.join()}\nbasicConstraints=critical,CA:FALSE`,
    ca,
  );
  return { ...pair, authority: ca.certificate };
}

async function signed(subject: readonly string[], extensions: string, ca?: Pair): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), "overstack-tls-"));
  const at = (name: string) => join(folder, name);
  try {
    const lines = extensions.split("\n").flatMap((line) => ["-addext", line]);
    if (ca !== undefined) {
      writeFileSync(at("ca.crt"), ca.certificate);
      writeFileSync(at("ca.key"), ca.key, { mode: 0o600 });
    }
    const { code, stderr } = await run("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"],
      ...["-config", "/dev/null", ...subject, ...lines],
      ...(ca === undefined ? [] : ["-CA", at("ca.crt"), "-CAkey", at("ca.key")]),
      ...["-keyout", at("tls.key"), "-out", at("tls.crt")],
    ]);
    if (code !== 0) throw new Error(`openssl: ${stderr}`);
    return { certificate: readFileSync(at("tls.crt")), key: readFileSync(at("tls.key")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
