import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { componentOf } from "../../generator/input/instances.ts";

/** Shared tests: those that hold of every component, and a new one is in them without an edit. */
const shared = ["test/*.ts", "test/{config,golden-trees,laws,schemas,tools}/**/*.ts"];

/** Words that mean something else there, and names that stand there for a reason. */
const known: readonly string[] = [
  // Programs of Debian.
  "test/config/cloud.ts: ovn",
  "test/config/ovn.ts: ovn",
  "test/config/infrastructure.ts: etcd",
  "test/config/infrastructure.ts: mariadb",
  "test/config/infrastructure.ts: memcached",
  "test/config/ipv6.test.ts: memcached",
  // Labels that operators put on the pods that they make.
  "test/laws/objects.ts: mariadb",
  "test/laws/objects.ts: rabbitmq",
  // The one service of a small fleet, which jobs check.
  "test/schemas/ci.test.ts: keystone",
  "test/schemas/ci.test.ts: keystone-api",
  // A sort of file, of a client.
  "test/config/judge.ts: ceph",
  // A key of `access`, and a field of an operator's.
  "test/laws/clusters.ts: gateway",
  "test/schemas/newer.ts: gateway",
];

test("no shared test names a component: what they know of one lies in test/components", () => {
  // The law about shared code has its own list.
  const files = globSync(shared).filter((file) => file !== "test/laws/imports.test.ts");
  const named = files
    .sort()
    .flatMap((file) => wordsOf(readFileSync(file, "utf8")).map((word) => `${file}: ${word}`))
    .filter((place) => isName(place.split(": ")[1]!));
  expect([...new Set(named)].sort()).toEqual([...known].sort());
});

/** The name of a component; of a service also that of any instance or object. Operators are called like what they run. */
const isName = (word: string): boolean => catalogue.has(word) || componentOf(word, catalogue)?.group === "services";

/** String literals and keys of objects that could be the name of an instance; comments apart. */
const wordsOf = (text: string): string[] =>
  [
    ...text
      .replaceAll(/\/\*.*?\*\/|^\s*\/\/.*?$/gms, "")
      .matchAll(/(["'`])([a-z][-a-z0-9]*)\1|(?<![\w.$?])([a-z][a-z0-9]*)\??:(?!\/\/)/g),
  ].map(([, , literal, key]) => literal ?? key!);
