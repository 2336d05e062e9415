import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallCluster } from "../../config/clusters.ts";
import { startInfrastructure } from "../../config/infrastructure.ts";
import { blocksOf } from "../../docs/pages.ts";

const [old, next] = ["of-before", "from-the-new-secret"];

test("a new password of root, as the page says: both are valid until the members have restarted, the first one last", async ({
  onTestFinished,
}) => {
  const home = mkdtempSync(join(tmpdir(), "overstack-root-"));
  onTestFinished(() => rmSync(home, { recursive: true, maxRetries: 5 }));
  chmodSync(home, 0o755);
  const inside = smallCluster(["keystone"], "2026.1");
  const database = await startInfrastructure(home, { ...inside, providers: new Map([["db", "database"]]) });
  onTestFinished(database.stop);
  // As the image has them: from the server's own host, and from any other.
  database.sql(
    `DROP USER IF EXISTS root@'127.0.0.1', root@'::1'; CREATE USER root@'%' IDENTIFIED BY '${old}'; ALTER USER root@localhost IDENTIFIED BY '${old}'`,
  );

  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "begun-with"), old);
  writeFileSync(join(home, ".my.cnf"), `[client]\nsocket = ${home}/database/socket\n`);
  // What is run in the container is run here; of the rest it is written down what was asked for.
  const kubectl = `#!/bin/sh
case $* in
  *" get secret mariadb-root "*) printf %s '${next}' | base64 ;;
  *" exec "*) while [ "$1" != -- ]; do shift; done; shift; MARIADB_ROOT_PASSWORD=$(cat '${home}/begun-with') exec "$@" ;;
  *) echo "$*" >> '${home}/asked'; printf %s '${next}' > '${home}/begun-with' ;;
esac
`;
  writeFileSync(join(home, "bin/kubectl"), kubectl, { mode: 0o755 });
  const blocks = blocksOf("docs/secrets.md").filter(({ text }) => text.includes("ALTER USER IF EXISTS root"));
  const env = { HOME: home, PATH: `${join(home, "bin")}:${process.env.PATH}` };
  const run = (block: number) =>
    execFileSync("bash", ["-euo", "pipefail", "-c", blocks[block]!.text], { env, stdio: "pipe" });
  const ways = [[], ["--protocol=tcp", "--host=127.0.0.1", `--port=${database.ports.get("database")}`]];
  const valid = () =>
    [next, old].filter((password) =>
      ways.every((way) => {
        const args = [...way, "--user=root", `--password=${password}`, "--execute=SELECT 1"];
        return spawnSync("mariadb", args, { env }).status === 0;
      }),
    );

  expect(valid()).toEqual([old]);
  run(0);
  expect(valid()).toEqual([next, old]);
  run(1);
  expect(valid()).toEqual([next]);
  const deleted = [...readFileSync(join(home, "asked"), "utf8").matchAll(/ delete pod (\S+)/g)].map(([, pod]) => pod);
  expect(deleted).toEqual(["mariadb-2", "mariadb-1", "mariadb-0"]);
});
