import type { Component } from "./component.ts";

/** Words by which a component finds other services: catalogue types, or keys of endpoints. They are keys of `uses`. */
export const peerWords = ({ requires, knows, wants }: Pick<Component, "requires" | "knows" | "wants">): string[] => [
  ...(requires ?? []),
  ...(knows ?? []),
  ...(wants ?? []),
];

/** Another service as an instance sees it. */
export interface Peer {
  readonly component: string;
  readonly instance: string;
  /** What distinguishes it in object names: `-two`, or empty. */
  readonly suffix: string;
  readonly namespace: string;
  /** What its header tells others. */
  readonly details: Readonly<Record<string, unknown>>;
}
