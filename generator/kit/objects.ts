import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IStatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import type { IHorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import type { ICronJob } from "kubernetes-models/batch/v1/CronJob";
import type { IJob } from "kubernetes-models/batch/v1/Job";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { IRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/Role";
import type { IRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { KubernetesObject } from "../contract/kubernetes.ts";

/*
 * Kubernetes objects by their types. The constructors of the same package bring its validators with them, 250 files that
 * every run would load and none would call: what is generated is judged in the tests, by stricter schemas.
 */
interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

const objects =
  <T extends Typed>(apiVersion: T["apiVersion"], kind: T["kind"]) =>
  (
    fields: Omit<T, "apiVersion" | "kind" | "metadata" | "status"> & Pick<KubernetesObject, "metadata">,
  ): KubernetesObject => ({
    apiVersion,
    kind,
    ...fields,
  });

export const CronJob = objects<ICronJob>("batch/v1", "CronJob");
export const DaemonSet = objects<IDaemonSet>("apps/v1", "DaemonSet");
export const Deployment = objects<IDeployment>("apps/v1", "Deployment");
export const HorizontalPodAutoscaler = objects<IHorizontalPodAutoscaler>("autoscaling/v2", "HorizontalPodAutoscaler");
export const Job = objects<IJob>("batch/v1", "Job");
export const NetworkPolicy = objects<INetworkPolicy>("networking.k8s.io/v1", "NetworkPolicy");
export const PersistentVolumeClaim = objects<IPersistentVolumeClaim>("v1", "PersistentVolumeClaim");
export const PodDisruptionBudget = objects<IPodDisruptionBudget>("policy/v1", "PodDisruptionBudget");
export const Role = objects<IRole>("rbac.authorization.k8s.io/v1", "Role");
export const RoleBinding = objects<IRoleBinding>("rbac.authorization.k8s.io/v1", "RoleBinding");
export const Service = objects<IService>("v1", "Service");
export const ServiceAccount = objects<IServiceAccount>("v1", "ServiceAccount");
export const StatefulSet = objects<IStatefulSet>("apps/v1", "StatefulSet");
