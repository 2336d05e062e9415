import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, test } from "vitest";
import { memcacheServers } from "../../generator/connections/cache.ts";
import { ask } from "./ask.ts";
import { environmentIn } from "./installed.ts";
import { end, freePort, isFree } from "./processes.ts";
import { needsDatabaseServer } from "./selection.ts";
import { adminToken, runJobs, startAlone } from "./small-cloud.ts";

// Each writes to a memcached and reads it again, and prints what it read: as oslo.cache and keystonemiddleware do.
const byOslo = `import sys
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
// As Django does, which asks for addresses of both families.
const byDjango = `import sys
from django.conf import settings
backend = "django.core.cache.backends.memcached.PyMemcacheCache"
settings.configure(CACHES={"default": {"BACKEND": backend, "LOCATION": [sys.argv[1]]}})
from django.core.cache import cache
cache.set("one", "1")
cache.set("two", "2")
print(cache.get("one"), cache.get("two"))
`;

/** True when a program of a service can import a package. */
const has = (python: string, name: string): boolean => spawnSync(python, ["-c", `import ${name}`]).status === 0;

// One service is enough where none is asked for: where a server listens is in what all of them share.
const some = inject("cases").filter(({ component }) => !needsDatabaseServer([component]));
test.for(process.env.OVERSTACK_JUDGE === undefined ? some.slice(0, 1) : some)(
  "$component $release, in a cluster with IPv6 addresses alone: its servers answer at ::1 and find each other there",
  async ({ component, release }, { onTestFinished }) => {
    const small = await startAlone(component, release, onTestFinished, {
      ipv6: true,
      changed: { kubernetes: { ipFamilies: ["IPv6"] } },
    });
    const { cloud, service, urls, identity } = small;
    expect(identity).toMatch(/^http:\/\/\[::1\]:/);
    await runJobs(cloud, service, "contract");
    const token = await adminToken(small);
    for (const url of urls.values()) expect((await ask(url, { headers: token })).status).toBeLessThan(400);
  },
);

test.for(some)(
  "$component $release: its caches are asked by names that have no address but one of IPv6",
  async ({ component, release }, { onTestFinished }) => {
    const home = mkdtempSync(join(tmpdir(), "overstack-ipv6-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const port = await freePort();
    const server = spawn("memcached", ["-u", "nobody", "-l", "::1", "-p", String(port)]);
    onTestFinished(async () => void (await end(server, "SIGTERM")));
    while (await isFree(port)) await sleep(100);
    const hosts = join(home, "hosts");
    writeFileSync(hosts, `${readFileSync("/etc/hosts", "utf8")}\n::1 cache.example.org\n`);
    const python = join(environmentIn(release, component), "bin/python3");
    const script = join(home, "caches.py");
    const asked = (name: string): string => {
      const inPlace = 'mount --bind "$0" /etc/hosts && exec "$@"';
      const program = ["--mount", "sh", "-c", inPlace, hosts, python, script, name];
      return execFileSync("unshare", program, { encoding: "utf8", stdio: "pipe" }).trim();
    };
    const [byFamily] = memcacheServers({ members: ["cache.example.org"], port }, true);
    const plain = `cache.example.org:${port}`;
    if (has(python, "oslo_cache")) {
      writeFileSync(script, byOslo);
      expect(asked(byFamily!)).toBe("1 2");
      expect(asked(plain)).toMatch(/^None/);
    } else {
      writeFileSync(script, byDjango);
      expect(asked(plain)).toBe("1 2");
    }
  },
);
