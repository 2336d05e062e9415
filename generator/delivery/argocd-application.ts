import { ownerLabels } from "../contract/kubernetes.ts";
import type { Model } from "../model/model.ts";
import { resources } from "../operators/index.ts";

/** Where Argo CD reads its own objects. */
export const argoNamespace = "argocd";
/** The cluster that Argo CD runs in. */
export const server = "https://kubernetes.default.svc";

/** Fields that operators write and Git never holds: Argo CD would put them back. */
const writtenByOperators = resources.flatMap(({ group, kind, resource: { writtenByOperator } }) =>
  writtenByOperator === undefined ? [] : [{ group, kind, jsonPointers: writtenByOperator }],
);

/** What sets an Application apart. */
interface Options {
  readonly wave?: number;
  readonly suspend?: boolean;
  /** Its source is the fleet's own repository. */
  readonly fleet?: boolean;
  readonly prune?: boolean;
  /** When the Application is removed, its objects stay. */
  readonly orphan?: boolean;
}

/** An Application that keeps a part of the cluster as a source has it. */
export function application(
  { spec }: Model,
  name: string,
  source: object,
  target: string,
  { wave = 0, suspend = false, fleet = false, prune = true, orphan = false }: Options,
): object {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace: argoNamespace,
      labels: {
        ...ownerLabels(spec.name),
        ...(fleet ? { "overstack.io/source": "fleet" } : {}),
      },
      annotations: {
        "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
        "argocd.argoproj.io/sync-wave": String(wave),
      },
      // Without the finalizer a removed Application would leave its objects behind; what holds data carries Delete=false:
      // https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/
      ...(orphan ? {} : { finalizers: ["resources-finalizer.argocd.argoproj.io"] }),
    },
    spec: {
      destination: { namespace: target, server },
      ignoreDifferences: writtenByOperators,
      project: spec.name,
      source,
      syncPolicy: {
        ...(suspend ? {} : { automated: { prune, selfHeal: true } }),
        // A failed sync of one commit is otherwise never tried again; a newer commit replaces the one that is retried:
        // https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
        retry: { backoff: { duration: "10s", factor: 2, maxDuration: "3m0s" }, limit: -1, refresh: true },
        syncOptions: [
          "ApplyOutOfSyncOnly=true",
          "PruneLast=true",
          "RespectIgnoreDifferences=true",
          "ServerSideApply=true",
        ],
      },
    },
  };
}
