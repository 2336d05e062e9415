import { execFileSync } from "node:child_process";
import { packaged } from "../tools/kustomize.ts";

/** Standard output of kubectl; throws with its own message. */
export type Kubectl = (...args: readonly string[]) => string;

/** kubectl for a cluster. A string that begins with a line break is its standard input. */
export function kubectlFor(kubeconfig: string): Kubectl {
  const file = packaged("kubectl");
  if (file === undefined) throw new Error("The packaged kubectl runs on Linux x64 only.");
  return (...args) => {
    const input = args.find((argument) => argument.startsWith("\n"));
    const rest = args.filter((argument) => argument !== input);
    return execFileSync(file, ["--kubeconfig", kubeconfig, ...rest], {
      encoding: "utf8",
      input,
      maxBuffer: 1 << 28,
      stdio: ["pipe", "pipe", "pipe"],
    });
  };
}
