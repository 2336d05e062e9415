import type { Ini } from "../contract/configuration.ts";
import { hostsData } from "../kit/connection-environment.ts";
import { diffIni, formatIni, isEmptyIni, mergeIni } from "../kit/ini.ts";
import type { GeneratedConfigMap } from "../kustomize/rendering.ts";
import type { Instance, Model } from "../model/model.ts";
import { holdsClusterValue, withoutClusterValueOptions } from "./cluster-values.ts";
import { configMapName, contextOf } from "./context.ts";

/** The instance whose rendering is the base, and, for a development cluster, the one that the shared component makes of it. */
export interface Lineage {
  readonly base: { readonly instance: Instance; readonly model: Model };
  readonly development: { readonly instance: Instance; readonly model: Model };
}

/** Files that configuration is layered into, later ones win: the profile's, the values of the cluster, the instance's own. */
const layers = {
  development: "05-development.conf",
  cluster: "10-cluster.conf",
  instance: "50-instance.conf",
} as const;

/**
 * The generated ConfigMaps of an instance. The main file is the base's and stays; each further layer holds exactly the
 * options that differ from what is below it, so that an overlay shows what is special about it.
 */
export function configMaps(instance: Instance, model: Model, lineage: Lineage): GeneratedConfigMap[] {
  const { component } = instance;
  if (component.config === undefined) return [];
  const wanted = configOf(instance, model);
  const common = instance.spec.common;
  const main = component.conf!;
  const base = configOf(lineage.base.instance, lineage.base.model);
  const development =
    model.spec.profile === "development" ? configOf(lineage.development.instance, lineage.development.model) : base;

  const baseIni = withoutClusterValueOptions(ini(base, main));
  const developmentIni = diffIni(baseIni, withoutClusterValueOptions(ini(development, main)));
  const below = mergeIni(baseIni, developmentIni);
  const wantedIni = withoutClusterValueOptions(ini(wanted, main));
  const cluster = diffIni(below, onlyOptionsOf(wantedIni, ini(base, main), holdsClusterValue));
  const instanceIni = mergeIni(diffIni(mergeIni(below, cluster), wantedIni), common.config?.[main] ?? {});

  const companions = Object.fromEntries(
    Object.keys({ ...wanted, ...common.config })
      .filter((file) => file !== main)
      .map((file) => {
        const generated = wanted[file];
        const own = common.config?.[file];
        if (own === undefined) return [file, typeof generated === "string" ? generated : formatIni(generated!)];
        return [file, formatIni(mergeIni(typeof generated === "object" ? generated : {}, own))];
      }),
  );
  const own = Object.entries(common.files ?? {});
  const inDirectory = (directory: string) =>
    Object.fromEntries(
      own
        .filter(([name]) => name.startsWith(`${directory}/`))
        .map(([name, text]) => [name.slice(directory.length + 1), text]),
    );
  return [
    {
      name: configMapName(instance, "etc"),
      form: "files",
      folder: "",
      data: {
        [main]: formatIni(baseIni),
        ...companions,
        ...Object.fromEntries(own.filter(([name]) => !name.includes("/"))),
      },
    },
    {
      name: configMapName(instance, "conf-d"),
      form: "files",
      folder: `${component.project}.conf.d/`,
      data: filesOf([
        [layers.development, developmentIni],
        [layers.cluster, cluster],
        [layers.instance, instanceIni],
      ]),
    },
    {
      name: configMapName(instance, "wiring"),
      form: "literals",
      folder: "wiring/",
      data: hostsData(instance.connections),
    },
    {
      name: configMapName(instance, "environment"),
      form: "literals",
      folder: "environment/",
      data: environmentOf(instance, model),
    },
    ...(component.directories ?? []).map(
      (directory): GeneratedConfigMap => ({
        name: configMapName(instance, directory),
        form: "files",
        folder: `${directory}/`,
        data: inDirectory(directory),
      }),
    ),
  ];
}

const filesOf = (files: readonly (readonly [string, Ini])[]): Record<string, string> =>
  Object.fromEntries(files.filter(([, text]) => !isEmptyIni(text)).map(([name, text]) => [name, formatIni(text)]));

function configOf(instance: Instance, model: Model): Readonly<Record<string, Ini | string>> {
  return instance.component.config!(contextOf(instance, model));
}

const ini = (config: Readonly<Record<string, Ini | string>>, file: string): Ini => config[file] as Ini;

/** The options of `wanted` whose counterpart in `base` satisfies the condition. */
const onlyOptionsOf = (wanted: Ini, base: Ini, condition: (value: unknown) => boolean): Ini =>
  Object.fromEntries(
    Object.entries(wanted).map(([group, options]) => [
      group,
      Object.fromEntries(Object.entries(options).filter(([name]) => condition(base[group]?.[name]))),
    ]),
  );

/** Extra environment: proxies and the operator's own words. */
function environmentOf({ spec: { common } }: Instance, { spec }: Model): Record<string, string> {
  const { proxy } = spec;
  const direct = ["localhost", "127.0.0.1", ".svc", `.${spec.kubernetes.dnsDomain}`, ...(proxy?.noProxy ?? [])].join(
    ",",
  );
  return {
    ...(proxy?.http === undefined ? {} : { HTTP_PROXY: proxy.http, http_proxy: proxy.http }),
    ...(proxy?.https === undefined ? {} : { HTTPS_PROXY: proxy.https, https_proxy: proxy.https }),
    ...(proxy === undefined ? {} : { NO_PROXY: direct, no_proxy: direct }),
    ...(spec.trustedCa === undefined ? {} : { REQUESTS_CA_BUNDLE: trustedCaPath, SSL_CERT_FILE: trustedCaPath }),
    ...common.environment,
  };
}

/** Where the trusted CA bundle is mounted. */
const trustedCaPath = "/etc/ssl/overstack/ca.crt";
