import type { CheckInput } from "../../../contract/component.ts";
import { isSamePool } from "../../../contract/pools.ts";
import { error, type Issue, type IssueCode } from "../../../issues/issue.ts";
import { checkClientOfAny } from "../../ceph/check-client.ts";
import { outsidePools, type StoreOptions, storePools } from "./index.ts";

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
    if (store.type === "rbd")
      refusals.push(...checkClientOfAny(instance, `the store ${name}`, ["stores", name], store));
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
  // A copy in the second store would be the image itself, and who deletes one deletes both.
  const outside = outsidePools(options);
  for (const [index, pool] of outside.entries())
    if (outside.slice(0, index).some((other) => isSamePool(pool, other)))
      refuse(
        "duplicate",
        ["stores"],
        `${instance} has two stores in the pool ${pool.pool} of the storage at ${pool.servers[0]}`,
        "Give one of them another pool.",
      );
  return refusals;
}
