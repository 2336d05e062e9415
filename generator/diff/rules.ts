/** How much a claim asks of its reader, the most first. */
export const levels = ["refused", "interruption", "risk", "data", "later", "notice"] as const;
export type Level = (typeof levels)[number];

/** What a claim rests on. */
export interface Rule {
  readonly level: Level;
  /** The fact outside of Overstack, in a sentence. */
  readonly fact: string;
  /** Where it is written: a page, or a page of this documentation. */
  readonly source: string;
}

const kubernetes = "https://kubernetes.io/docs/concepts";

/**
 * Every claim about what an edit does to a cluster, and the fact that it rests on. A claim without a rule does not compile; the
 * documentation has this table as a page.
 */
export const rules = {
  "fixed-field": {
    level: "refused",
    fact: "The API server refuses a change of these fields: of a StatefulSet all but a few, the selector of a Deployment or DaemonSet, the template of a Job, most of a volume claim, a StorageClass, the role of a binding.",
    source: "https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/apps/validation/validation.go",
  },
  "create-only": {
    level: "refused",
    fact: "The operator of a custom resource lets some fields be set when it is made; its webhook refuses a change of them. The file of each operator here names them with their source.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#validatingadmissionwebhook",
  },
  recreate: {
    level: "interruption",
    fact: "With the strategy Recreate all pods of a Deployment end before a new one begins.",
    source: `${kubernetes}/workloads/controllers/deployment/#recreate-deployment`,
  },
  "only-pod": {
    level: "interruption",
    fact: "A StatefulSet ends a pod before it starts another one of the same name. With one pod nobody serves meanwhile.",
    source: `${kubernetes}/workloads/controllers/statefulset/#rolling-updates`,
  },
  "writer-restarts": {
    level: "interruption",
    fact: "When the member that takes the writes of all clients restarts, proxies or its operator name another one, and clients connect again: after 1 to 3 seconds with proxies, after 5 to 10 without.",
    source: "docs/when-a-host-dies.md#when-you-change-the-database",
  },
  "all-gone": {
    level: "interruption",
    fact: "Without a pod a Service has no endpoint, and its clients are refused.",
    source: `${kubernetes}/services-networking/service/#services-without-selectors`,
  },
  quorum: {
    level: "risk",
    fact: "Members that decide by majority go on while more than half of them are there. One that restarts is not there.",
    source: "https://raft.github.io/raft.pdf",
  },
  "one-replica": {
    level: "risk",
    fact: "The only pod on a lost host comes back when Kubernetes has given that host up.",
    source: "docs/when-a-host-dies.md#the-clock-of-kubernetes",
  },
  "on-delete": {
    level: "risk",
    fact: "With the update strategy OnDelete pods stay as they are until somebody deletes them.",
    source: "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/#daemonset-update-strategy",
  },
  "secret-environment": {
    level: "risk",
    fact: "A program has the values of variables that were there when its container started. Another value of the Secret does not replace the pod.",
    source: `${kubernetes}/configuration/secret/#using-secrets-as-environment-variables`,
  },
  "operator-version": {
    level: "risk",
    fact: "An operator of another version may replace the pods of all that it runs, in all its instances at once.",
    source: "https://www.rabbitmq.com/kubernetes/operator/upgrade-operator",
  },
  release: {
    level: "risk",
    fact: "The Jobs of a release change the schema of databases, and no Job of the release before changes it back.",
    source: "docs/delivery.md#rollback",
  },
  "existing-connections": {
    level: "risk",
    fact: "Whether a connection that exists already ends when a NetworkPolicy no longer allows it depends on the network plugin.",
    source: `${kubernetes}/services-networking/network-policies/#pod-lifecycle`,
  },
  stays: {
    level: "data",
    fact: "Objects with these annotations are not deleted when they leave Git: prune of Flux, sync-options of Argo CD.",
    source: "https://fluxcd.io/flux/components/kustomize/kustomizations/#prune",
  },
  "volumes-stay": {
    level: "data",
    fact: "The volume claims of a StatefulSet stay when it is deleted or gets fewer pods, unless it says otherwise.",
    source: `${kubernetes}/workloads/controllers/statefulset/#persistentvolumeclaim-retention`,
  },
  deleted: {
    level: "data",
    fact: "What leaves Git is deleted by the engine.",
    source: "https://fluxcd.io/flux/components/kustomize/kustomizations/#prune",
  },
  consent: {
    level: "data",
    fact: "A consent allows one change of living data, in the run that makes it. After that run it allows nothing.",
    source: "docs/living-data.md#consent",
  },
  "cluster-gone": {
    level: "data",
    fact: "An engine that does not find its folder in Git stops with an error, and deletes nothing.",
    source:
      "https://github.com/fluxcd/kustomize-controller/blob/v1.9.5/internal/controller/kustomization_controller.go",
  },
  pinned: {
    level: "later",
    fact: "A cluster that follows a tag or a commit reads what stands there, and not the branch.",
    source: "docs/delivery.md#pins-and-promotion",
  },
  suspended: {
    level: "later",
    fact: "An engine leaves alone what is suspended. With Flux, what waits for it waits too.",
    source: "https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend",
  },
  "other-version": {
    level: "later",
    fact: "What a commit has decides what a cluster runs, whichever version of Overstack wrote it.",
    source: "docs/reviewing.md#an-upgrade-of-overstack",
  },
  rolling: {
    level: "notice",
    fact: "A Deployment with maxUnavailable 0 ends a pod when another one is ready. Under load no request failed.",
    source: `${kubernetes}/workloads/controllers/deployment/#rolling-update-deployment`,
  },
  "one-by-one": {
    level: "notice",
    fact: "A StatefulSet replaces one pod after the other, from the highest number, and waits until each is ready.",
    source: `${kubernetes}/workloads/controllers/statefulset/#rolling-updates`,
  },
  "by-node": {
    level: "notice",
    fact: "A DaemonSet replaces its pods on as many nodes at a time as maxUnavailable says.",
    source: "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/#performing-a-rolling-update",
  },
  "job-again": {
    level: "notice",
    fact: "The template of a Job cannot change. Its name holds a hash of what it runs, so another one is made and runs to its end.",
    source: `${kubernetes}/workloads/controllers/job/`,
  },
  "next-run": {
    level: "notice",
    fact: "Another template of a CronJob counts for the Jobs that it makes from then on.",
    source: `${kubernetes}/workloads/controllers/cron-jobs/#modifying-a-cronjob`,
  },
  operator: {
    level: "notice",
    fact: "The operator of a custom resource decides whether its pods are replaced.",
    source: "docs/when-a-host-dies.md#when-you-change-the-database",
  },
  scaled: {
    level: "notice",
    fact: "Another number of replicas starts or ends pods, and replaces none: only another template does.",
    source: `${kubernetes}/workloads/controllers/deployment/#updating-a-deployment`,
  },
  "in-place": {
    level: "notice",
    fact: "A ConfigMap or Secret that pods mount reaches them where they are, after the kubelet's next look.",
    source: `${kubernetes}/configuration/configmap/#mounted-configmaps-are-updated-automatically`,
  },
  reissued: {
    level: "notice",
    fact: "cert-manager issues a certificate again when its names, usages, key or issuer change.",
    source: "docs/decisions/0011-tls-inside.md",
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof rules;

/** Rules in the order in which a reader is told of them. */
export const ruleOrder: readonly RuleName[] = levels.flatMap((level) =>
  (Object.keys(rules) as RuleName[]).filter((name) => rules[name].level === level),
);
