import { readFileSync } from "node:fs";
import { join } from "node:path";
import { committedText } from "../git/changed-files.ts";
import { secretFilesOf, secretsFolder } from "./files.ts";

/**
 * Secrets, `<namespace>/<name>`, whose files have another data key than in the last commit: made or encrypted again as a whole.
 * Age and the MAC protect a file from edits and say nothing of who made it: everybody who knows the recipients can.
 */
export async function madeAgain(root: string, cluster: string): Promise<string[]> {
  const compared = secretFilesOf(root, cluster).map(async (file) => {
    const path = `${secretsFolder(cluster)}/${file}`;
    const before = await committedText(root, path);
    const now = readFileSync(join(root, path), "utf8");
    if (before === undefined || before === now) return [];
    const kept = wrappedKeys(before);
    return [...wrappedKeys(now)].some((key) => kept.has(key)) ? [] : [file.replace(/\.yaml$/, "")];
  });
  return (await Promise.all(compared)).flat();
}

/** The data key as it is wrapped for each recipient, without line breaks and indentation. */
const wrappedKeys = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/-----BEGIN AGE ENCRYPTED FILE-----(.*?)-----END AGE ENCRYPTED FILE-----/gs)].map(([, body]) =>
      body!.replaceAll(/\s|\\n/g, ""),
    ),
  );
