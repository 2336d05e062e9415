import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, type Component, component } from "../../generator/contract/component.ts";
import { openstack } from "../../generator/kit/openstack.ts";

// Components as small as they can be, with files that no service of the catalogue has yet.

/** Two files of oslo.config: the main one, and one that a program of its own reads with `--config-file` and `--config-dir`. */
const switchboard = openstack({
  name: "switchboard",
  summary: "Reads two ini files, each with layers, and a text with values of the cluster.",
  options: { mtu: z.number().int().default(1500).describe("Bytes of a packet.") },
  roles: {
    api: {
      wsgi: "switchboard.wsgi:application",
      endpoint: { type: "switchboard", port: 8998, description: "Switchboard" },
    },
  },
  needs: [],
  layered: ["plugin.ini"],
  conf: (ctx) => ({ DEFAULT: { region_name: ctx.region } }),
  files: (ctx) => ({
    "plugin.ini": { plugin: { driver: "plain", mtu: ctx.options.mtu, endpoint: ctx.url("switchboard", "public") } },
    "alone.ini": { DEFAULT: { region: ctx.region, constant: true } },
    "pools.yaml": `region: ${ctx.region}\n`,
    "constant.yaml": "always: the same\n",
  }),
});

/** A program without oslo.config, whose secret comes by a variable that it reads by itself. */
const sign: Component = component({
  name: "sign",
  summary: "Shows a text, and knows nothing of oslo.config.",
  group: "services",
  options: z.strictObject({}),
  roles: { sign: { replicas: 1, scaling: "free" } },
  images: { sign: () => "registry.example.org/sign:1" },
  project: "sign",
  secretOptions: { seal: { variable: "SIGN_SEAL", form: "text", length: 40, purpose: "seal of the sign" } },
  config: (ctx) => ({ "sign.json": `{ "domain": "${ctx.domain}" }\n` }),
  manifests: () => [],
});

/** The catalogue with them in it. */
export const catalogue: Catalogue = new Map(
  [...builtIn.values(), switchboard as Component, sign].map((item) => [item.name, item]),
);
