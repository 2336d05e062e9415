/** `registry/path:tag` -> [`registry/path`, `tag`]; an image without a tag is the latest. */
export function splitImage(image: string): [repository: string, tag: string] {
  const colon = image.lastIndexOf(":");
  return colon > image.lastIndexOf("/") ? [image.slice(0, colon), image.slice(colon + 1)] : [image, "latest"];
}

/** An image on the mirror, where there is one: the registry's host is replaced, the path stays. */
export const mirrored = (image: string, registry: string | undefined): string =>
  registry === undefined ? image : `${registry}/${image.slice(image.indexOf("/") + 1)}`;
