import type { Catalogue } from "../../generator/contract/component.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import type { RecordedState } from "../../generator/model/living.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import type { Rendered } from "../laws/cases.ts";
import { textOf } from "../laws/text.ts";
import { catalogue } from "./components.ts";

const library = baseLibrary(catalogue);

/** A cluster with the services of these settings; `more` is said at the root, and `before` is what the last run recorded. */
export function clusterOf(
  services: object,
  more: object = {},
  own: Catalogue = catalogue,
  before?: RecordedState,
): Cluster {
  const text = textOf({
    name: "lab",
    domain: "lab.example.org",
    delivery: { repository: "https://git.example.org/fleet.git" },
    access: { tls: { secret: "public" } },
    kubernetes: { version: "1.35" },
    secrets: { provider: "existing" },
    infrastructure: { mariadb: { backup: "none" } },
    services,
    ...more,
  });
  const known = own === catalogue ? library : baseLibrary(own);
  return buildFrom({ name: "lab", text, catalogue: own, library: known, before });
}

/** The same, where nothing is wrong with it. */
export function rendered(services: object, more: object = {}, own: Catalogue = catalogue): Rendered {
  const cluster = clusterOf(services, more, own);
  if (hasErrors(cluster.issues)) throw new Error(JSON.stringify(cluster.issues, undefined, 2));
  return cluster as Rendered;
}

/** What is wrong with a cluster: code, message and way out. */
export const mistakes = (services: object, more: object = {}, own: Catalogue = catalogue): [string, string][] =>
  clusterOf(services, more, own)
    .issues.filter(({ severity }) => severity === "error")
    .map(({ code, message, hint }) => [code, `${message}. ${hint}`]);

/** One instance of a cluster. */
export const instanceOf = ({ model }: Rendered, name: string) => {
  const found = model.instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
