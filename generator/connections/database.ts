import { z } from "zod";
import { hostName, port } from "../contract/formats.ts";
import { byAuthority, connectionKind, each, osloVariable, outsideTls } from "./connection-kind.ts";

/**
 * PyMySQL has no read time-out of its own (https://pymysql.readthedocs.io/en/latest/modules/connections.html): a host that
 * vanishes without a reset would hold a worker for 15 minutes.
 * Pool limits bound what one process opens against the single writer; the model sums them up for max_connections.
 */
const options = {
  connection_parameters: "connect_timeout=5&read_timeout=30&write_timeout=30",
  connection_recycle_time: 600,
  max_overflow: 5,
  max_pool_size: 5,
  max_retries: -1,
};

/**
 * Connections that one worker process may open (max_pool_size + max_overflow), with the options that an operator sets. A pool without
 * a limit (size 0, overflow below 0) cannot be counted: it counts as ours.
 */
export function connectionsWith(written: (option: string) => unknown): number {
  const of = (option: "max_pool_size" | "max_overflow", least: number): number => {
    const value = Number(written(option) ?? options[option]);
    return Number.isInteger(value) && value >= least ? value : options[option];
  };
  return of("max_pool_size", 1) + of("max_overflow", 0);
}

/** What users may do in their database: https://mariadb.com/docs/server/reference/sql-statements/account-management-sql-statements/grant */
const everything = ["ALL PRIVILEGES"];
const rows = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/** A database and its user, at a MariaDB. */
export default connectionKind({
  title: "a database",
  place: "database",
  move: "The new one is empty: copy the data first, with the service stopped.",
  users: true,
  schema: true,
  encrypts: byAuthority,
  uses: "Named MariaDB instance, or an external database.",
  external: z
    .strictObject({
      host: hostName("db.example.org").describe("Name that clients write to."),
      port: port.default(3306).describe("TCP port."),
      tls: outsideTls,
      name: z.string().optional().describe("Name of the database and of its user. Default: that of the instance."),
      names: each("database and user"),
    })
    .describe("A database server that exists already."),
  naming: { one: "name", each: "names" },
  reach: ({ host, port }) => ({ members: [host], port }),
  environment: ({ need, host, port, name, account, tls }, { ca }) => {
    const prefix = need.group.toUpperCase();
    return {
      literals: {
        [`${prefix}_HOST`]: host,
        [`${prefix}_PORT`]: String(port),
        [`${prefix}_NAME`]: name,
        [`${prefix}_USER`]: account.name,
      },
      secrets: { [`${prefix}_PASSWORD`]: "password" },
      composed: {
        [osloVariable(need.group, "connection")]:
          `mysql+pymysql://$(${prefix}_USER):$(${prefix}_PASSWORD)@$(${prefix}_HOST):$(${prefix}_PORT)/$(${prefix}_NAME)?charset=utf8mb4${tls ? `&ssl_ca=${ca}` : ""}`,
      },
    };
  },
  options: ({ need }) => ({ [need.group]: options }),
  /**
   * `cleanupPolicy: Skip`, because mariadb-operator's default drops the database with the object:
   * https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/sql_resources.md#cleanup-policy
   */
  objects: ({ instance, namespace, name, accounts, schema }) => {
    const apiVersion = "k8s.mariadb.com/v1alpha1";
    const common = {
      mariaDbRef: { name: instance!, namespace },
      cleanupPolicy: "Skip",
      requeueInterval: "10m0s",
      retryInterval: "10s",
    };
    const leaving = { cleanupPolicy: "Delete" };
    return [
      {
        apiVersion,
        kind: "Database",
        spec: { ...common, name, characterSet: "utf8mb3", collate: "utf8mb3_general_ci" },
      },
      ...[
        ...accounts.map((account) => ({ account, ending: "", privileges: schema === undefined ? everything : rows })),
        ...(schema?.accounts ?? []).map((account) => ({ account, ending: "-schema", privileges: everything })),
      ].flatMap(({ account, ending, privileges }) => {
        const own = { ...common, ...(account.leaving ? leaving : {}) };
        return [
          {
            apiVersion,
            kind: "User",
            ...{ account, ending },
            spec: {
              ...own,
              name: account.name,
              host: "%",
              passwordSecretKeyRef: { name: account.secret, key: "password" },
              // The operator's default of 10 connections is less than one replica opens; 0 leaves the limit to the server.
              maxUserConnections: 0,
            },
          },
          {
            apiVersion,
            kind: "Grant",
            ...{ account, ending },
            spec: {
              ...own,
              username: account.name,
              host: "%",
              database: name,
              table: "*",
              privileges,
            },
          },
        ];
      }),
    ];
  },
  secrets: ({ accounts, schema, instance: provider }, { instance }) =>
    [
      ...accounts.map((account) => ({ ...account, who: "" })),
      ...(schema?.accounts ?? []).map((account) => ({ ...account, who: ", who changes its tables," })),
    ].map(({ name, secret, who }) => ({
      name: secret,
      keys: { password: "password" },
      purpose: `password of ${instance}'s user ${name}${who} at the database ${provider ?? "outside"}`,
      // mariadb-operator follows a changed password at once only when it watches the Secret:
      // https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/configuration.md#external-resources
      ...(provider === undefined ? {} : { labels: { "k8s.mariadb.com/watch": "" } }),
    })),
});
