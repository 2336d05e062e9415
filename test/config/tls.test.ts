import { expect, inject, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { ask } from "./ask.ts";
import { authority, serverPair } from "./certificates.ts";
import { uwsgiWithTls } from "./environment.ts";
import { needsDatabaseServer, withRequired } from "./selection.ts";
import { adminToken, runJobs, startAlone } from "./small-cloud.ts";

// One is enough: HTTPS is in what all of them share.
const some = inject("cases").filter(
  ({ component }) => catalogue.get(component)!.requires?.includes("identity") && !needsDatabaseServer([component]),
);

test.for(some.slice(0, 1))(
  "$component $release: services find each other over HTTPS, with the cluster's own CA alone",
  async ({ component, release }, { onTestFinished }) => {
    const ca = await authority();
    const server = await serverPair(ca, ["IP:127.0.0.1"]);
    const pair = { "tls.crt": server.certificate, "tls.key": server.key };
    const small = await startAlone(component, release, onTestFinished, {
      changed: { internal: { tls: "required" } },
      https: {
        uwsgi: await uwsgiWithTls(),
        ca: ca.certificate,
        secrets: {
          "internal-trust": { "ca.crt": ca.certificate },
          ...Object.fromEntries(withRequired([component]).map((name) => [`${name}-internal-tls`, pair])),
        },
      },
    });
    const { cloud, service, urls, identity } = small;
    expect(identity).toMatch(/^https:/);
    const stranger = (await authority()).certificate;
    await expect(ask(`${identity}/v3`, { ca: stranger })).rejects.toThrow(/self-signed|unable to verify/);
    await runJobs(cloud, service, "contract");
    // Every server asks the Identity service whether the token is good.
    const token = await adminToken(small, ca.certificate);
    for (const url of urls.values())
      expect((await ask(url, { ca: ca.certificate, headers: token })).status).toBeLessThan(400);
  },
);
