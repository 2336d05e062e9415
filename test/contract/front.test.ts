import { expect, test } from "vitest";
import { z } from "zod";
import { openstack } from "../../generator/kit/openstack.ts";
import { podOf, renderingOf, withComponents } from "../kit/tiny.ts";

const guarded = openstack({
  name: "guarded",
  summary: "Has a server in front of it, where its options say so.",
  options: { guard: z.boolean().default(false).describe("Somebody stands at the door.") },
  roles: {
    api: {
      wsgi: "guarded.wsgi:application",
      endpoint: { type: "guarded", port: 9001, description: "Guarded" },
      probe: "/ready",
      front: (ctx) =>
        ctx.options.guard
          ? {
              name: "guard",
              image: ctx.image("guard"),
              command: ["guard", "--at", "9001"],
              resources: { requests: { cpu: "10m" }, limits: { memory: "32Mi" } },
              prepare: { name: "instruct", command: ["python3", "-c", "pass"], environment: [], mounts: [] },
            }
          : undefined,
    },
  },
  ownImages: { guard: "a guard" },
  needs: [],
});

const built = (guard: boolean, more: object = {}) =>
  renderingOf(
    withComponents([guarded], {
      services: { guarded: { ...(guard ? { guard, image: { guard: "registry.example.org/own/guard:1" } } : {}) } },
      ...more,
    }),
    "guarded",
  );
const podIn = ({ objects }: ReturnType<typeof built>) => podOf(objects["Deployment/guarded-api"]);
const uwsgi = ({ configMaps }: ReturnType<typeof built>) => configMaps.find(({ name }) => name === "guarded-etc")!.data;

test("a front holds the port of the Service, and what lies behind it listens at no address", () => {
  const rendering = built(true);
  const [behind, front] = podIn(rendering).containers;
  expect(front).toMatchObject({
    name: "guard",
    image: "registry.example.org/own/guard:1",
    ports: [{ containerPort: 9001, name: "api" }],
    readinessProbe: { httpGet: { path: "/ready", port: "api" } },
    livenessProbe: { tcpSocket: { port: "api" } },
  });
  expect(behind).not.toHaveProperty("ports");
  expect(behind).not.toHaveProperty("readinessProbe");
  const listens = uwsgi(rendering)
    ["uwsgi.ini"]!.split("\n")
    .filter((line) => /socket = /.test(line));
  expect(listens).toEqual(["chmod-socket = 600", "http-socket = /run/uwsgi/api.sock"]);
  for (const container of [behind!, front!])
    expect(container.volumeMounts).toContainEqual({ name: "uwsgi", mountPath: "/run/uwsgi" });
  expect(podIn(rendering).volumes).toContainEqual({ name: "uwsgi", emptyDir: { sizeLimit: "1Mi" } });
});

test("whoever asks what lies behind asks its socket, and it ends after the front", () => {
  const rendering = built(true);
  const [behind, front] = podIn(rendering).containers;
  const command = ["python3", "/etc/guarded/socket-probe.py", "/ready"];
  expect(behind).toMatchObject({ livenessProbe: { exec: { command } }, startupProbe: { exec: { command } } });
  expect(uwsgi(rendering)["socket-probe.py"]).toContain("/run/uwsgi/api.sock");
  const seconds = (container: object) =>
    (container as { lifecycle: { preStop: { sleep: { seconds: number } } } }).lifecycle.preStop.sleep.seconds;
  expect(seconds(front!)).toBeLessThan(seconds(behind!));
  expect(podIn(rendering).initContainers?.map(({ name }) => name)).toEqual(["instruct"]);
});

test("a front has the certificate of the Service, where the inside is encrypted", () => {
  const [, front] = podIn(built(true, { internal: { tls: "required" } })).containers;
  expect(front!.volumeMounts).toContainEqual({ name: "internal-tls", mountPath: "/etc/ssl/internal", readOnly: true });
  expect(front).toMatchObject({ readinessProbe: { httpGet: { scheme: "HTTPS" } } });
});

test("without one nothing of it is there", () => {
  const rendering = built(false);
  const [only, ...others] = podIn(rendering).containers;
  expect(others).toEqual([]);
  expect(only).toMatchObject({ ports: [{ containerPort: 9001 }], readinessProbe: { httpGet: { path: "/ready" } } });
  expect(uwsgi(rendering)["uwsgi.ini"]).toContain("http-socket = :9001");
  expect(uwsgi(rendering)).not.toHaveProperty("socket-probe.py");
});

test("an image that nobody publishes is a name of image", () => {
  const cluster = withComponents([guarded], {
    services: { guarded: { image: { gard: "registry.example.org/guard:1" } } },
  });
  expect(cluster.issues).toMatchObject([{ code: "unknown-key", hint: expect.stringContaining("guard") }]);
});
