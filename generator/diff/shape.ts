/** What decides what is said of a cluster, without its names: clusters that differ in these alone are said once. */
export function shapeOf(name: string, texts: readonly (string | undefined)[]): string {
  // Domain and region are names too: no rendering compares them.
  const words = new Map([[name, "name"]]);
  for (const text of texts)
    for (const [, key, word] of (text ?? "").matchAll(/^(domain|region): ["']?([A-Za-z0-9._-]+)["']?$/gm))
      words.set(word!, key!);
  const longestFirst = [...words.keys()].sort((one, other) => other.length - one.length);
  const pattern = new RegExp(
    `(?<![A-Za-z0-9._-])(?:${longestFirst.map((word) => word.replaceAll(".", "\\.")).join("|")})(?![A-Za-z0-9_-])`,
    "g",
  );
  return JSON.stringify(texts.map((text) => text?.replace(pattern, (word) => `\0${words.get(word)}\0`) ?? null));
}
