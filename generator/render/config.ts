import type { Ini } from "../contract/configuration.ts";
import { hostsData } from "../kit/connection-environment.ts";
import { diffIni, formatIni, isEmptyIni, mergeIni } from "../kit/ini.ts";
import { trustedCaFile } from "../kit/trusted-ca.ts";
import type { GeneratedConfigMap } from "../kustomize/rendering.ts";
import type { Instance, Model } from "../model/model.ts";
import { holdsClusterValue, withoutClusterValueOptions } from "./cluster-values.ts";
import { configMapName, contextOf, layeredFilesOf } from "./context.ts";

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
 * The generated ConfigMaps of an instance. A file with layers is the base's and stays; each layer holds exactly the options
 * that differ from what is below it, so that an overlay shows what is special about it. Any other file comes whole.
 */
export function configMaps(instance: Instance, model: Model, lineage: Lineage): GeneratedConfigMap[] {
  const { component } = instance;
  if (component.config === undefined) return [];
  const layered = layeredFilesOf(component).map((item) => ({
    ...item,
    ...layersOf(item.file, instance, model, lineage),
  }));
  const bases = Object.fromEntries(layered.map(({ file, base }) => [file, formatIni(base)]));
  const configMap = (
    form: GeneratedConfigMap["form"],
    purpose: string,
    folder: string,
    data: Texts,
  ): GeneratedConfigMap => ({ name: configMapName(instance, purpose), form, folder, data });
  return [
    configMap("files", "etc", "", { ...bases, ...wholeFiles(instance, model), ...ownFilesIn(instance) }),
    ...layered.map(({ purpose, folder, above }) => configMap("files", purpose, `${folder}/`, filesOf(above))),
    configMap("literals", "wiring", "wiring/", hostsData(instance.connections)),
    configMap("literals", "environment", "environment/", environmentOf(instance, model)),
    ...(component.directories ?? []).map((directory) =>
      configMap("files", directory, `${directory}/`, ownFilesIn(instance, directory)),
    ),
  ];
}

type Texts = Readonly<Record<string, string>>;

/** The operator's own files, of one directory or above all of them, under their names there. */
const ownFilesIn = ({ spec: { common } }: Instance, directory?: string): Texts =>
  Object.fromEntries(
    Object.entries(common.files ?? {}).flatMap(([path, text]) => {
      const [first, second] = path.split("/") as [string, string?];
      if (second === undefined) return directory === undefined ? [[first, text]] : [];
      return first === directory ? [[second, text]] : [];
    }),
  );

/** An ini file of the base, and what lies above it. */
function layersOf(
  file: string,
  instance: Instance,
  model: Model,
  lineage: Lineage,
): { readonly base: Ini; readonly above: readonly (readonly [string, Ini])[] } {
  const of = (one: Instance, its: Model): Ini => (configOf(one, its)[file] ?? {}) as Ini;
  const common = of(lineage.base.instance, lineage.base.model);
  const ofProfile =
    model.spec.profile === "development" ? of(lineage.development.instance, lineage.development.model) : common;
  const base = withoutClusterValueOptions(common);
  const development = diffIni(base, withoutClusterValueOptions(ofProfile));
  const below = mergeIni(base, development);
  const wanted = withoutClusterValueOptions(of(instance, model));
  const cluster = diffIni(below, onlyOptionsOf(wanted, common, holdsClusterValue));
  const own = mergeIni(diffIni(mergeIni(below, cluster), wanted), instance.spec.common.config?.[file] ?? {});
  return {
    base,
    above: [
      [layers.development, development],
      [layers.cluster, cluster],
      [layers.instance, own],
    ],
  };
}

/** Files that are read by themselves. One with a value of the cluster in it is not in the base, and comes with the overlay. */
function wholeFiles(instance: Instance, model: Model): Texts {
  const generated = configOf(instance, model);
  const { config = {} } = instance.spec.common;
  const layered = new Set(layeredFilesOf(instance.component).map(({ file }) => file));
  return Object.fromEntries(
    Object.keys({ ...generated, ...config })
      .filter((file) => !layered.has(file))
      .map((file): [string, string] => {
        const content = generated[file] ?? {};
        return typeof content === "string" ? [file, content] : [file, formatIni(mergeIni(content, config[file] ?? {}))];
      })
      .filter(([, text]) => !holdsClusterValue(text)),
  );
}

const filesOf = (files: readonly (readonly [string, Ini])[]): Record<string, string> =>
  Object.fromEntries(files.filter(([, text]) => !isEmptyIni(text)).map(([name, text]) => [name, formatIni(text)]));

function configOf(instance: Instance, model: Model): Readonly<Record<string, Ini | string>> {
  return instance.component.config!(contextOf(instance, model));
}

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
  const { dnsDomain, ipFamilies, podNetworks = [], serviceNetworks = [] } = spec.kubernetes;
  const itself = ["localhost", "127.0.0.1", ...(ipFamilies.includes("IPv6") ? ["::1"] : [])];
  const networks = [...podNetworks, ...serviceNetworks, ...(proxy?.noProxy ?? [])];
  const direct = [...itself, ".svc", `.${dnsDomain}`, ...networks].join(",");
  return {
    ...(proxy?.http === undefined ? {} : { HTTP_PROXY: proxy.http, http_proxy: proxy.http }),
    ...(proxy?.https === undefined ? {} : { HTTPS_PROXY: proxy.https, https_proxy: proxy.https }),
    ...(proxy === undefined ? {} : { NO_PROXY: direct, no_proxy: direct }),
    ...(spec.trustedCa === undefined ? {} : { REQUESTS_CA_BUNDLE: trustedCaFile, SSL_CERT_FILE: trustedCaFile }),
    ...common.environment,
  };
}
