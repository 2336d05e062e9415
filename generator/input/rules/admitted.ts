import { type Path, showPath, showValue } from "../../base/words.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { valueAt } from "../schema/zod-walk.ts";

interface Control {
  readonly field: Path;
  readonly admits: (value: unknown) => boolean;
  readonly hint: string;
}

const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);

const remove = "Remove it.";

/**
 * Fields of a container that a namespace compares which is `restricted`:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
const controls: readonly Control[] = [
  { field: ["privileged"], admits: isOneOf(false), hint: remove },
  { field: ["allowPrivilegeEscalation"], admits: isOneOf(false), hint: remove },
  { field: ["runAsNonRoot"], admits: isOneOf(true), hint: "Remove it, and name a user other than 0 in runAsUser." },
  { field: ["runAsUser"], admits: (uid) => uid !== 0, hint: "Name a user other than 0, or leave runAsUser out." },
  {
    field: ["capabilities"],
    admits: (value) => (valueAt(value, ["drop"]) as string[] | undefined)?.includes("ALL") === true,
    hint: "Write drop: [ALL] in it.",
  },
  {
    field: ["capabilities", "add"],
    admits: (added) => (added as string[]).every(isOneOf("NET_BIND_SERVICE")),
    hint: "Only NET_BIND_SERVICE can be added.",
  },
  { field: ["seccompProfile", "type"], admits: isOneOf("RuntimeDefault", "Localhost"), hint: remove },
  { field: ["appArmorProfile", "type"], admits: isOneOf("RuntimeDefault", "Localhost"), hint: remove },
  { field: ["procMount"], admits: isOneOf("Default"), hint: remove },
  {
    field: ["seLinuxOptions", "type"],
    admits: isOneOf("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"),
    hint: remove,
  },
  { field: ["seLinuxOptions", "user"], admits: isOneOf(""), hint: remove },
  { field: ["seLinuxOptions", "role"], admits: isOneOf(""), hint: remove },
  { field: ["windowsOptions", "hostProcess"], admits: isOneOf(false), hint: remove },
];

/** What a namespace would refuse that is `restricted`, in a container whose fields are those of Kubernetes. */
export function* notAdmitted(container: object, at: Path): Iterable<Issue> {
  for (const { field, admits, hint } of controls) {
    const own = ["securityContext", ...field];
    const value = valueAt(container, own);
    if (value !== undefined && !admits(value)) yield refused([...at, ...own], value, hint);
  }
  const { ports = [] } = container as { ports?: readonly { readonly hostPort?: number }[] };
  for (const [index, { hostPort = 0 }] of ports.entries())
    if (hostPort !== 0) yield refused([...at, "ports", index, "hostPort"], hostPort, remove);
}

const refused = (path: Path, value: unknown, hint: string): Issue =>
  error("bad-format", `${showPath(path)} cannot be ${showValue(value)}: the namespace does not admit it`, hint, {
    path,
  });
