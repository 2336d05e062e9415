import type { KeyObject } from "node:crypto";
import { armor, Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import { type Checked, error, type Issue, type IssueCode } from "../issues/issue.ts";
import { dataKey } from "./cipher.ts";
import type { Identities } from "./keys.ts";
import { reveal } from "./secret-value.ts";
import type { SopsBlock } from "./sops-block.ts";

/** True for text that is an armored age file. */
export function isArmored(text: string): boolean {
  try {
    return armor.decode(text).length > 0;
  } catch {
    return false;
  }
}

/** A file's data key for one recipient, as an armored age file with a final newline. The recipient has passed `isRecipient`. */
export async function wrapKey(key: KeyObject, recipient: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(new Uint8Array(key.export())));
}

/** The data key of a file, by whichever identity opens one of its age entries. Codes: `no-key`, `damaged`, `unsupported`. */
export async function unwrapKey(
  sops: Pick<SopsBlock, "age" | "otherKeys">,
  identities: Identities,
): Promise<Checked<KeyObject>> {
  if (sops.otherKeys.includes("key_groups")) {
    const hint = "Use sops itself for this file, or encrypt it again without key groups.";
    return refused("unsupported", "the data key is split between key groups (Shamir's secret sharing)", hint);
  }
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(reveal(identity));
  const own = await Promise.all(identities.map((identity) => identityToRecipient(reveal(identity))));
  // The entries that are ours by name come first: what fails there is damage, and elsewhere somebody else's.
  const mine = sops.age.filter(({ recipient }) => own.includes(recipient));
  for (const { enc } of [...mine, ...sops.age.filter((entry) => !mine.includes(entry))]) {
    const bytes = await decrypter.decrypt(armor.decode(enc)).catch(() => undefined);
    if (bytes?.length === 32) return { value: dataKey(bytes), issues: [] };
  }
  if (mine[0] !== undefined) {
    const hint = "Restore the file from Git: this entry was altered, or made for another key.";
    return refused(
      "damaged",
      `the data key for ${mine[0].recipient} does not open with its own identity`,
      hint,
      mine[0].place,
    );
  }
  const readers = [...sops.age.map(({ recipient }) => recipient), ...sops.otherKeys].join(", ");
  const held =
    own.length === 0 ? "no age identity is at hand" : `the age identities at hand are those of ${own.join(", ")}`;
  const hint =
    "Name the file of a private key in SOPS_AGE_KEY_FILE, or let someone who can open the file add your recipient to it.";
  const { issues } = refused("no-key", `the file is encrypted for ${readers}; ${held}`, hint);
  return { value: undefined, issues: [...issues, ...(identities.issues ?? [])] };
}

const refused = (code: IssueCode, message: string, hint: string, place: Pick<Issue, "line" | "column"> = {}) => ({
  value: undefined,
  issues: [error(code, message, hint, { path: ["sops"], ...place }) satisfies Issue],
});
