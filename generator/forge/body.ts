import { hash } from "node:crypto";
import Handlebars from "handlebars";
import { type Checked, error } from "../issues/issue.ts";

/** What a template of the text can say. */
export interface BodyFacts {
  readonly title: string;
  /** What changed where, as the commit says it; empty where the title says all. */
  readonly summary: string;
  /** What it does to the clusters, in Markdown. */
  readonly diff: string;
  readonly base: string;
  readonly branch: string;
  readonly remote: string;
  readonly version: string;
}

/** The text of a pull request, as a Handlebars template; a fleet replaces it by a file. */
export const defaultTemplate = `{{#if summary}}
\`\`\`text
{{summary}}
\`\`\`

{{/if}}
{{diff}}

<details>
<summary>See it yourself</summary>

\`\`\`sh
git fetch {{remote}} {{base}} {{branch}} && git switch {{branch}}
overstack generate --check
overstack diff {{remote}}/{{base}}
\`\`\`

</details>

Written by \`overstack propose\` {{version}}. Words above and below this part are yours, and stay.
`;

/** A template that can be filled. `file` is where it stands. */
export function templateOf(text: string, file: string): Checked<(facts: BodyFacts) => string> {
  try {
    // What is filled in is Markdown, which a fleet's own files hold: it is no more HTML than they are.
    const fill = Handlebars.compile<BodyFacts>(text, { noEscape: true, strict: true });
    // Mistakes in names show when it is filled.
    fill({ title: "", summary: "x", diff: "x", base: "", branch: "", remote: "", version: "" });
    return { value: fill, issues: [] };
  } catch (cause) {
    const [line = ""] = (cause as Error).message.split("\n");
    const names = "title, summary, diff, base, branch, remote, version";
    return {
      value: undefined,
      issues: [
        error("bad-template", `the template cannot be filled: ${line}`, `It may use these names: ${names}.`, { file }),
      ],
    };
  }
}

/** What a forge takes for a text: GitHub's limit, and the smallest. https://github.com/orgs/community/discussions/27190 */
const most = 65_536;

const [begin, end] = ["<!-- overstack:begin", "<!-- overstack:end -->"];
const part = /<!-- overstack:begin( title=[0-9a-f]{12})? -->[\s\S]*?<!-- overstack:end -->/;

/**
 * The text of a pull request with our part in it, renewed: what stands around the two marks stays. Undefined where somebody has taken
 * the marks out. `before` is undefined for a new one.
 */
export function bodyWith(
  before: string | undefined,
  fill: (facts: BodyFacts) => string,
  facts: BodyFacts,
): string | undefined {
  if (before !== undefined && !part.test(before)) return undefined;
  const around = before === undefined ? 0 : before.replace(part, "").length;
  const room = most - around - `${begin} title=${digest(facts.title)} -->\n\n${end}`.length;
  const texts = shorter(facts.diff).map((diff) => withoutMarks(fill({ ...facts, diff }).trim()));
  const text = texts.find(({ length }) => length <= room) ?? texts.at(-1)!.slice(0, Math.max(0, room));
  const own = `${begin} title=${digest(facts.title)} -->\n${text}\n${end}`;
  return before === undefined ? own : before.replace(part, () => own);
}

/** True where the title is the one that was given last: nobody has changed it. */
export const isOwnTitle = (title: string, body: string): boolean => part.exec(body)?.[1] === ` title=${digest(title)}`;

const digest = (text: string): string => hash("sha256", text, "hex").slice(0, 12);

/** A value of a cluster.yaml cannot end our part. */
const withoutMarks = (text: string): string => text.replaceAll("<!-- overstack:", "<! -- overstack:");

/** The whole; without what is folded, from the end; then nothing but where to see it. */
function shorter(diff: string): string[] {
  const folded = [...diff.matchAll(/^<details>$[\s\S]*?^<\/details>$\n*/gm)];
  const texts = [diff];
  for (const { index, 0: text } of folded.reverse())
    texts.push(`${texts.at(-1)!.slice(0, index)}${texts.at(-1)!.slice(index + text.length)}`);
  const [, ...less] = texts.map((text) => `${text.trimEnd()}\n\n${leftOut}`);
  return [diff, ...less, leftOut];
}

const leftOut = "The rest is too long for this place: `overstack diff` shows it.";
