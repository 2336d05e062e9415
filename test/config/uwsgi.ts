import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./environment.ts";

/**
 * What uwsgi says against its settings: options and routes that it does not know. Nothing is served. The ready-made uwsgi
 * of these environments knows no TLS; tls.test.ts serves with one that does.
 */
export async function settingsFindings(environment: string, text: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "overstack-uwsgi-"));
  try {
    const file = join(folder, "uwsgi.ini");
    // It binds its socket before it goes: any free port, as several releases are judged at once.
    writeFileSync(file, text.replace(/^https?-socket = .*$/gm, "http-socket = 127.0.0.1:0"));
    // It takes a socket at its input for one to serve, and Node's pipes are sockets.
    const { code, stdout, stderr } = await run("sh", [
      ...["-c", 'exec "$0" "$@" < /dev/null', join(environment, "bin/uwsgi")],
      ...["--strict", "--no-server", "--ini", file],
    ]);
    const said = `${stdout}${stderr}`.split("\n");
    const findings = said.filter((line) => /strict-mode|^unable to |error/i.test(line));
    return code === 0 || findings.length > 0 ? findings : [`uwsgi ends with ${code}: ${said.slice(-5).join("\n")}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
