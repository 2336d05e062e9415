import { z } from "zod";
import { hosts, port } from "../../generator/contract/formats.ts";
import { connectionKind } from "../../generator/connections/connection-kind.ts";

/** Indexes of what services hold. Each can be made again, and nobody logs in. */
export default connectionKind({
  title: "a search engine",
  uses: "Named search instance, or external servers.",
  external: z
    .strictObject({ hosts: hosts("search-1.example.org"), port: port.default(9200).describe("TCP port.") })
    .describe("Servers that exist already."),
  reach: ({ hosts, port }) => ({ members: hosts, port }),
  environment: () => ({ literals: {}, secrets: {}, composed: {} }),
  options: ({ members, port }) => ({ search: { hosts: members.map((host) => `http://${host}:${port}`) } }),
  secrets: () => [],
});
