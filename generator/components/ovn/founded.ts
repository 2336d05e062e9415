import type { Placed } from "../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { makerRules } from "../../kit/in-cluster.ts";
import { apiByName } from "../../kit/ip.ts";
import { container } from "../../kit/pod.ts";
import { secretScript } from "../../kit/secret-script.ts";
import { apiAccount } from "../../kit/service-account.ts";
import type { OvnContext } from "./options.ts";

// The record that the databases were founded: members that all stand there without data found nothing from then on. Empty databases would
// take the network of every server away, and with none the nodes go on. Git cannot know it: each pod of northd writes it before it works,
// and northd is what makes a network of the data.

/** A Secret, since the machinery makes those; nothing in it is secret. */
const recordName = ({ instance }: Pick<OvnContext, "instance">): string => `${instance}-founded`;

/** Nobody has to make it. */
export const foundingRecord = (ctx: OvnContext): RequiredSecret => ({
  name: recordName(ctx),
  keys: { founded: "given" },
  purpose: `record that ${ctx.instance} was founded`,
  origin: "cluster",
});

/** The record in a member; before the founding there is none. */
export const recordVolume = (ctx: OvnContext) => ({
  volume: { name: "founded", secret: { secretName: recordName(ctx), optional: true, defaultMode: 0o440 } },
  mount: { name: "founded", mountPath: "/etc/ovn", readOnly: true },
});

/** Account of the pods of a role, which may make the record and nothing else. */
export const recorder = (ctx: OvnContext, role: string): Placed[] =>
  apiAccount(ctx, "run", role, makerRules(recordName(ctx)));

/** What writes it, and its access to the API, which no other container of the pod has. */
export const recording = (ctx: OvnContext) => ({
  container: container({
    name: "record",
    image: ctx.image("python"),
    command: ["python3", "-c", script],
    env: [...apiByName(ctx), { name: "SECRET", value: recordName(ctx) }],
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "64Mi" } },
    volumeMounts: [{ name: "api", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true }],
  }),
  volume: {
    name: "api",
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3600, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
    },
  },
});

const script = secretScript({
  body: `if keys:
    print("the record is there")
    raise SystemExit(0)
data = {"founded": base64.b64encode(b"true").decode()}
`,
});
