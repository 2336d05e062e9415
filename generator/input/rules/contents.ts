import { LineCounter, parseAllDocuments } from "yaml";
import { type Path, showPath } from "../../base/words.ts";
import { type Issue, warning } from "../../issues/issue.ts";
import { misfits, syntaxIssue, tooDeep } from "../yaml/syntax-messages.ts";

/**
 * Finds files whose text is not what their names say. Their programs alone decide what they read, and some have dialects: so it is
 * a warning.
 */
export function checkContents(at: Path, text: string): Issue[] {
  const [what, hint] = faultIn(String(at.at(-1)), text) ?? [];
  return what === undefined
    ? []
    : [warning("malformed-file", `${showPath([...at])}: ${what}`, hint!, { path: [...at] })];
}

type Fault = readonly [what: string, hint: string];

function faultIn(file: string, text: string): Fault | undefined {
  if (/\.ya?ml$/.test(file)) return yamlFault(text);
  if (!file.endsWith(".json")) return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return [
      "this is not JSON",
      "Put every key and every text in double quotes; JSON has no comments, and no comma after the last item.",
    ];
  }
}

/** The first fault, with its line in the text. */
function yamlFault(text: string): Fault | undefined {
  const lineCounter = new LineCounter();
  try {
    // As with PyYAML, the last of two keys counts, and what a tag means is left to the program.
    for (const document of parseAllDocuments(text, { lineCounter, uniqueKeys: false, prettyErrors: false })) {
      const [first] = misfits(document, document.errors, text);
      if (first === undefined) continue;
      const { line } = lineCounter.linePos(first.offset);
      const { message, hint } = syntaxIssue(first, text.split("\n")[line - 1] ?? "", {});
      return [`line ${Math.max(line, 1)} of the text: ${message}`, hint];
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { message, hint } = tooDeep({});
    return [message, hint];
  }
}
