import type { FromImage } from "../contract/component.ts";
import { groupAndName } from "../contract/configuration.ts";
import { pasted } from "./oslo.ts";
import type { Service } from "./service-header.ts";
import { uwsgiFile } from "./service-objects.ts";

/** Files of its package that a service reads in the image, with the option that names another one. `conf` is its main file. */
export function fromImage<O>(
  { roles, ...service }: Service<O>,
  project: string,
  conf: string,
): Readonly<Record<string, FromImage>> {
  const named = Object.entries(service.imageFiles ?? {}).map(([key, file]): [string, FromImage] => {
    const [group, option] = groupAndName(key);
    return [file, { file: conf, group, option, own: `/etc/${project}/${file}` }];
  });
  const pipelines = Object.entries(roles).flatMap(([role, header]): [string, FromImage][] => {
    if (!("wsgi" in header) || typeof header.wsgi === "string" || !("paste" in header.wsgi)) return [];
    const { paste } = header.wsgi as { readonly paste: string };
    const own = pasted(`/etc/${project}/${paste}`);
    return [[paste, { file: uwsgiFile(role, roles), group: "uwsgi", option: "paste", own }]];
  });
  return Object.fromEntries([...named, ...pipelines]);
}
