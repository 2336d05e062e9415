/**
 * True for a schedule that Kubernetes' CronJob controller accepts; a time zone has a field of its own there:
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export function isCron(text: string): boolean {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text)) return true;
  const parts = text.trim().split(/\s+/);
  return parts.length === fields.length && parts.every((part, index) => isField(part, fields[index]!));
}

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
];

const isField = (text: string, field: Field): boolean => text.split(",").every((item) => isItem(item, field));

/** `*`, `7`, `1-5`, and each with a step: the only forms of the library that the controller uses. */
function isItem(text: string, field: Field): boolean {
  const [range, step, ...more] = text.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9][0-9]{0,3}$/.test(step))) return false;
  if (range === "*" || range === "?") return true;
  const ends = range!.split("-").map((end) => numberOf(end, field));
  return ends.length <= 2 && !ends.includes(undefined) && ends[0]! <= ends.at(-1)!;
}

function numberOf(text: string, { min, max, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + min;
  const value = /^[0-9]{1,2}$/.test(text) ? Number(text) : -1;
  return value >= min && value <= max ? value : undefined;
}
