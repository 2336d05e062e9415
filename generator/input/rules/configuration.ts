import { isSafeName } from "../../base/file-names.ts";
import { showPath, showValue, suggestion } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { groupAndName } from "../../contract/configuration.ts";
import { error, type Issue, warning } from "../../issues/issue.ts";
import { takesSeveral } from "../../options/known.ts";
import type { InstanceSpec } from "../spec.ts";
import { checkContents } from "./contents.ts";
import { checkKnownOptions } from "./options.ts";

/** Rules on configuration files and environment variables. */
export function checkConfiguration(instance: InstanceSpec, component: Component): Issue[] {
  if (component.config === undefined) return [...checkUnsupported(instance, component)];
  return [
    ...checkDials(instance, component),
    ...checkOptions(instance, component),
    ...checkFiles(instance, component),
    ...checkImageFiles(instance, component),
    ...checkFileNames(instance, component),
    ...checkEnvironment(instance, component.conf),
    ...checkKnownOptions(instance, component),
  ];
}

function* checkUnsupported({ common, path }: InstanceSpec, component: Component): Iterable<Issue> {
  for (const key of ["config", "ownOptions", "files", "environment", "environmentFrom", "sidecars", "volumes"] as const)
    if (common[key] !== undefined)
      yield error(
        "not-supported",
        `${showPath(path)} cannot have ${key}: ${component.name} is not an OpenStack service`,
        key === "config" && Object.hasOwn(component.options.shape, "options")
          ? "Write the options of the server under options: { name: value }."
          : "Remove it. What no other key can say, patches can.",
        { path: [...path, key], atKey: true },
      );
}

/**
 * Options that other objects are computed with too: set alone they contradict those. No inventory records them, so a fleet that
 * lives with one is only warned.
 */
function* checkDials({ common, path, name }: InstanceSpec, { conf, dials = {} }: Component): Iterable<Issue> {
  for (const [option, dial] of Object.entries(dials)) {
    const [group, key] = groupAndName(option);
    const places = [
      ["config", conf!, group, key],
      ...["environment", "environmentFrom"].map((where) => [where, `OS_${group}__${key}`.toUpperCase()]),
    ];
    for (const place of places)
      if (valueAt(common, place) !== undefined)
        yield warning(
          "conflicting-keys",
          `[${group}] ${key} of ${name} follows from ${dial}, and other objects follow from that too`,
          `Write ${dial} at the instance instead.`,
          { path: [...path, ...place], atKey: true },
        );
  }
}

const valueAt = (node: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    node,
  );

/** Options that carry secrets, or that are composed from where database and broker are. */
const owned =
  /^(connection|slave_connection|transport_url|(.*_)?password|(.*_)?secret_key|(.*_)?access_key|(.*_)?secret|admin_token)$/;

function* checkOptions({ common, path, name }: InstanceSpec, component: Component): Iterable<Issue> {
  const { conf } = component;
  for (const [file, groups] of Object.entries(common.config ?? {})) {
    const at = [...path, "config", file];
    if (/\.(ya?ml|json|py)$/.test(file))
      yield error(
        "not-ini",
        `${showPath(at)}: config writes ini files, and ${file} is not one`,
        `Write its text under files: ${file}: |.`,
        { path: at, atKey: true },
      );
    if (file.includes("/"))
      yield error(
        "unknown-directory",
        `${showPath(at)}: config writes into ${directoryOf(component)} only`,
        `Write its text under files: ${file}: |.`,
        { path: at, atKey: true },
      );
    if (conf !== undefined && file !== conf && isNamedAlike(file, component.name) && !isNamed(file, common))
      yield warning(
        "unread-file",
        `${showPath(at)}: nothing reads ${file}; the options of ${name} lie in ${conf}`,
        `Write ${conf}, or name the file in the option or variable that reads it.`,
        { path: at, atKey: true },
      );
    for (const [group, options] of Object.entries(groups))
      for (const [option, value] of Object.entries(options))
        yield* checkOption(
          [...at, group, option],
          `[${group}] ${option} of ${name}`,
          component.conf !== undefined && file.endsWith(".conf"),
          value,
        );
  }
}

