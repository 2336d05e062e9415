import { mirrored } from "../base/image.ts";
import { leavingLostNodes } from "../kit/pod.ts";
import type { Operator } from "./operator.ts";

const version = "25.10.4";
const repository = "docker-registry3.mariadb.com/mariadb-operator/mariadb-operator";

/** The operator's own image; it is also the agent next to each member of a Galera cluster. */
export const mariadbOperatorImage = `${repository}:${version}`;

const restricted = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
  podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
};
const images = (registry: string | undefined): object =>
  registry === undefined ? {} : { image: { repository: mirrored(repository, registry) } };

const fixed = (...fields: readonly string[]): string[] => fields.map((field) => `spec.${field}`);
const anew = "Delete the object, which leaves what it made in the database: the engine makes it again.";

/** Runs MariaDB servers, and makes databases and users in them. */
export const mariadbOperator: Operator = {
  name: "mariadb-operator",
  title: "mariadb-operator",
  namespace: "mariadb-system",
  source: {
    type: "helm",
    repository: "https://helm.mariadb.com/mariadb-operator",
    charts: [
      { name: "mariadb-operator-crds", version, crds: true },
      {
        name: "mariadb-operator",
        version,
        values: ({ production, dns, registry }) => ({
          ...restricted,
          ...images(registry),
          certController: {
            ...restricted,
            ...images(registry),
            ha: { enabled: production, replicas: 2 },
            pdb: { enabled: production, maxUnavailable: 1 },
            tolerations: leavingLostNodes,
          },
          clusterName: dns,
          crds: { enabled: false },
          ha: { enabled: production, replicas: 2 },
          pdb: { enabled: production, maxUnavailable: 1 },
          tolerations: leavingLostNodes,
          // While the webhook is away nothing of its group can be applied.
          webhook: {
            ...restricted,
            ...images(registry),
            ha: { enabled: production, replicas: 3 },
            pdb: { enabled: production, maxUnavailable: 1 },
            tolerations: leavingLostNodes,
          },
        }),
      },
    ],
  },
  deployments: ["mariadb-operator", "mariadb-operator-webhook"],
  images: [mariadbOperatorImage],
  resources: {
    "k8s.mariadb.com/MariaDB": {
      // Its StatefulSet is called like it, and pods of a StatefulSet carry a label with 11 characters more.
      longestName: 52,
      suffixes: ["primary", "secondary", "internal", "metrics", "root", "backup", "ca-bundle", "config-tls"],
      replicas: "spec/replicas",
      images: ["spec/image", "spec/galera/agent/image", "spec/galera/initContainer/image"],
      health: (name) => ({ apiVersion: "apps/v1", kind: "StatefulSet", name }),
      // The operator fails over by writing this field.
      writtenByOperator: ["/spec/galera/primary/podIndex"],
      createOnly: [
        "spec.database",
        ...fixed("bootstrapFrom", "connection", "galera.config.volumeClaimTemplate", "primaryConnection"),
        ...fixed("rootPasswordSecretKeyRef", "secondaryConnection", "storage.storageClassName", "timeZone", "username"),
      ],
      instead: "Make a second instance with the new value, and move the data.",
      // docs/proof.md, changes under load: Galera from 3 to 5.
      restart: { what: "no write to the database is acknowledged", seconds: [1, 10] },
    },
    // What its webhook refuses: `webhook:"inmutable"` in https://github.com/mariadb-operator/mariadb-operator/tree/v25.10.4/api/v1alpha1
    "k8s.mariadb.com/Database": { createOnly: fixed("characterSet", "collate", "mariaDbRef", "name"), instead: anew },
    "k8s.mariadb.com/Grant": {
      createOnly: ["spec.database", ...fixed("grantOption", "host", "mariaDbRef", "table", "username")],
      instead: anew,
    },
    "k8s.mariadb.com/User": { createOnly: fixed("host", "mariaDbRef", "name"), instead: anew },
    "k8s.mariadb.com/PhysicalBackup": {
      createOnly: fixed(
        "imagePullSecrets",
        "mariaDbRef",
        "priorityClassName",
        "restartPolicy",
        "schedule.cron",
        "storage",
      ),
      instead: "Delete the PhysicalBackup: what it has written stays, and the engine makes it again.",
      // Its Jobs append the time, 15 characters.
      longestName: 48,
      references: { "spec/mariaDbRef/name": "k8s.mariadb.com/MariaDB" },
    },
  },
};
