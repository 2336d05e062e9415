import type { TestSequencer, TestSequencerConstructor } from "vitest/node";

/** Files in this order, so that none that takes long is left to run alone at the end; those that are not named come last. */
export function inOrder(names: readonly string[]): TestSequencerConstructor {
  const place = (file: string): number => {
    const found = names.findIndex((name) => file.endsWith(`/${name}.test.ts`));
    return found === -1 ? names.length : found;
  };
  // Vitest makes one with `new`, which an arrow function does not bear.
  function Sequencer(): TestSequencer {
    return {
      shard: (files) => files,
      sort: (files) => files.toSorted((one, other) => place(one.moduleId) - place(other.moduleId)),
    };
  }
  return Sequencer as unknown as TestSequencerConstructor;
}
