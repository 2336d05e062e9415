import { didYouMean } from "../base/did-you-mean.ts";
import { kindOf } from "../connections/index.ts";
import type { Catalogue, Component, Part } from "../contract/component.ts";
import type { Kind, Need } from "../contract/connection.ts";
import { publishedEndpoints } from "../contract/endpoints.ts";
import { switchFor } from "../input/needs.ts";
import { type ClusterSpec, defaultInstance, type InstanceSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";
import { endpointOwner, needsOf, providerOf } from "./providers.ts";

/** Adds the instances that are needed and not written, until nothing is missing. */
export function complete(spec: ClusterSpec, catalogue: Catalogue, report: Report): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  const add = (name: string, component: Component, origin: string, part?: Partial<Part>): void => {
    if (drafts.has(name)) return;
    const written = spec.instances.find((instance) => instance.name === name);
    const draft = {
      component,
      spec: written ?? defaultInstance(component, name, part?.options, part?.dedicated),
      origin: written === undefined ? origin : "written in cluster.yaml",
    };
    drafts.set(name, draft);
    visit(name, draft);
  };
  const visit = (name: string, { component, spec: settings }: Draft): void => {
    const needs = needsOf(component, settings);
    for (const [index, kind] of (settings.service.dedicated ?? []).entries())
      if (!needs.some((need) => need.kind === kind))
        report(
          [...settings.path, "dedicated", index],
          "dedicated-without-need",
          `${name} does not use ${kindOf(kind).title}`,
          wayOut(kind, component, settings, needs),
        );
    for (const need of needs) {
      const provider = providerOf(need.kind, name, settings, catalogue);
      if (provider === undefined) continue;
      const target = spec.instances.find((instance) => instance.name === provider.name);
      if (provider.named && target?.component !== provider.component.name) {
        const candidates = spec.instances
          .filter((instance) => instance.component === provider.component.name)
          .map((instance) => instance.name);
        const near = didYouMean(provider.name, candidates);
        report(
          [...settings.path, "uses", need.kind],
          "unknown-provider",
          `${name} uses "${provider.name}", which is no ${provider.component.name} instance of this cluster`,
          `${near === undefined ? "" : `Did you mean "${near}"? `}Write the instance below infrastructure, with a name that begins with ${provider.component.name}.`,
        );
        continue;
      }
      add(provider.name, provider.component, `needed by ${name}`, { options: inherited(provider.component, spec) });
    }
    for (const type of component.requires ?? []) {
      const provider = endpointOwner(type, catalogue);
      const named = type === "identity" ? settings.service.uses?.identity : undefined;
      const target = spec.instances.find((instance) => instance.name === named);
      if (named !== undefined && target?.component !== provider.name)
        report(
          [...settings.path, "uses", "identity"],
          "unknown-provider",
          `${name} uses "${named}", which is no ${provider.name} instance of this cluster`,
          `Write the instance below services, with a name that begins with ${provider.name}.`,
        );
      else add(named ?? provider.name, provider, `needed by ${name}`);
    }
    for (const part of component.parts?.(settings.options) ?? [])
      add(`${part.component}-${part.name}`, catalogue.get(part.component)!, `part of ${name}`, part);
  };
  for (const instance of spec.instances)
    add(instance.name, catalogue.get(instance.component)!, "written in cluster.yaml");
  const published = [...drafts.values()].some(({ component }) => publishedEndpoints(component).length > 0);
  const gateway = [...catalogue.values()].find(({ publishes }) => publishes);
  if (spec.access.mode === "gateway" && published && gateway !== undefined) add(gateway.name, gateway, "public access");
  return drafts;
}

/** What to do about `dedicated` for a kind that an instance does not use. */
function wayOut(kind: Kind, component: Component, settings: InstanceSpec, needs: readonly Need[]): string {
  const option = switchFor(component, settings.options, kind);
  if (option !== undefined) return `Write ${option}: true to use it, or remove ${kind} here.`;
  const own = [...new Set(needs.map((need) => need.kind))].sort().join(" and ");
  return `Remove ${kind} here: ${component.name} can have its own ${own || "nothing"}.`;
}

/** What the operator said once, of the default instance, and means for dedicated ones too: where backups go. */
function inherited(component: Component, spec: ClusterSpec): Record<string, unknown> {
  const shared = spec.instances.find(({ name }) => name === component.name)?.options as Record<string, unknown>;
  return Object.fromEntries(
    (component.inherits ?? []).filter((key) => shared?.[key] !== undefined).map((key) => [key, shared[key]]),
  );
}
