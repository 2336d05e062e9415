import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ask, eventually } from "../../config/ask.ts";
import { backdate } from "../../config/infrastructure.ts";
import { releasesOf } from "../../config/installed.ts";
import { type Person, person } from "../../config/people.ts";
import { runCron, type SmallCloud, startCloud, workersOf } from "../../config/small-cloud.ts";

type Template = Readonly<Record<string, unknown>>;
interface Stack {
  readonly stack_status: string;
  readonly stack_status_reason: string;
  readonly outputs?: readonly { readonly output_key: string; readonly output_value: unknown }[];
}

const heatTemplate = (resources: object, outputs: object = {}): Template => ({
  heat_template_version: "2021-04-16",
  resources,
  outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { value }])),
});

/** What needs Keystone, both APIs, the engines and another service. */
const everything = (length: number): Template =>
  heatTemplate(
    {
      random: { type: "OS::Heat::RandomString", properties: { length } },
      script: { type: "OS::Heat::SoftwareConfig", properties: { group: "script", config: "echo done" } },
      // Its signal comes with a token of the stack's own user, the other one with that user's signature.
      token_handle: { type: "OS::Heat::WaitConditionHandle" },
      token_wait: {
        type: "OS::Heat::WaitCondition",
        properties: { handle: { get_resource: "token_handle" }, timeout: 600 },
      },
      signed_handle: { type: "AWS::CloudFormation::WaitConditionHandle" },
      signed_wait: {
        type: "AWS::CloudFormation::WaitCondition",
        properties: { Handle: { get_resource: "signed_handle" }, Timeout: 600 },
      },
      // Each member is a nested stack's resource in another service; the policy adds one for its trustor.
      group: {
        type: "OS::Heat::AutoScalingGroup",
        properties: {
          ...{ min_size: 1, max_size: 3 },
          resource: { type: "OS::Barbican::Secret", properties: { payload: "s3cret" } },
        },
      },
      policy: {
        type: "OS::Heat::ScalingPolicy",
        properties: {
          ...{ adjustment_type: "change_in_capacity", scaling_adjustment: 1, cooldown: 0 },
          auto_scaling_group_id: { get_resource: "group" },
        },
      },
    },
    {
      random: { get_attr: ["random", "value"] },
      endpoint: { get_attr: ["token_handle", "endpoint"] },
      token: { get_attr: ["token_handle", "token"] },
      signed: { get_resource: "signed_handle" },
      size: { get_attr: ["group", "current_size"] },
      more: { get_attr: ["policy", "alarm_url"] },
    },
  );

/** A resource that takes so many seconds to be made. */
const slow = (seconds: number): Template =>
  heatTemplate({ slow: { type: "OS::Heat::TestResource", properties: { action_wait_secs: { create: seconds } } } });

/** Stacks of a user. */
function stacksOf(api: string, { token, projectId }: Person) {
  const url = `${api}/v1/${projectId}/stacks`;
  const show = async (name: string): Promise<Stack | undefined> => {
    // The name leads to the stack by a public URL.
    const { headers, status } = await ask(`${url}/${name}`, { headers: token });
    if (status === 404) return undefined;
    const { body } = await ask(api + new URL(String(headers.location)).pathname, { headers: token });
    return (body as { stack: Stack }).stack;
  };
  return {
    show,
    create: async (name: string, template: Template): Promise<void> => {
      const { status, body } = await ask(url, { headers: token, body: { stack_name: name, template } });
      expect(status, JSON.stringify(body)).toBe(201);
    },
    /** Asks for a change of a stack, or for its end when there is no template. */
    change: async (name: string, template?: Template): Promise<void> => {
      const { headers } = await ask(`${url}/${name}`, { headers: token });
      const place = api + new URL(String(headers.location)).pathname;
      const question = template === undefined ? { method: "DELETE" } : { method: "PUT", body: { template } };
      const { status, body } = await ask(place, { headers: token, ...question });
      expect([202, 204], JSON.stringify(body)).toContain(status);
    },
    output: async (name: string, key: string): Promise<unknown> =>
      (await show(name))?.outputs?.find(({ output_key }) => output_key === key)?.output_value,
    /** Waits while a stack is in progress: how it ended. */
    settled: async (name: string): Promise<string> => {
      for (;;) {
        const stack = await show(name);
        const status = stack?.stack_status.replace("DELETE_COMPLETE", "gone") ?? "gone";
        if (!status.endsWith("_IN_PROGRESS")) return status.endsWith("FAILED") ? stack!.stack_status_reason : status;
        await sleep(500);
      }
    },
  };
}

