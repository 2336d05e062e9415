export interface ConfigMapNames {
  /** /etc/<project>: the main file and its companions. */
  readonly etc: string;
  /** What cluster and instance add to files, each in a directory beside its file: `<project>.conf.d` to the main one. */
  readonly layers: readonly LayerDirectory[];
  /** Hosts and names that the environment is composed of. */
  readonly hosts: string;
  /** Extra environment: proxies, trusted CA, the operator's own. */
  readonly environment: string;
  /** Further directories below /etc/<project>, by directory name. */
  readonly directories: Readonly<Record<string, string>>;
}

/** A directory of /etc/<project> whose files a program reads after another file. */
export interface LayerDirectory {
  /** What tells it apart from others, in names of ConfigMaps and volumes: `conf-d`. */
  readonly purpose: string;
  readonly directory: string;
  readonly configMap: string;
}

/** An oslo.config value; a list is joined by commas, or stands on a line for each value where the option has several. */
export type OptionValue = string | number | boolean | readonly (string | number)[];

/** Group and name of an option that is called by both: `DEFAULT.debug`. */
export function groupAndName(option: string): [group: string, name: string] {
  const dot = option.lastIndexOf(".");
  return [option.slice(0, dot), option.slice(dot + 1)];
}

export type Ini = Readonly<Record<string, Readonly<Record<string, OptionValue | undefined>>>>;
