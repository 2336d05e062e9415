import { oneOf } from "../base/words.ts";
import { meaningOf, typeOf } from "../input/schema/shown-settings.ts";
import { bare, keysOf, namesOf, type Schema } from "../input/schema/zod-walk.ts";

/** One key of cluster.yaml, for a table. */
export interface Row {
  /** From the top of the table: `tls.issuer.name`, `stores.<name>.pool`, `users[].name`. */
  readonly path: string;
  readonly meaning: string;
  readonly type: string;
  readonly default: string;
}

/** Every key below a schema, at any depth and in all alternatives; the same key of several alternatives is one row. */
export function rowsOf(schema: Schema, prefix = ""): Row[] {
  const rows = keysBelow(schema, prefix, "");
  return [...new Set(rows.map(({ path }) => path))].map((path) => {
    const same = rows.filter((row) => row.path === path);
    const join = (texts: readonly string[], glue: string) => [...new Set(texts)].join(glue);
    return {
      path,
      meaning: join(
        same.map(({ meaning }) => meaning),
        " ",
      ),
      type: oneOf([...new Set(same.map(({ type }) => type))]),
      default: join(
        same.map((row) => row.default),
        ", ",
      ),
    };
  });
}

/** `alternative` says which one of several the keys belong to, in words before their meaning. */
function keysBelow(schema: Schema, prefix: string, alternative: string): Row[] {
  const { def } = bare(schema);
  switch (def.type) {
    case "object":
      return Object.entries(def.shape as Record<string, Schema>).flatMap(([key, below]) => {
        const path = prefix === "" ? key : `${prefix}.${key}`;
        return [row(path, below, alternative), ...keysBelow(below, path, "")];
      });
    case "record": {
      const names = namesOf(def.keyType);
      return (names.length > 0 ? names : ["<name>"]).flatMap((name) =>
        keysBelow(def.valueType, `${prefix}.${name}`, ""),
      );
    }
    case "array":
      return keysBelow(def.element, `${prefix}[]`, "");
    case "union": {
      const { discriminator } = def as typeof def & { discriminator?: string };
      return def.options.flatMap((option) => keysBelow(option, prefix, nameOf(option, discriminator)));
    }
    default:
      return [];
  }
}

function row(path: string, schema: Schema, alternative: string): Row {
  const { default: value, optional } = bare(schema);
  const meaning = meaningOf(schema);
  const stated = /\bdefault: (.+?)\.(?=\s|$)/i.exec(meaning)?.[1];
  return {
    path,
    // The sentence goes into the column; what only mentions the default stays.
    meaning: alternative + meaning.replace(/\s*\bDefault: .+?\.(?=\s|$)/, ""),
    type: typeOf(schema),
    default: optional ? (stated ?? shown(value)) : "required",
  };
}

/** A default; one that is only an empty map or list says nothing. */
const shown = (value: unknown): string => {
  const text = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return ["", "{}", "[]"].includes(text) ? "" : `\`${text}\``;
};

/** Which alternative of a union a map is: `rbd: `. */
function nameOf(option: Schema, discriminator: string | undefined): string {
  const [name] = keysOf(option).flatMap(([key, schema]) => (key === discriminator ? namesOf(schema) : []));
  return name === undefined ? "" : `${name}: `;
}
