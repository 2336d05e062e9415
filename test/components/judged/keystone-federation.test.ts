import { expect, test } from "vitest";
import type { Release } from "../../../generator/contract/release.ts";
import { type Answer, ask } from "../../config/ask.ts";
import { authority } from "../../config/certificates.ts";
import { releasesOf } from "../../config/installed.ts";
import { startOpenIdProvider } from "../../config/openid.ts";
import { freePort } from "../../config/processes.ts";
import { adminToken, restart, runJobs, serversOf, startAlone } from "../../config/small-cloud.ts";
import { formOf, type Page, type UserAgent, userAgent, type Way } from "../../config/user-agent.ts";

const host = "keystone.lab.example.org";
const client = { id: "openstack", secret: 'quoted " $(HOME) ${HOME}', redirect: `https://${host}/redirect_uri` };
const people = { ada: { groups: ["operators", "choir"] }, bob: { groups: ["choir"] } };

const provider = "/v3/OS-FEDERATION/identity_providers/company";
const forToken = `https://${host}${provider}/protocols/openid/auth`;
const forDashboard = `https://${host}/v3/auth${provider.slice(3)}/protocols/openid/websso`;

test.for(releasesOf("keystone"))(
  "%s: people log in with accounts of an OpenID provider, and nobody by saying so",
  async (release, { onTestFinished }) => {
    const { small, way, browser, configured } = await federated(release, onTestFinished);
    const { cloud, service, urls } = small;
    const [first, second] = [
      [...urls.values()][0]!,
      await cloud.serve(service, serversOf(service)[0]!, await freePort()),
    ];

    // A browser gets a token without a project, and with it one in the project of its groups.
    const ofAda = browser();
    const shown = await ofAda.visit(forToken);
    // The other replica knows what the first one asked the provider.
    way.port = portOf(second);
    const unscoped = await logIn(ofAda, shown, "ada");
    expect(unscoped.answer.status, String(unscoped.answer.bytes)).toBe(201);
    expect(unscoped.answer.body).toMatchObject({
      token: { user: { name: "ada", domain: { name: "company" }, "OS-FEDERATION": { protocol: { id: "openid" } } } },
    });
    expect(await rolesIn(first, unscoped.answer)).toEqual(["member", "reader"]);

    // The dashboard gets the token by a form of the browser, where Keystone trusts the dashboard.
    const dashboard = encodeURIComponent("https://horizon.lab.example.org/auth/websso/");
    const ofBob = browser();
    const form = await logIn(ofBob, await ofBob.visit(`${forDashboard}?origin=${dashboard}`), "bob");
    expect(formOf(form.answer)).toEqual({
      action: "https://horizon.lab.example.org/auth/websso/",
      hidden: { token: expect.stringMatching(/^gAAAAA/) },
    });
    expect(await rolesIn(first, formOf(form.answer).hidden.token!)).toEqual(["reader"]);
    const elsewhere = await ofBob.visit(`${forDashboard}?origin=${encodeURIComponent("https://example.org/")}`);
    expect(elsewhere.answer.status).toBe(401);

    // Who names claims is not believed: without a session, with one of somebody else, and at the plain API.
    for (const forged of ["OIDC-", "OIDC_"].map(claimsAs)) {
      const nobody = await ask(first + new URL(forToken).pathname, {
        headers: { ...forged, "X-Requested-With": "XMLHttpRequest" },
      });
      expect([nobody.status, nobody.headers["x-subject-token"]]).toEqual([401, undefined]);
      const stillBob = await ofBob.visit(forToken, forged);
      expect(stillBob.answer.status).toBe(201);
      expect(stillBob.answer.body).toMatchObject({ token: { user: { name: "bob" } } });
      expect(await rolesIn(first, stillBob.answer)).toEqual(["reader"]);
      for (const method of ["openid", "mapped"]) {
        const answer = await named(first, method, forged);
        expect(answer.headers["x-subject-token"], `${method}: ${answer.status}`).toBeUndefined();
      }
    }

    // What cluster.yaml says differently holds from the next login on.
    const changed = small.changed("keystone", configured(["choir"]));
    await runJobs(cloud, changed, "contract");
    const later = browser();
    const again = await logIn(later, await later.visit(forToken), "bob");
    expect(await rolesIn(first, again.answer)).toEqual(["member", "reader"]);

    // Without Apache who names claims is believed, as long as Keystone has the provider: why leaving it asks for a consent.
    await restart(cloud, small.changed("keystone", { services: { keystone: {} } }));
    expect((await named(first, "mapped", claimsAs("OIDC-"))).status).toBe(201);
    const headers = await adminToken({ ...small, identity: first });
    expect((await ask(`${first}${provider}`, { method: "DELETE", headers })).status).toBe(204);
    expect((await named(first, "mapped", claimsAs("OIDC-"))).status).toBe(404);
  },
);

