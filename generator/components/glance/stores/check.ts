import type { CheckInput } from "../../../contract/component.ts";
import { error, type Issue, type IssueCode } from "../../../issues/issue.ts";
import { type StoreOptions, storePools } from "./index.ts";
import type { RbdStore } from "./rbd.ts";

/** Combinations that would lose images or downloads. */
export function checkStores({
  instance,
  profile,
  options,
  replicas,
  sharedStorageClass,
}: CheckInput<StoreOptions>): Issue[] {
  const names = Object.keys(options.stores);
  const refusals: Issue[] = [];
  const refuse = (code: IssueCode, path: (string | number)[], message: string, hint: string) =>
    refusals.push(error(code, message, hint, { path }));
  if (names.length === 0 && profile === "production")
    refuse(
      "no-image-store",
      [],
      `${instance} has no store to keep images in`,
      "Name one: stores: { ceph: { type: rbd } } on the Ceph of this cluster, or type s3, or type file on a ReadWriteMany class.",
    );
  if (names.length > 1 && options.defaultStore === undefined)
    refuse(
      "no-default-store",
      [],
      `${instance} has several stores and no defaultStore`,
      `Say which one uploads go to: defaultStore: ${names.sort()[0]}.`,
    );
  if (options.defaultStore !== undefined && !(options.defaultStore in options.stores))
    refuse(
      "unknown-default-store",
      ["defaultStore"],
      `${instance}'s defaultStore "${options.defaultStore}" is not one of its stores`,
      names.length === 0
        ? "Remove it, or name the store below stores."
        : `It must be one of: ${names.sort().join(", ")}.`,
    );
  for (const name of names) {
    const store = options.stores[name]!;
    if (store.type === "rbd") refusals.push(...checkRbd(instance, name, store));
    if (
      store.type === "file" &&
      replicas("api") > 1 &&
      store.storageClass === undefined &&
      sharedStorageClass === undefined
    )
      refuse(
        "file-store-not-shared",
        ["stores", name],
        `${instance}'s file store "${name}" needs one volume that ${replicas("api")} replicas can mount: with a volume of its own each pod would see its own images only`,
        "Name a class with ReadWriteMany: kubernetes.sharedStorageClass, or storageClass of the store; or set replicas to 1.",
      );
  }
  const pools = storePools(options);
  for (const pool of new Set(pools.filter((each, index) => pools.indexOf(each) !== index)))
    refuse(
      "duplicate",
      ["stores"],
      `${instance} has two stores in the pool ${pool} of its storage`,
      "Give one of them another pool.",
    );
  return refusals;
}

/** A store names a Ceph cluster of its own, and all that it takes, or nothing of it. */
function* checkRbd(instance: string, name: string, { monitors, user, secret, pool }: RbdStore): Iterable<Issue> {
  const path = ["stores", name];
  if (monitors !== undefined && secret === undefined)
    yield error(
      "missing-key",
      `${instance}: the store ${name} names monitors, and no secret with the keyring of its user`,
      "Write secret: the name of the Secret whose key keyring holds it.",
      { path },
    );
  if (monitors !== undefined) return;
  for (const [key, value] of Object.entries({ user, secret }))
    if (value !== undefined)
      yield error(
        "unused-key",
        `${instance}: ${key} of the store ${name} has no effect without monitors: the user and its key are those of the storage`,
        `Remove it, or write monitors. A Ceph cluster outside for all stores is uses: { storage: { monitors: […] } }.`,
        { path: [...path, key], atKey: true },
      );
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(pool))
    yield error(
      "bad-name",
      `${instance}: the store ${name} would have the pool ${pool}, which no object of Kubernetes can be called`,
      "Choose lower case letters, digits and inner '-'.",
      { path: [...path, "pool"] },
    );
}
