import type { Ini } from "../../contract/configuration.ts";
import type { Connection, Need } from "../../contract/connection.ts";
import type { ClusterValues, Context } from "../../contract/context.ts";
import { mergeIni } from "../../kit/ini.ts";
import { keyManager } from "../../kit/key-manager.ts";
import type { Login } from "../../kit/login.ts";
import type { Service } from "../../kit/service-header.ts";
import { authorityOf, caOption } from "../../kit/tls.ts";
import { archiveDeleted, removeGoneServices } from "./scripts.ts";

/** The database of Nova's API: which cells there are, and in which of them each server is. */
export const apiDatabase: Need = { kind: "database", name: "nova_api", group: "api_database" };

/** Services that all of Nova uses where they are: volumes, and keys of encrypted ones. */
export const wanted = ["block-storage", "key-manager"];

/** Sections that log in as Nova's user. Images are asked for with the token of who asks for a server. */
export const logins: Readonly<Record<string, Login>> = {
  neutron: { session: true },
  placement: { session: true },
  cinder: { authority: true, peer: "block-storage" },
};

/** Options that all of Nova's programs share: where the other services are. */
export const neighbours = (ctx: Context & ClusterValues): Ini =>
  mergeIni(keyManager(ctx), ctx.peer("key-manager") === undefined ? {} : { key_manager: { backend: "barbican" } }, {
    ...(ctx.peer("block-storage") === undefined
      ? {}
      : { cinder: { catalog_info: "volumev3::internalURL", os_region_name: ctx.region } }),
    glance: { region_name: ctx.region, valid_interfaces: "internal", ...caOption(ctx, "cafile") },
    // Calls to compute hosts are made in the version of the oldest one, so that hosts may follow an upgrade one after the other.
    upgrade_levels: { compute: "auto" },
  });

/**
 * What a cell's broker needs of TLS. Options of TLS are the same for all brokers of a process, those in a URL are for that one:
 * https://docs.openstack.org/oslo.messaging/latest/reference/transport.html
 */
export const brokerOptions = (connection: Connection, { release }: Pick<Context, "release">): string =>
  connection.tls
    ? `?ssl=true&ssl_ca_file=${authorityOf(connection)}${release === "2025.1" ? "&ssl_enforce_hostname_verification=true" : ""}`
    : "?ssl=false";

/** Housekeeping of the tables of one cell. */
export const housekeeping: NonNullable<Service<unknown>["crons"]> = {
  "archive-deleted": { at: "35 2 * * *", run: ["sh", "-c", archiveDeleted] },
  "service-clean": { at: "25 1 * * *", run: ["python3", "-c", removeGoneServices] },
};

/** Seconds that a conductor or scheduler has for what is under way. */
export const grace = 120;

/**
 * How these two end. From 2026.1 on they wait at each end, whether something is under way or not: for 160 s, unless they are told otherwise, and a pod that has less time
 * is killed while it waits. After 60 s who has called them has given up.
 * https://opendev.org/openstack/nova/src/branch/stable/2026.1/nova/conductor/manager.py
 */
export const gracefulEnd = ({ release }: Pick<Context, "release">): Ini => ({
  DEFAULT: {
    graceful_shutdown_timeout: grace,
    ...(release === "2025.1" || release === "2025.2" ? {} : { manager_shutdown_timeout: 60 }),
  },
});
