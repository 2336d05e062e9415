import type { SecretForm, SecretKind } from "../contract/secret.ts";
import { error, type Issue } from "../issues/issue.ts";
import { fernetKey, password, text } from "../sops/generate.ts";
import { framed, matches, type SecretValue } from "../sops/secret-value.ts";

/** A form of values that Overstack makes: how one is made, what it looks like, and whether a value is one. */
export interface Form {
  readonly make: () => SecretValue;
  /** What to put there, for the person who makes the value elsewhere. */
  readonly says: string;
  readonly fits: (value: SecretValue) => boolean;
}

/** The form of a kind of value; undefined for what is known, made in the cluster or given by somebody else. */
export function formOf(kind: SecretKind): Form | undefined {
  if (kind === "password") return plain({ form: kind });
  if (kind === "credential-key") return plain({ form: "fernet-key" });
  if (typeof kind === "string") return undefined;
  return "file" in kind ? inFile(kind, kind.file) : plain(kind);
}

/** What a value must look like, whoever makes it; undefined where the giver alone decides. */
export const shapeOf = (kind: SecretKind): Pick<Form, "says" | "fits"> | undefined =>
  kind === "option" ? optionValue : kind === "keyring" ? keyring : formOf(kind);

/** A value that was read without its last line break, as its reader wants it. */
export const asFile = (kind: SecretKind, value: SecretValue): SecretValue =>
  kind === "keyring" ? framed("", value, "\n") : value;

/** Ceph's clients, 16 and 18 at least, refuse a file whose last line does not end: "cannot parse buffer: Malformed input". */
const keyring: Pick<Form, "says" | "fits"> = {
  says: "a keyring file as `ceph auth get-or-create` prints it, [client.NAME] first, and a line break at its end",
  fits: (value) => matches(value, /^\s*\[client\.[^\]\n]+\]\s*\n(?:[^\n]*\n)+$/),
};

/**
 * oslo.config takes `$name` for the value of another option, in variables too, and fails where there is none:
 * https://docs.openstack.org/oslo.config/latest/configuration/format.html#substitution
 */
const optionValue: Pick<Form, "says" | "fits"> = {
  says: "text with $$ for each $: oslo.config takes $ and a word for another option",
  fits: (value) => matches(value, /^(?:\\\$|\$\$|\$(?![A-Za-z_{$])|[^$])*$/),
};

function plain(form: SecretForm): Form & { readonly pattern: string } {
  const of = (make: () => SecretValue, says: string, pattern: string) => ({
    make,
    says,
    pattern,
    fits: (value: SecretValue) => matches(value, new RegExp(`^${pattern}$`)),
  });
  switch (form.form) {
    case "fernet-key":
      return of(fernetKey, "32 random bytes, URL-safe base64", "[A-Za-z0-9_-]{43}=");
    case "password":
      // Connections are URLs and options: what needs an escape in one of them is read as something else there.
      return of(password, "at least 22 random characters of [A-Za-z0-9_-]", "[A-Za-z0-9_-]{22,}");
    case "text":
      return of(
        () => text(form.length),
        `${form.length} random characters of [A-Za-z0-9_-]`,
        `[A-Za-z0-9_-]{${form.length}}`,
      );
  }
}

/** An ini file with one option, which may stand there several times: the first value is the one in use. */
function inFile(form: SecretForm, { group, option }: { readonly group: string; readonly option: string }): Form {
  const { make, says, pattern } = plain(form);
  const lines = new RegExp(`^\\[${group}\\]\\n(${option} = ${pattern}(\\n|$))+$`);
  return {
    make: () => framed(`[${group}]\n${option} = `, make(), "\n"),
    says: `a file of the lines "[${group}]" and "${option} = " with ${says}`,
    fits: (file) => matches(file, lines),
  };
}

/** A value that its reader would refuse. The value itself is not shown. */
export const wrongForm = (
  { id, purpose }: { readonly id: string; readonly purpose: string },
  key: string,
  { says }: Pick<Form, "says">,
): Issue =>
  error("wrong-secret-form", `the value of ${key} in ${id} does not have its form: ${purpose}`, `It must be ${says}.`);
