/** `registry/path:tag` -> [`registry/path`, `tag`]; an image without a tag is the latest. */
export function splitImage(image: string): [repository: string, tag: string] {
  const colon = image.lastIndexOf(":");
  return colon > image.lastIndexOf("/") ? [image.slice(0, colon), image.slice(colon + 1)] : [image, "latest"];
}

/** An image on the mirror, where there is one: the registry's host is replaced, the path stays. */
export const mirrored = (image: string, registry: string | undefined): string =>
  registry === undefined ? image : `${registry}/${image.slice(image.indexOf("/") + 1)}`;

/** The digest of an image among those that cluster.yaml has: by its name with the tag, else by that without. */
export const digestOf = (image: string, digests: Readonly<Record<string, string>> = {}): string | undefined =>
  digests[image] ?? digests[splitImage(image)[0]];