/** Where its files are in its pods. */
const directoryOf = ({ project }: Component): string => `/etc/${project}`;

/** `glance.conf`, `glance-api.cnf`, `glance`: what people take for the main file. */
const isNamedAlike = (file: string, component: string): boolean =>
  file.startsWith(component) && /^(-[a-z]+)?(\.(conf|cnf|ini))?$/.test(file.slice(component.length));

/** An option or a variable has the name of the file in its value. */
const isNamed = (file: string, { config, environment }: InstanceSpec["common"]): boolean =>
  JSON.stringify([Object.values(config ?? {}), environment]).includes(file);

function* checkOption(path: (string | number)[], what: string, isOslo: boolean, value: unknown): Iterable<Issue> {
  if (owned.test(String(path.at(-1))))
    yield error(
      "secret-in-config",
      `${what} would stand in Git: it is a secret, or composed with one`,
      "Take a secret from a Secret: environmentFrom. Which database and broker are used follows from uses and dedicated.",
      { path },
    );
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  if (texts.some((text) => /[\r\n]/.test(text)))
    yield error(
      "newline",
      `${what} contains a line break`,
      "An option is one line: what follows the break would be read as another option.",
      { path },
    );
  // ${name} can only be meant; $ and a letter may also be the end of a password or a regular expression.
  if (isOslo && texts.some((text) => /\$[A-Za-z_]/.test(text.replaceAll(/\$\$|\\\$/g, ""))))
    yield warning(
      "dollar",
      `${what} contains $, which oslo.config takes for the name of another option`,
      "Write $$ for the character itself, ${name} if the option is meant.",
      { path },
    );
}

/** Files that the operator writes in the place of those that its programs read elsewhere. */
function* checkImageFiles({ common, path, name }: InstanceSpec, { fromImage = {} }: Component): Iterable<Issue> {
  for (const key of ["files", "config"] as const)
    for (const file of Object.keys(common[key] ?? {})) {
      if (fromImage[file] === undefined || isNamed(file, common)) continue;
      const { file: main, group, option, own } = fromImage[file];
      const at = [...path, key, file];
      yield error(
        "unread-file",
        `${showPath(at)}: nothing reads ${file}; ${name} reads the one that its package brings`,
        `Write the whole file under files, and name it: config: { ${main}: { ${group}: { ${option}: ${JSON.stringify(own)} } } }.`,
        { path: at, atKey: true },
      );
    }
}

/** Files of an overlay lie next to what Kustomize reads there, and in checkouts on any system. */
function* checkFileNames({ common, path }: InstanceSpec, component: Component): Iterable<Issue> {
  const isLong = (value: unknown): boolean => /[\r\n]/.test(String(value));
  const folders = [
    `${component.project}.conf.d`,
    ...(Object.values(common.environment ?? {}).some(isLong) ? ["environment"] : []),
    ...(component.directories ?? []).filter((folder) =>
      Object.keys(common.files ?? {}).some((file) => file.startsWith(`${folder}/`)),
    ),
  ];
  for (const key of ["files", "config"] as const)
    for (const file of Object.keys(common[key] ?? {})) {
      const at = [...path, key, file];
      const reason = file.split("/").every(isSafeName)
        ? /^kustomization(?:\.ya?ml)?$/i.test(file)
          ? "Kustomize reads a file of that name itself"
          : folders.includes(file)
            ? "the overlay has a folder of that name"
            : undefined
        : "not every system can have a file of that name";
      if (reason !== undefined)
        yield error("reserved-name", `${showPath(at)} cannot be called so: ${reason}`, "Choose another name for it.", {
          path: at,
          atKey: true,
        });
    }
  for (const [variable, value] of Object.entries(common.environment ?? {}))
    if (isLong(value) && !isSafeName(variable))
      yield error(
        "reserved-name",
        `${showPath([...path, "environment", variable])}: a value of several lines is kept in a file of that name, which not every system can have`,
        "Choose another name, or write the value in one line.",
        { path: [...path, "environment", variable], atKey: true },
      );
}

