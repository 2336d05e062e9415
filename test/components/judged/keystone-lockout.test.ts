import { expect, test } from "vitest";
import { ask, type Login } from "../../config/ask.ts";
import { releasesOf } from "../../config/installed.ts";
import { person } from "../../config/people.ts";
import { runJobs, serversOf, startAlone } from "../../config/small-cloud.ts";

test.for(releasesOf("placement"))(
  "%s: wrong passwords lock a person for a while, and neither the user of a service nor the administrator",
  async (release, { onTestFinished }) => {
    const small = await startAlone("placement", release, onTestFinished, {
      changed: { services: { keystone: { lockout: { attempts: 3, duration: 20 } }, placement: {} } },
    });
    await runJobs(small.cloud, small.running.get("keystone")!.service, "contract");
    const someone = await person(small, "someone");
    const password = serversOf(small.service)[0]!.environment.OS_KEYSTONE_AUTHTOKEN__PASSWORD!;
    const service = { user: small.service.instance, password, domain: "service", project: "service" };
    const administrator = { user: "admin", password: small.adminPassword, domain: "Default", project: "admin" };

    const statusOf = async ({ user, password, domain, project }: Login): Promise<number | undefined> => {
      const who = { user: { name: user, domain: { name: domain }, password } };
      const scope = { project: { name: project, domain: { name: domain } } };
      const auth = { identity: { methods: ["password"], password: who }, scope };
      return (await ask(`${small.identity}/v3/auth/tokens`, { body: { auth } })).status;
    };
    const afterWrongOnes = async (who: Login, times: number): Promise<number | undefined> => {
      for (let time = 0; time < times; time += 1) expect(await statusOf({ ...who, password: "wrong" })).toBe(401);
      return statusOf(who);
    };
    expect(await afterWrongOnes(someone, 2)).toBe(201);
    expect(await afterWrongOnes(someone, 4)).toBe(401);
    expect(await afterWrongOnes(service, 8)).toBe(201);
    expect(await afterWrongOnes(administrator, 8)).toBe(201);
    await expect.poll(() => statusOf(someone), { timeout: 120_000, interval: 5_000 }).toBe(201);
  },
);