async function startHeat(release: Parameters<typeof startCloud>[1], onTestFinished: Parameters<typeof startCloud>[2]) {
  const small: SmallCloud = await startCloud(["barbican", "heat"], release, onTestFinished, { infrastructure: true });
  const { service, urls } = small.running.get("heat")!;
  const [engine] = workersOf(service);
  const { sql } = small.cloud.infrastructure!;
  const count = (query: string) => Number(sql(`SELECT COUNT(*) FROM ${query}`)[0]);
  return { sql, small, cloud: small.cloud, service, urls, engine: engine!, count };
}

describe.each(releasesOf("heat"))("Heat %s", (release) => {
  test("builds, changes and removes stacks, also after an engine was lost at work", async ({ onTestFinished }) => {
    const { small, cloud, service, urls, engine, count, sql } = await startHeat(release, onTestFinished);
    const [api, cfn] = [urls.get("api")!, urls.get("cfn")!];
    const alice = await person(small, "alice");
    const stacks = stacksOf(api, alice);
    const engines = () => count("heat.service WHERE deleted_at IS NULL");
    const first = cloud.start(service, engine);
    await eventually(() => engines() > 0);

    await stacks.create("all", everything(16));
    // What runs inside of a stack calls back by public names, and no gateway changes what it has signed.
    const signal = async (place: string, headers: object, body: object, method: string) => {
      const { host, pathname, search } = new URL(place);
      const server = host.startsWith("heat-cfn.") ? cfn : api;
      const answer = await ask(server + pathname + search, { method, headers: { Host: host, ...headers }, body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    };
    const url = (key: string) =>
      eventually(async () => {
        const found = await stacks.output("all", key);
        return typeof found === "string" && found.startsWith("http") && found;
      });
    const token = await eventually(() => stacks.output("all", "token"));
    await signal(await url("endpoint"), { "X-Auth-Token": String(token) }, { status: "SUCCESS" }, "POST");
    const done = { Status: "SUCCESS", UniqueId: "1", Data: "done", Reason: "done" };
    await signal(await url("signed"), { "Content-Type": "" }, done, "PUT");
    expect(await stacks.settled("all"), first.said()).toBe("CREATE_COMPLETE");
    expect(await stacks.output("all", "random")).toHaveLength(16);
    const barbican = small.running.get("barbican")!.urls.get("api");
    const secrets = async () => {
      const { body } = await ask(`${barbican}/v1/secrets`, { headers: alice.token });
      return (body as { total: number }).total;
    };
    expect(await secrets()).toBe(1);

    // Nobody is logged in when this comes: Heat acts for the user by the user's trust.
    await signal(await url("more"), {}, {}, "POST");
    await eventually(async () => (await secrets()) === 2);
    await stacks.change("all", everything(24));
    expect(await stacks.settled("all"), first.said()).toBe("UPDATE_COMPLETE");
    expect(await stacks.output("all", "random")).toHaveLength(24);
    const credentials = "keystone.trust WHERE deleted_at IS NULL";
    expect(count(credentials)).toBeGreaterThan(0);
    await stacks.change("all");
    expect(await stacks.settled("all"), first.said()).toBe("gone");
    expect(await secrets()).toBe(0);
    // The trust goes last, when the stack is called deleted already.
    await eventually(() => count(credentials) === 0);

    // An engine is lost with a resource at work, while another one is there.
    await stacks.create("lost", slow(3600));
    await eventually(() => count("heat.resource WHERE status = 'IN_PROGRESS'") > 0);
    const lost = sql("SELECT id FROM heat.service").map((id) => `'${id}'`);
    const second = cloud.start(service, engine);
    await eventually(() => engines() >= 2 * lost.length);
    first.kill();
    await sleep(5000);
    expect(await stacks.show("lost")).toMatchObject({ stack_status: "CREATE_IN_PROGRESS" });
    await stacks.change("lost", slow(0));
    expect(await stacks.settled("lost"), second.said()).toBe("UPDATE_COMPLETE");
    await stacks.change("lost");
    expect(await stacks.settled("lost"), second.said()).toBe("gone");

    // Engines that are gone, and stacks that were deleted a while ago, leave the tables.
    sql(`UPDATE heat.service SET updated_at = NOW() - INTERVAL 1 HOUR WHERE id IN (${lost})`);
    await runCron(cloud, service, "service-clean");
    expect(engines()).toBe(lost.length);
    await runCron(cloud, service, "purge-deleted");
    expect(count("heat.stack")).toBeGreaterThan(0);
    backdate(cloud.infrastructure!, "heat", 31);
    await runCron(cloud, service, "purge-deleted");
    expect(count("heat.stack")).toBe(0);
  });
});
