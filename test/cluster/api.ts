import { Agent, type IncomingMessage, request } from "node:http";
import type { KubernetesObject } from "../tools/kustomize.ts";

/** The API of a cluster, as a program talks to it. Whatever the server refuses is thrown with its words. */
export interface Api {
  /** What is said at a path. */
  read(path: string): Promise<string>;
  /** Changes of the objects at a path and, first, those that are there; without end. */
  watch(path: string): Promise<IncomingMessage>;
  /** Objects of all namespaces, by the plural of their kind (`.group` where that is not enough) and a label selector. */
  list(plural: string, selector?: string): Promise<unknown[]>;
  /** Creates or changes objects, one after the other, by server-side apply with strict field validation. */
  apply(objects: readonly object[], how?: { readonly dryRun?: boolean }): Promise<void>;
  /** Whether objects of a kind can be made. */
  serves(apiVersion: string, kind: string): Promise<boolean>;
}

/**
 * The API behind a socket of `kubectl proxy`. Tests look at their clusters every second and apply thousands of objects: a
 * start of kubectl each time would be a tenth of all that they take of the processor.
 */
export function apiBehind(socketPath: string): Api {
  const agent = new Agent({ keepAlive: true });
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath, agent, method, path, headers }, resolve).once("error", reject).end(body);
    });
    if (response.statusCode! < 300) return response;
    throw new Error(`${method} ${path}: ${response.statusCode} ${await textOf(response)}`);
  };
  const ask = async (...request: Parameters<typeof send>) => textOf(await send(...request));

  let served: readonly Served[] = [];
  /** Kinds may be made known at any time, and asking for all of them takes as long as many requests. */
  const find = async (is: (kind: Served) => boolean): Promise<Served | undefined> => {
    const known = served.find(is);
    if (known !== undefined) return known;
    const roots = ["/api", "/apis"].map(async (root) => servedBelow(root, await ask("GET", root, discovery)));
    served = (await Promise.all(roots)).flat();
    return served.find(is);
  };
  const must = async (what: string, is: (kind: Served) => boolean): Promise<Served> => {
    const found = await find(is);
    if (found === undefined) throw new Error(`The API serves no ${what}.`);
    return found;
  };

  const api: Api = {
    read: (path) => ask("GET", path),
    watch: (path) => send("GET", `${path}?watch=true`),
    async list(wanted, selector = "") {
      const named = ({ plural, group }: Served) => wanted === plural || wanted === `${plural}.${group}`;
      const { root, apiVersion, kind, plural } = await must(wanted, named);
      const path = `${root}/${apiVersion}/${plural}?labelSelector=${encodeURIComponent(selector)}`;
      // Items of a list do not say of which kind they are.
      return (JSON.parse(await api.read(path)) as { items: object[] }).items.map((item) => ({
        apiVersion,
        kind,
        ...item,
      }));
    },
    async apply(objects, { dryRun = false } = {}) {
      for (const object of objects as readonly KubernetesObject[]) {
        const { apiVersion, kind, metadata } = object;
        const { root, plural, namespaced } = await must(`${apiVersion} ${kind}`, isOf(apiVersion, kind));
        const namespace = namespaced ? `namespaces/${metadata.namespace ?? "default"}/` : "";
        const how = `fieldManager=kubectl&force=true&fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
        const path = `${root}/${apiVersion}/${namespace}${plural}/${metadata.name}?${how}`;
        await ask("PATCH", path, { "content-type": "application/apply-patch+yaml" }, JSON.stringify(object));
      }
    },
    serves: async (apiVersion, kind) => (await find(isOf(apiVersion, kind))) !== undefined,
  };
  return api;
}

const textOf = async (response: IncomingMessage): Promise<string> =>
  (await response.setEncoding("utf8").toArray()).join("");

/** Of which kind the objects are that the API serves below its root under a plural. */
interface Served {
  readonly root: string;
  readonly apiVersion: string;
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const isOf = (apiVersion: string, kind: string) => (served: Served) =>
  served.apiVersion === apiVersion && served.kind === kind;

/** All kinds of one root in one answer. */
const discovery = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

interface Discovered {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly scope: "Namespaced" | "Cluster";
        readonly responseKind?: { readonly kind: string };
      }[];
    }[];
  }[];
}

/** The preferred version of each group first, and Kubernetes' own groups first. */
function servedBelow(root: string, answer: string): Served[] {
  return (JSON.parse(answer) as Discovered).items.flatMap(({ metadata: { name: group = "" }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(({ resource, scope, responseKind }) => ({
        root,
        apiVersion: group === "" ? version : `${group}/${version}`,
        group,
        plural: resource,
        kind: responseKind?.kind ?? "",
        namespaced: scope === "Namespaced",
      })),
    ),
  );
}
