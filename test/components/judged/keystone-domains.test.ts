import { expect, test } from "vitest";
import { ask } from "../../config/ask.ts";
import { releasesOf } from "../../config/installed.ts";
import { runJobs, startAlone } from "../../config/small-cloud.ts";

// Keystone refuses a second driver that keeps users in a database. So a domain whose file says that answers nobody, and one whose
// file was left out answers as if it had no file: no LDAP is needed to tell the two apart.
const file = "[identity]\ndriver = sql\n";

test.for(releasesOf("keystone"))(
  "%s: Keystone reads the file of a seeded domain when it starts for the first time",
  async (release, { onTestFinished }) => {
    const started = async (domain: string) => {
      const small = await startAlone("keystone", release, onTestFinished, {
        changed: {
          services: {
            keystone: { files: { [`domains/keystone.${domain}.conf`]: file }, seed: { domains: [{ name: "users" }] } },
          },
        },
      });
      const password = { user: { name: "admin", domain: { name: "Default" }, password: small.adminPassword } };
      const auth = {
        identity: { methods: ["password"], password },
        scope: { project: { name: "admin", domain: { name: "Default" } } },
      };
      return { small, login: await ask(`${small.identity}/v3/auth/tokens`, { body: { auth } }) };
    };
    const unknown = await started("strangers");
    expect(unknown.login.status).toBe(201);
    const { cloud, service, identity } = unknown.small;
    const headers = { "X-Auth-Token": unknown.login.headers["x-subject-token"] as string };
    const domains = async () => {
      const { body } = await ask(`${identity}/v3/domains`, { headers });
      return (body as { domains: { name: string }[] }).domains.map(({ name }) => name).sort();
    };
    expect(await domains()).toEqual(["Default", "users"]);
    // As after each upgrade, and after the Job that seeds: nothing is made twice.
    await runJobs(cloud, service, "expand");
    await runJobs(cloud, service, "contract");
    expect(await domains()).toEqual(["Default", "users"]);

    const known = await started("users");
    expect(known.login.status).toBe(500);
  },
);
