import { mirrored } from "../base/image.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { internalTls } from "../input/spec.ts";
import { toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { certManager } from "../operators/cert-manager.ts";
import { atVersion, withRequired } from "../operators/index.ts";
import type { ManifestSource, Operator, Site } from "../operators/operator.ts";
import { hasCertificates, operatorTrust } from "../render/certificates.ts";

/** The operators that the engine installs, in order; others are needed too, but somebody else sees to them. */
export function installedOperators(model: Model): readonly Operator[] {
  const needed = withRequired([...model.operators, ...(needsIssuer(model) ? [certManager.name] : [])]);
  const { operators, versions } = model.spec;
  return needed
    .filter(({ name }) => operators?.[name] !== "existing")
    .map((operator) => {
      const version = versions?.operators[operator.name];
      return version === undefined ? operator : atVersion(operator, version);
    });
}

/** Certificates inside the cluster have to be signed, and the public ones when an issuer is named. */
const needsIssuer = (model: Model): boolean => hasCertificates(model) || signsPublicNames(model);

const signsPublicNames = ({ spec }: Model): boolean =>
  spec.access.mode === "gateway" && typeof spec.access.tls === "object" && "issuer" in spec.access.tls;

/** What a cluster says about the installation of operators. */
export const siteOf = (spec: ClusterSpec): Site => ({
  production: spec.profile === "production",
  dns: spec.kubernetes.dnsDomain,
  registry: spec.images.registry,
  trust: internalTls(spec) === "none" ? undefined : operatorTrust(spec),
  pullSecrets: spec.images.pullSecrets ?? [],
  snapshots: spec.kubernetes.snapshots,
  existing: Object.entries(spec.operators ?? {}).flatMap(([name, how]) => (how === "existing" ? [name] : [])),
});

/** Kustomize's `images:` of an operator that comes as manifests. */
export const mirroredImages = (images: ManifestSource["images"], registry: string | undefined): object[] =>
  images.map(({ name, newTag }) => ({
    name,
    ...(registry === undefined ? {} : { newName: mirrored(name, registry) }),
    newTag,
  }));

/** Kustomize's `patches:` of such an operator, as both engines take them: text, and a target that needs no namespace. */
export function patchesOf({ patches = () => [] }: ManifestSource, site: Site): object {
  const wanted = patches(site).map((patch) => ({
    target: { kind: patch.kind, name: patch.metadata.name },
    patch: toYaml(patch),
  }));
  return wanted.length === 0 ? {} : { patches: wanted };
}
