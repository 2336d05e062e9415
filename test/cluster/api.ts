import { execFileSync } from "node:child_process";
import { access, authority } from "./sandbox.ts";

/** Reads a path of the API; throws with what the server said. */
export type Read = (path: string) => unknown;

/**
 * Reads the API behind the command that leads to a cluster's host. Tests look at their clusters every second: a start of
 * kubectl takes ten times the processor time of one of curl.
 */
export function readerFor(enter: readonly string[] = []): Read {
  return (path) => {
    const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const asked = ["--silent", "--show-error", "--fail-with-body", "--header", `Accept: ${aggregated}`];
    const trusted = ["--cacert", authority, "--oauth2-bearer", access.token];
    const [program, ...rest] = [...enter, "curl", ...asked, ...trusted, `${access.server}${path}`];
    return JSON.parse(execFileSync(program!, rest, { encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" }));
  };
}

interface Served {
  readonly path: string;
  readonly kind: string;
  readonly apiVersion: string;
}
interface Discovered {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly { readonly resource: string; readonly responseKind?: { readonly kind: string } }[];
    }[];
  }[];
}

/** Lists objects of all namespaces by the plural of their kind, `.group` behind it where the name alone is not enough. */
export function listerFor(read: Read): (plural: string, selector?: string) => unknown[] {
  const paths = new Map<string, Served>();
  return (plural, selector = "") => {
    if (!paths.has(plural)) for (const [name, found] of discover(read)) paths.set(name, found);
    const known = paths.get(plural);
    if (known === undefined) throw new Error(`The API serves no ${plural}.`);
    const { path, kind, apiVersion } = known;
    const { items } = read(`${path}?labelSelector=${encodeURIComponent(selector)}`) as { items: object[] };
    // Items of a list do not say of which kind they are.
    return items.map((item) => ({ apiVersion, kind, ...item }));
  };
}

/** Every served resource, by its plural and by plural.group; the preferred version, and Kubernetes' own groups first. */
function discover(read: Read): Map<string, Served> {
  const paths = new Map<string, Served>();
  for (const root of ["/api", "/apis"])
    for (const { metadata, versions } of (read(root) as Discovered).items)
      for (const { version, resources } of versions)
        for (const { resource, responseKind } of resources) {
          const group = metadata.name ?? "";
          const apiVersion = group === "" ? version : `${group}/${version}`;
          const found = { path: `${root}/${apiVersion}/${resource}`, kind: responseKind?.kind ?? "", apiVersion };
          for (const name of [resource, `${resource}.${group}`]) if (!paths.has(name)) paths.set(name, found);
        }
  return paths;
}
