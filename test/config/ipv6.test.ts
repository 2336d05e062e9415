import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, test } from "vitest";
import { memcacheServers } from "../../generator/connections/cache.ts";
import { ask } from "./ask.ts";
import { environmentIn } from "./installed.ts";
import { end, freePort } from "./processes.ts";
import { adminToken, runJobs, startAlone } from "./small-cloud.ts";

// Writes to a memcached and reads it again, as oslo.cache and as keystonemiddleware do; prints what both read.
const caches = `import sys
from oslo_config import cfg
from oslo_cache import core
import memcache
client = memcache.Client([sys.argv[1]])
client.set("one", "1")
conf = cfg.ConfigOpts()
core.configure(conf)
conf([])
for name, value in dict(backend="oslo_cache.memcache_pool", enabled=True, memcache_servers=[sys.argv[1]]).items():
    conf.set_override(name, value, "cache")
region = core.create_region()
core.configure_cache_region(conf, region)
region.set("two", "2")
print(client.get("one"), region.get("two"))
`;

describe.each(inject("cases"))(
  "$component $release, in a cluster with IPv6 addresses alone",
  ({ component, release }) => {
    test("its servers answer at ::1 and find each other there", async ({ onTestFinished }) => {
      const small = await startAlone(component, release, onTestFinished, {
        ipv6: true,
        changed: { kubernetes: { ipFamilies: ["IPv6"] } },
      });
      const { cloud, service, urls, identity } = small;
      expect(identity).toMatch(/^http:\/\/\[::1\]:/);
      await runJobs(cloud, service, "contract");
      const token = await adminToken(small);
      for (const url of urls.values()) expect((await ask(url, { headers: token })).status).toBeLessThan(400);
    });

    test("its caches are asked by names that have no other address", async ({ onTestFinished }) => {
      const home = mkdtempSync(join(tmpdir(), "overstack-ipv6-"));
      onTestFinished(() => rmSync(home, { recursive: true }));
      const port = await freePort();
      const server = spawn("memcached", ["-u", "nobody", "-l", "::1", "-p", String(port)]);
      onTestFinished(async () => void (await end(server, "SIGTERM")));
      await sleep(1000);
      const hosts = join(home, "hosts");
      writeFileSync(hosts, `${readFileSync("/etc/hosts", "utf8")}\n::1 cache.example.org\n`);
      writeFileSync(join(home, "caches.py"), caches);
      const asked = (ipv6: boolean): string => {
        const [name] = memcacheServers({ members: ["cache.example.org"], port }, ipv6);
        const inPlace = 'mount --bind "$0" /etc/hosts && exec "$@"';
        const python = join(environmentIn(release, component), "bin/python3");
        const program = ["--mount", "sh", "-c", inPlace, hosts, python, join(home, "caches.py"), name!];
        return execFileSync("unshare", program, { encoding: "utf8", stdio: "pipe" }).trim();
      };
      expect(asked(true)).toBe("1 2");
      expect(asked(false)).toMatch(/^None/);
    });
  },
);
