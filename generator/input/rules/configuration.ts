import { showPath, showValue, suggestion } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import type { InstanceSpec } from "../spec.ts";
import type { Finding } from "../yaml/positions.ts";

/** Rules on configuration files and environment variables. */
export function checkConfiguration(instance: InstanceSpec, component: Component): Finding[] {
  if (component.conf === undefined) return [...checkUnsupported(instance, component)];
  return [
    ...checkOptions(instance, component.conf),
    ...checkFiles(instance, component, component.conf),
    ...checkEnvironment(instance, component.conf),
  ];
}

function* checkUnsupported({ common, path }: InstanceSpec, component: Component): Iterable<Finding> {
  for (const key of ["config", "files", "environment", "environmentFrom", "sidecars", "volumes"] as const)
    if (common[key] !== undefined)
      yield {
        code: "not-supported",
        path: [...path, key],
        atKey: true,
        message: `${showPath(path)} cannot have ${key}: ${component.name} is no OpenStack service`,
        hint: "Remove it; what nothing else can say, patches can.",
      };
}

/** Options that carry secrets, or that are composed from where database and broker are. */
const owned =
  /^(connection|slave_connection|transport_url|(.*_)?password|(.*_)?secret_key|(.*_)?access_key|(.*_)?secret|admin_token)$/;

function* checkOptions({ common, path, name }: InstanceSpec, conf: string): Iterable<Finding> {
  for (const [file, groups] of Object.entries(common.config ?? {})) {
    const at = [...path, "config", file];
    if (/\.(ya?ml|json)$/.test(file))
      yield {
        code: "not-ini",
        path: at,
        atKey: true,
        message: `${showPath(at)}: config writes ini files, and ${file} is none`,
        hint: `Write its text under files: ${file}: |.`,
      };
    if (file.includes("/"))
      yield {
        code: "unknown-directory",
        path: at,
        atKey: true,
        message: `${showPath(at)}: config writes beside ${conf} alone, not into directories`,
        hint: `Write its text under files: ${file}: |.`,
      };
    for (const [group, options] of Object.entries(groups))
      for (const [option, value] of Object.entries(options))
        yield* checkOption([...at, group, option], `[${group}] ${option} of ${name}`, file, value);
  }
}

function* checkOption(path: (string | number)[], what: string, file: string, value: unknown): Iterable<Finding> {
  if (owned.test(String(path.at(-1))))
    yield {
      code: "secret-in-config",
      path,
      message: `${what} would stand in Git: it is a secret, or composed with one`,
      hint: "Take a secret from a Secret: environmentFrom. Which database and broker are used follows from uses and dedicated.",
    };
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  if (texts.some((text) => /[\r\n]/.test(text)))
    yield {
      code: "newline",
      path,
      message: `${what} contains a line break`,
      hint: "An option is one line: what follows the break would be read as another option.",
    };
  // ${name} can only be meant; $ and a letter may also be the end of a password or a regular expression.
  if (file.endsWith(".conf") && texts.some((text) => /\$[A-Za-z_]/.test(text.replaceAll(/\$\$|\\\$/g, ""))))
    yield {
      code: "dollar",
      severity: "warning",
      path,
      message: `${what} contains $, which oslo.config takes for the name of another option`,
      hint: "Write $$ for the character itself, ${name} if the option is meant.",
    };
}

function* checkFiles({ common, path, name }: InstanceSpec, component: Component, conf: string): Iterable<Finding> {
  const allowed = component.directories ?? [];
  for (const file of Object.keys(common.files ?? {})) {
    const at = [...path, "files", file];
    const [directory, plain] = file.includes("/") ? file.split("/") : [undefined, file];
    if (directory !== undefined && !allowed.includes(directory))
      yield {
        code: "unknown-directory",
        path: at,
        atKey: true,
        message: `${name} reads no directory ${showValue(directory)}`,
        hint: allowed.length === 0 ? `Put the file beside ${conf}: ${plain}.` : suggestion(directory, allowed, ""),
      };
    if (file === conf)
      yield {
        code: "generated-file",
        path: at,
        atKey: true,
        message: `${showPath(at)}: ${file} is generated`,
        hint: `Set its options under config: { ${file}: { group: { option: value } } }.`,
      };
    else if (common.config?.[file] !== undefined)
      yield {
        code: "two-masters",
        path: at,
        atKey: true,
        message: `${file} of ${name} is written by files and by config`,
        hint: "Keep one of the two.",
      };
  }
}

/** oslo.config splits the environment's value of a multi-valued option into letters. */
const multiValued = [
  "OS_OSLO_MESSAGING_NOTIFICATIONS__DRIVER",
  "OS_DEFAULT__NOTIFICATION_OPT_OUT",
  "OS_PCI__DEVICE_SPEC",
  "OS_PCI__ALIAS",
  "OS_DEFAULT__ENABLED_APIS",
];

function* checkEnvironment({ common, path, name }: InstanceSpec, conf: string): Iterable<Finding> {
  for (const key of ["environment", "environmentFrom"] as const)
    for (const variable of Object.keys(common[key] ?? {})) {
      const at = [...path, key, variable];
      const [, group, option] = /^OS_(.+?)__(.+)$/.exec(variable) ?? [];
      if (multiValued.includes(variable))
        yield {
          code: "multi-valued",
          path: at,
          atKey: true,
          message: `${variable} of ${name} sets an option that takes several values: oslo.config would split the text into letters`,
          hint: `Set it in the file: config: { ${conf}: { ${group === "DEFAULT" ? group : group?.toLowerCase()}: { ${option?.toLowerCase()}: … } } }.`,
        };
      if (key === "environment" && (owned.test(option?.toLowerCase() ?? "") || /PASSWORD$/.test(variable)))
        yield {
          code: "secret-in-environment",
          path: at,
          message: `${variable} of ${name} would put a secret into Git`,
          hint: `Take it from a Secret: environmentFrom: { ${variable}: { secret: …, key: … } }.`,
        };
      if (key === "environmentFrom" && common.environment?.[variable] !== undefined)
        yield {
          code: "two-masters",
          path: at,
          atKey: true,
          message: `${variable} of ${name} is set by environment and by environmentFrom`,
          hint: "Keep one of the two.",
        };
    }
}
