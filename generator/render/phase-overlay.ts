import { clusterFile, overlayFolder } from "../base/layout.ts";
import type { KubernetesObject, Phase } from "../contract/kubernetes.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { computeOverlay } from "../kustomize/overlay.ts";
import {
  atIdentityFolder,
  isEmpty,
  type Overlay,
  type PhaseRender,
  type Place,
  placesOf,
} from "../kustomize/rendering.ts";
import { writeOverlay, writeParent } from "../kustomize/write.ts";
import type { Instance } from "../model/model.ts";
import type { WrittenBase } from "./cluster.ts";

/** An overlay with a namespace of its own: Kustomize gives all that a directory builds the same one. */
interface Part {
  readonly directory: string;
  readonly namespace: string;
  /** Directories of the base that it is made of. */
  readonly sources: readonly Source[];
  readonly wanted: PhaseRender;
}

/** A directory of a base, and what the shared development component makes of it where the cluster uses that. */
interface Source extends Place {
  readonly development?: { readonly render: PhaseRender; readonly change: Overlay };
}

/** The files of one phase: an overlay, or two and their parent where something lives in the namespace of the Identity service. */
export function phaseOverlay(
  phase: Phase,
  instance: Instance,
  spec: ClusterSpec,
  wanted: PhaseRender,
  base: WrittenBase,
): Map<string, string> {
  const directory = `${overlayFolder(spec.name)}/${instance.name}/${phase}`;
  const parts = partsOf(directory, instance, wanted, sourcesOf(phase, spec, base));
  const written = parts.flatMap((part) => [...overlayFiles(part, instance, spec, base)]);
  if (parts.every((part) => part.directory === directory)) return new Map(written);
  const names = parts.map((part) => part.directory.slice(directory.length + 1)).sort();
  return new Map([[`${directory}/kustomization.yaml`, writeParent(clusterFile(spec.name), names)], ...written]);
}

function sourcesOf(phase: Phase, { profile }: ClusterSpec, base: WrittenBase): readonly [Source, Source] {
  const development = placesOf(phase, base.development[phase]);
  const [own, away] = placesOf(phase, base.production[phase]);
  const source = (place: Place, { render }: Place): Source => {
    const change = profile === "development" ? base.changes.get(place.folder) : undefined;
    return { ...place, ...(change === undefined ? {} : { development: { render, change } }) };
  };
  return [source(own, development[0]), source(away, development[1])];
}

function partsOf(
  directory: string,
  { namespace, identity }: Instance,
  wanted: PhaseRender,
  sources: readonly [own: Source, away: Source],
): readonly Part[] {
  const isAway = ({ metadata }: KubernetesObject): boolean => metadata.namespace !== namespace;
  if (!wanted.objects.some(isAway)) return [{ directory, namespace, sources, wanted }];
  const parts: Part[] = [
    {
      directory: `${directory}/own`,
      namespace,
      sources: [sources[0]],
      wanted: { ...wanted, objects: wanted.objects.filter((object) => !isAway(object)) },
    },
    {
      directory: `${directory}/${atIdentityFolder}`,
      namespace: identity!.namespace,
      sources: [sources[1]],
      wanted: { objects: wanted.objects.filter(isAway), configMaps: [] },
    },
  ];
  return parts.filter((part) => !isEmpty(part.wanted) || part.sources.some(({ render }) => !isEmpty(render)));
}

function overlayFiles(
  { directory, namespace, sources, wanted }: Part,
  instance: Instance,
  spec: ClusterSpec,
  base: WrittenBase,
): Map<string, string> {
  // Kustomize reads resources before components: an overlay cannot give back what a component has deleted.
  const used = sources.map(({ folder, render, development }) =>
    development === undefined || deletesWanted(development.change, wanted, instance)
      ? { folder, render, isShrunk: false, configMaps: [] }
      : { folder, render: development.render, isShrunk: true, configMaps: development.change.configMaps },
  );
  const from = {
    objects: used.flatMap(({ render }) => render.objects),
    configMaps: used.flatMap(({ render }) => render.configMaps),
  };
  const overlay = computeOverlay(from, wanted, {
    namespace,
    nameSuffix: instance.suffix,
    ...(instance.suffix === "" ? {} : { instance: instance.name }),
    shared: used.flatMap(({ configMaps }) => configMaps),
  });
  const up = directory.replaceAll(/[^/]+/g, "..");
  const present = sources.filter(({ render }) => !isEmpty(render));
  return writeOverlay(overlay, directory, {
    source: clusterFile(spec.name),
    resources: present.map(({ folder }) => `${up}/${base.directory}/${folder}`),
    components: used
      .filter(({ isShrunk }) => isShrunk)
      .map(({ folder }) => `${up}/${base.directory}/development/${folder}`),
  });
}

const deletesWanted = ({ patches }: Overlay, { objects }: PhaseRender, { suffix }: Instance): boolean =>
  patches.some(
    ({ operations, object }) =>
      operations === undefined &&
      objects.some(
        ({ kind, metadata }) => kind === object.kind && metadata.name === `${object.metadata.name}${suffix}`,
      ),
  );
