import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";
import { error, type Issue, type Where } from "../../issues/issue.ts";

/** A syntax error in the words of someone who did not write a YAML parser. `line` is the text of the line that it points at. */
export function syntaxIssue({ code, message }: Misfit, line: string, where: Where): Issue {
  const entry = texts.find((each) => each.code === code && (each.like === undefined || each.like.test(message)));
  const [what, hint] = /^ *\t/.test(line)
    ? tab
    : (entry?.says ?? [`this is not YAML: ${lowerFirst(message.slice(0, 120))}`, generalHint]);
  return error("syntax", what, hint, where);
}

/** A syntax error, and the offset in the text where the mistake is. */
export interface Misfit extends Pick<YAMLError, "code" | "message"> {
  readonly offset: number;
}

/**
 * The errors of a document where people would look for them. What is not closed the parser reports at its end, and the mistake
 * is at its beginning; a line that is indented too far it takes for more of the value above, and the mistake is that line.
 */
export function misfits(document: Document, errors: readonly YAMLError[], text: string): Misfit[] {
  const openings = new Map<number, number>();
  visit(document, {
    Node: (_, node) => {
      const [start, end] = (node as Node).range ?? [0, -1];
      const closes = isCollection(node) ? node.flow : isScalar(node) && String(node.type).startsWith("QUOTE");
      if (closes === true) openings.set(end, start);
    },
  });
  const tooFar = new Map(
    errors.flatMap(({ code, pos: [from, to] }) => {
      const below = code === "MULTILINE_IMPLICIT_KEY" ? /\n *(?=\S)/.exec(text.slice(from, to)) : null;
      return below === null ? [] : [[from, from + below.index + below[0].length] as const];
    }),
  );
  return errors.map(({ code, message, pos: [from] }) => {
    const line = ["BLOCK_AS_IMPLICIT_KEY", "MULTILINE_IMPLICIT_KEY"].includes(code) ? tooFar.get(from) : undefined;
    if (line !== undefined) return { code: "BAD_INDENT", message: "", offset: line };
    const unclosed = code === "MISSING_CHAR" || (code === "BAD_INDENT" && message.startsWith("Flow"));
    return { code, message, offset: unclosed ? (openings.get(from) ?? from) : from };
  });
}

type Text = readonly [message: string, hint: string];

const generalHint = "Look at this line and the one above it: a missing quote, colon, bracket or a wrong indentation.";
const nesting: Text = [
  "maps and lists are nested too deep to be read",
  "cluster.yaml needs fewer than ten levels: look for a repeated bracket, colon or dash.",
];
/** Nesting that the parser gives up on. */
export const tooDeep = (where: Where): Issue => error("too-deep", ...nesting, where);
const tab: Text = ["a tab indents this line", "YAML indents with spaces alone: write two spaces for each level."];
const colon: Text = [
  'a second "key: value" stands where one value is expected',
  'Put text that contains ": " in quotes; indent the keys of a map below it, all in the same column.',
];
const noValue: Text = [
  'a line without ": " stands among the keys of a map',
  "Write key: value, with a space after the colon; put text of several lines in quotes.",
];
const indentation: Text = [
  "the indentation fits no line above",
  "All keys of one map, and all items of one list, begin in the same column.",
];
const bracket: Text = [
  "the bracket or brace that opens here is not closed",
  "Close every [ with ] and every { with }, and put commas between the items.",
];
const quote: Text = ["the quote that opens here is not closed", "Close it on the line where the text ends."];
const surplus: Text = [
  "something stands after the end of the value",
  "Put the whole text in quotes; inside single quotes write '' for one '.",
];

const texts: readonly { readonly code: YAMLError["code"]; readonly like?: RegExp; readonly says: Text }[] = [
  { code: "TAB_AS_INDENT", says: tab },
  { code: "BAD_INDENT", like: /^Flow/, says: bracket },
  { code: "BLOCK_IN_FLOW", says: bracket },
  { code: "MISSING_CHAR", like: /^Flow|Missing ,/, says: bracket },
  { code: "BAD_INDENT", says: indentation },
  { code: "BLOCK_AS_IMPLICIT_KEY", like: /^Nested/, says: colon },
  { code: "BLOCK_AS_IMPLICIT_KEY", says: indentation },
  { code: "MULTILINE_IMPLICIT_KEY", says: noValue },
  { code: "MISSING_CHAR", like: /^Implicit map keys/, says: noValue },
  { code: "MISSING_CHAR", like: /closing/, says: quote },
  {
    code: "BAD_SCALAR_START",
    says: [
      "plain text cannot begin with this character",
      "Put the text in quotes: @, `, % and a few others have a meaning in YAML.",
    ],
  },
  {
    code: "BAD_DQ_ESCAPE",
    says: [
      "YAML does not know this backslash escape",
      "Write the text in single quotes, where a backslash is only a backslash.",
    ],
  },
  { code: "RESOURCE_EXHAUSTION", says: nesting },
  {
    code: "KEY_OVER_1024_CHARS",
    says: [
      "a key is longer than 1024 characters",
      "Look for a missing line break or a colon in a long text, and put such text in quotes.",
    ],
  },
  {
    code: "UNEXPECTED_TOKEN",
    like: /block-seq-ind/,
    says: [
      "a list begins on the line of its key",
      "Begin the list on the next line, indented, or write it in brackets: [a, b].",
    ],
  },
  { code: "UNEXPECTED_TOKEN", like: /flow-(seq|map)-end/, says: bracket },
  { code: "UNEXPECTED_TOKEN", like: /at node end/, says: surplus },
];

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
