import { z } from "zod";
import {
  amount,
  amounts,
  fieldRef,
  fields,
  flag,
  labelSelector,
  resourceFieldRef,
  text,
  whole,
  words,
} from "./kubernetes.ts";

const items = z.array(fields({ key: text, path: text }, { mode: whole }));
const named = fields({ name: text }, { items, optional: flag });
const downwardItems = z.array(fields({ path: text }, { fieldRef, mode: whole, resourceFieldRef }));

const projection = fields(
  {},
  {
    clusterTrustBundle: fields({ path: text }, { labelSelector, name: text, optional: flag, signerName: text }),
    configMap: named,
    downwardAPI: fields({}, { items: downwardItems }),
    podCertificate: fields(
      { keyType: text, signerName: text },
      {
        certificateChainPath: text,
        credentialBundlePath: text,
        keyPath: text,
        maxExpirationSeconds: whole,
        userAnnotations: words,
      },
    ),
    secret: named,
    serviceAccountToken: fields({ path: text }, { audience: text, expirationSeconds: whole }),
  },
);

const claim = fields(
  {},
  {
    accessModes: z.array(z.enum(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"])),
    dataSource: fields({ kind: text, name: text }, { apiGroup: text }),
    dataSourceRef: fields({ kind: text, name: text }, { apiGroup: text, namespace: text }),
    resources: fields({}, { limits: amounts, requests: amounts }),
    selector: labelSelector,
    storageClassName: text,
    volumeAttributesClassName: text,
    volumeMode: z.enum(["Filesystem", "Block"]),
    volumeName: text,
  },
);

/** A node mounts no other: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/volume/emptydir/empty_dir.go */
const medium = z.string().regex(/^(Memory|HugePages(-.+)?)?$/, "Memory, HugePages or HugePages-2Mi");

/**
 * Sources that a namespace admits which is `restricted`, each with its fields:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export const restrictedSources: Readonly<Record<string, z.ZodType>> = {
  configMap: fields({ name: text }, { defaultMode: whole, items, optional: flag }),
  csi: fields(
    { driver: text },
    { fsType: text, nodePublishSecretRef: fields({ name: text }), readOnly: flag, volumeAttributes: words },
  ),
  downwardAPI: fields({}, { defaultMode: whole, items: downwardItems }),
  emptyDir: fields({}, { medium, sizeLimit: amount }),
  // Of its metadata the API server takes labels and annotations alone.
  ephemeral: fields({
    volumeClaimTemplate: fields({ spec: claim }, { metadata: fields({}, { annotations: words, labels: words }) }),
  }),
  image: fields({}, { pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]), reference: text }),
  persistentVolumeClaim: fields({ claimName: text }, { readOnly: flag }),
  projected: fields({}, { defaultMode: whole, sources: z.array(projection) }),
  secret: fields({ secretName: text }, { defaultMode: whole, items, optional: flag }),
};
