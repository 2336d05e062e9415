import { serviceDomain, serviceProject } from "../../../contract/connection.ts";
import type { ClusterValues } from "../../../contract/context.ts";
import type { Placed } from "../../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import { cron } from "../../../kit/cron.ts";
import { makerRules } from "../../../kit/in-cluster.ts";
import { job } from "../../../kit/job.ts";
import { withoutVersion } from "../../../kit/oslo.ts";
import { secretScript } from "../../../kit/secret-script.ts";
import { apiAccount } from "../../../kit/service-account.ts";
import { asksOutside, identityAuthority } from "../../../kit/tls.ts";
import type { StoreContext } from "./store.ts";

/** Job and cron that make the Secret with the authorities. */
export const trusting = "authority";

/** Rook mounts further files of the gateways below this directory. */
const mountedFiles = "/var/rgw";
const folder = "identity";

/**
 * How the gateways ask the Identity service: https://docs.ceph.com/en/tentacle/radosgw/keystone/
 * Keys of the store's own users are looked for first: they work while the Identity service does not. Each project has a name space of its
 * own for its containers, from the first day, as containers do not move there.
 */
export const identity = (ctx: StoreContext & ClusterValues): Record<string, string> => ({
  rgw_keystone_accepted_roles: "admin, member",
  rgw_keystone_admin_domain: serviceDomain,
  rgw_keystone_admin_password_path: `${mountedFiles}/${folder}/password`,
  rgw_keystone_admin_project: serviceProject,
  rgw_keystone_admin_user: ctx.login.account.name,
  rgw_keystone_api_version: "3",
  rgw_keystone_implicit_tenants: "true",
  rgw_keystone_url: withoutVersion(ctx.identity!.url),
  rgw_s3_auth_order: "sts, local, external",
  rgw_s3_auth_use_keystone: "true",
  rgw_swift_account_in_url: "true",
});

/**
 * The password of the service's user as a file: Rook would write a value into the configuration that the monitors keep. Another generation
 * is another Secret, and replaces the gateways, which read the user's name when they start. The daemon is not root, and in no group of the files.
 */
export const identityFiles = (ctx: StoreContext): object => ({
  additionalVolumeMounts: [
    {
      subPath: folder,
      volumeSource: {
        secret: {
          defaultMode: 0o444,
          items: [{ key: "password", path: "password" }],
          secretName: ctx.login.account.secret,
        },
      },
    },
  ],
  ...(identityAuthority(ctx) === undefined ? {} : { caBundleRef: authoritySecret(ctx) }),
});

const authoritySecret = ({ instance }: Pick<StoreContext, "instance">): string => `${instance}-authority`;

/** Rook takes authorities of a Secret with this key alone: https://github.com/rook/rook/blob/v1.20.6/pkg/operator/ceph/object/config.go */
const authorityKey = "cabundle";

export const authoritySecrets = (ctx: StoreContext): RequiredSecret[] =>
  identityAuthority(ctx) === undefined
    ? []
    : [
        {
          name: authoritySecret(ctx),
          keys: { [authorityKey]: "certificate" },
          purpose: "authorities that the gateways check the Identity service with",
          origin: "cluster",
        },
      ];

/** Makes that Secret before the gateways start, and follows the authorities. */
export function authority(ctx: StoreContext): Placed[] {
  const file = identityAuthority(ctx);
  if (file === undefined) return [];
  const secret = authoritySecret(ctx);
  const command = ["python3", "-c", authorityProgram];
  const parts = {
    callsKubernetes: true,
    connections: [],
    environment: [
      { name: "SECRET", value: secret },
      { name: "AUTHORITIES", value: file },
    ],
  };
  return [
    ...apiAccount(ctx, "expand", trusting, makerRules(secret)),
    job(ctx, trusting, {
      ...parts,
      phase: "expand",
      trusting: asksOutside(ctx),
      steps: [{ name: trusting, command }],
    }),
    cron(ctx, trusting, { ...parts, command }),
  ];
}

const authorityProgram = secretScript({
  body: `with open(os.environ["AUTHORITIES"], "rb") as authorities:
    data = {"${authorityKey}": base64.b64encode(authorities.read()).decode()}
if data == keys:
    print("the authorities are up to date")
    raise SystemExit(0)
`,
});
