import { osloVariable } from "../connections/connection-kind.ts";
import { groupAndName } from "../contract/configuration.ts";
import type { Context } from "../contract/context.ts";
import { keyOfOption, type SecretOption } from "../contract/secret.ts";

type Options = Pick<Context, "secretOptions">;

/**
 * Files in <project>.conf.d with the values of options that take several. oslo.config reads files in the order of their names
 * and keeps the values in that order: the one in use comes first.
 */
export const optionFiles = ({ secretOptions }: Options, keys = Object.keys(secretOptions)) =>
  keys.flatMap((key) => {
    const option = secretOptions[key]!;
    const others = option.accounts.filter(({ secret }) => secret !== option.account.secret);
    return option.multiple
      ? [option.account, ...others].map(({ secret }, index) => ({
          secret: {
            name: secret,
            items: [{ key: keyOfOption(key, option), path: `6${index}-${key}.conf`, mode: 0o440 }],
          },
        }))
      : [];
  });

/** Variables with the values of the others: name -> Secret and key. */
export const optionVariables = ({ secretOptions }: Options): [name: string, secret: string, key: string][] =>
  Object.entries(secretOptions).flatMap(([key, option]) => {
    if (option.multiple) return [];
    const { also, account, accounts } = option;
    const others = also === undefined ? [] : accounts.filter(({ secret }) => secret !== account.secret);
    return [
      [variableOf(option), account.secret, keyOfOption(key, option)],
      ...others.map(({ secret }): [string, string, string] => [also!, secret, keyOfOption(key, option)]),
    ];
  });

const variableOf = (option: SecretOption): string =>
  "variable" in option ? option.variable : osloVariable(...groupAndName(option.option));
