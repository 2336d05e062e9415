import { spawnSync } from "node:child_process";
import { stringify } from "yaml";
import type { KubernetesObject } from "../tools/kustomize.ts";

/** A critical finding of kube-score about one object. */
export interface Finding {
  readonly kind: string;
  readonly name: string;
  /** The check's identifier, such as `pod-networkpolicy`. */
  readonly check: string;
  readonly message: string;
}

/** A critical finding that is meant, and why. */
export interface Exception {
  /** Matches the whole kind. */
  readonly kind: RegExp;
  /** Matches the whole name of the object. */
  readonly name: RegExp;
  readonly check: string;
  readonly reason: string;
}

/** The critical findings about the objects of one cluster, which kube-score judges together; throws when it cannot read them. */
export function criticalFindings(program: string, objects: readonly KubernetesObject[]): Finding[] {
  // No CPU limits: they throttle what is bound by password hashing, and the scheduler counts requests alone.
  const args = [
    "score",
    "--output-format",
    "json",
    "--kubernetes-version",
    "v1.36",
    "--ignore-container-cpu-limit",
    "-",
  ];
  const input = objects.map((object) => stringify(object)).join("---\n");
  const { stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (stdout === "") throw new Error(`kube-score: ${stderr}`);
  // A list without one kind that it knows is printed as null.
  const scored: readonly Scored[] = JSON.parse(stdout) ?? [];
  return scored.flatMap(({ type_meta, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade === critical)
      .map(({ check, comments }) => ({
        kind: type_meta.kind,
        name: object_meta.name,
        check: check.id,
        message: (comments ?? []).map(({ path, summary }) => (path ? `${path}: ${summary}` : summary)).join("; "),
      })),
  );
}

/** Findings that no exception names, and exceptions that name no finding. */
export function compare(findings: readonly Finding[], exceptions: readonly Exception[]) {
  return {
    unexplained: findings.filter((finding) => !exceptions.some((exception) => names(exception, finding))),
    idle: exceptions.filter((exception) => !findings.some((finding) => names(exception, finding))),
  };
}

const names = ({ kind, name, check }: Exception, finding: Finding): boolean =>
  check === finding.check && whole(kind, finding.kind) && whole(name, finding.name);

const whole = ({ source, flags }: RegExp, text: string): boolean => new RegExp(`^(?:${source})$`, flags).test(text);

/** kube-score's grades: 1 critical, 5 warning, 7 almost ok, 10 ok. */
const critical = 1;

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}
