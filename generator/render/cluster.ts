import { clusterFile, overlayFolder } from "../base/layout.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { ownerLabels, phases } from "../contract/kubernetes.ts";
import type { Issue } from "../issues/issue.ts";
import { keepAnnotations } from "../kit/names.ts";
import { computeOverlay } from "../kustomize/overlay.ts";
import { isEmpty, type Overlay, placesOf, type Render } from "../kustomize/rendering.ts";
import { isEmptyOverlay, phasesOf, writeBase, writeOverlay, writeParent } from "../kustomize/write.ts";
import { header, objectFile, objectYaml, toYaml } from "../kustomize/yaml.ts";
import type { Instance, Model, Namespace } from "../model/model.ts";
import { gatewayController } from "../operators/envoy-gateway.ts";
import { checkAdmission, clashes, unusedVariables } from "./admission.ts";
import { certificates } from "./certificates.ts";
import { portClashes } from "./host-ports.ts";
import { renderInstance } from "./instance.ts";
import { type Base, baseOf } from "./lineage.ts";
import { namespacePolicies } from "./namespace-policies.ts";
import { patchRender } from "./patches.ts";
import { phaseOverlay } from "./phase-overlay.ts";
import { type SecretDelivery, secretDelivery } from "./secret-objects.ts";
import { storageClassObjects } from "./storage-classes.ts";

/** Bases by release and component, made when first asked for. */
export type BaseLibrary = (release: Model["spec"]["release"], component: Component) => WrittenBase;
export interface WrittenBase extends Base {
  readonly directory: string;
  readonly files: ReadonlyMap<string, string>;
  /** Directories of phases that the shared development component changes, and how. */
  readonly changes: ReadonlyMap<string, Overlay>;
}

/** A library over the catalogue. */
export function baseLibrary(catalogue: Catalogue): BaseLibrary {
  const known = new Map<string, WrittenBase>();
  return (release, component) => {
    const directory = `bases/${release}/${component.name}`;
    const found = known.get(directory) ?? writtenBase(baseOf(component, release, catalogue), directory);
    known.set(directory, found);
    return found;
  };
}

const shared = new WeakMap<Catalogue, BaseLibrary>();

/** The library that all runs of this process share: bases follow from the program alone, whichever cluster asks for them. */
export function sharedLibrary(catalogue: Catalogue): BaseLibrary {
  const found = shared.get(catalogue) ?? baseLibrary(catalogue);
  shared.set(catalogue, found);
  return found;
}

function writtenBase(base: Base, directory: string): WrittenBase {
  const files = writeBase(base.production, directory);
  const changes = new Map<string, Overlay>();
  for (const phase of phasesOf(base.production)) {
    const development = placesOf(phase, base.development[phase]);
    for (const [index, { folder, render }] of placesOf(phase, base.production[phase]).entries()) {
      const overlay = computeOverlay(render, development[index]!.render, {});
      if (isEmptyOverlay(overlay)) continue;
      changes.set(folder, overlay);
      for (const [path, text] of writeOverlay(overlay, `${directory}/development/${folder}`, {
        source: "the component",
        resources: [],
        kind: "Component",
      }))
        files.set(path, text);
    }
  }
  return { ...base, directory, files, changes };
}

/** Everything below overlays/<cluster>, and the direct rendering that it must build to. */
export interface RenderedCluster {
  readonly files: ReadonlyMap<string, string>;
  readonly renders: ReadonlyMap<string, Render>;
  readonly bases: readonly WrittenBase[];
  /** Something in overlays/<cluster>/secrets is to be applied. */
  readonly hasSecrets: boolean;
  readonly issues: readonly Issue[];
}

