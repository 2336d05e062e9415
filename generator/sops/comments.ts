import { Lexer } from "yaml";
import { isEncrypted } from "./cipher.ts";
import type { SecretDocument } from "./document.ts";
import { type Entry, offsetOf } from "./nodes.ts";

/** Offsets of comments inside a top-level map that are not encrypted. sops counts to a map what is indented below its key. */
export function plainComments({ text, root, at }: SecretDocument, map: Entry): number[] {
  const from = offsetOf(map.key)!;
  const next = root.items.map(({ key }) => offsetOf(key)!).find((offset) => offset > from) ?? text.length;
  return commentsOf(text).flatMap(({ offset, comment }) => {
    const { line = 0, column = 0 } = at(offset);
    const isInside = offset > from && offset < next && line > at(from).line! && column > 1;
    return isInside && comment !== "" && !isEncrypted(comment) ? [offset] : [];
  });
}

/** Comments are told from text that looks like one by the lexer alone: the parser attaches them to nodes by guesswork. */
function commentsOf(text: string): { offset: number; comment: string }[] {
  const found: { offset: number; comment: string }[] = [];
  let offset = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    // Marks of the lexer that stand for no text: document, error in a flow, and "the next token is a scalar".
    if (token === "\u0002" || token === "\u0018" || token === "\u001f") {
      isScalar = token === "\u001f";
      continue;
    }
    if (token.startsWith("#") && !isScalar) found.push({ offset, comment: token.slice(1).trim() });
    isScalar = false;
    offset += token.length;
  }
  return found;
}
