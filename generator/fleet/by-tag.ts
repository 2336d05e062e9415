import { type Issue, warning } from "../issues/issue.ts";
import type { Fresh } from "./memory.ts";

/** What is said of production clusters that run images by tags alone: once for all of them, as it is so until somebody pins them. */
export function byTag(known: readonly Pick<Fresh, "summary" | "tagged">[]): Issue[] {
  const found = known.filter(({ summary, tagged }) => summary.profile === "production" && tagged > 0);
  const [first, ...others] = found.map(({ summary }) => summary.name);
  if (first === undefined) return [];
  const number = Math.max(...found.map(({ tagged }) => tagged));
  const subject =
    others.length === 0
      ? `${first} takes ${number} of its images by a tag alone`
      : `${first} and ${others.length === 1 ? others[0] : `${others.length} more clusters`} take up to ${number} of their images by a tag alone`;
  return [
    warning(
      "tag-alone",
      `${subject}; a tag can move, and then two nodes run different code`,
      `Write the digests: overstack images ${first} --resolve. An image of your own (image:) takes its digest where it is named.`,
    ),
  ];
}
