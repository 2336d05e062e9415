import { isSafeName } from "../../base/file-names.ts";
import { splitImage } from "../../base/image.ts";
import { allOf, showValue, suggestion } from "../../base/words.ts";
import type { Catalogue } from "../../contract/component.ts";
import { groups } from "../../contract/context.ts";
import { endpointName, endpointNamed, publishedEndpoints } from "../../contract/endpoints.ts";
import { hostName, network } from "../../contract/formats.ts";
import { releases } from "../../contract/release.ts";
import { error, type Issue, warning } from "../../issues/issue.ts";
import { operators } from "../../operators/index.ts";
import type { ClusterSpec } from "../spec.ts";
import type { Source } from "../yaml/positions.ts";
import { checkAccess } from "./access.ts";
import { checkNodes } from "./node-groups.ts";
import { twice } from "./repeats.ts";
import { isReservedCluster, reservedNamespace } from "./reserved.ts";
import { checkInternal } from "./tls.ts";

/** Rules for the keys at the root of the file, except the instances. */
export function checkRoot(spec: ClusterSpec, source: Source, catalogue: Catalogue): Issue[] {
  return [
    ...checkNames(spec, catalogue),
    ...twice(["zones"], spec.zones),
    ...checkNamespaces(spec, catalogue),
    ...checkNodes(spec, catalogue),
    ...checkDigests(spec, catalogue),
    ...checkAccess(spec, source),
    ...checkInternal(spec),
    ...checkSecrets(spec),
    ...checkVerify(spec),
    ...checkProxy(spec),
    ...checkVersion(spec),
    ...checkIdentity(spec, source, catalogue),
    ...twice(
      ["consent"],
      spec.consent?.map(({ change }) => change),
      "change",
    ),
  ];
}

/** The rules whose answer hangs on the values of name, domain or region: fleet/alike.ts asks these again, and no others. */
export const checkNames = (spec: ClusterSpec, catalogue: Catalogue): Issue[] => [
  ...checkName(spec),
  ...checkPublicNames(spec, catalogue),
];

/** Argo CD asks for signatures by project, and then of operators' repositories, too, whose authors sign with keys of their own. */
function* checkVerify({ delivery }: ClusterSpec): Iterable<Issue> {
  if (delivery.verify !== undefined && delivery.engine === "argocd")
    yield error(
      "verify-with-argocd",
      "delivery.verify is set, and with Argo CD it would ask for the same signers in the repositories of the operators",
      "Remove it, and let your Git server accept signed commits alone, or deliver with Flux: delivery: { engine: flux }.",
      { path: ["delivery", "verify"], atKey: true },
    );
}

/** Argo CD renders manifests in a server that has no key, and keeps what it rendered in a cache. */
function* checkSecrets({ secrets, delivery }: ClusterSpec): Iterable<Issue> {
  if (secrets.provider === "sops" && delivery.engine === "argocd")
    yield error(
      "sops-with-argocd",
      "secrets.provider is sops, and Argo CD does not decrypt",
      "Write provider: external-secrets and name a store, or deliver with Flux: delivery: { engine: flux }.",
      { path: ["secrets", "provider"], dependsOn: [["delivery"]] },
    );
  if (secrets.provider === "sops") yield* twice(["secrets", "recipients"], secrets.recipients);
}

/** What depends on the version is left out without it: an API server refuses the whole commit for a value that it does not know. */
function* checkVersion({ profile, kubernetes }: ClusterSpec): Iterable<Issue> {
  if (profile === "production" && kubernetes.version === undefined)
    yield warning(
      "kubernetes-version",
      "kubernetes.version is not written: services do not prefer a server on the caller's own node, and more requests meet a lost host",
      'Write kubernetes: { version: "1.35" }, with the minor version that kubectl version shows.',
      { path: ["kubernetes"], dependsOn: [["kubernetes"]] },
    );
}

/** Replicas that call each other by the addresses of their pods would send such a request, with its token, to the proxy. */
function* checkProxy({ proxy, kubernetes }: ClusterSpec): Iterable<Issue> {
  const isNetwork = (text: string): boolean => network.safeParse(text).success;
  if (proxy?.http !== undefined && kubernetes.podNetworks === undefined && !(proxy.noProxy ?? []).some(isNetwork))
    yield warning(
      "proxied-pods",
      "proxy.http is set, and no network says which addresses are pods: what they ask each other by address goes to the proxy",
      "Write kubernetes: { podNetworks: [10.244.0.0/16] }, with the network of your pods.",
      { path: ["proxy", "http"] },
    );
}

