import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import type { Generations } from "../../generator/input/spec.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { containersOf } from "../config/containers.ts";
import { catalogue } from "../contract/coordination.ts";

const library = baseLibrary(catalogue);

export const password = "a-password_of-the-servers";
const secondPassword = "another_password-of-them";
/** The value of a Secret, by the generation that its name bears. */
const passwordIn = (secret: string): string => (secret.endsWith("-g2") ? secondPassword : password);

export const namespace = "openstack-infrastructure";
export type Tls = "required" | "optional" | "none";

/** A container of a member as it was generated, with the name that the pod gives to itself. */
export interface MemberContainer {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Mount path -> volume. */
  readonly mounts: Readonly<Record<string, string>>;
  readonly probes: { readonly ready: readonly string[]; readonly stop: readonly string[] };
}

/** Members of a lock server, and the URL of a service that uses it. */
export interface Members {
  readonly count: number;
  /** What belongs to one of them, by its number. */
  readonly pod: (index: number) => Pod;
  readonly url: string;
  readonly ports: readonly number[];
}
export interface Pod {
  readonly name: string;
  readonly host: string;
  readonly user: number;
  readonly first: readonly MemberContainer[];
  readonly containers: readonly MemberContainer[];
  /** Volumes that outlive the pod. */
  readonly claims: readonly string[];
  /** Names under which it finds itself alone; others it asks the server of names for. */
  readonly itself?: readonly string[];
  /** What Secrets put into its volumes: `password/password` -> text. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Generated {
  readonly replicas: number;
  readonly serviceName: string;
  readonly template: { readonly spec: IPodSpec };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports: readonly { readonly port: number }[];
}

/** What a cluster says otherwise: of connections inside, and of the passwords of the members. */
interface Changes {
  readonly tls?: Tls;
  readonly credentials?: { readonly password: Generations };
}

/** What is generated for a production cluster with this lock server: nothing of it is written by hand. */
export function membersOf(
  server: "valkey" | "etcd",
  replicas: number,
  { tls = "required", ...settings }: Changes = {},
): Members {
  const client = { valkey: "errand", etcd: "vault" }[server];
  const { issues, rendered } = buildFrom({
    name: "eu1",
    text: `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
kubernetes: { version: "1.35" }
internal: { tls: ${tls} }
infrastructure: { mariadb: { backup: none }, ${server}: ${JSON.stringify({ replicas, ...settings })} }
services: { ${client}: {} }
`,
    catalogue,
    library,
  });
  if (rendered === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  const render = rendered.renders.get(server)!;
  const set = render.run.objects.find(({ kind }) => kind === "StatefulSet")!;
  const spec = set.spec as Generated;
  const pod = spec.template.spec;
  const resolved = containersOf(render, passwordIn);
  const services = render.run.objects.filter(({ kind }) => kind === "Service").map(({ spec }) => spec as ServiceSpec);
  // Of the two the one with an address.
  const service = services.find(({ clusterIP }) => clusterIP !== "None")!;
  const container =
    (name: string) =>
    (generated: IContainer): MemberContainer => {
      const { command, environment } = resolved.find((item) => item.name === `StatefulSet/server/${generated.name}`)!;
      const own = Object.entries(environment).map(([key, value]) => [key, value.replaceAll("metadata.name", name)]);
      return {
        name: generated.name,
        command,
        environment: Object.fromEntries(own),
        mounts: Object.fromEntries((generated.volumeMounts ?? []).map((mount) => [mount.mountPath, mount.name])),
        probes: {
          ready: generated.readinessProbe?.exec?.command ?? [],
          stop: generated.lifecycle?.preStop?.exec?.command ?? [],
        },
      };
    };
  return {
    count: spec.replicas,
    ports: service.ports.map(({ port }) => port),
    url: containersOf(rendered.renders.get(client)!, passwordIn).find(({ name }) => name.includes("engine"))!
      .environment.OS_COORDINATION__BACKEND_URL!,
    pod: (index) => {
      const name = `${set.metadata.name}-${index}`;
      return {
        name,
        host: `${name}.${spec.serviceName}.${namespace}.svc.cluster.local`,
        user: pod.securityContext!.runAsUser!,
        first: (pod.initContainers ?? []).map(container(name)),
        containers: pod.containers.map(container(name)),
        claims: (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
      };
    },
  };
}
