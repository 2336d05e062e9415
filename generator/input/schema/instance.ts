import { z } from "zod";
import { kindOf, kinds, kindsWithUsers } from "../../connections/index.ts";
import type { Kind } from "../../contract/connection.ts";
import {
  count,
  cron,
  fileName,
  hostName,
  imageReference,
  integer,
  labelKey,
  labelValue,
  name,
  namespace,
  nameWith,
  network,
  objectName,
  optionName,
  optionValue,
  port,
  quantity,
  secretName,
  unavailable,
  variable,
} from "../../contract/formats.ts";
import { releases } from "../../contract/release.ts";

const resources = z
  .strictObject({
    requests: z.record(z.string(), quantity).optional().describe("What the scheduler reserves."),
    limits: z
      .record(z.string(), quantity)
      .optional()
      .describe("What the kernel enforces; a CPU limit slows password hashing and is best left out."),
  })
  .describe("CPU and memory of the role's main container.");

const autoscaling = z
  .strictObject({
    minReplicas: integer(1, 1000).describe("Never fewer."),
    maxReplicas: integer(1, 1000).describe("Never more."),
    cpu: integer(1, 1000).default(80).describe("Target mean CPU utilisation, percent of the request."),
  })
  .describe("Bounds and target of the role's horizontal autoscaling.");

