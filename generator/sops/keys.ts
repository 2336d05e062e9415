import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { type Checked, type Issue, warning } from "../issues/issue.ts";
import { reveal, SecretValue } from "./secret-value.ts";

/** Private keys at hand. What could not be used of the places where they are looked for is said when no key fits. */
export type Identities = readonly SecretValue[] & { readonly issues?: readonly Issue[] };

/** True for a recipient that files can be encrypted for: `age1...` (X25519), or `age1pq1...` (post-quantum; sops 3.12 and Flux 2.9 read it). */
export const isRecipient = (text: string): boolean => recipientProblem(text) === undefined;

/** Why a text is not a recipient, and the way out; undefined when it is one. Never quotes the text, which may be a private key. */
export function recipientProblem(text: string): { message: string; hint: string } | undefined {
  const publicKey = "`age-keygen -y FILE` shows the recipient of a private key: age1 and 58 more characters.";
  if (/AGE-SECRET-KEY-|AGE-PLUGIN-|PRIVATE KEY/i.test(text)) {
    const hint = `Put its public half there. Count the key as leaked if others could read this file. ${publicKey}`;
    return { message: "a private key stands where a recipient belongs", hint };
  }
  const age = "Use a native age key: `age-keygen` makes one.";
  if (text.startsWith("ssh-")) return { message: "SSH keys as recipients are not supported", hint: age };
  // Bech32 data has no `1`: a second one means a name before it, which is a plugin's.
  if (/^age1(?!pq1).*1/.test(text)) return { message: "recipients of age plugins are not supported", hint: age };
  if (!/^age1[a-z0-9]+$/.test(text)) return { message: "this is not an age recipient", hint: publicKey };
  try {
    new Encrypter().addRecipient(text);
    return undefined;
  } catch {
    return { message: "this age recipient is mistyped or cut short: its checksum does not fit", hint: publicKey };
  }
}

/**
 * The private keys found where sops looks (https://github.com/getsops/sops/blob/main/age/keysource.go): SOPS_AGE_KEY, the file
 * in SOPS_AGE_KEY_FILE, and sops/age/keys.txt in the user's configuration.
 */
export function findIdentities(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Identities {
  const found = new Map<string, SecretValue>();
  const issues: Issue[] = [];
  const add = (source: string, text: string | undefined, separator: RegExp): void => {
    const { value, issues: problems } = parseIdentities(source, text ?? "", separator);
    for (const identity of value ?? []) found.set(reveal(identity), identity);
    issues.push(...problems);
  };
  add("SOPS_AGE_KEY", env.SOPS_AGE_KEY, /\s+/);
  const file = env.SOPS_AGE_KEY_FILE;
  if (file !== undefined) add(file, read(file, issues, true), /\n/);
  const folder = configFolder(env, platform);
  if (folder !== undefined) {
    const standard = join(folder, "sops", "age", "keys.txt");
    if (standard !== file) add(standard, read(standard, issues, false), /\n/);
  }
  for (const name of ["SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_CMD"]) {
    if (env[name] === undefined) continue;
    const hint = "Give native age keys in SOPS_AGE_KEY_FILE or SOPS_AGE_KEY.";
    issues.push(
      warning("unsupported", `${name} is set, and not followed here: no command is run, no SSH key used`, hint),
    );
  }
  return Object.assign([...found.values()], { issues });
}

/** A new X25519 key pair: the identity opens what was encrypted for the recipient. */
export async function newIdentity(): Promise<{ identity: SecretValue; recipient: string }> {
  const identity = new SecretValue(await generateX25519Identity());
  return { identity, recipient: await recipientOf(identity) };
}

/** The public half of an identity. */
export const recipientOf = (identity: SecretValue): Promise<string> => identityToRecipient(reveal(identity));

/** os.UserConfigDir of Go with the one exception that sops makes: XDG_CONFIG_HOME counts on macOS too. */
function configFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  if (platform === "win32") return env.AppData ?? env.APPDATA;
  if (env.XDG_CONFIG_HOME) return isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : undefined;
  return env.HOME === undefined || env.HOME === ""
    ? undefined
    : join(env.HOME, platform === "darwin" ? "Library/Application Support" : ".config");
}

function read(file: string, issues: Issue[], isNamed: boolean): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isNamed || code !== "ENOENT") {
      issues.push(
        warning("unreadable", `the age keys in ${file} cannot be read (${code})`, "Check the path and its mode."),
      );
    }
    return undefined;
  }
}

function parseIdentities(source: string, text: string, separator: RegExp): Checked<SecretValue[]> {
  if (/^(?:age-encryption|-----BEGIN AGE)/.test(text)) {
    const hint = "Decrypt it, and hand the keys over in SOPS_AGE_KEY.";
    return { value: [], issues: [warning("unsupported", `${source} is a key file with a passphrase`, hint)] };
  }
  const value: SecretValue[] = [];
  const issues: Issue[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#")) continue;
    for (const word of line.split(separator).map((part) => part.trim())) {
      const problem = word === "" ? undefined : identityProblem(word);
      if (problem !== undefined)
        issues.push(warning("bad-identity", `${source}, line ${index + 1}: ${problem}`, oneKey));
      else if (word !== "") value.push(new SecretValue(word));
    }
  }
  return { value, issues };
}

const oneKey = "A line holds one key, AGE-SECRET-KEY-1 and 58 more characters, or begins with #.";

function identityProblem(word: string): string | undefined {
  if (word.startsWith("AGE-PLUGIN-")) return "keys of age plugins are not supported";
  try {
    // The library's own messages quote the key.
    new Decrypter().addIdentity(word);
    return undefined;
  } catch {
    return "this is not an age identity, or it is mistyped";
  }
}
