import { law, type Rendered } from "./cases.ts";
import { loginsOf } from "./logins.ts";
import { objectsOf, type Pods, podsOf } from "./objects.ts";

/* glance-manage makes triggers; where it fails half-way, its second try fails for what the first has left. */
law("a service's own user may make triggers, though the binary log is on", distrustful);

function distrustful(cluster: Rendered): string[] {
  return objectsOf(cluster).flatMap(({ object: { kind, metadata, spec } }) => {
    if (kind !== "MariaDB") return [];
    const { myCnf } = spec as { myCnf: string };
    const safe = /^binlog_format = ROW$/m.test(myCnf) && /^log_bin_trust_function_creators = 1$/m.test(myCnf);
    return safe ? [] : [metadata.name];
  });
}

/* Whoever takes over a program that runs cannot change tables: https://docs.openstack.org/security-guide/databases.html */
law("where programs read and write rows alone, Jobs alone log in as who may change tables", mighty);

function mighty(cluster: Rendered): string[] {
  type Grant = { username: string; database: string; privileges: string[] };
  const grants = objectsOf(cluster).flatMap(({ object: { kind, spec } }) => (kind === "Grant" ? [spec as Grant] : []));
  const isHeld = cluster.model.spec.internal.databaseRights === "rows";
  return loginsOf(cluster).flatMap(({ pod, needs }) =>
    needs.flatMap((need) => {
      const [, user, database] = /^grant (\S+) (\S+)$/.exec(need) ?? [];
      const rights = grants.filter((grant) => grant.username === user && grant.database === database);
      const isMighty = rights.some(({ privileges }) => privileges.includes("ALL PRIVILEGES"));
      const wanted = !isHeld || pod.owner.startsWith("Job ");
      return rights.length === 0 || isMighty === wanted ? [] : [`${pod.owner} logs in as ${user} of ${database}`];
    }),
  );
}

/* A proxy that ends sessions before the server does, or a server before its clients, gives errors to whoever uses one again. */
law("a session that nobody uses is ended by its client, else by the server, else by the proxy", impatient);

function impatient(cluster: Rendered): string[] {
  const objects = objectsOf(cluster);
  const own = objects.flatMap(
    ({ object: { data } }) => /^connection_recycle_time = (\d+)$/m.exec(values(data))?.[1] ?? [],
  );
  const clients = Math.max(0, ...own.map(Number));
  return objects.flatMap(({ instance, object: { kind, metadata, spec } }) => {
    if (kind !== "MariaDB") return [];
    const server = Number(/^wait_timeout = (\d+)$/m.exec((spec as { myCnf: string }).myCnf)![1]);
    const proxies = podsOf(objects).filter((pod) => pod.instance === instance && variable(pod, "IDLE") !== undefined);
    const patient = proxies.every((pod) => Number(variable(pod, "IDLE")) > server);
    return clients < server && patient ? [] : [metadata.name];
  });
}

/* mariadb-operator names another primary when Kubernetes has noticed, which takes 50 s. */
law("where proxies stand before a database, its clients know no other way to it", hasty);

function hasty(cluster: Rendered): string[] {
  const objects = objectsOf(cluster);
  const pods = podsOf(objects);
  return pods
    .filter((pod) => variable(pod, "PRIMARY") !== undefined)
    .flatMap((proxy) => {
      const primary = variable(proxy, "PRIMARY")!;
      const isUsed =
        objects.some(({ object: { data } }) => values(data).includes(primary)) ||
        pods.some(({ spec, instance }) => instance !== proxy.instance && JSON.stringify(spec ?? {}).includes(primary));
      const { proxy: said } = cluster.model.instances.find(({ name }) => name === proxy.instance)!.spec.options as {
        proxy: string;
      };
      return isUsed && said === "used" ? [`${primary} is a client's host`] : [];
    });
}

const values = (data: unknown): string => Object.values((data ?? {}) as Readonly<Record<string, string>>).join("\n");
const variable = ({ spec }: Pods, wanted: string): string | undefined =>
  spec?.containers.flatMap(({ env = [] }) => env).find(({ name }) => name === wanted)?.value;
