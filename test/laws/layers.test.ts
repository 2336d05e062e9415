import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import type { Ini } from "../../generator/contract/configuration.ts";
import type { Release } from "../../generator/contract/release.ts";
import { internalCa } from "../../generator/kit/tls.ts";
import type { Instance, Model } from "../../generator/model/model.ts";
import { contextOf, layeredFilesOf } from "../../generator/render/context.ts";
import { type Base, baseOf } from "../../generator/render/lineage.ts";
import { law, type Rendered } from "./cases.ts";

law("no layer would have to take an option away", leftBehind);

/** A file with layers is the base's, in every cluster: what stands there and is not wanted stays. */
function leftBehind({ model }: Rendered): string[] {
  // Components of a test alone have no base here.
  const known = model.instances.filter(({ component }) => catalogue.get(component.name) === component);
  return known.flatMap((instance) => {
    const { component } = instance;
    const { lineage } = baseIn(component, instance.spec.release);
    return layeredFilesOf(component).flatMap(({ file }) => {
      const wanted = optionsOf(instance, model, file);
      return Object.entries(optionsOf(lineage.base.instance, lineage.base.model, file)).flatMap(([group, options]) =>
        Object.entries(options)
          .filter(([option, value]) => value !== undefined && wanted[group]?.[option] === undefined)
          .filter(([option, value]) => value !== internalCa && !ofTls.includes(option))
          .map(
            ([option, value]) =>
              `${instance.name} would have "[${group}] ${option} = ${value}" from the base of ${file}, and does not want it: a layer cannot take an option away. Give the option a value in each cluster, or write it into a file that has no layers.`,
          ),
      );
    });
  });
}

/** Nobody reads it, or the path of a CA, where nobody speaks TLS. */
const ofTls = ["ssl_enforce_hostname_verification"];

const optionsOf = (instance: Instance, model: Model, file: string): Ini =>
  (instance.component.config!(contextOf(instance, model))[file] ?? {}) as Ini;

const bases = new Map<string, Base>();
function baseIn(component: Component, release: Release): Base {
  const key = `${release}/${component.name}`;
  const known = bases.get(key) ?? baseOf(component, release, catalogue);
  bases.set(key, known);
  return known;
}
