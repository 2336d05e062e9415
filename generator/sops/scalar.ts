// sops reads and writes YAML with go-yaml v3 (resolve.go and encode.go of https://pkg.go.dev/go.yaml.in/yaml/v3). The MAC is
// computed over values as go-yaml types them, and sops formats the whole file whenever it saves one: both must be predicted exactly.

/** The type that go-yaml gives to an unquoted scalar, and the text that sops puts into the MAC for it. */
export interface Resolved {
  readonly type: "str" | "int" | "float" | "bool" | "null" | "time";
  readonly text: string;
}

const words = new Map<string, Resolved>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { type: "null", text: "" }] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { type: "bool", text: "True" }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { type: "bool", text: "False" }] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, { type: "float", text: "NaN" }] as const),
  ...[".inf", ".Inf", ".INF"].flatMap((word) =>
    [word, `+${word}`].map((signed) => [signed, { type: "float", text: "+Inf" }] as const),
  ),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, { type: "float", text: "-Inf" }] as const),
]);

/** What an unquoted scalar is to sops: `0777` the number 511, `1_000` the number 1000, `yes` a text, `2026-01-01` a time. */
export function resolveScalar(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return { type: "str", text };
  const time = timeText(text);
  if (time !== undefined) return { type: "time", text: time };
  // After a leading point underscores have to stand between digits, elsewhere they may stand anywhere.
  const plain = /^\..*(?:(?<![0-9])_|_(?![0-9]))/.test(text) ? text : text.replaceAll("_", "");
  const integer = integerOf(plain);
  if (integer !== undefined) return { type: "int", text: integer.toString() };
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) {
    const number = Number(plain);
    if (Number.isFinite(number)) return { type: "float", text: decimal(number) };
  }
  return { type: "str", text };
}

/** A one-line text as sops writes it: plain where that means the same text, else in single or double quotes. Text of several lines comes out double-quoted, where sops writes a block. */
export function writeScalar(text: string): string {
  // Outside the printable characters of the basic plane go-yaml escapes; a tab forces double quotes as well.
  if (/[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u.test(text)) return doubleQuoted(text);
  if (text === "<<" || resolveScalar(text).type !== "str" || oldBoolean.test(text) || base60.test(text)) {
    return doubleQuoted(text);
  }
  const indicator = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[-?:](?: |$))|:(?: |$)| #|^ | $/;
  return indicator.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

// Booleans and base-60 numbers of YAML 1.1: go-yaml reads them as text and quotes them for other readers.
const oldBoolean = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

const doubleQuoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\u{10000}-\u{10ffff}]/gu,
    (character) => {
      const code = character.codePointAt(0)!.toString(16).toUpperCase();
      return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
    },
  );

/** strconv.ParseInt with base 0: decimal, 0x, 0o, 0b and octal by a leading zero, within 64 bits. */
function integerOf(text: string): bigint | undefined {
  const [, sign, digits] = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = sign === "-" ? -size : size;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** strconv.FormatFloat(value, 'f', -1, 64): the shortest digits that give the number back, never with an exponent. */
function decimal(value: number): string {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(
    Object.is(value, -0) ? "-0" : value.toString(),
  )!;
  const point = whole!.length + Number(exponent);
  const digits = `${"0".repeat(Math.max(0, 1 - point))}${whole}${fraction}`;
  const at = Math.max(1, point);
  const rest = digits.slice(at);
  return sign + digits.slice(0, at).padEnd(at, "0") + (rest === "" ? "" : `.${rest}`);
}

const date = "(\\d{4})-(\\d{1,2})-(\\d{1,2})";
const clock = "(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:[.,](\\d+))?";
const timestamps = [`${date}[Tt]${clock}(Z|[-+]\\d\\d:\\d\\d)`, `${date} ${clock}`, date].map(
  (form) => new RegExp(`^${form}$`),
);

/** A timestamp in the forms that go-yaml knows, as RFC 3339 with nanoseconds. */
function timeText(text: string): string | undefined {
  const match = timestamps.map((form) => form.exec(text)).find((found) => found !== null);
  if (match == null) return undefined;
  const [year, month, day] = match.slice(1, 4) as [string, string, string];
  const [, , , , hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  const isDate = between(month, 1, 12) && between(day, 1, lastDay);
  if (!isDate || !between(hour, 0, 23) || !between(minute, 0, 59) || !between(second, 0, 59)) return undefined;
  const two = (part: string): string => part.padStart(2, "0");
  const nanoseconds = fraction.slice(0, 9).replace(/0+$/, "");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${nanoseconds && `.${nanoseconds}`}${
    /^[-+]00:00$/.test(zone) ? "Z" : zone
  }`;
}

const between = (text: string, least: number, most: number): boolean => Number(text) >= least && Number(text) <= most;
