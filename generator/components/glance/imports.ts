import { z } from "zod";
import type { Ini } from "../../contract/configuration.ts";
import type { Server } from "../../contract/destination.ts";
import { hostName, port } from "../../contract/formats.ts";

export const webDownload = z
  .strictObject({
    hosts: z
      .array(hostName("cloud-images.example.org"))
      .min(1)
      .describe("Names of the servers that users may name in a URL."),
    ports: z.array(port).min(1).default([443]).describe("Ports of these servers."),
  })
  .optional()
  .describe("Lets users import an image from a URL. Default: Glance fetches nothing.");

interface Options {
  readonly webDownload?: z.output<typeof webDownload>;
}

/**
 * By default Glance would fetch whatever URL a user names, inside the cluster too. Of hosts that are named it takes those alone
 * (https://docs.openstack.org/glance/latest/admin/interoperable-image-import.html).
 */
export const imports = ({ options }: { readonly options: Options }): Ini =>
  options.webDownload === undefined
    ? { DEFAULT: { enabled_import_methods: "[glance-direct,copy-image]" } }
    : {
        DEFAULT: { enabled_import_methods: "[glance-direct,copy-image,web-download]" },
        // Glance takes these lists in brackets alone.
        import_filtering_opts: {
          allowed_hosts: `[${options.webDownload.hosts.join(",")}]`,
          allowed_ports: `[${options.webDownload.ports.join(",")}]`,
        },
      };

export const webServers = ({ webDownload: { hosts, ports } = { hosts: [], ports: [] } }: Options): Server[] =>
  hosts.map((host) => ({ host, ports }));
