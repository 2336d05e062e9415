/**
 * Canonical form of a Kubernetes quantity (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/):
 * `1000m` is `1`, `1024Mi` is `1Gi`. RabbitMQ's cluster-operator writes canonical forms back into the object; any other form
 * in Git would make Git and operator fight for ever.
 */
export function canonicalQuantity(text: string): string {
  const match = /^([0-9]+)([A-Za-z]*)$/.exec(text);
  if (match === null) return text;
  let value = Number(match[1]);
  let unit = match[2]!;
  if (value === 0) return "0";
  for (;;) {
    const larger = larger1024[unit];
    const larger1000Unit = larger1000[unit];
    if (larger !== undefined && value % 1024 === 0) [value, unit] = [value / 1024, larger];
    else if (larger1000Unit !== undefined && value % 1000 === 0) [value, unit] = [value / 1000, larger1000Unit];
    else return `${value}${unit}`;
  }
}

/** Bytes of a memory or storage quantity; undefined when it is not one. */
export function bytes(text: string): number | undefined {
  const match = /^([0-9]+)([A-Za-z]*)$/.exec(text);
  const factor = match === null ? undefined : factors[match[2]!];
  return factor === undefined ? undefined : Number(match![1]) * factor;
}

/** Amount of a resource, thousandths of a CPU included; 0 of what is not a quantity. */
export function amount(text: string): number {
  const thousandths = /^([0-9]+)m$/.exec(text);
  return thousandths === null ? (bytes(text) ?? 0) : Number(thousandths[1]) / 1000;
}

const larger1024: Readonly<Record<string, string>> = { Ki: "Mi", Mi: "Gi", Gi: "Ti", Ti: "Pi" };
const larger1000: Readonly<Record<string, string>> = { m: "", "": "k", k: "M", M: "G", G: "T", T: "P" };
const factors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
};
