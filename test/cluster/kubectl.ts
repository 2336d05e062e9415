import { execFileSync } from "node:child_process";
import { packaged } from "../tools/kustomize.ts";

/** Standard output of kubectl; throws with its own message. */
export type Kubectl = (...args: readonly string[]) => string;

/** kubectl for a cluster, behind the command that leads to its host. An argument that begins with a line break is its input. */
export function kubectlFor(kubeconfig: string, enter: readonly string[] = []): Kubectl {
  const file = packaged("kubectl");
  if (file === undefined) throw new Error("The packaged kubectl runs on Linux x64 only.");
  return (...args) => {
    const input = args.find((argument) => argument.startsWith("\n"));
    const [program, ...rest] = [
      ...enter,
      file,
      "--kubeconfig",
      kubeconfig,
      `--cache-dir=${kubeconfig}.cache`,
      ...args.filter((argument) => argument !== input),
    ];
    return execFileSync(program!, rest, {
      encoding: "utf8",
      input,
      maxBuffer: 1 << 28,
      stdio: ["pipe", "pipe", "pipe"],
    });
  };
}
