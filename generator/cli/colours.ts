import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** How a line of a difference begins, and what it looks like: as `git diff` has it, where it has the like. */
const styles: readonly (readonly [RegExp, Style])[] = [
  [/^\S.*$/, "bold"],
  [/^ {4}(?:refused|interruption): .*$/, "red"],
  [/^ {4}risk: .*$/, "yellow"],
  [/^ {4}\+ .*$/, "green"],
  [/^ {4}- .*$/, "red"],
  [/^ {4}~ .*$/, "yellow"],
  [/^ {10}\+ .*$/, "green"],
  [/^ {10}- .*$/, "red"],
  [/^ {2}[a-z].*$/, "cyan"],
];

/** The lines of a difference for a terminal; as they are where it shows no colours (NO_COLOR). */
export const inColours = (text: string): string =>
  text
    .split("\n")
    .map((line) => {
      const [, style] = styles.find(([form]) => form.test(line)) ?? [];
      return style === undefined ? line : styleText(style, line, { stream: process.stdout });
    })
    .join("\n");
