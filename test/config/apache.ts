import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { authority, serverPair } from "./certificates.ts";
import { run } from "./environment.ts";

/** What Apache says against its configuration, in which folders and certificates are those of this machine; nothing if it would start. */
export async function apacheFindings(text: string): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), "overstack-apache-"));
  try {
    const { certificate, key } = await serverPair(await authority(), ["DNS:localhost"]);
    const folders = matches(text, /^(?:ServerRoot|DefaultRuntimeDir|OIDCMetadataDir) (.*)$/gm);
    const files = matches(text, /^(?:SSL|OIDC)\w+ (\/\S+\.(?:crt|key))$/gm);
    for (const folder of folders) mkdirSync(home + folder, { recursive: true });
    for (const file of files) {
      mkdirSync(dirname(home + file), { recursive: true });
      writeFileSync(home + file, file.endsWith(".key") ? key : certificate);
    }
    const here = [...folders, ...files].reduce((moved, path) => moved.replaceAll(` ${path}`, ` ${home}${path}`), text);
    writeFileSync(join(home, "apache.conf"), here);
    const env = { ...process.env, OPENID_PASSPHRASE: "a passphrase" };
    const { code, stderr } = await run("apache2", ["-t", "-f", join(home, "apache.conf")], { env });
    return code === 0 ? [] : [stderr.replaceAll(home, "").trim()];
  } finally {
    rmSync(home, { recursive: true });
  }
}

const matches = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map((match) => match[1]!)),
];
