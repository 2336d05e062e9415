import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";

/** What a syntax error means in the words of someone who did not write a YAML parser, and the way out. */
export interface SyntaxText {
  readonly message: string;
  readonly hint: string;
}

/** Explains an error of the yaml library; `line` is the text of the line that it points at. */
export function syntaxText(error: YAMLError, line: string): SyntaxText {
  if (/^ *\t/.test(line)) return tab;
  const entry = texts.find(({ code, like }) => code === error.code && (like === undefined || like.test(error.message)));
  if (entry !== undefined) return { message: entry.message, hint: entry.hint };
  return { message: `this is not YAML: ${lowerFirst(error.message.slice(0, 120))}`, hint: generalHint };
}

/** Where an error is to be looked for, as an offset: what is not closed is reported at its end, and wrong at its beginning. */
export function startsOf(document: Document): (error: YAMLError) => number {
  const openings = new Map<number, number>();
  visit(document, {
    Node: (_, node) => {
      const [start, end] = (node as Node).range ?? [0, -1];
      const closes = isCollection(node) ? node.flow : isScalar(node) && String(node.type).startsWith("QUOTE");
      if (closes === true) openings.set(end, start);
    },
  });
  return ({ code, pos, message }) =>
    code === "MISSING_CHAR" || (code === "BAD_INDENT" && message.startsWith("Flow"))
      ? (openings.get(pos[0]) ?? pos[0])
      : pos[0];
}

const generalHint = "Look at this line and the one above it: a missing quote, colon, bracket or a wrong indentation.";
/** Nesting that the parser gives up on. */
export const tooDeep: SyntaxText = {
  message: "maps and lists are nested too deep to be read",
  hint: "cluster.yaml needs fewer than ten levels: look for a repeated bracket, colon or dash.",
};
const tab: SyntaxText = {
  message: "a tab indents this line",
  hint: "YAML indents with spaces alone: write two spaces for each level.",
};
const colon: SyntaxText = {
  message: 'a second "key: value" stands where one value is expected',
  hint: 'Put text that contains ": " in quotes; indent the keys of a map below it, all in the same column.',
};
const noValue: SyntaxText = {
  message: 'a line without ": " stands among the keys of a map',
  hint: "Write key: value, with a space after the colon; put text of several lines in quotes.",
};
const indentation: SyntaxText = {
  message: "the indentation fits no line above",
  hint: "All keys of one map, and all items of one list, begin in the same column.",
};
const bracket: SyntaxText = {
  message: "the bracket or brace that opens here is not closed",
  hint: "Close every [ with ] and every { with }, and put commas between the items.",
};
const quote: SyntaxText = {
  message: "the quote that opens here is not closed",
  hint: "Close it on the line where the text ends.",
};
const surplus: SyntaxText = {
  message: "something stands after the end of the value",
  hint: "Put the whole text in quotes; inside single quotes write '' for one '.",
};

const texts: readonly (SyntaxText & { readonly code: YAMLError["code"]; readonly like?: RegExp })[] = [
  { code: "TAB_AS_INDENT", ...tab },
  { code: "BAD_INDENT", like: /^Flow/, ...bracket },
  { code: "BLOCK_IN_FLOW", ...bracket },
  { code: "MISSING_CHAR", like: /^Flow|Missing ,/, ...bracket },
  { code: "BAD_INDENT", ...indentation },
  { code: "BLOCK_AS_IMPLICIT_KEY", like: /^Nested/, ...colon },
  { code: "BLOCK_AS_IMPLICIT_KEY", ...indentation },
  { code: "MULTILINE_IMPLICIT_KEY", ...noValue },
  { code: "MISSING_CHAR", like: /^Implicit map keys/, ...noValue },
  { code: "MISSING_CHAR", like: /closing/, ...quote },
  {
    code: "BAD_SCALAR_START",
    message: "plain text cannot begin with this character",
    hint: "Put the text in quotes: @, `, % and a few others have a meaning in YAML.",
  },
  {
    code: "BAD_DQ_ESCAPE",
    message: "this backslash is no escape that YAML knows",
    hint: "Write the text in single quotes, where a backslash is only a backslash.",
  },
  { code: "RESOURCE_EXHAUSTION", ...tooDeep },
  {
    code: "KEY_OVER_1024_CHARS",
    message: "a key is longer than 1024 characters",
    hint: "Look for a missing line break or a colon in a long text, and put such text in quotes.",
  },
  {
    code: "UNEXPECTED_TOKEN",
    like: /block-seq-ind/,
    message: "a list begins on the line of its key",
    hint: "Begin the list on the next line, indented, or write it in brackets: [a, b].",
  },
  { code: "UNEXPECTED_TOKEN", like: /flow-(seq|map)-end/, ...bracket },
  { code: "UNEXPECTED_TOKEN", like: /at node end/, ...surplus },
];

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
