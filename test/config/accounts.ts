import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";

/** The value of a Secret's key, as text. */
export type SecretValue = (secret: string, key: string) => string;

/** Objects of one operator's kind, with their spec as `S` has it. */
const specsOf = <S>(objects: readonly KubernetesObject[], group: string, kind: string): S[] =>
  objects.filter((item) => item.apiVersion.startsWith(group) && item.kind === kind).map(({ spec }) => spec as S);

/** What mariadb-operator does with databases, users and grants, as SQL: one statement on each line. */
export function databaseStatements(objects: readonly KubernetesObject[], value: SecretValue): string {
  const specs = <S>(kind: string) => specsOf<S>(objects, "k8s.mariadb.com/", kind);
  const databases = specs<{ name: string; characterSet: string; collate: string }>("Database").map(
    ({ name, characterSet, collate }) =>
      `CREATE DATABASE \`${name}\` CHARACTER SET ${characterSet} COLLATE ${collate};`,
  );
  type User = { name: string; host: string; passwordSecretKeyRef: { name: string; key: string } };
  const users = specs<User>("User").map(
    ({ name, host, passwordSecretKeyRef: { name: secret, key } }) =>
      `CREATE USER '${name}'@'${host}' IDENTIFIED BY '${value(secret, key)}';`,
  );
  type Grant = { username: string; host: string; database: string; table: string; privileges: string[] };
  const grants = specs<Grant>("Grant").map(
    ({ username, host, database, table, privileges }) =>
      `GRANT ${privileges.join(", ")} ON \`${database}\`.${table} TO '${username}'@'${host}';`,
  );
  return [...databases, ...users, ...grants, ""].join("\n");
}

/**
 * What the messaging topology operator does with virtual hosts, users, permissions and policies, as a file of definitions:
 * https://www.rabbitmq.com/docs/definitions
 */
export function brokerDefinitions(objects: readonly KubernetesObject[], value: SecretValue): object {
  const specs = <S>(kind: string) => specsOf<S>(objects, "rabbitmq.com/", kind);
  type Permission = { user: string; vhost: string; permissions: Record<"configure" | "read" | "write", string> };
  type Policy = { name: string; vhost: string; pattern: string; applyTo: string; priority: number; definition: object };
  return {
    vhosts: specs<{ name: string }>("Vhost").map(({ name }) => ({ name })),
    users: specs<{ importCredentialsSecret: { name: string } }>("User").map(
      ({ importCredentialsSecret: { name } }) => ({
        name: value(name, "username"),
        password: value(name, "password"),
        tags: "",
      }),
    ),
    permissions: specs<Permission>("Permission").map(({ permissions, ...whose }) => ({ ...whose, ...permissions })),
    policies: specs<Policy>("Policy").map(({ name, vhost, pattern, applyTo, priority, definition }) => ({
      ...{ name, vhost, pattern, priority, definition },
      "apply-to": applyTo,
    })),
  };
}
