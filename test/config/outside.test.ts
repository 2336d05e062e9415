import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { authority, serverPair } from "./certificates.ts";
import { type SmallCluster, smallCluster } from "./clusters.ts";
import type { Container } from "./containers.ts";
import { startInfrastructure } from "./infrastructure.ts";
import { environmentIn } from "./installed.ts";
import { giveToPods } from "./place.ts";

// One service is enough: connections to a database are what all of them share.
const some = inject("cases").filter(({ component, release }) =>
  smallCluster([component], release).services.some(
    (service) => service.component === component && service.containers.some(expands),
  ),
);

test.for(some.slice(-1))(
  "$component $release: a Job migrates a database outside that takes TLS alone, and checks whose it is",
  async ({ component, release }, { onTestFinished }) => {
    const home = mkdtempSync(join(tmpdir(), "overstack-outside-"));
    onTestFinished(() => rmSync(home, { recursive: true, maxRetries: 5 }));
    const ca = await authority();
    const server = await serverPair(ca, ["IP:127.0.0.1"]);
    const file = (name: string, text: Buffer) => {
      writeFileSync(join(home, name), text);
      return join(home, name);
    };
    const settings = [
      "[mariadbd]",
      "require_secure_transport = ON",
      `ssl_cert = ${file("tls.crt", server.certificate)}`,
      `ssl_key = ${file("tls.key", server.key)}`,
    ];
    const inside = smallCluster([component], release);
    const database = await startInfrastructure(home, {
      ...inside,
      providers: new Map([["db", "database"]]),
      settings: `${settings.join("\n")}\n`,
    });
    onTestFinished(database.stop);
    giveToPods(home);
    const outside = (tls: object | "none"): SmallCluster =>
      smallCluster([component], release, {
        services: { [component]: { uses: { database: { host: "db.example.org", tls } } } },
      });
    mkdirSync(join(home, "authorities"));
    const run = async (cluster: SmallCluster, trusted: Buffer): Promise<string> => {
      file("authorities/db-ca.crt", trusted);
      const job = cluster.services.find((item) => item.component === component)!.containers.find(expands)!;
      const env = Object.entries(job.environment).map(([name, value]) => [
        name,
        value
          .replace("db.example.org:3306", `127.0.0.1:${database.ports.get("database")}`)
          .replace("/etc/ssl/outside", join(home, "authorities")),
      ]);
      const [program, ...args] = job.command;
      return new Promise((resolve) => {
        execFile(
          join(environmentIn(release, component), "bin", program!),
          args,
          { env: { ...Object.fromEntries(env), ...Object.fromEntries(env.flatMap(([name]) => once(name!))) } },
          (error, stdout, stderr) => resolve(error === null ? "done" : stdout + stderr),
        );
      });
    };
    // PyMySQL 1.2 (2026.2) encrypts by itself where the server can, and checks nothing.
    expect(await run(outside("none"), ca.certificate)).toMatch(release === "2026.2" ? /^done$/ : /1045|3159/);
    expect(await run(outside({ ca: "db-ca" }), (await authority()).certificate)).toMatch(/certificate verify failed/);
    expect(await run(outside({ ca: "db-ca" }), ca.certificate)).toBe("done");
    const tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'alembic_version'";
    expect(database.sql(tables)).toEqual(["1"]);
  },
);

/** A database that refuses would be asked for ever: `max_retries` is -1 in pods, 10 without configuration. */
const once = (variable: string): [string, string][] => {
  const [, group] = /^OS_(\w+)__CONNECTION$/.exec(variable) ?? [];
  return group === undefined
    ? []
    : [
        [`OS_${group}__MAX_RETRIES`, "1"],
        [`OS_${group}__RETRY_INTERVAL`, "1"],
      ];
};

/** The first Job before the new code that a program of the service runs against its database. */
function expands({ name, environment, command }: Container): boolean {
  return name.startsWith("Job/") && environment.OS_DATABASE__CONNECTION !== undefined && command[0] !== "python3";
}
