import { groupAndName } from "./configuration.ts";
import type { Accounts } from "./connection.ts";

/** A Secret that must exist before the pods that name it can start. */
export interface RequiredSecret {
  readonly name: string;
  /** Key -> kind of value. */
  readonly keys: Readonly<Record<string, SecretKind>>;
  readonly purpose: string;
  /** Labels that a reader insists on. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Values of keys that are not secret: a user's name. */
  readonly known?: Readonly<Record<string, string>>;
  /** Stored data can be read with it alone: a lost value is lost data. */
  readonly living?: true;
  /** Same value as this Secret of another instance, copied into the reader's namespace. */
  readonly copyOf?: { readonly instance: string; readonly name: string };
  /** Who brings it: Git and what is behind it (the default), or a Job in the cluster; then nobody has to make it. */
  readonly origin?: "git" | "cluster";
}

/**
 * What a value that Overstack makes looks like: random text of [A-Za-z0-9_-], of one length or long enough for a password, or 32
 * random bytes in URL-safe base64.
 */
export type SecretForm =
  | { readonly form: "text"; readonly length: number }
  | { readonly form: "password" }
  | { readonly form: "fernet-key" };

/** An option whose value is a secret that Overstack makes: one of oslo.config, or a variable that a program reads by itself. */
export type SecretOption = SecretForm & {
  readonly purpose: string;
  /** Stored data can be read with this value alone, and nothing encrypts it again: why. */
  readonly living?: string;
} & (
    | {
        /** Group and name: `DEFAULT.encryption_key`. */
        readonly option: string;
        /** It takes several values. oslo.config would split the text of a variable into letters, so they come as files. */
        readonly multiple?: true;
        /**
         * Of an option with several values, which decrypts with all and encrypts with the first: the command that encrypts again,
         * with the first, what is stored. It can run twice. With it the value has generations, and rotates.
         */
        readonly rewrap?: readonly string[];
        readonly also?: never;
      }
    | {
        readonly variable: string;
        /**
         * Variable with another value that the program takes as well, while one comes and one goes. With it the value has
         * generations, and rotates.
         */
        readonly also?: string;
        readonly multiple?: never;
        readonly rewrap?: never;
      }
  );

/** An option with its Secrets: one, and two while its value rotates. */
export type OptionSecrets = SecretOption & Accounts;

/** Key in the Secret with the value of an option. */
export const keyOfOption = (key: string, { multiple }: Pick<SecretOption, "multiple">): string =>
  multiple ? `60-${key}.conf` : key;

type SecretOptions = Readonly<Record<string, SecretOption>>;

/** Options whose values have generations. */
export const rotatingOptions = (options: SecretOptions = {}): string[] =>
  Object.keys(options).filter((key) => options[key]!.rewrap !== undefined || options[key]!.also !== undefined);

/** Those of them that stored data is encrypted with. */
export const rewrappedOptions = (options: SecretOptions = {}): string[] =>
  Object.keys(options).filter((key) => options[key]!.rewrap !== undefined);

/** What its Secret holds: the value itself, or of an option with several values a file. */
export function kindOfOption(option: SecretOption): SecretKind {
  const form: SecretForm =
    option.form === "text" ? { form: option.form, length: option.length } : { form: option.form };
  if (option.multiple) {
    const [group, name] = groupAndName(option.option);
    return { ...form, file: { group, option: name } };
  }
  return form.form === "password" ? form.form : form;
}

/** A kind of value in a few words. */
export function kindText(kind: SecretKind): string {
  if (kind === "option") return "option: write $$ for $";
  if (typeof kind === "string") return kind;
  const form = kind.form === "text" ? `text of ${kind.length} characters` : kind.form;
  return "file" in kind ? `file with ${kind.file.group}.${kind.file.option}, ${form}` : form;
}

/** What stands behind a key, and with it who makes it. */
export type SecretKind =
  | SecretForm
  /** An ini file with the lines of one option. */
  | (SecretForm & { readonly file: { readonly group: string; readonly option: string } })
  /** Made by us: random text. */
  | "password"
  /** Made by us: a key of Keystone's credential repository. */
  | "credential-key"
  /** Made in the cluster: keys of Keystone's token repository. */
  | "fernet-keys"
  /** Known: see `known`. */
  | "username"
  /** Given by somebody else, who also decides what is valid. */
  | "access-key"
  | "secret-key"
  | "keyring"
  | "certificate"
  | "private-key"
  | "registry-credentials"
  /** The same, for a variable that oslo.config reads: in it `$` begins the name of another option. */
  | "option"
  | "given";

/**
 * A certificate that a server shows, by cert-manager: a Secret with `tls.crt`, `tls.key`, and `ca.crt` of who signed it.
 * One for the whole cluster is written with the namespaces: it names the issuer, which a base does not know.
 */
export interface ServerCertificate {
  /** Name of the Secret, and of the Certificate. */
  readonly secret: string;
  readonly dnsNames: readonly string[];
  /** Its subject, where a reader insists on one. */
  readonly commonName?: string;
  /** X.509 key usages; default: those of a server. */
  readonly usages?: readonly string[];
  /** Component of an owner whose own authority signs it. Default: that of its component, or of the inside. */
  readonly signer?: string;
  /** Which authority of that owner, where it has one apart from its own: what the one signs, the other's servers refuse. */
  readonly authority?: string;
  /** Labels of the Secret that a reader insists on. */
  readonly labels?: Readonly<Record<string, string>>;
}
