import { z } from "zod";
import { isCron } from "./cron.ts";

// The text next to a pattern completes the sentence "It must be …", so it names the form and shows it.

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsLabelText = "a name of lower case letters, digits and inner '-'";

/** A DNS label, short enough that every object's name can be made from it: instance, cluster, Secret, role. */
export const name = nameWith();

/** The same, where people write something else that has its place elsewhere. */
export function nameWith(elsewhere?: string) {
  const text = elsewhere === undefined ? dnsLabelText : `${dnsLabelText}. ${elsewhere}`;
  return z.string().max(40).regex(dnsLabel, text);
}

/** Name of a node group: the names of all agents and of their objects end with it. */
export const nodeGroupName = z.string().max(15).regex(dnsLabel, dnsLabelText);

/** Name of a Kubernetes namespace. */
export const namespace = z.string().max(63).regex(dnsLabel, dnsLabelText);

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainText = "lower case letters, digits and inner '-' and '.'";

/** Name of a Kubernetes object that may contain dots: GatewayClass, PriorityClass. */
export const objectName = z.string().max(253).regex(subdomain, `a name of ${subdomainText}`);

/** Name of a Secret. */
export const secretName = z.string().max(253).regex(subdomain, `the name of a Secret: ${subdomainText}`);

/** Name of a ConfigMap. */
export const configMapName = z.string().max(253).regex(subdomain, `the name of a ConfigMap: ${subdomainText}`);

/** Name of a StorageClass; empty for volumes that somebody makes by hand. */
export const storageClass = z
  .string()
  .max(253)
  .regex(new RegExp(`^$|${subdomain.source}`), `the name of a StorageClass: ${subdomainText}`);

/** Fully qualified, or an IPv4 address: a single label resolves differently in every namespace. */
export const hostName = (example: string) =>
  z
    .string()
    .regex(
      /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/,
      `a full name in lower case, without scheme and port: ${example}`,
    );

/** Full names of the servers of one program. */
export const hosts = (example: string) =>
  z.array(hostName(example)).min(1).describe("Names of its servers, each with the same port.");
const ipv6 = z.regexes.cidrv6.source.replace(/^\^|\$$/g, "");
const ipv4 = z.regexes.cidrv4.source.replace(/^\^|\$$/g, "");
/** Network of IPv4 or IPv6 addresses. */
export const network = z
  .string()
  .regex(new RegExp(`^(${ipv4}|${ipv6})$`), "a network with the length of its prefix: 192.0.2.0/24, 2001:db8::/64");

/** Name of a network interface: the kernel takes 15 characters. */
export const networkInterface = z
  .string()
  .max(15)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, "the name of a network interface: eth1, bond0.100");

/** Whole number from `least` to `most`. */
export const integer = (least: number, most: number) => z.number().int().min(least).max(most);

/** Pods that may be away at a time: a count, or a percentage of those that there are. */
export const unavailable = z.union([
  integer(1, 1000),
  z.string().regex(/^([1-9][0-9]?|100)%$/, "a number of pods or a percentage of them: 2, 10%"),
]);

/** Amount of CPU, memory or storage. */
export const quantity = z
  .string()
  .regex(/^([0-9]+)(m|Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/, "a whole number with a unit of Kubernetes: 500m, 2, 512Mi, 20Gi");

/** Size of a volume. */
export const size = z.string().regex(/^0*[1-9][0-9]*(Mi|Gi|Ti)$/, "a whole number of Mi, Gi or Ti: 100Gi");

/** Number of replicas. */
export const count = integer(0, 1000);

/** TCP port. */
export const port = integer(1, 65535);

/** Value of a Kubernetes label. */
export const labelValue = z
  .string()
  .max(63)
  .regex(/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/, "a label's value: letters, digits, '-', '_' and '.'");

/** Key of a Kubernetes label or annotation. */
export const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    "a label's key: name, or example.org/name",
  );

/** Group or option of an ini file. */
export const optionName = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]+$/, "the name of an option or group: letters, digits, '_'");

/** Value of an option; a list is joined by commas. */
export const optionValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);

/** File below the configuration directory, one directory deep at most: never above it. */
export const fileName = z
  .string()
  .max(253)
  .regex(
    /^(?!.*\.\.)[A-Za-z0-9_][-A-Za-z0-9_.]*(\/[A-Za-z0-9_][-A-Za-z0-9_.]*)?$/,
    "the name of a file, or directory/file, below the configuration directory",
  );

/** Environment variable as every shell takes it. */
export const variable = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "an environment variable: capitals, digits and '_'");

const digestPattern = "sha256:[0-9a-f]{64}";
/** Digest of an image. */
export const digest = z
  .string()
  .regex(new RegExp(`^${digestPattern}$`), "sha256: and 64 hexadecimal digits in lower case");

/** Full reference of an image: what a mirror or a scanner is given must not depend on a default registry. */
export const imageReference = z
  .string()
  .regex(
    new RegExp(`^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9_.-]+)?(@${digestPattern})?$`),
    "a full reference: registry.example.org/path/name:tag, or …@sha256: and 64 hexadecimal digits",
  );

/** The same with a tag, which is the version. */
export const taggedImage = z
  .string()
  .regex(
    new RegExp(`^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9_.-]+(@${digestPattern})?$`),
    "a full reference with a tag: registry.example.org/path/name:tag",
  );

/** A span of time as Go writes it, with one unit. */
export const duration = z.string().regex(/^[0-9]+(s|m|h)$/, "a duration: 1h");

/** A span of time in hours. */
export const hours = z.string().regex(/^[0-9]+h$/, "hours: 720h");

/** IPv4 or IPv6 address. */
export const address = z
  .string()
  .refine(
    (text) => z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success,
    "an IP address: 192.0.2.10, or 2001:db8::10",
  );

/** IPv4 address. */
export const ipv4Address = z.string().refine((text) => z.ipv4().safeParse(text).success, "an IPv4 address: 192.0.2.10");

/** URL of a server that speaks HTTP. */
export const httpUrl = z.url({ protocol: /^https?$/ });

/** Name of an S3 bucket. */
export const bucket = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "the name of a bucket: 3 to 63 lower case letters, digits and inner '-' and '.'",
  );

/** When something is done again and again. */
export const cron = z
  .string()
  .refine(isCron, "five cron fields, minute hour day month weekday (30 3 * * * is 3:30 every night)");
