/** Lines that go and lines that come in one place, and the unchanged line before them. */
export interface Hunk {
  readonly after: string | undefined;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** How to make one text out of another: as few lines as possible, by the longest common subsequence. */
export function lineDiff(before: string, after: string): Hunk[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const common = lengths(a, b);
  const hunks: { after: string | undefined; removed: string[]; added: string[] }[] = [];
  let isOpen = false;
  let [i, j] = [0, 0];
  const open = () => {
    if (!isOpen) hunks.push({ after: a[i - 1], removed: [], added: [] });
    isOpen = true;
    return hunks.at(-1)!;
  };
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      isOpen = false;
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      open().removed.push(a[i++]!);
    else open().added.push(b[j++]!);
  }
  return hunks;
}

/** Length of the longest common subsequence of what begins at each pair of places. */
function lengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
  return table;
}
