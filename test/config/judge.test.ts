import { describe, expect, inject, test } from "vitest";
import { defaultRelease, type Release } from "../../generator/contract/release.ts";
import { judge, kindOf, policyFindings } from "./judge.ts";
import { settingsFindings } from "./uwsgi.ts";

interface Case {
  readonly project: string;
  readonly text: string;
  readonly environment?: Record<string, string>;
  readonly release?: Release;
  readonly findings: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "has nothing against options that exist": {
    project: "keystone",
    text: "[token]\nprovider = fernet\nexpiration = 3600\n",
    findings: [],
  },
  "finds an option that does not exist": {
    project: "keystone",
    text: "[token]\nexpires = 3600\n",
    findings: ["a.conf: token/expires is not part of the sample config"],
  },
  "finds a group that does not exist": {
    project: "glance",
    text: "[cache]\nenabled = true\n",
    findings: ["a.conf: cache/enabled is not part of the sample config"],
  },
  "finds an old name": {
    project: "keystone",
    text: "[cache]\nmemcache_socket_timeout = 1\n",
    findings: ["a.conf: Deprecated opt cache/memcache_socket_timeout found"],
  },
  "finds an option that is to be removed": {
    project: "keystone",
    text: "[oslo_messaging_rabbit]\nheartbeat_in_pthread = true\n",
    findings: ["a.conf: Deprecated for removal: oslo_messaging_rabbit/heartbeat_in_pthread"],
  },
  "finds an option that the next release removed": {
    project: "keystone",
    release: "2026.2",
    text: "[oslo_messaging_rabbit]\nheartbeat_in_pthread = true\n",
    findings: ["a.conf: oslo_messaging_rabbit/heartbeat_in_pthread is not part of the sample config"],
  },
  "finds values that do not fit, in a file and in the environment": {
    project: "keystone",
    text: "[token]\nexpiration = soon\n[fernet_tokens]\nmax_active_keys = 0\n",
    environment: { OS_DATABASE__MAX_RETRIES: "many" },
    findings: [
      "database/max_retries: Value for option max_retries is not valid: invalid literal for int() with base 10: 'many'",
      "fernet_tokens/max_active_keys: Value for option max_active_keys is not valid: Should be greater than or equal to 1",
      "token/expiration: Value for option expiration is not valid: invalid literal for int() with base 10: 'soon'",
    ],
  },
  "finds variables that name no option, an old one, or one that a variable cannot carry": {
    project: "keystone",
    text: "",
    environment: {
      PATH: "/usr/bin",
      OS_AUTH_URL: "http://identity",
      OS_TOKEN__EXPIRES: "3600",
      OS_CACHE__MEMCACHE_SOCKET_TIMEOUT: "1",
      OS_OSLO_MESSAGING_NOTIFICATIONS__DRIVER: "messagingv2",
      OS_DATABASE__CONNECTION: "sqlite://",
    },
    findings: [
      "OS_TOKEN__EXPIRES: token/expires is not part of the sample config",
      "OS_CACHE__MEMCACHE_SOCKET_TIMEOUT: Deprecated opt cache/memcache_socket_timeout found",
      "OS_OSLO_MESSAGING_NOTIFICATIONS__DRIVER: oslo_messaging_notifications/driver takes several values, which the environment cannot carry",
    ],
  },
  "knows the options of the chosen plugin for authentication, and no others": {
    project: "glance",
    text: "[keystone_authtoken]\nauth_type = password\nusername = a\nuser_name = b\nnickname = c\n",
    findings: [
      "a.conf: Deprecated opt keystone_authtoken/user_name found",
      'a.conf: Ignoring missing option "nickname" from group "keystone_authtoken" because the group is known to have incomplete sample config data and thus cannot be validated properly.',
    ],
  },
  "knows the options of each store of Glance by its driver": {
    project: "glance",
    text: "[DEFAULT]\nenabled_backends = fast:rbd,far:s3\n[fast]\nrbd_store_pool = a\n[far]\nrbd_store_pool = a\n[os_glance_tasks_store]\nfilesystem_store_datadir = /a\n[near]\nrbd_store_pool = a\n",
    environment: { OS_FAR__S3_STORE_BUCKET: "a", OS_FAST__S3_STORE_BUCKET: "a" },
    findings: [
      "a.conf: far/rbd_store_pool is not part of the sample config",
      "a.conf: near/rbd_store_pool is not part of the sample config",
      "OS_FAST__S3_STORE_BUCKET: fast/s3_store_bucket is not part of the sample config",
    ],
  },
};

const sessions = Object.groupBy(
  Object.entries(cases),
  ([, { project, release = defaultRelease }]) => `${project} ${release}`,
);
const judged: Record<string, readonly string[]> = Object.assign(
  {},
  ...(await Promise.all(
    Object.entries(sessions).map(([session, members]) => {
      const [project, release] = session.split(" ");
      const configurations = members!.map(([name, { text, environment = {} }]) => ({
        name,
        files: { "a.conf": text },
        environment,
      }));
      return judge(inject("environments")[release as Release], project!, configurations);
    }),
  )),
);

describe("the judge of options", () => {
  test.each(Object.entries(cases))("%s", (name, { findings }) => expect(judged[name]).toEqual(findings));
});

describe("the other judges", () => {
  const environment = inject("environments")[defaultRelease];

  test("find a policy rule that does not exist", async () => {
    const policy = '"placement:allocations:list": "@"\n"placement:allocations:lists": "@"\n';
    expect(await policyFindings(environment, "placement", policy)).toEqual([
      "Unknown rule found in policy file: placement:allocations:lists",
    ]);
  });

  test.each([
    ["http-socket = :5000\nmaster = true\nroute-user-agent = ^a donotlog:\n", []],
    ["http-sockets = :5000\n", ["[strict-mode] unknown config directive: http-sockets"]],
    ["http-socket = :5000\nroute-user-agent = ^a dontlog:\n", ['unable to register route "^a dontlog:"']],
  ])("find a setting that uwsgi does not know: %j", async (settings, findings) => {
    expect(await settingsFindings(environment, `[uwsgi]\n${settings}`)).toEqual(findings);
  });

  test("see a file that they have no judge for", () => {
    expect(kindOf("/etc/glance/rootwrap.d/a.filters")).toBeUndefined();
    expect(kindOf("/etc/glance/glance.conf.d/10-cluster.conf")).toBe("oslo");
  });
});
