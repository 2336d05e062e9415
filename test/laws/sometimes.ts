import fc, { type Arbitrary } from "fast-check";

type Model<T> = { [K in keyof T]: Arbitrary<T[K]> };

/** Map whose keys are each absent in three cases of four: a cluster that sets everything at once hides what one key does. */
export const dials = <T extends object>(model: Model<T>): Arbitrary<Partial<T>> => present(model, 3);
/** Map whose keys are each absent in every second case, for what stands below a key that is rare itself. */
export const inner = <T extends object>(model: Model<T>): Arbitrary<Partial<T>> => present(model, 1);

const present = <T extends object>(model: Model<T>, absent: number): Arbitrary<Partial<T>> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(model).map(([key, value]) => [key, sometimes(value as Arbitrary<unknown>, absent)]),
      ),
    )
    .map((map) => Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as Partial<T>);

const sometimes = <T>(value: Arbitrary<T>, absent: number): Arbitrary<T | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: absent, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );

/** Map with one to three of these keys. */
export const mapOf = <T>(keys: readonly string[], value: Arbitrary<T>): Arbitrary<Record<string, T>> =>
  fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: 3 });

/** One or more of these items. */
export const listOf = <T>(items: readonly T[]): Arbitrary<T[]> => fc.subarray([...items], { minLength: 1 });
