import type { Placed } from "../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { makerRules } from "../../kit/in-cluster.ts";
import { job } from "../../kit/job.ts";
import { secretScript } from "../../kit/secret-script.ts";
import { apiAccount } from "../../kit/service-account.ts";
import type { OvnContext } from "./options.ts";

export const recordJob = "record";

/**
 * The record that the databases were founded: members that all stand there without data found nothing from then on. Empty databases would
 * take the network of every server away, and with none the nodes go on. Git cannot know it, so a Job writes it when all members work.
 */
export const record = (ctx: OvnContext): Placed[] => [
  ...apiAccount(ctx, "contract", recordJob, [
    ...makerRules(recordName(ctx)),
    // Every Job of this phase looks for old pods first.
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  ]),
  job(ctx, recordJob, {
    phase: "contract",
    callsKubernetes: true,
    connections: [],
    environment: [{ name: "SECRET", value: recordName(ctx) }],
    steps: [{ name: recordJob, image: ctx.image("python"), command: ["python3", "-c", script] }],
  }),
];

const script = secretScript({
  body: `if keys:
    print("the record is there")
    raise SystemExit(0)
data = {"founded": base64.b64encode(b"true").decode()}
`,
});

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
