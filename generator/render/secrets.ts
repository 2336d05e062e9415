import { byKey } from "../base/data.ts";
import { kindOf } from "../connections/index.ts";
import { type Accounts, allAccounts, type Identity } from "../contract/connection.ts";
import { keyOfOption, kindOfOption, type RequiredSecret } from "../contract/secret.ts";
import { furtherUsersOf, loginOf, optionsOf } from "../model/accounts.ts";
import type { Instance, Model } from "../model/model.ts";
import { contextOf } from "./context.ts";

/** A Secret that must be in the cluster, and who reads it. */
export interface NamespacedSecret extends RequiredSecret {
  readonly namespace: string;
  /** Instances whose pods or custom resources name it, sorted. */
  readonly readBy: readonly string[];
}

/**
 * Every Secret that the objects of a cluster name and that Overstack does not make, sorted by namespace and name. A Secret
 * that several instances of one namespace read stands here once.
 */
export function requiredSecrets(model: Model): NamespacedSecret[] {
  const merged = new Map<string, NamespacedSecret>();
  const add = (namespace: string, reader: string, secrets: readonly RequiredSecret[]): void => {
    for (const secret of secrets) {
      const key = `${namespace}/${secret.name}`;
      const known = merged.get(key);
      merged.set(key, {
        ...secret,
        ...known,
        keys: { ...secret.keys, ...known?.keys },
        namespace,
        readBy: [...new Set([...(known?.readBy ?? []), reader])].sort(),
      });
    }
  };
  for (const instance of model.instances) {
    const { name, namespace, component, identity } = instance;
    add(namespace, name, component.secrets?.(contextOf(instance, model)) ?? []);
    add(namespace, name, [...derived(instance), ...borrowed(instance, model)]);
    if (component.user !== undefined) add(identity!.namespace, name, registering(instance));
  }
  for (const secret of ofCluster(model)) merged.set(`${secret.namespace}/${secret.name}`, secret);
  return [...merged].sort(byKey).map(([, secret]) => secret);
}

/** What follows from an instance's connections and its place in the Identity service. */
function derived(instance: Instance): RequiredSecret[] {
  const { name, connections, component, spec } = instance;
  const client = { instance: name, checksTokens: instance.login !== undefined };
  const own = connections.filter(({ lender }) => lender === undefined);
  const secrets = own.flatMap((connection) => kindOf(connection.need.kind).secrets(connection, client));
  secrets.push(...ofUsers(instance));
  secrets.push(...ofOptions(instance));
  for (const [variable, { secret, key }] of Object.entries(spec.common.environmentFrom ?? {})) {
    const kind = component.conf !== undefined && /^OS_.+?__./.test(variable) ? "option" : "given";
    secrets.push({ name: secret, keys: { [key]: kind }, purpose: `environment of ${name}` });
  }
  return secrets;
}

/** Passwords of its users in the Identity service. */
const ofUsers = (instance: Instance): RequiredSecret[] =>
  instance.component.user === undefined
    ? []
    : [loginOf(instance), ...furtherUsersOf(instance)]
        .flatMap(({ accounts }) => accounts)
        .map(({ name: user, secret }) => ({
          name: secret,
          keys: { password: "password" },
          purpose: `password of the Identity user ${user}`,
        }));

const accountsOf = ({ accounts }: Accounts) => accounts;

/** What the Job that registers it reads, next to the Identity service: the administrator's password stays where it is. */
const registering = (instance: Instance): RequiredSecret[] => {
  const { name, namespace, identity } = instance;
  const isAway = identity!.namespace !== namespace;
  return [
    registrarOf(identity!),
    ...(isAway
      ? ofUsers(instance).map((secret) => ({ ...secret, copyOf: { instance: name, name: secret.name } }))
      : []),
  ];
};

/** The password of who enters a service into the Identity service. Where that is another cluster's, somebody there gives it. */
const registrarOf = ({ instance, registrar: { user, secret: name } }: Identity): RequiredSecret =>
  instance === undefined
    ? { name, keys: { password: "given" }, purpose: `password of ${user} in the Identity service outside` }
    : { name, keys: { password: "password" }, purpose: "password of the administrator of the cloud" };

/** Values of options. */
const ofOptions = ({ component, name, spec }: Instance): RequiredSecret[] =>
  Object.entries(optionsOf(component, name, spec)).flatMap(([key, item]) => {
    const { purpose, rewrap, living, accounts } = item;
    return accounts.map(({ secret }) => ({
      name: secret,
      keys: { [keyOfOption(key, item)]: kindOfOption(item) },
      purpose,
      ...(rewrap === undefined && living === undefined ? {} : { living: true }),
    }));
  });

/** Secrets of the owners whose connections and whose user a part has: copies, where it lives in another namespace. */
function borrowed(instance: Instance, model: Model): RequiredSecret[] {
  // Who changes tables is a Job.
  const usersOf = Object.keys(instance.component.jobs ?? {}).length > 0 ? allAccounts : accountsOf;
  const lenders = instance.connections.flatMap((connection) =>
    connection.lender === undefined
      ? []
      : [{ name: connection.lender.instance, secrets: usersOf(connection).map(({ secret }) => secret) }],
  );
  const { login } = contextOf(instance, model);
  if (instance.login !== undefined && instance.login !== instance.name)
    lenders.push({ name: instance.login, secrets: login.accounts.map(({ secret }) => secret) });
  return lenders.flatMap(({ name, secrets }) => {
    const lender = model.instances.find((item) => item.name === name)!;
    const lent = derived(lender).filter((secret) => secrets.includes(secret.name));
    if (lender.namespace === instance.namespace) return lent;
    return lent.map(({ labels: _, ...secret }) => ({ ...secret, copyOf: { instance: name, name: secret.name } }));
  });
}

/** Secrets that the cluster as a whole names: image pull Secrets, a given certificate, users of the operator's own. */
function ofCluster({ spec, namespaces, instances }: Model): NamespacedSecret[] {
  const everywhere = (spec.images.pullSecrets ?? []).flatMap((name) =>
    namespaces.map(
      ({ name: namespace, instances: readBy }): NamespacedSecret => ({
        namespace,
        name,
        keys: { ".dockerconfigjson": "registry-credentials" },
        purpose: "access to the image registry",
        readBy,
      }),
    ),
  );
  const gateway = instances.find(({ component }) => component.publishes);
  const tls = spec.access.tls;
  const certificate =
    gateway !== undefined && typeof tls === "object" && "secret" in tls
      ? [
          {
            namespace: gateway.namespace,
            name: tls.secret,
            keys: { "tls.crt": "certificate", "tls.key": "private-key" },
            purpose: "certificate of the public names",
            readBy: [gateway.name],
          } satisfies NamespacedSecret,
        ]
      : [];
  return [...everywhere, ...certificate];
}
