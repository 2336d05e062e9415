import { z } from "zod";
import { component } from "../../../contract/component.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import { cephServers } from "../../../kit/ceph.ts";
import { objectName, serviceHost } from "../../../kit/names.ts";
import { certificateSecret, serviceNames, speaksHttps } from "../../../kit/tls.ts";
import { rook } from "../../../operators/rook.ts";
import { options as cephOptions, storeOptions } from "../options.ts";
import { renewal, renewalProgram, renewing } from "./renew-certificate.ts";
import { gatewayLabels, port, role, type StoreContext, store, storeData, userSecret, users } from "./store.ts";

const options = z.strictObject({
  failureDomain: cephOptions.shape.failureDomain,
  deviceClass: cephOptions.shape.deviceClass,
  ...{ size: storeOptions.size, compression: storeOptions.compression },
  ...{ erasureCoded: storeOptions.erasureCoded, users: storeOptions.users },
});

/** Objects by S3 on a Ceph of Rook's: gateways that keep nothing themselves, and users of the store's own. */
export default component({
  name: "object-store",
  summary: "Objects: gateways of Ceph that speak S3, with users of their own.",
  group: "infrastructure",
  partOf: "ceph",
  single: true,
  privilege: "privileged",
  namespace: rook.namespace,
  options,
  roles: { [role]: { replicas: 2, scaling: "free", listed: true, podLabels: gatewayLabels } },
  development: { roles: { [role]: { replicas: 1 } } },
  endpoints: { "object-store": { role, port, description: "Objects by S3", timeout: 0 } },
  operators: [rook.name],
  // The gateways find the other daemons on the nodes.
  outside: () => cephServers,
  images: { ceph: () => "quay.io/ceph/ceph:v20.2.4" },
  project: "object-store",
  uid: 167,
  crons: { [renewing]: { at: "*/30 * * * *", optional: true } },
  config: (ctx) => ({ ...(speaksHttps(ctx) ? { "renew-certificate.py": renewalProgram } : {}) }),
  data: storeData,
  secrets: ({ instance, options: { users } }): RequiredSecret[] =>
    users.map((user) => ({
      name: userSecret(instance, user),
      keys: { "access-key": { form: "text", length: 20 }, "secret-key": { form: "text", length: 40 } },
      purpose: `keys of the user ${user} of the object store`,
    })),
  // Rook asks the gateways by the name of the Service that it makes.
  certificates: (ctx: StoreContext) =>
    speaksHttps(ctx)
      ? [
          {
            secret: certificateSecret(ctx),
            dnsNames: [
              ...serviceNames(ctx, objectName(ctx, role)),
              `rook-ceph-rgw-${ctx.instance}.${ctx.namespace}.svc`,
              serviceHost(`rook-ceph-rgw-${ctx.instance}`, ctx.namespace, ctx.dns),
            ],
          },
        ]
      : [],
  manifests: (ctx) => [...store(ctx), ...users(ctx), ...renewal(ctx)],
});
