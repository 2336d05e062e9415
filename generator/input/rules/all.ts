import { type Path, showPath } from "../../base/words.ts";
import type { Catalogue } from "../../contract/component.ts";
import { error, type Issue } from "../../issues/issue.ts";
import type { ClusterSpec } from "../spec.ts";
import type { Source } from "../yaml/positions.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkInstance } from "./instance.ts";
import { checkPods } from "./pods.ts";
import { checkRoot } from "./root.ts";

/** What a schema cannot say: rules between keys, and words that mean trouble in Kubernetes or oslo.config. */
export function checkCluster(spec: ClusterSpec, source: Source, catalogue: Catalogue): Issue[] {
  const findings = [
    ...checkRoot(spec, source, catalogue),
    ...spec.instances.flatMap((instance) => {
      const component = catalogue.get(instance.component)!;
      return [
        ...checkInstance(instance, component, catalogue, spec),
        ...checkConfiguration(instance, component),
        ...checkPods(instance, component),
      ];
    }),
  ];
  // When an option may not be set at all, a password in it need not be mentioned.
  const said = new Set(findings.map(({ path = [] }) => showPath(path)));
  return [...findings, ...credentials(spec).filter(({ path = [] }) => !said.has(showPath(path)))];
}

/** Git keeps a password for ever, and everybody who reads the repository has it. */
function credentials({ instances, file: _, ...head }: ClusterSpec): Issue[] {
  return [
    ...urlsWithPassword(head, []),
    ...instances.flatMap(({ common, service, options, path }) =>
      urlsWithPassword({ ...common, ...service, ...(options as object) }, path),
    ),
  ].map((path) =>
    error(
      "credentials-in-url",
      `${showPath(path)} carries a password in its URL`,
      "Remove it from the URL, and change it where it is used: Git keeps it for ever. Credentials belong in a Secret.",
      { path },
    ),
  );
}

function urlsWithPassword(value: unknown, path: Path): Path[] {
  if (typeof value === "string") return /(^|[^a-z])[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^\s@]*@/i.test(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => urlsWithPassword(item, [...path, index]));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => urlsWithPassword(item, [...path, key]));
}
