import { globSync, readFileSync } from "node:fs";

/** A fenced block of a page. */
export interface Block {
  /** What stands behind the fence: the language, and for a cluster.yaml the word `cluster`. */
  readonly info: string;
  readonly text: string;
  /** Path in the line above the block, `` `overlays/…`: ``. */
  readonly path?: string;
  /** The block before it on the page. */
  readonly previous?: Block;
}

/** Pages that people write for people; decisions show what was thought, not what is. */
export const pages = ["*.md", "docs/*.md", "docs/tasks/*.md"].flatMap((pattern) => globSync(pattern).sort());

/** Those, the decisions, and the pages that are generated. */
export const allPages = [...globSync("*.md").sort(), ...globSync("docs/**/*.md").sort()];

/** Text of a page. */
export const textOf = (page: string): string => readFileSync(page, "utf8");

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const [, path, info, text] of textOf(page).matchAll(/^(?:`(\S+)`:\n\n)?```(.*)\n([\s\S]*?)^```$/gm))
    blocks.push({
      info: info!,
      text: text!,
      ...(path === undefined ? {} : { path }),
      ...(blocks.length === 0 ? {} : { previous: blocks.at(-1)! }),
    });
  return blocks;
}

/** What a page shows only in part is put into this; pages without a fleet of their own run in one with this cluster. */
export const exampleCluster = {
  name: "eu1",
  domain: "eu1.example.org",
  delivery: { repository: "https://git.example.org/cloud/fleet.git" },
  access: { tls: { issuer: { name: "letsencrypt" } } },
  kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24"] },
  infrastructure: { mariadb: { backup: "none" } },
  services: { keystone: {} },
};
