import { type Field, without } from "./fields.ts";

/** What differs between two texts of a configuration file: options by section and name, or else lines. */
export function fileFields(file: string, before: string | undefined, after: string | undefined): Field[] {
  const [old, own] = [optionsIn(before ?? ""), optionsIn(after ?? "")];
  if (old === undefined || own === undefined) return lineFields(file, before ?? "", after ?? "");
  return [...new Set([...old.keys(), ...own.keys()])].flatMap((option) => {
    const [was, is] = [old.get(option), own.get(option)];
    const sides = { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    return was === is ? [] : [{ path: `${file} ${option}`, ...sides }];
  });
}

/**
 * Options of a file in the form of oslo.config: `[group] name` -> value. An option that stands there several times has several
 * values, one for each line; so has one whose value goes on in an indented line. Undefined for any other form.
 */
function optionsIn(text: string): Map<string, string> | undefined {
  const options = new Map<string, string>();
  let group = "";
  let last: string | undefined;
  for (const line of text.split("\n")) {
    const [, section] = /^\[(.+)\]\s*$/.exec(line) ?? [];
    const [, name, value] = /^([^\s=:#;[][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    if (section !== undefined) group = section;
    else if (/^\s/.test(line) && last !== undefined) options.set(last, `${options.get(last)}\n${line.trim()}`);
    else if (name === undefined || group === "") return undefined;
    else {
      last = `[${group}] ${name}`;
      const before = options.get(last);
      options.set(last, before === undefined ? value! : `${before}\n${value}`);
    }
  }
  return options;
}

/** Lines that are on one side alone, wherever they stand. */
function lineFields(path: string, before: string, after: string): Field[] {
  const [old, own] = [before, after].map((text) => text.split("\n").filter((line) => line.trim() !== ""));
  const [removed, added] = [without(old!, own!), without(own!, old!)];
  if (removed.length + added.length === 0) return before === after ? [] : [{ path: `${path}: the order of its lines` }];
  return [
    {
      path,
      ...(removed.length === 0 ? {} : { before: removed.join("\n") }),
      ...(added.length === 0 ? {} : { after: added.join("\n") }),
    },
  ];
}
