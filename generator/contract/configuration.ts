export interface ConfigMapNames {
  /** /etc/<project>: the main file and its companions. */
  readonly etc: string;
  /** /etc/<project>/<project>.conf.d: what cluster and instance add. */
  readonly confD: string;
  /** Hosts and names that the environment is composed of. */
  readonly hosts: string;
  /** Extra environment: proxies, trusted CA, the operator's own. */
  readonly environment: string;
  /** Further directories below /etc/<project>, by directory name. */
  readonly directories: Readonly<Record<string, string>>;
}

/** An oslo.config value; a list is joined by commas, `Multi` repeats the key. */
export type OptionValue = string | number | boolean | readonly (string | number)[];

export type Ini = Readonly<Record<string, Readonly<Record<string, OptionValue | undefined>>>>;
