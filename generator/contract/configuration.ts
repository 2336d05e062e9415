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

export type Ini = Readonly<Record<string, Readonly<Record<string, OptionValue | undefined>>>>;

/**
 * Options of oslo.config's type MultiOpt, by group; `*` is any. Their values are lines of their own; in one line they would be one
 * value, and in the environment oslo.config splits it into letters:
 * https://docs.openstack.org/oslo.config/latest/reference/api/oslo_config.cfg.html#oslo_config.cfg.MultiOpt
 */
const multiValued: Readonly<Record<string, readonly string[]>> = {
  "*": ["backend_argument", "filesystem_store_datadirs"],
  DEFAULT: ["notification_opt_out"],
  crypto: ["enabled_crypto_plugins"],
  federation: ["trusted_dashboard"],
  oslo_messaging_notifications: ["driver"],
  oslo_policy: ["policy_dirs"],
  pci: ["alias", "device_spec"],
  secretstore: ["enabled_secretstore_plugins"],
  simple_crypto_plugin: ["kek"],
  tokenless_auth: ["trusted_issuer"],
};

/** True when each value of the option stands on a line of its own. So does everything that uwsgi takes several times. */
export const isMultiValued = (group: string, option: string): boolean =>
  group === "uwsgi" ||
  multiValued["*"]!.includes(option) ||
  (Object.hasOwn(multiValued, group) && multiValued[group]!.includes(option));