/** An Identity service that several regions share: each has a name of its own there, and none has a second one. */
function* checkIdentity(
  { identity, region, profile, instances }: ClusterSpec,
  source: Source,
  catalogue: Catalogue,
): Iterable<Issue> {
  if (identity === undefined) return;
  if (profile === "production" && !identity.url.startsWith("https:"))
    yield error(
      "plain-outside",
      "identity.url is not encrypted: passwords and tokens would go to another cluster in plain text",
      "Write its URL with https.",
      { path: ["identity", "url"] },
    );
  if (!source.has(["region"]))
    yield error(
      "region-unnamed",
      `identity is that of another cluster, and region is not written: it would be ${region}, as of every cluster that writes none`,
      "Write region: and a name that no other cluster has at that Identity service.",
      { path: ["identity"], atKey: true },
    );
  for (const { name, component, path } of instances)
    if (endpointNamed(catalogue.get(component)!, "identity") !== undefined)
      yield error(
        "second-identity",
        `${name} is written here, and identity names the Identity service of another cluster: services log in to one`,
        "Remove one of the two.",
        { path, atKey: true, dependsOn: [["identity"]] },
      );
}

function* checkName({ name, file }: ClusterSpec): Iterable<Issue> {
  const directory = file.split("/").at(-2);
  if (isReservedCluster(name))
    yield error(
      "reserved-name",
      `name cannot be ${showValue(name)}, ${isSafeName(name) ? "a directory of the repository" : "which Windows takes for a device"}`,
      "Choose another name, and rename the cluster's directory too.",
      { path: ["name"] },
    );
  else if (directory !== undefined && directory !== name)
    yield error(
      "name-differs",
      `name is ${showValue(name)}, and the file lies in the directory ${showValue(directory)}`,
      `Write name: ${directory}, or rename the directory.`,
      { path: ["name"] },
    );
}

function* checkNamespaces({ namespaces, instances }: ClusterSpec, catalogue: Catalogue): Iterable<Issue> {
  if (typeof namespaces !== "object") return;
  const components = [...catalogue.keys()];
  const known = [...groups, ...components, ...instances.map(({ name }) => name)];
  for (const [key, namespace] of Object.entries(namespaces)) {
    const path = ["namespaces", key];
    // An instance that nobody wrote down (mariadb-glance, by dedicated) may be meant.
    if (!known.includes(key) && !components.some((name) => key.startsWith(`${name}-`)))
      yield error(
        "unknown-key",
        `namespaces has no use for the key ${showValue(key)}`,
        suggestion(key, [...new Set(known)], `It must be ${groups.join(", ")}, a component or an instance.`),
        { path, atKey: true },
      );
    const named = instances.find(({ name }) => name === key)?.component ?? key;
    yield* reservedNamespace(path, namespace, catalogue.get(named), catalogue);
  }
}

const publicHost = hostName("");

function* checkPublicNames(
  { publicNames, domain, instances, access }: ClusterSpec,
  catalogue: Catalogue,
): Iterable<Issue> {
  if (access.mode === "none") return;
  const names = instances.flatMap(({ name, component }) =>
    publishedEndpoints(catalogue.get(component)!).map(([key]) => endpointName(key, name, component)),
  );
  for (const name of names) {
    const host = publicNames.replace("{service}", name).replace("{domain}", domain);
    if (publicHost.safeParse(host).success) continue;
    yield error(
      "bad-host",
      `publicNames makes ${showValue(host)} for ${name}, which is not a valid host name`,
      "Each part between dots has at most 63 characters and begins and ends with a letter or digit; all of it at most 253.",
      { path: ["publicNames"], dependsOn: [["domain"]] },
    );
    return;
  }
}

function* checkDigests({ images, release, instances }: ClusterSpec, catalogue: Catalogue): Iterable<Issue> {
  if (images.digests === undefined) return;
  const used = [release, ...instances.map((instance) => instance.release)];
  const inUse = releases.filter((each) => used.includes(each));
  const current = [...catalogue.values()].flatMap(({ images: own }) =>
    Object.values(own).flatMap((image) => [...new Set(inUse.map(image))]),
  );
  const known = [...new Set(current.map(repositoryOf))];
  const ofOperators = operators.flatMap((operator) => operator.images).map(repositoryOf);
  for (const image of Object.keys(images.digests)) {
    const repository = repositoryOf(image);
    const where = { path: ["images", "digests", image], atKey: true } as const;
    if (!known.includes(repository))
      yield ofOperators.includes(repository)
        ? error(
            "unknown-image",
            `images.digests names ${showValue(image)}, an image of an operator: its chart names the tag`,
            "Remove it. To install the operator by digest yourself, write operators: { <its name>: existing }.",
            where,
          )
        : error(
            "unknown-image",
            `images.digests names ${showValue(image)}, which no component uses`,
            suggestion(
              image,
              known,
              "Write registry/path:tag as generated, without the mirror: overstack images lists them.",
            ),
            where,
          );
    else if (image !== repository && !current.includes(image))
      yield warning(
        "unused-digest",
        `images.digests names ${showValue(image)}, and ${inUse.length === 1 ? `release ${inUse[0]} uses` : `releases ${allOf(inUse)} use`} ${[...new Set(current)].filter((other) => repositoryOf(other) === repository).join(", ")}`,
        "Its pods take the image by its tag. Write the digest of that image, or remove the line.",
        where,
      );
  }
}

const repositoryOf = (image: string): string => splitImage(image)[0];
