import { z } from "zod";
import { component } from "../../../contract/component.ts";
import { cephServers } from "../../../kit/ceph.ts";
import { objectName } from "../../../kit/names.ts";
import { certificateSecret, serviceNames, speaksHttps } from "../../../kit/tls.ts";
import { rook } from "../../../operators/rook.ts";
import { options as cephOptions, storeOptions } from "../options.ts";
import { authority, authoritySecrets, trusting } from "./identity.ts";
import { renewal, renewalFile, renewalProgram, renewing } from "./renew-certificate.ts";
import { gatewayLabels, port, role, type StoreContext, store, storeData } from "./store.ts";
import { buckets, making, userSecrets, users } from "./users.ts";

const options = z.strictObject({
  failureDomain: cephOptions.shape.failureDomain,
  deviceClass: cephOptions.shape.deviceClass,
  ...{ size: storeOptions.size, compression: storeOptions.compression },
  ...{ erasureCoded: storeOptions.erasureCoded, users: storeOptions.users },
});

/** Objects on a Ceph of Rook's: gateways that keep nothing themselves, for projects of the cloud and users of the store's own. */
export default component({
  name: "object-store",
  summary: "Object store: gateways of Ceph that speak Swift's API and S3, for projects and for users of their own.",
  group: "services",
  partOf: "ceph",
  single: true,
  privilege: "privileged",
  namespace: rook.namespace,
  options,
  roles: { [role]: { replicas: 2, scaling: "free", podLabels: gatewayLabels } },
  development: { roles: { [role]: { replicas: 1 } } },
  endpoints: {
    "object-store": {
      type: "object-store",
      role,
      port,
      path: "/swift/v1/AUTH_%(project_id)s",
      description: "Object store",
      timeout: 0,
    },
  },
  requires: ["identity"],
  user: { roles: ["service"] },
  operators: [rook.name],
  // The gateways find the other daemons on the nodes.
  outside: () => cephServers,
  images: { client: (release) => `quay.io/airshipit/openstack-client:${release}-ubuntu_noble` },
  project: "object-store",
  jobs: { [trusting]: { phase: "expand" }, [making]: { phase: "contract" } },
  crons: {
    [trusting]: { at: "40 3 * * *", optional: true },
    // Until a gateway is replaced, Rook's own requests to it fail: it trusts what the Secret holds.
    [renewing]: { at: "*/30 * * * *", optional: true },
  },
  config: (ctx) => ({ ...(speaksHttps(ctx) ? { [renewalFile]: renewalProgram } : {}) }),
  data: storeData,
  secrets: (ctx) => [...userSecrets(ctx), ...authoritySecrets(ctx)],
  // Rook asks the gateways by the name of the Service that it makes.
  certificates: (ctx: StoreContext) =>
    speaksHttps(ctx)
      ? [
          {
            secret: certificateSecret(ctx),
            dnsNames: [
              ...serviceNames(ctx, objectName(ctx, role)),
              ...serviceNames(ctx, `rook-ceph-rgw-${ctx.instance}`),
            ],
          },
        ]
      : [],
  manifests: (ctx) => [...store(ctx), ...users(ctx), ...authority(ctx), ...renewal(ctx), ...buckets(ctx)],
});
