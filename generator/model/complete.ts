import type { Catalogue, Component, Part } from "../contract/component.ts";
import { publishedEndpoints } from "../contract/endpoints.ts";
import { nodeGroupsOf } from "../input/node-groups.ts";
import { type ClusterSpec, defaultInstance, type InstanceSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";
import { partName, partSettings } from "./family.ts";
import type { Recorded } from "./model.ts";
import { neededBy } from "./needed.ts";
import { agentsOf } from "./node-groups.ts";
import { checkPart, reportOrphan } from "./part-rules.ts";
import { needsOf } from "./providers.ts";

/**
 * Adds the instances that are needed and not written, until nothing is missing. Each part of `plain` is added to the instance
 * that bears its owner's plain name.
 */
export function complete(
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
  plain: readonly Component[],
  kept: Recorded,
): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  const add = addingTo(drafts, spec, catalogue, report, plain, kept);
  // Before those that are written: one of the same name is for the same nodes.
  const agents = agentsOf(spec, catalogue);
  const left = new Set(
    agents.filter(({ name, component }) => isExisting(writtenAs(name, spec), component)).map(({ name }) => name),
  );
  for (const { name, component, nodeGroup } of agents)
    if (!left.has(name)) add(name, component, { origin: `on the nodes of ${nodeGroup}`, nodeGroup });
  for (const { name, component: written } of spec.instances) {
    const component = catalogue.get(written)!;
    if (component.partOf === undefined && !left.has(name)) add(name, component, { origin: "written in cluster.yaml" });
  }
  const published = [...drafts.values()].some(({ component }) => publishedEndpoints(component).length > 0);
  const gateway = [...catalogue.values()].find(({ publishes }) => publishes);
  if (spec.access.mode === "gateway" && published && gateway !== undefined)
    add(gateway.name, gateway, { origin: "public access" });
  for (const written of spec.instances)
    if (!drafts.has(written.name) && !left.has(written.name)) reportOrphan(written, drafts, catalogue, report);
  return drafts;
}

/** Why an instance is there, and with what. */
interface Reason {
  readonly origin: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly nodeGroup?: string;
}

/** Adds an instance that is not there yet, with all that it needs and with its parts. */
function addingTo(
  drafts: Map<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
  plain: readonly Component[],
  kept: Recorded,
): (name: string, component: Component, why: Reason) => void {
  const nodeGroups = nodeGroupsOf(spec);
  const add = (name: string, component: Component, { origin, options, nodeGroup }: Reason): void => {
    if (drafts.has(name)) return;
    const written = writtenAs(name, spec);
    put(name, {
      component,
      spec: written ?? defaultInstance(component, name, spec.release, options),
      origin: written === undefined ? origin : "written in cluster.yaml",
      ...(nodeGroup === undefined ? {} : { nodeGroup }),
    });
  };
  const put = (name: string, found: Omit<Draft, "needs">): void => {
    const draft: Draft = {
      ...found,
      needs: needsOf(found.component, found.spec, kept),
      ...(spec.identity === undefined ? {} : { identityElsewhere: true }),
    };
    drafts.set(name, draft);
    for (const [needed, provider] of neededBy(name, drafts, spec, catalogue, report))
      add(needed, provider, { origin: `needed by ${name}`, options: inherited(provider, spec) });
    const { component } = draft;
    // Of a further instance of a component nothing runs on nodes but where it names them: those of the first are taken.
    const isFurther = draft.owner === undefined && name !== component.name;
    for (const part of component.parts?.(draft.spec.options, isFurther ? [] : nodeGroups) ?? [])
      addPart(name, draft, part);
    if (name === component.name)
      for (const part of plain) if (part.partOf === component.name) addPart(name, draft, { component: part.name });
  };
  const addPart = (
    owner: string,
    { component, spec: owners }: Pick<Draft, "component" | "spec">,
    part: Partial<Part> & { component: string },
  ): void => {
    const name = partName(owner, component, part);
    const own = catalogue.get(part.component)!;
    const settings = partSettings(writtenAs(name, spec) ?? defaultInstance(own, name, spec.release), own, part, owners);
    checkPart(name, settings, owner, owners, drafts, spec, report);
    if (!drafts.has(name))
      put(name, { component: own, spec: settings, origin: `part of ${owner}`, owner, ...nodesOf(part) });
  };
  return add;
}

/** The nodes have it already, as the operator says. */
const isExisting = (written: InstanceSpec | undefined, component: Component): boolean =>
  written !== undefined && component.isExisting?.(written.options) === true;

const writtenAs = (name: string, { instances }: ClusterSpec): InstanceSpec | undefined =>
  instances.find((instance) => instance.name === name);

/** What the operator wrote once, at the default instance, and means for dedicated ones too: where backups go. */
function inherited(component: Component, spec: ClusterSpec): Record<string, unknown> {
  const shared = spec.instances.find(({ name }) => name === component.name)?.options as Record<string, unknown>;
  return Object.fromEntries(
    (component.inherits ?? []).filter((key) => shared?.[key] !== undefined).map((key) => [key, shared[key]]),
  );
}

const nodesOf = ({ nodeGroup }: Partial<Part>): Pick<Draft, "nodeGroup"> =>
  nodeGroup === undefined ? {} : { nodeGroup };