function* checkFiles({ common, path, name }: InstanceSpec, component: Component): Iterable<Issue> {
  const allowed = component.directories ?? [];
  for (const file of Object.keys(common.files ?? {})) {
    const at = [...path, "files", file];
    yield* checkText(at, common.files![file]!);
    yield* checkContents(at, common.files![file]!);
    // oslo.policy knows this one name: https://docs.openstack.org/oslo.policy/latest/configuration/
    if (
      component.conf !== undefined &&
      /^polic(y|ies)\.ya?ml$/i.test(file) &&
      file !== "policy.yaml" &&
      !isNamed(file, common)
    )
      yield warning(
        "unread-file",
        `${showPath(at)}: nothing reads ${file}; the policy of ${name} lies in policy.yaml`,
        `Call it policy.yaml, or name the file in the option that reads it: [oslo_policy] policy_file.`,
        { path: at, atKey: true },
      );
    const [directory, plain] = file.includes("/") ? file.split("/") : [undefined, file];
    if (directory !== undefined && !allowed.includes(directory))
      yield error(
        "unknown-directory",
        `${name} does not read the directory ${showValue(directory)}`,
        allowed.length === 0
          ? `Put the file into ${directoryOf(component)}: ${plain}.`
          : suggestion(directory, allowed),
        { path: at, atKey: true },
      );
    if (file === component.conf)
      yield error(
        "generated-file",
        `${showPath(at)}: ${file} is generated`,
        `Set its options under config: { ${file}: { group: { option: value } } }.`,
        { path: at, atKey: true },
      );
    else if (common.config?.[file] !== undefined)
      yield error("conflicting-keys", `${file} of ${name} is written by files and by config`, "Keep one of the two.", {
        path: at,
        atKey: true,
      });
  }
}

/** What stands in an ini file stands in Git, and in a ConfigMap. `$` begins a reference, or the place of one. */
function* checkText(at: (string | number)[], text: string): Iterable<Issue> {
  if (!/\.(conf|ini)$/.test(String(at.at(-1)))) return;
  for (const [, option, value] of text.matchAll(/^[ \t]*([A-Za-z_]+)[ \t]*[=:][ \t]*(\S.*)$/gm))
    if (owned.test(option!) && !value!.startsWith("$"))
      yield error(
        "secret-in-config",
        `${showPath(at)}: ${option} would stand in Git: it is a secret, or composed with one`,
        "Take it from a Secret: environmentFrom: { OS_<GROUP>__<OPTION>: { secret: …, key: … } }, and remove the line.",
        { path: at },
      );
}

/**
 * oslo.config splits the environment's value of a multi-valued option into letters:
 * https://opendev.org/openstack/oslo.config/src/branch/master/oslo_config/sources/_environment.py
 */
const isSplit = (group: string, option: string): boolean =>
  takesSeveral(group === "DEFAULT" ? group : group.toLowerCase(), option.toLowerCase());

function* checkEnvironment({ common, path, name }: InstanceSpec, conf: string | undefined): Iterable<Issue> {
  for (const key of ["environment", "environmentFrom"] as const)
    for (const variable of Object.keys(common[key] ?? {})) {
      const at = [...path, key, variable];
      const [, group, option] = /^OS_(.+?)__(.+)$/.exec(variable) ?? [];
      if (conf !== undefined && group !== undefined && isSplit(group, option!))
        yield error(
          "multi-valued",
          `${variable} of ${name} sets an option that takes several values: oslo.config would split the text into letters`,
          `Set it in the file: config: { ${conf}: { ${group === "DEFAULT" ? group : group?.toLowerCase()}: { ${option?.toLowerCase()}: … } } }.`,
          { path: at, atKey: true },
        );
      if (key === "environment" && (owned.test(option?.toLowerCase() ?? "") || /PASSWORD$/.test(variable)))
        yield error(
          "secret-in-environment",
          `${variable} of ${name} would put a secret into Git`,
          `Take it from a Secret: environmentFrom: { ${variable}: { secret: …, key: … } }.`,
          { path: at },
        );
      if (key === "environmentFrom" && common.environment?.[variable] !== undefined)
        yield error(
          "conflicting-keys",
          `${variable} of ${name} is set by environment and by environmentFrom`,
          "Keep one of the two.",
          { path: at, atKey: true },
        );
    }
}
