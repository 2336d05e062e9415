import { z } from "zod";
import { levels, type RuleName, rules } from "./rules.ts";

/** Version of the form below. A key that goes or means something else makes another one; keys may be added. */
export const dataVersion = 1;

const verb = z.enum(["add", "change", "remove"]);
const field = z
  .object({
    path: z.string().describe("spec.template.spec.containers[api].image, or 50-instance.conf [token] expiration."),
    before: z.unknown().optional().describe("Absent where the field was not there, and of what may be a password."),
    after: z.unknown().optional().describe("Absent where the field is no longer there, and of what may be a password."),
  })
  .describe("One field that differs.");
const pods = z
  .object({
    what: z
      .enum(["replaced", "run", "next", "operator", "by-hand"])
      .describe(
        "replaced: by the workload. run: a Job. next: the next run of a CronJob. operator: it decides. by-hand: when somebody deletes them.",
      ),
    replicas: z.int().optional().describe("How many there are to be. Absent where an autoscaler or the nodes decide."),
    because: z.array(z.string()).describe("What of the pods is another."),
  })
  .describe("What happens to the pods of the object.");
const change = z
  .object({
    of: z.string().describe("The instance; flux, argocd, or what instances share: namespaces, secrets, certificates."),
    id: z.string().describe("Kind, namespace and name. A kind that is not Kubernetes' own has its group."),
    verb,
    fields: z.array(field),
    pods: pods.optional(),
    stays: z.literal(true).optional().describe("No longer in Git, and left in the cluster."),
  })
  .describe("What happens to one object.");
const claim = z
  .object({
    rule: z
      .enum(Object.keys(rules) as [RuleName, ...RuleName[]])
      .describe("docs/reference/impact.md has what it rests on."),
    level: z.enum(levels).describe("How much it asks of its reader, the most first."),
    of: z.string().optional().describe("The instance. Absent of the cluster as a whole."),
    objects: z.array(z.string()).describe("Ids of the objects that it is about."),
    says: z.string(),
    instead: z.string().optional().describe("What to do instead, or first."),
    seconds: z.tuple([z.number(), z.number()]).optional().describe("Seconds that were seen, least and most."),
  })
  .describe("What an edit means for the cluster.");
const roll = z
  .object({
    steps: z.array(
      z.object({
        step: z.string().describe("Instance and phase: keystone-run."),
        place: z.int().describe("Those of one number begin together."),
        objects: z.array(z.string()),
        least: z.number().describe("Seconds that it takes at least."),
      }),
    ),
    least: z.number().describe("Seconds of the longest way through them, at least."),
  })
  .describe("In which order pods are replaced and Jobs run.");
const cluster = z.object({
  name: z.string(),
  others: z.array(z.string()).optional().describe("Clusters of which the same is to be said, with their own names."),
  verb,
  impact: z.array(claim),
  roll,
  changes: z.array(change),
  images: z
    .array(z.object({ before: z.string(), after: z.string(), of: z.array(z.string()).describe("Instances.") }))
    .describe("Images that containers run instead of others."),
});

/** What `overstack -o json diff` prints. Without an answer there are `issues` alone. */
const diffData = z.object({
  version: z.literal(dataVersion).optional().describe("Of this form."),
  from: z.string().optional().describe("Full name of the commit that the clusters are compared with."),
  to: z.string().optional().describe("Full name of the other commit; absent of the work tree."),
  clusters: z.array(cluster).optional().describe("Clusters that differ."),
  untouched: z
    .array(z.object({ name: z.string(), why: z.string() }))
    .optional()
    .describe("Clusters that are made from files that changed, and that follow another commit."),
  issues: z.array(z.record(z.string(), z.unknown())).describe("Mistakes and warnings."),
});

/** The same for programs of others. */
export const diffSchema = (): object => ({
  $id: "https://overstack.io/schemas/diff-1.json",
  title: "What overstack diff prints as JSON",
  ...z.toJSONSchema(diffData, { target: "draft-2020-12", io: "output" }),
});
