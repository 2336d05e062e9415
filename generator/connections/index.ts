import type { Kind } from "../contract/connection.ts";
import cache from "./cache.ts";
import type { ConnectionKind } from "./connection-kind.ts";
import coordination from "./coordination.ts";
import database from "./database.ts";
import messaging from "./messaging.ts";
import ovn from "./ovn.ts";
import storage from "./storage.ts";

/** Every kind of connection by its name in cluster.yaml: a new one is a file and a line here. */
const connectionKinds: Readonly<Record<Kind, ConnectionKind>> = {
  database,
  messaging,
  cache,
  coordination,
  storage,
  ovn,
};

/** Names of the kinds, in the order in which people are shown them. */
export const kinds: readonly Kind[] = Object.keys(connectionKinds);

/** Kinds whose clients have users of their own, with credentials that rotate. */
export const kindsWithUsers: readonly Kind[] = kinds.filter((kind) => connectionKinds[kind]!.users);

/** The kind of this name. */
export function kindOf(name: Kind): ConnectionKind {
  const kind = connectionKinds[name];
  if (kind === undefined) throw new Error(`there is no kind of connection "${name}"`);
  return kind;
}
