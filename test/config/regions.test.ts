import { expect, inject, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { ask, login } from "./ask.ts";
import { judged } from "./judged.ts";
import { adminToken, runJobs, type SmallCloud, startCloud } from "./small-cloud.ts";

// Two clusters, each with a service, and one Identity service. One service is enough: how they register is in what all share.
const some = inject("cases").filter(({ component }) => {
  const { requires = [], user, endpoints = {} } = catalogue.get(component)!;
  return (
    user !== undefined &&
    requires.join() === "identity" &&
    Object.keys(endpoints).length === 1 &&
    judged.get(component)!.atWork
  );
});

interface Entry {
  readonly type: string;
  readonly endpoints: readonly { readonly region: string; readonly interface: string; readonly url: string }[];
}

test.for(some.slice(0, 1))(
  "$component $release: two regions share an Identity service, and each keeps its own",
  async ({ component, release }, { onTestFinished }) => {
    const one = await startCloud([component], release, onTestFinished, { changed: { region: "eu1" } });
    const keys = { name: "second", region: "eu2", domain: "eu2.example.org" };
    const own = "a password of the second region";
    const two = await startCloud([component], release, onTestFinished, {
      changed: keys,
      sharing: one,
      given: { [`${component}-identity`]: { password: Buffer.from(own) } },
    });
    const headers = await adminToken(one);
    const get = async (path: string) => (await ask(`${one.identity}/v3/${path}`, { headers })).body as never;
    const catalogueOf = async () => {
      const { catalog } = (await get("auth/catalog")) as { catalog: Entry[] };
      return catalog.flatMap(({ type, endpoints }) =>
        endpoints.map(({ region, interface: view, url }) => `${type} ${region} ${view} ${url}`),
      );
    };
    const entries = await catalogueOf();
    const urlOf = (start: string) => entries.filter((entry) => entry.startsWith(`${start} `));
    const [type] = Object.values(catalogue.get(component)!.endpoints!).flatMap((endpoint) => endpoint.type ?? []);
    for (const region of ["eu1", "eu2"])
      for (const view of ["internal", "public"])
        for (const kind of [type, "identity"]) expect(urlOf(`${kind} ${region} ${view}`), kind).toHaveLength(1);
    expect(urlOf(`${type} eu2 public`)[0]).toContain("eu2.example.org");
    for (const view of ["internal", "public"])
      expect(urlOf(`identity eu2 ${view}`)[0]).toBe(`identity eu2 ${view} ${one.identity}/v3`);

    // The server of each region asks the one Identity service whether the token is good.
    for (const { running } of [one, two]) await atWork(component, running.get(component)!.urls, headers);

    const users = async () => {
      const { domains } = (await get("domains?name=service")) as { domains: { id: string }[] };
      const { users } = (await get(`users?domain_id=${domains[0]!.id}`)) as { users: { name: string }[] };
      return users.map(({ name }) => name).sort();
    };
    expect(await users()).toEqual([component, `${component}.eu2`]);
    const bothLogIn = async () => {
      const project = { domain: "service", project: "service" };
      await login(one.identity, { user: component, password: `${component}-identity-password`, ...project });
      await login(one.identity, { user: `${component}.eu2`, password: own, ...project });
    };
    await bothLogIn();
    for (const region of [one, two]) await runJobs(region.cloud, region.running.get(component)!.service, "expand");
    await bothLogIn();
    expect(await catalogueOf()).toEqual(entries);

    expect(await registering(two, component, { ...keys, region: "eu1" })).toMatch(
      /the region eu1 is that of the cluster which runs the Identity service/,
    );
    expect(await registering(two, component, { ...keys, name: "third" })).toMatch(
      /the region eu2 is that of another: Overstack cluster second/,
    );
    expect(await catalogueOf()).toEqual(entries);
    expect(await users()).toHaveLength(2);
  },
);

const atWork = (component: string, urls: ReadonlyMap<string, string>, token: Readonly<Record<string, string>>) =>
  judged.get(component)!.atWork!(urls, token);

/** Last words of a registration that fails. */
async function registering({ cloud, changed }: SmallCloud, component: string, keys: object): Promise<string> {
  const service = changed(component, keys);
  const job = service.containers.find(({ name }) => name.startsWith("Job/register/"))!;
  const { code, said } = await cloud.run(service, job);
  expect(code).not.toBe(0);
  return said;
}
