import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { authority, serverPair } from "./certificates.ts";
import { smallCluster } from "./clusters.ts";
import { environmentIn } from "./installed.ts";

const run = promisify(execFile);

// Asks a URL as the libraries of OpenStack do, and prints how many authorities it trusts.
const asks = `import os, ssl, sys, requests
requests.get(sys.argv[1], timeout=10).raise_for_status()
print(len(ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]).get_ca_certs()))
`;

test.for(inject("cases"))(
  "$component $release: trusts its own authority in addition to the public ones",
  async ({ component, release }, { onTestFinished }) => {
    const home = mkdtempSync(join(tmpdir(), "overstack-trusted-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const ca = await authority();
    const { certificate: cert, key } = await serverPair(ca, ["IP:127.0.0.1"]);
    const server = https.createServer({ cert, key }, (_, response) => response.end("here"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());

    const { services } = smallCluster([component], release, { trustedCa: "company-ca" });
    const { containers } = services.find((service) => service.component === component)!;
    const first = containers.find(({ name }) => /^Deployment\/[^/]+\/trusted-ca$/.test(name))!;
    const program = containers.find(({ name, environment }) => name !== first.name && environment.SSL_CERT_FILE)!;
    const [, ...args] = first.command.map((text) => text.replaceAll("/etc/ssl", home));
    for (const folder of ["own", "overstack"]) mkdirSync(join(home, folder));
    // Without the end of its last line: a file that somebody wrote by hand.
    writeFileSync(join(home, "own/ca.crt"), ca.certificate.toString().trimEnd());
    const python = join(environmentIn(release, component), "bin/python3");
    await run(python, args);

    const moved = (variable: string) => program.environment[variable]!.replace("/etc/ssl", home);
    const env = { SSL_CERT_FILE: moved("SSL_CERT_FILE"), REQUESTS_CA_BUNDLE: moved("REQUESTS_CA_BUNDLE") };
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stdout } = await run(python, ["-c", asks, url], { env });
    const together = readFileSync(join(home, "overstack/ca.crt"), "utf8");
    expect(Number(stdout)).toBe(together.split("BEGIN CERTIFICATE").length - 1);
    expect(Number(stdout)).toBeGreaterThan(100);
    await expect(run(python, ["-c", asks, url], { env: { SSL_CERT_FILE: "/dev/null" } })).rejects.toThrow(
      /CERTIFICATE_VERIFY_FAILED/,
    );
  },
);
