import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { integer } from "../../generator/contract/formats.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { contextOf } from "../../generator/render/context.ts";
import { podOf, renderingOf, withComponents } from "./tiny.ts";

const tiny = openstack({
  name: "tiny",
  summary: "A service that uses each word of the header.",
  options: { days: integer(1, 90).default(1).describe("Days between two runs.") },
  roles: {
    api: {
      wsgi: { "2025.1": "tiny.old:application", later: "tiny.wsgi:application" },
      endpoint: { type: "tiny", port: 9001, path: "/v2", description: "Tiny" },
      publicUrl: "DEFAULT.public_endpoint",
      cpu: { production: "2", development: "50m" },
      memory: ["64Mi", "128Mi"],
      grace: 5,
    },
    front: {
      wsgi: "tiny.front:application",
      uwsgi: () => ({ threads: 7 }),
      endpoint: { type: "tiny-front", port: 9002, description: "Front" },
      without: ["database"],
    },
    worker: { command: ["tiny-worker"], memory: ["32Mi", "64Mi"], locks: true, grace: 120 },
    scheduler: {
      command: ["tiny-scheduler"],
      scaling: "one",
      probe: ["tiny-status"],
      processes: { "scheduler.workers": 2 },
    },
    keeper: {
      command: ["tiny-keeper"],
      replicas: 2,
      stateful: ({ options }) => [{ name: "store", mountPath: "/var/lib/tiny/store", size: `${options.days}Gi` }],
    },
  },
  needs: ["database", "cache", "rpc"],
  migrate: { expand: { first: ["tiny-manage", "one"], second: ["tiny-manage", "two"] } },
  jobs: {
    setup: {
      phase: "contract",
      connections: [],
      rules: () => [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      steps: { setup: { run: ["tiny-setup"], environment: (ctx) => [{ name: "DAYS", value: `${ctx.options.days}` }] } },
    },
  },
  crons: {
    purge: { at: "5 1 * * *", run: ["tiny-manage", "purge"] },
    rotate: { at: ({ days }) => `0 0 */${days} * *`, run: ["tiny-manage", "rotate"] },
  },
  imageFiles: { "paste_deploy.api_paste_config": "api-paste.ini" },
  conf: ({ options }) => ({ tiny: { days: options.days } }),
});

const production = {
  infrastructure: { mariadb: { backup: "none" } },
  access: { tls: { secret: "public" } },
  kubernetes: { version: "1.35" },
};
const rendered = (data: object = {}) => renderingOf(withComponents([tiny], data), "tiny");
const ofTiny = (settings: object) => rendered({ services: { tiny: settings } });

describe("a service from its header", () => {
  test("serves each WSGI role by a configuration of its own, by the module of the release", () => {
    const { objects, configMaps } = rendered();
    const files = configMaps.find(({ name }) => name === "tiny-etc")!.data;
    expect(files["uwsgi.ini"]).toContain("module = tiny.wsgi:application");
    expect(files["uwsgi-front.ini"]).toContain("module = tiny.front:application");
    expect(files["uwsgi-front.ini"]).toContain("threads = 7");
    expect(podOf(objects["Deployment/tiny-front"]).main.command).toEqual([
      "uwsgi",
      "--ini",
      "/etc/tiny/uwsgi-front.ini",
    ]);
    const old = rendered({ release: "2025.1" }).configMaps.find(({ name }) => name === "tiny-etc")!.data;
    expect(old["uwsgi.ini"]).toContain("module = tiny.old:application");
  });

  test("takes up a renewed certificate at each replica's own time, so that some answer meanwhile", () => {
    const files = rendered({ internal: { tls: "required" } }).configMaps.find(({ name }) => name === "tiny-etc")!.data;
    const command = /^touch-exec = \/etc\/ssl\/internal\/tls\.crt (.+)$/m.exec(files["uwsgi.ini"]!)![1]!;
    // What uwsgi would wait for, and whom it would tell.
    const waits = () => execFileSync("sh", ["-c", `sleep() { echo $1; }; kill() { echo $1; }; ${command}`]).toString();
    const all = Array.from({ length: 5 }, waits);
    expect(new Set(all).size).toBeGreaterThan(1);
    for (const told of all) expect(told).toMatch(/^\d{1,5}\n-HUP\n$/);
  });

  test("gives no credentials to the pods of a role that works without the connection", () => {
    const { objects } = rendered();
    const variables = (name: string) => podOf(objects[name]).main.env.map((item) => item.name);
    expect(variables("Deployment/tiny-api")).toContain("DATABASE_PASSWORD");
    expect(variables("Deployment/tiny-front").filter((name) => name.startsWith("DATABASE_"))).toEqual([]);
    expect(variables("Deployment/tiny-front")).toContain("OS_DEFAULT__TRANSPORT_URL");
    expect(Object.keys(podOf(objects["Deployment/tiny-front"]).labels)).not.toContain("overstack.io/client-of-mariadb");
    const processes = Object.entries(tiny.roles).map(([role, each]) => [role, each.processes]);
    expect(processes).toEqual([
      ["api", 4],
      ["front", undefined],
      ["worker", 1],
      ["scheduler", 2],
      ["keeper", 1],
    ]);
  });

  test("says in one place how many processes a program has, names files of the image, and where users find the API", () => {
    const { configMaps } = rendered();
    const main = configMaps.find(({ name }) => name === "tiny-etc")!.data["tiny.conf"];
    expect(main).toContain("[scheduler]\nworkers = 2\n");
    expect(configMaps.flatMap(({ data }) => Object.values(data)).join("\n")).toMatch(
      /^public_endpoint = https?:\/\/tiny\.lab\.example\.org$/m,
    );
    expect(main).toContain("[paste_deploy]\napi_paste_config = /var/lib/openstack/etc/tiny/api-paste.ini\n");
  });

  test("takes CPU by profile, memory and grace from the header", () => {
    const { main, terminationGracePeriodSeconds } = podOf(rendered().objects["Deployment/tiny-api"]);
    expect(main.resources).toEqual({ requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } });
    expect(terminationGracePeriodSeconds).toBe(20);
  });

  test("asks a program without a port whether it works by its connection to the broker, or by its own command", () => {
    const { objects, configMaps } = rendered();
    const { main } = podOf(objects["Deployment/tiny-worker"]);
    expect(main.livenessProbe).toMatchObject({
      exec: { command: ["python3", "/etc/tiny/worker-probe.py", "alive", "OS_DEFAULT__TRANSPORT_URL"] },
    });
    expect(main.env.map(({ name }) => name)).toContain("OS_DEFAULT__TRANSPORT_URL");
    expect(configMaps.find(({ name }) => name === "tiny-etc")!.data).toHaveProperty(["worker-probe.py"]);
    expect(podOf(objects["Deployment/tiny-scheduler"]).main.readinessProbe).toMatchObject({
      exec: { command: ["tiny-status"] },
    });
    expect(objects).not.toHaveProperty(["Service/tiny-worker"]);
    const mute = openstack({
      name: "mute",
      summary: "A program that nobody can ask.",
      roles: { worker: { command: ["mute"] } },
      needs: ["database"],
    });
    expect(() => withComponents([mute])).toThrow("mute: nothing tells whether worker works");
  });

  test("runs a role of which there is one exactly once, also while it rolls", () => {
    const { objects } = rendered({ profile: "production", ...production });
    expect(objects["Deployment/tiny-scheduler"]!.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    expect(objects["Deployment/tiny-worker"]!.spec).toMatchObject({
      replicas: 3,
      minReadySeconds: 15,
      strategy: { type: "RollingUpdate" },
    });
  });

  test("keeps the names and volumes of the pods of a stateful role, and refuses that a volume shrinks, or grows by an edit alone", () => {
    const cluster = withComponents([tiny], { services: { tiny: { days: 3 } } });
    const { objects } = renderingOf(cluster, "tiny");
    expect(objects["StatefulSet/tiny-keeper"]!.spec).toMatchObject({
      podManagementPolicy: "Parallel",
      serviceName: "tiny-keeper-pods",
      volumeClaimTemplates: [{ metadata: { name: "store" }, spec: { resources: { requests: { storage: "3Gi" } } } }],
    });
    const { main } = podOf(objects["StatefulSet/tiny-keeper"]);
    expect(main.env).toContainEqual({
      name: "OS_DEFAULT__HOST",
      valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } },
    });
    expect(main.volumeMounts).toContainEqual({ name: "store", mountPath: "/var/lib/tiny/store" });
    expect(objects["Service/tiny-keeper-pods"]!.spec).toMatchObject({ clusterIP: "None" });
    const instance = cluster.model!.instances.find(({ name }) => name === "tiny")!;
    const data = tiny.data!(contextOf(instance, cluster.model!));
    expect(data.map(({ key, rule, byHand }) => [key, rule, byHand !== undefined])).toEqual([
      ["each keeper's store size", "grow", true],
      ["each keeper's store class", "fixed", false],
    ]);
  });

  test("migrates step by step, and runs further Jobs in their phase with the rights that they ask for", () => {
    const { objects } = rendered();
    const migration = podOf(objects["Job/tiny-db-expand"]);
    expect([...migration.initContainers!, migration.main].map(({ name, command }) => [name, command.at(-1)])).toEqual([
      ["first", "one"],
      ["second", "two"],
    ]);
    const setup = podOf(objects["Job/tiny-setup"]);
    expect(setup.main.env).toContainEqual({ name: "DAYS", value: "1" });
    expect([setup.serviceAccountName, setup.automountServiceAccountToken]).toEqual(["tiny-setup", true]);
    expect(objects["Role/tiny-setup"]!.rules).toEqual([{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]);
  });

  test("lets the operator set CPU and memory of each Job and cron by name", () => {
    const memory = { requests: { memory: "1Gi" }, limits: { memory: "2Gi" } };
    const { objects } = ofTiny({
      resources: { "db-expand": memory, setup: memory, register: memory, purge: memory },
    });
    for (const name of ["Job/tiny-db-expand", "Job/tiny-setup", "Job/tiny-register", "CronJob/tiny-purge"])
      expect(podOf(objects[name]).main.resources.requests.memory, name).toBe("1Gi");
  });

  test("lets the operator change a schedule, but not one that follows from an option", () => {
    const { objects } = ofTiny({ days: 3, crons: { purge: false } });
    expect(objects["CronJob/tiny-purge"]!.spec).toMatchObject({ schedule: "5 1 * * *", suspend: true });
    expect(objects["CronJob/tiny-rotate"]!.spec).toMatchObject({ schedule: "0 0 */3 * *", suspend: false });
    const { issues } = withComponents([tiny], { services: { tiny: { crons: { rotate: "0 0 * * *" } } } });
    expect(issues.map(({ code, path }) => [code, path?.join(".")])).toEqual([
      ["unknown-key", "services.tiny.crons.rotate"],
    ]);
  });
});
