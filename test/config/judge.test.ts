import { describe, expect, inject, test } from "vitest";
import { defaultRelease, type Release } from "../../generator/contract/release.ts";
import { apacheFindings } from "./apache.ts";
import { judge, kindOf, policyFindings, pythonFindings } from "./judge.ts";
import { judged } from "./judged.ts";
import { settingsFindings } from "./uwsgi.ts";

interface Case {
  readonly text: string;
  readonly environment?: Record<string, string>;
  readonly release?: Release;
  readonly findings: readonly string[];
}

/** Libraries that every service has. */
const namespaces = ["keystonemiddleware.auth_token", "oslo.cache", "oslo.db", "oslo.messaging"];

/** As the Identity service reads one in the group of each protocol. */
const free = { "^[a-z]+$": ["remote_id_attribute"] };

const cases: Readonly<Record<string, Case>> = {
  "has nothing against options that exist": {
    text: "[cache]\nenabled = true\nexpiration_time = 3600\n",
    findings: [],
  },
  "finds an option that does not exist": {
    text: "[cache]\nexpires = 3600\n",
    findings: ["a.conf: cache/expires is not part of the sample config"],
  },
  "finds a group that does not exist": {
    text: "[token]\nenabled = true\n",
    findings: ["a.conf: token/enabled is not part of the sample config"],
  },
  "finds an old name": {
    text: "[cache]\nmemcache_socket_timeout = 1\n",
    findings: ["a.conf: Deprecated opt cache/memcache_socket_timeout found"],
  },
  "finds an option that is to be removed": {
    text: "[oslo_messaging_rabbit]\nheartbeat_in_pthread = true\n",
    findings: ["a.conf: Deprecated for removal: oslo_messaging_rabbit/heartbeat_in_pthread"],
  },
  "finds an option that the next release removed": {
    release: "2026.2",
    text: "[oslo_messaging_rabbit]\nheartbeat_in_pthread = true\n",
    findings: ["a.conf: oslo_messaging_rabbit/heartbeat_in_pthread is not part of the sample config"],
  },
  "finds values that do not fit, in a file and in the environment": {
    text: "[cache]\nexpiration_time = soon\n[oslo_messaging_rabbit]\nrabbit_retry_interval = 0\n",
    environment: { OS_DATABASE__MAX_RETRIES: "many" },
    findings: [
      "cache/expiration_time: Value for option expiration_time is not valid: invalid literal for int() with base 10: 'soon'",
      "database/max_retries: Value for option max_retries is not valid: invalid literal for int() with base 10: 'many'",
      "oslo_messaging_rabbit/rabbit_retry_interval: Value for option rabbit_retry_interval is not valid: Should be greater than or equal to 1",
    ],
  },
  "finds variables that name no option, an old one, or one that a variable cannot carry": {
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
  "knows what a group with a free name may hold, and nothing else there": {
    text: "[openid]\nremote_id_attribute = HTTP_OIDC_ISS\nremote_id = x\n",
    findings: ["a.conf: openid/remote_id is not part of the sample config"],
  },
  "knows the options of the chosen plugin for authentication, and no others": {
    text: "[keystone_authtoken]\nauth_type = password\nusername = a\nuser_name = b\nnickname = c\n",
    findings: [
      "a.conf: Deprecated opt keystone_authtoken/user_name found",
      'a.conf: Ignoring missing option "nickname" from group "keystone_authtoken" because the group is known to have incomplete sample config data and thus cannot be validated properly.',
    ],
  },
};

/** An environment of this run; a run that judges nothing has none. */
const environmentOf = (release: Release): string | undefined => Object.values(inject("environments")[release] ?? {})[0];

const judgedCases: Record<string, readonly string[]> = {};
for (const [release, members] of Object.entries(
  Object.groupBy(Object.entries(cases), ([, { release = defaultRelease }]) => release),
)) {
  const environment = environmentOf(release as Release);
  const configurations = members!.map(([name, { text, environment = {} }]) => ({
    ...{ name, files: { "a.conf": text }, environment },
  }));
  if (environment !== undefined)
    Object.assign(judgedCases, await judge(environment, { namespaces, free }, configurations));
}

describe("the judge of options", () => {
  test.for(Object.entries(cases))("finds in its example: %s", ([name, { findings }], { skip }) => {
    if (!(name in judgedCases)) skip("its release is not installed in this run");
    expect(judgedCases[name]).toEqual(findings);
  });
});

describe("the other judges", () => {
  test.for(inject("cases").slice(0, 1))("find a policy rule that does not exist", async ({ component, release }) => {
    const environment = inject("environments")[release]![component]!;
    expect(await policyFindings(environment, component, `"${component}:sing": "@"\n`)).toEqual([
      `Unknown rule found in policy file: ${component}:sing`,
    ]);
  });

  test.each([
    ["http-socket = :5000\nmaster = true\nroute-user-agent = ^a donotlog:\n", []],
    ["http-sockets = :5000\n", ["[strict-mode] unknown config directive: http-sockets"]],
    ["http-socket = :5000\nroute-user-agent = ^a dontlog:\n", ['unable to register route "^a dontlog:"']],
  ])("find a setting that uwsgi does not know: %j", async (settings, findings) => {
    const environment = Object.values(inject("environments")).flatMap((found) => Object.values(found))[0];
    if (environment !== undefined)
      expect(await settingsFindings(environment, `[uwsgi]\n${settings}`)).toEqual(findings);
  });

  test.for([
    ["print(1)\n", []],
    ["print(1\n", ["SyntaxError: '(' was never closed"]],
  ] as const)("find a program that is not Python: %j", async ([program, findings]) => {
    const environment = Object.values(inject("environments")).flatMap((found) => Object.values(found))[0];
    if (environment !== undefined) expect(await pythonFindings(environment, program)).toEqual(findings);
  });

  const withApache = inject("cases").filter(({ component }) => judged.get(component)!.programs?.apache2 !== undefined);
  test.for(withApache.slice(0, 1))("find a directive that Apache does not know", async () => {
    const module = "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n";
    expect(await apacheFindings(`${module}TraceEnabled Off\n`)).toEqual([
      expect.stringContaining("Invalid command 'TraceEnabled'"),
    ]);
  });

  test("see a file that they have no judge for", () => {
    expect(kindOf("/etc/any/rootwrap.d/a.filters")).toBeUndefined();
    expect(kindOf("/etc/any/any.conf.d/10-cluster.conf")).toBe("oslo");
  });
});
