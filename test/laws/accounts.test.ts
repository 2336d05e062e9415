import { expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { endpointNamed } from "../../generator/contract/endpoints.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { serviceShape } from "../../generator/input/schema/instance.ts";
import { keysOf } from "../../generator/input/schema/zod-walk.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { alone, clusterOf, kindsOf } from "./by-hand.ts";
import { build, examples, law, type Rendered } from "./cases.ts";
import { loginsOf, userOf } from "./logins.ts";
import { containersOf, objectsOf, podsOf } from "./objects.ts";
import { identity, madeBy } from "./references.ts";

law("an account, database or virtual host that a pod uses is made at the server that it connects to", homeless);

test.each(examples)("pods of %s log in somewhere", (_, cluster) => expect(loginsOf(cluster)).not.toEqual([]));

law("an account belongs to one instance, and nobody else makes or removes it", shared);

law("the administrator's password lies in the namespace of the Identity service alone", strayPasswords);

/** What `credentials` takes. */
const rotates = keysOf(serviceShape.credentials).map(([kind]) => kind);

const users = [...catalogue.values()].filter(({ user }) => user !== undefined);
test.each(users)(
  "no account of $name is shared by two instances when these are numbered as generations are",
  (component) => {
    const rotating = { generation: 2, alsoValid: 1 };
    const settings = alone(component);
    const kinds = [...kindsOf(component, settings), "identity"].filter((kind) => rotates.includes(kind));
    const credentials = Object.fromEntries(kinds.map((kind) => [kind, rotating]));
    const cluster = build(
      clusterOf({ [component.name]: { ...settings, credentials }, [`${component.name}-2`]: settings }),
    );
    if (!hasErrors(cluster.issues)) expect(shared(cluster as Rendered)).toEqual([]);
  },
);

/** Administrators' passwords elsewhere: among the Secrets that a cluster asks for, and in pods. */
function strayPasswords(cluster: Rendered): string[] {
  const { instances } = cluster.model;
  const identities = instances.filter(({ component }) => endpointNamed(component, "identity") !== undefined);
  return identities.flatMap(({ name, namespace }) => {
    const secret = `${name}-admin`;
    const asked = requiredSecrets(cluster.model).filter((each) => each.name === secret);
    const read = podsOf(objectsOf(cluster)).filter(({ spec }) => JSON.stringify(spec ?? {}).includes(`"${secret}"`));
    expect(asked.length).toBeGreaterThan(0);
    return [...asked, ...read]
      .filter((each) => each.namespace !== namespace)
      .map((each) => `${secret} in ${each.namespace}`);
  });
}

/** Accounts that several instances speak of, at databases and brokers as in the Identity service. */
function shared(cluster: Rendered): string[] {
  const accounts = objectsOf(cluster).flatMap(({ instance, object }) => {
    const { mariaDbRef, rabbitmqClusterReference } = (object.spec ?? {}) as Account;
    const server = mariaDbRef ?? rabbitmqClusterReference;
    return object.kind === "User"
      ? [{ instance, account: `user ${userOf(object, cluster)} at ${server!.namespace}/${server!.name}` }]
      : [];
  });
  const seeded = podsOf(objectsOf(cluster)).flatMap((pod) =>
    containersOf(pod).flatMap(({ env = [] }) => {
      const value = (name: string) => env.find((variable) => variable.name === name)?.value;
      const { users = [], absentUsers = [] } = JSON.parse(value("SEED") ?? "{}") as Record<
        string,
        { name: string; domain: string }[]
      >;
      return [...users, ...absentUsers].map(({ name, domain }) => ({
        instance: pod.instance,
        account: `user ${domain}/${name} at ${value("OS_AUTH_URL")}`,
      }));
    }),
  );
  const all = [...accounts, ...seeded];
  return all
    .filter(({ instance, account }) => all.some((other) => other.account === account && other.instance !== instance))
    .map(({ instance, account }) => `${instance} is not alone with the ${account}`);
}

/** Logins that no object makes, as sentences; what lies outside the cluster is not ours to make. */
function homeless(cluster: Rendered): string[] {
  const made = madeAccounts(cluster);
  return loginsOf(cluster)
    .filter(({ host }) => host.endsWith(`.svc.${cluster.model.spec.kubernetes.dnsDomain}`))
    .flatMap(({ pod, host, needs }) => needs.map((need) => ({ pod, account: `${need} at ${host}` })))
    .filter(({ account }) => !made.has(account))
    .map(({ pod, account }) => `${pod.owner} uses the ${account}, which is not made`);
}

/** What the operators make, by every host of the server that they make it at. */
function madeAccounts(cluster: Rendered): Set<string> {
  const owned = objectsOf(cluster);
  const objects = owned.map(({ object }) => object);
  const { dnsDomain } = cluster.model.spec.kubernetes;
  const hostsOf = (object: KubernetesObject) =>
    madeBy(object, dnsDomain).flatMap((id) => /^Host ([^:]+)$/.exec(id)?.[1] ?? []);
  // What stands before a server leads to it.
  const services = owned.filter(({ object }) => object.kind === "Service");
  const hosts = new Map(
    owned.map(({ instance, object }) => [
      identity(object.kind, object.metadata.namespace, object.metadata.name),
      [object, ...services.filter((service) => service.instance === instance).map((service) => service.object)].flatMap(
        hostsOf,
      ),
    ]),
  );
  return new Set(
    objects.flatMap((object) => {
      const { kind } = object;
      const account = object.spec as Account;
      const at = (server: string, reference: Account["mariaDbRef"], what: string): string[] =>
        (hosts.get(identity(server, reference!.namespace, reference!.name)) ?? []).map((host) => `${what} at ${host}`);
      const sql = (what: string) => at("MariaDB", account.mariaDbRef, what);
      const broker = (what: string) => at("RabbitmqCluster", account.rabbitmqClusterReference, what);
      switch (kind) {
        case "Database":
          return sql(`database ${account.name}`);
        case "Grant":
          return sql(`grant ${userOf(object, cluster)} ${account.database}`);
        case "Vhost":
          return broker(`vhost ${account.name}`);
        case "Permission":
          return broker(`permission ${userOf(object, cluster)} ${account.vhost}`);
        case "User":
          return (account.mariaDbRef === undefined ? broker : sql)(`user ${userOf(object, cluster)}`);
        default:
          return [];
      }
    }),
  );
}

interface Account {
  readonly [field: string]: string | undefined | { readonly name: string; readonly namespace: string };
  readonly mariaDbRef?: { readonly name: string; readonly namespace: string };
  readonly rabbitmqClusterReference?: { readonly name: string; readonly namespace: string };
}
