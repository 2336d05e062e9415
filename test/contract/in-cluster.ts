import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { copied, lentTo, makerRules } from "../../generator/kit/in-cluster.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { fromSecret } from "../../generator/kit/pod.ts";
import { secretScript } from "../../generator/kit/secret-script.ts";

// The smallest pair of which one makes a Secret in the cluster, and the other reads it in another namespace.

const copyRole = "copy-keys";

/** Finds out a key that nobody can know before, and lends it. */
const vault = openstack({
  name: "vault",
  summary: "Finds out keys.",
  roles: { api: { wsgi: "vault.wsgi:application", endpoint: { type: "vault", port: 8911, description: "Vault" } } },
  needs: [],
  jobs: {
    "find-keys": {
      phase: "expand",
      connections: [],
      rules: (ctx) => makerRules(`${ctx.instance}-keys`),
      pod: (ctx) => ({ environment: [{ name: "SECRET", value: `${ctx.instance}-keys` }] }),
      steps: {
        find: ["python3", "-c", secretScript({ body: 'data = keys or {"key": base64.b64encode(b"found").decode()}' })],
      },
    },
  },
  secrets: ({ instance }) => [
    { name: `${instance}-keys`, keys: { key: "given" }, purpose: "keys that are found out", origin: "cluster" },
  ],
  manifests: (ctx) => lentTo(ctx, [`${ctx.instance}-keys`], copyRole, ctx.askers),
});

/** Cannot start without the key. */
const reader = openstack({
  name: "reader",
  summary: "Reads keys of a vault.",
  roles: {
    reader: {
      command: ["reader"],
      probe: ["true"],
      pod: (ctx) => ({ environment: [fromSecret("KEY", `${ctx.peer("vault")!.instance}-keys`, "key")] }),
    },
  },
  needs: [],
  requires: ["identity", "vault"],
  jobs: { [copyRole]: { phase: "expand" } },
  crons: { [copyRole]: { at: "*/10 * * * *" } },
  secrets: (ctx) => {
    const { instance } = ctx.peer("vault")!;
    const name = `${instance}-keys`;
    return [
      { name, keys: { key: "given" }, purpose: "keys of the vault", origin: "cluster", copyOf: { instance, name } },
    ];
  },
  manifests: (ctx) => {
    const peer = ctx.peer("vault")!;
    return copied(ctx, copyRole, [`${peer.instance}-keys`], peer);
  },
});

/** The catalogue with them in it. */
export const catalogue: Catalogue = new Map(
  [...builtIn.values(), vault as Component, reader as Component].map((item) => [item.name, item]),
);
