import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { endpointsOf, typesOf } from "../../generator/contract/endpoints.ts";
import { type KubernetesObject, phases } from "../../generator/contract/kubernetes.ts";
import type { Release } from "../../generator/contract/release.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { showsCertificate } from "../../generator/kit/tls.ts";
import type { Model } from "../../generator/model/model.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { formOf } from "../../generator/secrets/forms.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { type ConfigMaps, type Container, containersOf } from "./containers.ts";
import type { Secrets } from "./kubernetes-api.ts";

const golden = join(import.meta.dirname, "../golden/clusters");
const library = baseLibrary(catalogue);

/** Containers of an instance of a service, in the order in which they run. */
export interface Service {
  /** Cluster and instance. */
  readonly name: string;
  readonly component: string;
  /** The oslo project. */
  readonly project: string;
  readonly containers: readonly Container[];
  readonly instance: string;
  /** Catalogue types that must be up before. */
  readonly requires: readonly string[];
  /** Its servers by the name of their Service. */
  readonly servers: readonly Server[];
}

export interface Server {
  readonly name: string;
  readonly role: string;
  readonly port: number;
  readonly types: readonly string[];
}

/** The services of the golden clusters, which together use every dial (golden.test.ts says so), as of one release. */
export const servicesOf = (release: Release): Service[] =>
  globSync("*/cluster.yaml", { cwd: golden })
    .sort()
    .flatMap((file) => servicesIn(dirname(file), release));

/** The services of one golden cluster, as of one release and with other keys changed; throws when it is refused. */
export const servicesIn = (name: string, release: Release, changed: object = {}): readonly Service[] =>
  built(name, { ...parse(readFileSync(join(golden, name, "cluster.yaml"), "utf8")), release, ...changed }).services;

/**
 * A small cluster with these components, and the Secrets that are there before its pods. ConfigMaps of the operator's own may be among
 * what they read.
 */
export function smallCluster(
  components: readonly string[],
  release: Release,
  changed: object = {},
  given: Secrets = new Map(),
  own?: ConfigMaps,
): SmallCluster {
  const services = Object.fromEntries(components.map((name) => [name, {}]));
  const delivery = { repository: "https://git.example.org/fleet.git" };
  const domain = "lab.example.org";
  const small = { name: "small", profile: "development", domain, release, delivery, services, ...changed };
  return built("small", small, given, own);
}

export interface SmallCluster {
  readonly services: readonly Service[];
  readonly secrets: Secrets;
  /** What services connect to: first label of a host -> kind of connection. */
  readonly providers: ReadonlyMap<string, string>;
  /** Secrets of clients that show a certificate, with the kind of connection. */
  readonly certificates: ReadonlyMap<string, string>;
  /** Databases, virtual hosts, users and what they may do, for the operators of MariaDB and RabbitMQ. */
  readonly accounts: readonly KubernetesObject[];
  /** Settings of the MariaDB; empty where there is none. */
  readonly settings: string;
  /** The advanced.config of its RabbitMQ; empty where there is none. */
  readonly advanced: string;
}

function built(name: string, cluster: object, given: Secrets = new Map(), own?: ConfigMaps): SmallCluster {
  const text = JSON.stringify(cluster);
  const { model, rendered, issues } = buildFrom({ file: name, name, text, catalogue, library });
  if (rendered === undefined || hasErrors(issues)) throw new Error(`${name}: ${JSON.stringify(issues)}`);
  const secrets: Secrets = new Map([...standInSecrets(model!), ...given]);
  const secretValue = (secret: string, key: string) => secrets.get(secret)?.[key]?.toString() ?? `${secret}-${key}`;
  const services = model!.instances.flatMap((instance): Service[] => {
    const { project, requires = [] } = instance.component;
    if (project === undefined) return [];
    return [
      {
        name: `${name}/${instance.name}`,
        instance: instance.name,
        component: instance.component.name,
        project,
        requires,
        servers: endpointsOf(instance.component).map(([, endpoint]) => ({
          name: `${instance.name}-${endpoint.role}`,
          role: endpoint.role,
          port: endpoint.port,
          types: typesOf(endpoint),
        })),
        containers: containersOf(rendered.renders.get(instance.name)!, secretValue, own),
      },
    ];
  });
  const objects = [...rendered.renders.values()].flatMap((render) => phases.flatMap((phase) => render[phase].objects));
  return {
    services,
    secrets,
    providers: new Map(
      model!.instances.flatMap(({ connections }) =>
        connections.flatMap(({ need, host, members }) =>
          [host, ...members].map((name): [string, string] => [name.split(".")[0]!, need.kind]),
        ),
      ),
    ),
    certificates: new Map(
      model!.instances.flatMap(({ connections }) =>
        connections.filter(showsCertificate).map(({ need, account }): [string, string] => [account.secret, need.kind]),
      ),
    ),
    accounts: objects.filter(({ apiVersion }) => /^(k8s\.mariadb|rabbitmq)\.com\//.test(apiVersion)),
    advanced: objects
      .flatMap(({ spec }) => Object.values(spec ?? {}) as ({ advancedConfig?: string } | null)[])
      .map((part) => part?.advancedConfig ?? "")
      .join(""),
    settings: objects.map(({ spec }) => (spec as { myCnf?: string } | undefined)?.myCnf ?? "").join(""),
  };
}

/** Secrets that no Job makes. A password is its own place, other values have the form that their reader wants. */
const standInSecrets = (model: Model): Secrets =>
  new Map(
    requiredSecrets(model)
      .filter(({ origin }) => origin !== "cluster")
      .map(({ name, keys, known = {} }) => [
        name,
        Object.fromEntries(
          Object.entries(keys).map(([key, kind]) => {
            const form = kind === "password" ? undefined : formOf(kind);
            return [key, Buffer.from(form === undefined ? (known[key] ?? `${name}-${key}`) : reveal(form.make()))];
          }),
        ),
      ]),
  );
