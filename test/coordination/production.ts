import { buildFrom } from "../../generator/fleet/one-cluster.ts";

/**
 * A production cluster as generated, with these lines of cluster.yaml beside those that every one has; MariaDB without backups is among them.
 * Throws with the messages when it is refused.
 */
export function production(infrastructure: object, ...lines: readonly string[]) {
  const { issues, model, rendered } = buildFrom({
    name: "eu1",
    text: `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
kubernetes: { version: "1.35" }
infrastructure: ${JSON.stringify({ mariadb: { backup: "none" }, ...infrastructure })}
${lines.join("\n")}
`,
  });
  if (rendered === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  return { model: model!, renders: rendered.renders };
}
