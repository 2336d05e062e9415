// Some files are made before all values of a cluster are known: a base, which all clusters share, and a template for clusters
// that differ in their names alone. A placeholder stands for such a value. It may be put into text and never compared.

/** Stands for each value of a cluster in a base. The names of Jobs hold a hash of it: with another text all of them run again. */
export const unknownValue = "zz-fact";

/** Stands for one value of a cluster in a template: `zq-domain-qz`. It has the form of a name, which most values ask for. */
export const placeholder = (value: string): string => `zq-${value}-qz`;

/** The first placeholder in a text, of either sort. */
export const placeholderIn = (text: string): string | undefined => /zz-fact|zq-[a-z]+-qz/.exec(text)?.[0];

/** True when a value holds the word in a text, at any depth. */
export const holds = (value: unknown, word: string): boolean => JSON.stringify(value)?.includes(word) ?? false;

/** A value without the fields and list items whose text holds the word; a map in a list stays, with what is left of it. */
export function without(value: unknown, word: string): unknown {
  const isHolder = (item: unknown): boolean => typeof item === "string" && item.includes(word);
  if (Array.isArray(value)) return value.map((item) => without(item, word)).filter((item) => !isHolder(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => !isHolder(item))
      .map(([key, item]) => [key, without(item, word)]),
  );
}

/** A text in pieces; what is filled in follows each piece but the last. */
export type Pieces = readonly { readonly text: string; readonly slot?: string }[];

/** Cuts texts at words. `slots` has each word with the name of the slot that takes its place. */
export function cutter(slots: ReadonlyMap<string, string>): (text: string) => Pieces {
  // When two words begin alike, the longer one is meant.
  const words = [...slots.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(words.map((word) => word.replaceAll(".", "\\.")).join("|"), "g");
  return (text) => {
    const pieces: { text: string; slot?: string }[] = [];
    let from = 0;
    for (const { 0: word, index } of text.matchAll(pattern)) {
      pieces.push({ text: text.slice(from, index), slot: slots.get(word)! });
      from = index + word.length;
    }
    return [...pieces, { text: text.slice(from) }];
  };
}

/** The text with a word in each slot. */
export function fill(pieces: Pieces, words: ReadonlyMap<string, string>): string {
  let text = "";
  for (const piece of pieces) text += piece.slot === undefined ? piece.text : piece.text + words.get(piece.slot)!;
  return text;
}
