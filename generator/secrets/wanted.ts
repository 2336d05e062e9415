import type { SecretKind } from "../contract/secret.ts";
import type { Model } from "../model/model.ts";
import { type NamespacedSecret, requiredSecrets } from "../render/secrets.ts";
import { secretFile } from "./files.ts";
import { formOf } from "./forms.ts";

/** A Secret that comes from outside the cluster, and where its file lies when the repository holds it. */
export interface WantedSecret extends NamespacedSecret {
  /** `<namespace>/<name>`: what commands and people call it. */
  readonly id: string;
  /** Below overlays/<cluster>/secrets. */
  readonly file: string;
  /** The Secret that this one is a copy of. */
  readonly original?: string;
}

/** All Secrets of a cluster but those that its own Jobs make; what others are copies of comes first. */
export function wantedSecrets(model: Model): WantedSecret[] {
  const wanted = requiredSecrets(model)
    .filter(({ origin }) => origin !== "cluster")
    .map((secret): WantedSecret => {
      const { copyOf } = secret;
      const owner = copyOf && model.instances.find(({ name }) => name === copyOf.instance);
      return {
        ...secret,
        id: `${secret.namespace}/${secret.name}`,
        file: secretFile(secret),
        ...(copyOf === undefined ? {} : { original: `${owner!.namespace}/${copyOf.name}` }),
      };
    });
  return [...wanted.filter(({ original }) => original === undefined), ...wanted.filter(({ original }) => original)];
}

/** True for a value that overstack can make; others are given by somebody else. */
const isMade = (kind: SecretKind): boolean => formOf(kind) !== undefined;

/** Keys whose values somebody else has to give. */
export const givenKeys = ({ keys, known = {} }: NamespacedSecret): string[] =>
  Object.keys(keys)
    .filter((key) => !(key in known) && !isMade(keys[key]!))
    .sort();
