import { z } from "zod";
import type { Context } from "../../../contract/context.ts";
import { size, storageClass } from "../../../contract/formats.ts";
import { keepAnnotations, labels, objectName, placed } from "../../../kit/names.ts";
import { PersistentVolumeClaim } from "../../../kit/objects.ts";
import { canonicalQuantity } from "../../../kit/quantity.ts";
import { volumeConstraints } from "../../../kit/volume-constraints.ts";
import type { StoreType } from "./store-type.ts";
import { volumeName } from "./volume-name.ts";

const schema = z.strictObject({
  type: z.literal("file").describe("Images as files on one volume. Several replicas need a class with ReadWriteMany."),
  size: size.default("100Gi").describe("Size of the volume."),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's sharedStorageClass."),
});
type FileStore = z.output<typeof schema>;

/** Class whose volumes several nodes can mount; undefined: there is none, so one node mounts it. */
export const sharedClass = (
  ctx: Pick<Context, "sharedStorageClass">,
  store: { storageClass?: string | undefined },
): string | undefined => store.storageClass ?? ctx.sharedStorageClass;

export const file = {
  schema,
  options: (name) => ({ filesystem_store_datadir: `/var/lib/glance/${name}` }),
  mounts: (ctx, name) => ({
    volumes: [{ name: volumeName(name), persistentVolumeClaim: { claimName: objectName(ctx, volumeName(name)) } }],
    mounts: [{ name: volumeName(name), mountPath: `/var/lib/glance/${name}` }],
  }),
  // The claim belongs to the phase of its consumer: a volume that binds late would never be bound earlier.
  objects: (ctx, name, store) => {
    const shared = sharedClass(ctx, store);
    const className = shared ?? ctx.storageClass;
    return [
      placed(
        "run",
        PersistentVolumeClaim({
          metadata: {
            name: objectName(ctx, volumeName(name)),
            labels: labels(ctx, "api"),
            annotations: { ...keepAnnotations },
          },
          spec: {
            accessModes: [shared === undefined ? "ReadWriteOnce" : "ReadWriteMany"],
            resources: { requests: { storage: canonicalQuantity(store.size) } },
            ...(className === undefined ? {} : { storageClassName: className }),
          },
        }),
      ),
    ];
  },
  place: () => "a volume",
  data: (ctx, name, store) =>
    volumeConstraints(`store ${name}`, store.size, sharedClass(ctx, store) ?? ctx.storageClass),
} satisfies StoreType<FileStore>;
