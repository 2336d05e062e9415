import { z } from "zod";
import { integer, size } from "../../contract/formats.ts";
import { openstack } from "../../kit/openstack.ts";
import { scratch } from "../../kit/pod.ts";
import { localSettings, values, websso } from "./settings.ts";

const django = (...words: string[]): string[] => [
  ...["python3", "-m", "django", ...words],
  "--settings=openstack_dashboard.settings",
];

/**
 * Dashboard. It keeps nothing but sessions, in memcached: a session lives in all replicas, and ends with the memcached
 * server that has it. Its users log in to the Identity service; it has no user of its own.
 */
export default openstack({
  name: "horizon",
  summary: "Dashboard: the cloud in a browser.",
  options: {
    defaultDomain: z.string().min(1).max(64).default("Default").describe("Domain of users who name none."),
    multiDomain: z.boolean().default(false).describe("The login page asks for the domain."),
    sessionTimeout: integer(60, 604_800)
      .default(3600)
      .describe("Seconds after which a user who does nothing must log in again; at the latest when the token ends."),
    uploadSize: size
      .default("8Gi")
      .describe("Room on the node for images that users upload in the browser, per replica."),
  },
  roles: {
    web: {
      wsgi: "openstack_dashboard.wsgi:application",
      uwsgi: () => ({ "socket-timeout": 300, "static-map": "/static=/var/lib/horizon/static" }),
      // The image has static files too, but lacks a part of them: its build has no memcached, which a template of theirs asks
      // for. Here they also fit the operator's own settings.
      prepare: { collect: django("collectstatic", "--noinput"), compress: django("compress", "--force") },
      // An upload may take hours: no time limit on the route.
      endpoint: { port: 8080, timeout: 0, passwords: true },
      // The page is made without the Identity service and without a session.
      probe: "/auth/login/",
      memory: ["1Gi", "2Gi"],
      pod: ({ options }) => {
        const uploads = scratch("uploads", "/var/lib/horizon/uploads", options.uploadSize);
        const files = scratch("static", "/var/lib/horizon/static", "256Mi");
        return {
          environment: [{ name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } }],
          volumes: [uploads.volume, files.volume],
          mounts: [
            uploads.mount,
            files.mount,
            // In place of the image's own, which is Horizon's example: it turns on debugging, and writes next to itself. The
            // path is a link to where Python has its packages
            // (https://opendev.org/openstack/openstack-helm-images/src/branch/master/horizon/configure_horizon.sh).
            {
              name: "etc",
              mountPath: "/usr/local/share/openstack_dashboard/local/local_settings.py",
              subPath: "local_settings.py",
              readOnly: true,
            },
          ],
        };
      },
    },
  },
  requires: ["identity"],
  callsEveryService: true,
  details: () => ({ websso }),
  user: false,
  needs: ["cache"],
  secretOptions: {
    "secret-key": {
      variable: "HORIZON_SECRET_KEY",
      form: "text",
      length: 64,
      purpose: "key that signs sessions; with another one all users log in again",
    },
  },
  mainFile: false,
  directories: ["settings"],
  files: (ctx) => ({ "local_settings.py": localSettings, "values.json": values(ctx) }),
});
