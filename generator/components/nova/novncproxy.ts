import { openstack } from "../../kit/openstack.ts";
import { serverCertificate, speaksHttps } from "../../kit/tls.ts";
import { displayCertificate, displayFiles, displayPorts, displayVolume } from "./displays.ts";
import { askPage } from "./scripts.ts";

const port = 6080;

/**
 * Consoles of a cell's servers in the browser. A token says which server somebody may look at. It is in the cell's database, so every replica
 * takes it, and a proxy of another cell none: https://docs.openstack.org/nova/latest/admin/remote-console-access.html
 * Whoever is outside reaches these pods. They have no password of Nova's user, and not that of the API's database.
 */
export default openstack({
  name: "nova-novncproxy",
  summary: "Consoles of a cell's servers in the browser: a page, and WebSockets that go on to the compute hosts.",
  partOf: "nova-cell",
  user: false,
  project: "nova",
  order: { after: { run: "run" }, before: { run: "contract" } },
  nodePorts: [displayPorts],
  roles: {
    proxy: {
      command: ["nova-novncproxy"],
      // A console is one request, for as long as somebody looks.
      endpoint: { port, timeout: 0, description: "Consoles of servers" },
      probe: ["python3", "-c", askPage, String(port)],
      // Each console is a process of its own, with one connection to the database and about 40 MiB: forty are counted, as four others have.
      processes: 4,
      memory: ["512Mi", "2Gi"],
      // It ends its consoles at once.
      grace: 15,
      pod: (ctx) => {
        const { volume, mount } = displayVolume(ctx);
        return {
          // An option in a file of the base could not be taken away where the inside is plain.
          environment: speaksHttps(ctx)
            ? [
                { name: "OS_DEFAULT__CERT", value: serverCertificate.certificate },
                { name: "OS_DEFAULT__KEY", value: serverCertificate.key },
                { name: "OS_DEFAULT__SSL_ONLY", value: "true" },
              ]
            : [],
          volumes: [volume],
          mounts: [mount],
        };
      },
    },
  },
  needs: [
    { kind: "database", name: "nova_cell", group: "database", from: "owner" },
    // It asks the compute host whether the server is still at that port.
    { kind: "messaging", name: "nova_cell", group: "DEFAULT", use: "rpc", from: "owner" },
  ],
  certificates: (ctx) => [displayCertificate(ctx, "proxy")],
  conf: (ctx) => ({
    // noVNC, where the image has it.
    DEFAULT: { web: "/usr/share/novnc" },
    upgrade_levels: { compute: "auto" },
    vnc: {
      // And no other: `none` would be taken from whoever answers in a host's place.
      auth_schemes: "vencrypt",
      ...(ctx.ipFamilies.includes("IPv6") ? { novncproxy_host: "::" } : {}),
      novncproxy_port: port,
      vencrypt_ca_certs: displayFiles.ca,
      vencrypt_client_cert: displayFiles.certificate,
      vencrypt_client_key: displayFiles.key,
    },
  }),
});