const toleration = z.strictObject({
  key: z.string().optional().describe("Taint key; none tolerates every taint."),
  operator: z.enum(["Exists", "Equal"]).optional().describe("How key and value are compared."),
  value: z.string().optional().describe("Taint value."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Taint effect; none means all."),
  tolerationSeconds: z.number().int().optional().describe("How long a NoExecute taint is tolerated, seconds."),
});

const scheduling = z
  .strictObject({
    nodeSelector: z.record(labelKey, labelValue).optional().describe("Labels that a node must carry."),
    tolerations: z.array(toleration).optional().describe("Taints that do not keep the pods away."),
    priorityClassName: objectName.optional().describe("PriorityClass of the pods."),
    topologyKeys: z
      .array(labelKey)
      .min(1)
      .max(5)
      .optional()
      .describe("Node labels that replicas spread over, most local first. Default: host, then zone."),
  })
  .describe("Where the pods may run.");

const volume = z.strictObject({
  name: name.describe("Name of the volume in the pod."),
  mountPath: z
    .string()
    .regex(/^\/[^:]*$/, "an absolute path without ':'")
    .describe("Where the main container sees it."),
  readOnly: z.boolean().optional().describe("Mounted read-only."),
  source: z.record(z.string(), z.unknown()).describe("A Kubernetes volume source: {secret: {secretName: x}}."),
});

const sidecar = z.looseObject({
  name: name.describe("Name of the container."),
  image: imageReference.describe("Its image."),
});

const patch = z.strictObject({
  target: z
    .strictObject({
      kind: z.string().describe("Kind of the object: Deployment."),
      name: z.string().describe("Name of the object as generated: glance-api; of a Job without its hash."),
    })
    .describe("The one object that the patch changes."),
  ops: z
    .array(
      z.strictObject({
        op: z.enum(["add", "replace", "remove"]).describe("JSON Patch operation."),
        path: z
          .string()
          .regex(/^(\/[^/]*)+$/, "a JSON pointer: /spec/template/spec/hostname")
          .describe("JSON pointer into the object."),
        value: z.unknown().optional().describe("New value, for add and replace."),
      }),
    )
    .min(1)
    .describe("JSON Patch operations, in order (RFC 6902)."),
});

const secretKey = z.strictObject({
  secret: secretName.describe("Secret in the instance's namespace."),
  key: z.string().min(1).max(253).describe("Key in the Secret."),
});

const protocol = z.enum(["TCP", "UDP"]).default("TCP").describe("Transport protocol.");
const egress = z.union([
  z
    .strictObject({
      host: hostName("ldap.example.org").describe("Name or IPv4 address of the server."),
      port: port.describe("Its port."),
      protocol,
    })
    .describe("One server."),
  z
    .strictObject({
      network: network.describe("Network of the servers."),
      port: port.describe("Their port."),
      protocol,
    })
    .describe("All servers of a network."),
]);

/** Settings that every instance of every component understands. */
export const commonShape = {
  component: name
    .optional()
    .describe("Component that this is an instance of, where its name alone could mean another."),
  namespace: namespace.optional().describe("Namespace of this instance, whatever the layout says."),
  replicas: z
    .union([count, z.record(name, count)])
    .optional()
    .describe("Replicas: a number for the main role, or a map role -> number."),
  resources: z.record(name, resources).optional().describe("Role -> CPU and memory."),
  autoscaling: z
    .record(name, autoscaling)
    .optional()
    .describe(
      "Role -> horizontal autoscaling; it replaces the replica count of that role. Kubernetes begins with one replica, also when there was a count before. The autoscaler raises it to minReplicas within 15 s.",
    ),
  scheduling: scheduling.optional(),
  labels: z.record(labelKey, labelValue).optional().describe("Labels added to the instance's pods."),
  annotations: z.record(labelKey, z.string()).optional().describe("Annotations added to the instance's pods."),
  config: z
    .record(
      fileName,
      z.record(
        optionName,
        z.record(optionName, optionValue).describe("An option lies in a group: DEFAULT: { debug: true }."),
      ),
    )
    .optional()
    .describe("File -> group -> option -> value, on top of what is generated."),
  ownOptions: z
    .array(optionName)
    .optional()
    .describe(
      "Groups (my_driver) and options (token.my_option) that packages of your own read: they are not compared with what the packages of the release know.",
    ),
  files: z
    .record(fileName, z.string())
    .optional()
    .describe("Further files below /etc/<project>: name (or directory/name) -> content."),
  environment: z
    .record(variable, z.string())
    .optional()
    .describe("Environment variables of the instance's programs and crons; its Jobs have none."),
  environmentFrom: z
    .record(variable, secretKey)
    .optional()
    .describe("Environment variables whose value is a Secret's: OS_LDAP__PASSWORD."),
  volumes: z
    .array(volume)
    .optional()
    .describe("Volumes mounted into the main container of the pods that run on; Jobs and crons have none."),
  sidecars: z
    .array(sidecar)
    .optional()
    .describe(
      "Further containers of the pods, as Kubernetes writes them. Their root file system is read-only unless they say otherwise.",
    ),
  egress: z
    .array(egress)
    .optional()
    .describe("Further servers that its pods connect to: for sidecars, and for what files and config name."),
  crons: z
    .record(name, z.union([cron, z.literal(false)]))
    .optional()
    .describe("Housekeeping job -> schedule, or false to suspend it."),
  image: z.record(name, imageReference).optional().describe("Image name -> other image for this instance."),
  suspend: z.boolean().optional().describe("The delivery engine leaves this instance alone."),
  patches: z.array(patch).optional().describe("Last resort: JSON patches on generated objects."),
} as const;

const generation = z
  .strictObject({
    generation: integer(1, 9999).describe("The user that the service logs in as."),
    alsoValid: integer(1, 9999)
      .optional()
      .describe("Another that exists at the same time: the next one, or the last one on its way out."),
  })
  .describe("Generations of users and passwords; secrets rotate writes them.");

/** The same for each kind of connection, in the order of the table. */
const eachKind = <V>(names: readonly Kind[], of: (kind: Kind) => V): Readonly<Record<Kind, V>> =>
  Object.fromEntries(names.map((kind) => [kind, of(kind)]));

/** Settings of what runs on nodes, in addition to those of services. */
export const nodeShape = {
  maxUnavailable: unavailable
    .optional()
    .describe(
      "How many pods may be away at a time while a commit rolls out: a count or a percentage. Choose one more than the number of nodes that may be dead meanwhile. Default: 2.",
    ),
} as const;

const uses = z.strictObject({
  ...eachKind(kinds, (kind) =>
    z
      .union([name, kindOf(kind).external])
      .optional()
      .describe(kindOf(kind).uses),
  ),
  identity: nameWith("The Identity service of another cluster stands at the root: identity: { url: … }")
    .optional()
    .describe("Named Keystone instance."),
});
const asUses = (schema: z.ZodObject) =>
  schema.optional().describe("Which instance provides what, where it is not the shared one.");

const credentials = z.strictObject({
  ...eachKind(kindsWithUsers, () => generation.optional()),
  identity: generation.optional(),
});
const asCredentials = (schema: z.ZodObject) =>
  schema.optional().describe("Which generation of credentials is in use; overstack secrets rotate writes it.");

/** Settings that only services understand. */
export const serviceShape = {
  release: z
    .enum(releases)
    .optional()
    .describe(
      "OpenStack release of this instance, in quotes, while it stays behind the cluster. Default: the cluster's.",
    ),
  credentials: asCredentials(credentials),
  dedicated: z
    .array(z.enum(kinds))
    .optional()
    .describe("Infrastructure of this service's own, not shared with others."),
  uses: asUses(uses),
} as const;

/** `uses` of a component whose header names further services. */
export const usesWith = (words: readonly string[]) =>
  asUses(
    uses.extend(
      Object.fromEntries(
        words.map((word) => [word, name.optional().describe(`Named instance of the service ${word}.`)]),
      ),
    ),
  );

/** `credentials` of a component with options whose values have generations; infrastructure has no users elsewhere. */
export const credentialsWith = (options: readonly string[], hasUsers: boolean) =>
  asCredentials(
    (hasUsers ? credentials : z.strictObject({})).extend(
      Object.fromEntries(options.map((option) => [option, generation.optional()])),
    ),
  );
