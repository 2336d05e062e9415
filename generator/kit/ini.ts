import { byKey } from "../base/data.ts";
import { groupAndName, type Ini, type OptionValue } from "../contract/configuration.ts";
import { takesSeveral } from "../options/known.ts";

/** Writes an ini file as oslo.config reads it: groups and options sorted, `DEFAULT` first, no quoting. */
export function formatIni(ini: Ini): string {
  return Object.keys(ini)
    .filter((group) => options(ini, group).length > 0)
    .sort((a, b) => Number(b === "DEFAULT") - Number(a === "DEFAULT") || (a < b ? -1 : 1))
    .map(
      (group) =>
        `[${group}]\n${options(ini, group)
          .flatMap(([name, value]) =>
            (Array.isArray(value) && takesSeveral(group, name) ? value : [formatValue(value)]).map(
              (text) => `${name} = ${text}\n`,
            ),
          )
          .join("")}`,
    )
    .join("\n");
}

/** Later files win, option by option. */
export function mergeIni(...layers: readonly Ini[]): Ini {
  const merged: Record<string, Record<string, OptionValue | undefined>> = {};
  for (const layer of layers)
    for (const [group, values] of Object.entries(layer)) merged[group] = { ...merged[group], ...values };
  return merged;
}

/** Options by group and name: `{ "conductor.workers": 2 }`. */
export const namedOptions = (options: Readonly<Record<string, OptionValue>>): Ini =>
  mergeIni(
    ...Object.entries(options).map(([name, value]) => {
      const [group, own] = groupAndName(name);
      return { [group]: { [own]: value } };
    }),
  );

/** The options of `wanted` whose value in `base` is another one, or missing. */
export function diffIni(base: Ini, wanted: Ini): Ini {
  const difference: Record<string, Record<string, OptionValue>> = {};
  for (const group of Object.keys(wanted))
    for (const [name, value] of options(wanted, group)) {
      const before = base[group]?.[name];
      if (before !== undefined && formatValue(before) === formatValue(value)) continue;
      difference[group] = { ...difference[group], [name]: value };
    }
  return difference;
}

/** True when no option is set. */
export const isEmptyIni = (ini: Ini): boolean => Object.keys(ini).every((group) => options(ini, group).length === 0);

const options = (ini: Ini, group: string): [string, OptionValue][] =>
  Object.entries(ini[group] ?? {})
    .filter((entry): entry is [string, OptionValue] => entry[1] !== undefined)
    .sort(byKey);

const formatValue = (value: OptionValue): string => (Array.isArray(value) ? value.join(",") : String(value));
