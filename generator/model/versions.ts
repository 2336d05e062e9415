import { suggestion } from "../base/words.ts";
import type { Versions } from "../input/versions.ts";
import { error, type Issue } from "../issues/issue.ts";
import type { Model } from "./model.ts";

/** Images of what the cluster does not run, or that it does not have. */
export function checkImages({ images }: Versions, { instances }: Model): Issue[] {
  const names = instances.map(({ name }) => name);
  return Object.entries(images).flatMap(([name, own]) => {
    const instance = instances.find((each) => each.name === name);
    if (instance === undefined)
      return [
        error("unknown-key", `there is no instance ${name}`, suggestion(name, names, "Remove it."), {
          path: ["images", name],
          atKey: true,
        }),
      ];
    const { component } = instance;
    const allowed = [...Object.keys(component.images), ...Object.keys(component.ownImages ?? {})];
    return Object.keys(own)
      .filter((image) => !allowed.includes(image))
      .map((image) =>
        error("unknown-key", `${component.name} has no image ${image}`, suggestion(image, allowed, "Remove it."), {
          path: ["images", name, image],
          atKey: true,
        }),
      );
  });
}