type OnFinished = (remove: () => Promise<void>) => void;

/** A Keystone with a provider of this machine, and browsers for which their names lead there. */
async function federated(release: Release, onFinished: OnFinished) {
  const ca = await authority();
  const port = await freePort();
  const issuer = await startOpenIdProvider(ca, port, client, people, (remove) => onFinished(async () => remove()));
  const configured = (operators: readonly string[]) => ({
    access: { tls: { secret: "public" } },
    trustedCa: "company-ca",
    services: {
      horizon: {},
      keystone: {
        image: { federation: "registry.example.org/own/apache:1" },
        seed: { projects: [{ name: "shop" }] },
        federation: {
          providers: {
            company: {
              ...{ title: "Company account", issuer, clientId: client.id, secret: "keystone-company" },
              groups: [
                { name: "everybody", project: "shop", roles: ["reader"] },
                { name: "operators", project: "shop", roles: ["member"], when: { claim: "groups", has: operators } },
              ],
            },
          },
        },
      },
    },
  });
  const small = await startAlone("keystone", release, onFinished, {
    changed: configured(["operators"]),
    configMaps: new Map([["company-ca", { data: { "ca.crt": ca.certificate.toString() } }]]),
    given: { "keystone-company": { "client-secret": Buffer.from(client.secret) } },
  });
  await runJobs(small.cloud, small.service, "contract");
  // What the Gateway says of a browser.
  const headers = { "X-Forwarded-Proto": "https" };
  const way: Writable<Way> = { protocol: "http:", port: portOf([...small.urls.values()][0]!), headers };
  const ways = new Map<string, Way>([
    [host, way],
    [new URL(issuer).host, { protocol: "https:", port, ca: ca.certificate }],
  ]);
  return { small, way, browser: () => userAgent(ways), configured };
}
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const portOf = (url: string): number => Number(new URL(url).port);

/** Says who one is, and that the provider may tell. */
async function logIn(browser: UserAgent, page: Page, name: string): Promise<Page> {
  const consent = await browser.submit(page, { login: name, password: "any" });
  return browser.submit(consent, {});
}

/** Roles that the user of a token gets in the project of the test. */
async function rolesIn(identity: string, unscoped: Answer | string): Promise<string[]> {
  const id = typeof unscoped === "string" ? unscoped : String(unscoped.headers["x-subject-token"]);
  const auth = {
    identity: { methods: ["token"], token: { id } },
    scope: { project: { name: "shop", domain: { name: "Default" } } },
  };
  const { status, body } = await ask(`${identity}/v3/auth/tokens`, { body: { auth } });
  expect(status, JSON.stringify(body)).toBe(201);
  return (body as { token: { roles: { name: string }[] } }).token.roles.map(({ name }) => name).sort();
}

/** What somebody would send who wants to be Ada. uwsgi joins two headers of one name, so each spelling comes alone. */
const claimsAs = (prefix: string): Record<string, string> => {
  const claims = { provider: "company", sub: "ada", preferred_username: "ada", groups: "operators" };
  return Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${prefix}${claim}`, value]));
};

/** Asks for a token by a method of federation, with headers of one's own. */
const named = (identity: string, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> =>
  ask(`${identity}/v3/auth/tokens`, {
    headers,
    body: {
      auth: { identity: { methods: [method], [method]: { identity_provider: "company", protocol: "openid" } } },
    },
  });
