import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../config/environment.ts";
import type { Running } from "../coordination/lab.ts";
import { blocksOf } from "../docs/pages.ts";

const folder = "/run/overstack/reader";
const bin = join(folder, "bin");

/**
 * Runs the block of a page that contains these words, as it stands there. What its kubectl runs in a container is run in that of this lab;
 * of all else nothing is done. Throws with what the block says when it fails.
 */
export async function runBlock(page: string, words: string, pods: Readonly<Record<string, Running>>): Promise<void> {
  mkdirSync(bin, { recursive: true });
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  for (const [name, { pod, inside }] of Object.entries(pods))
    for (const container of pod.containers)
      writeFileSync(
        join(bin, `${name}.${container.name}`),
        `#!/bin/sh\nexec ${inside(container.name).map(quoted).join(" ")} "$@"\n`,
        { mode: 0o755 },
      );
  writeFileSync(join(bin, "kubectl"), kubectl, { mode: 0o755 });
  const [block, ...more] = blocksOf(page).filter(({ text }) => text.includes(words));
  if (block === undefined || more.length > 0) throw new Error(`${page} has not one block with ${words}`);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { code, stderr } = await run("bash", ["-euo", "pipefail", "-c", block.text], { env, cwd: folder });
  if (code !== 0) throw new Error(`${block.text}${stderr}`);
}

const kubectl = `#!/bin/sh
case $* in *" exec "*) ;; *) exit 0 ;; esac
while [ "$1" != exec ]; do shift; done
shift
[ "$1" != --stdin ] || shift
pod=\${1#job/} container=backup
shift
[ "$1" != --container ] || { container=$2; shift 2; }
shift
exec "\${0%/*}/$pod.$container" "$@"
`;