/** Renders all instances of a model and writes their overlays; `secretFiles` are those below overlays/<cluster>/secrets. */
export function renderCluster(
  model: Model,
  library: BaseLibrary,
  secretFiles: readonly string[] = [],
): RenderedCluster {
  const files = new Map<string, string>();
  const renders = new Map<string, Render>();
  const bases = new Set<WrittenBase>();
  const issues: Issue[] = [];
  const owners = new Map<string, string>();
  for (const instance of model.instances) {
    const base = library(instance.spec.release, instance.component);
    const patched = patchRender(renderInstance(instance, model, base.lineage), instance, model.spec.file);
    issues.push(...patched.issues, ...unusedVariables(patched.render, instance, model.spec.file));
    const refused = [
      ...checkAdmission(patched.render, instance, model.spec.file),
      ...clashes(patched.render, instance, owners, model.spec.file),
    ];
    issues.push(...refused);
    // What Kubernetes would refuse cannot be compared with what it would make of it.
    if (refused.length > 0) continue;
    renders.set(instance.name, patched.render);
    bases.add(base);
    for (const [path, text] of overlayFiles(instance, model, patched.render, base)) files.set(path, text);
  }
  const secrets = secretDelivery(model, secretFiles);
  for (const [path, text] of clusterScoped(model, secrets)) files.set(path, text);
  return {
    files,
    renders,
    bases: [...bases],
    hasSecrets: secrets.objects.size + secrets.files.length > 0,
    issues: [...issues, ...portClashes(model.instances, renders, model.spec.file), ...secrets.issues],
  };
}

function overlayFiles(instance: Instance, model: Model, wanted: Render, base: WrittenBase): Map<string, string> {
  const { spec } = model;
  const files = new Map<string, string>();
  const directory = `${overlayFolder(spec.name)}/${instance.name}`;
  const source = clusterFile(spec.name);
  const profiled = spec.profile === "development" ? base.development : base.production;
  const present = phases.filter((phase) => !isEmpty(wanted[phase]) || !isEmpty(profiled[phase]));
  for (const phase of present)
    for (const [path, text] of phaseOverlay(phase, instance, model.spec, wanted[phase], base)) files.set(path, text);
  const parts = model.instances.filter(({ owner }) => owner === instance.name).map(({ name }) => `../${name}`);
  files.set(`${directory}/kustomization.yaml`, writeParent(source, [...present, ...parts.sort()]));
  return files;
}

/** Namespaces, StorageClasses and the GatewayClass: Kustomize's `namespace:` and `nameSuffix:` are not for them, so they lie apart. */
function clusterScoped(model: Model, secrets: SecretDelivery): Map<string, string> {
  const { spec } = model;
  const source = clusterFile(spec.name);
  const files = new Map<string, string>();
  const write = (
    directory: string,
    objects: ReadonlyMap<string, KubernetesObject>,
    others: readonly string[] = [],
  ): void => {
    for (const [file, object] of objects) files.set(`${directory}/${file}`, header(source) + objectYaml(object));
    files.set(
      `${directory}/kustomization.yaml`,
      header(source) +
        toYaml({
          apiVersion: "kustomize.config.k8s.io/v1beta1",
          kind: "Kustomization",
          resources: [...objects.keys(), ...others].sort(),
        }),
    );
  };
  const byFile = (objects: readonly KubernetesObject[]) =>
    new Map(objects.map((object) => [objectFile(object), object]));
  write(
    `${overlayFolder(spec.name)}/namespaces`,
    new Map([
      ...byFile(model.namespaces.map(namespaceObject)),
      ...namespacePolicies(model).map((object): [string, KubernetesObject] => [
        `${object.metadata.namespace}/${objectFile(object)}`,
        object,
      ]),
    ]),
  );
  const signed = certificates(model);
  if (signed.length > 0)
    write(
      `${overlayFolder(spec.name)}/certificates`,
      new Map(signed.map((object) => [`${object.metadata.namespace ?? "cluster"}/${objectFile(object)}`, object])),
    );
  if (secrets.objects.size + secrets.files.length > 0)
    write(`${overlayFolder(spec.name)}/secrets`, secrets.objects, secrets.files);
  const classes = storageClassObjects(model);
  if (classes.length > 0) write(`${overlayFolder(spec.name)}/storage-classes`, byFile(classes));
  if (model.instances.some(({ component }) => component.publishes))
    write(
      `${overlayFolder(spec.name)}/gateway-class`,
      byFile([
        {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "GatewayClass",
          metadata: { name: spec.access.className, labels: ownerLabels() },
          spec: { controllerName: gatewayController },
        },
      ]),
    );
  return files;
}

/** Its Pod Security level is what its pods need. Deleting a namespace deletes all data in it: neither engine may. */
const namespaceObject = ({ name, privilege }: Namespace): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name,
    annotations: { ...keepAnnotations },
    labels: {
      ...ownerLabels(),
      "pod-security.kubernetes.io/audit": privilege,
      "pod-security.kubernetes.io/enforce": privilege,
      "pod-security.kubernetes.io/warn": privilege,
    },
  },
});
