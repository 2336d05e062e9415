import { mirrored } from "../base/image.ts";
import { installedOperators } from "../delivery/installation.ts";
import type { Cluster } from "../fleet/one-cluster.ts";
import { mergeImages, ofInstances } from "../render/images.ts";
import { clusterOf } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";

/** Every image that a cluster pulls, for mirrors and scanners. */
export function images({ root }: Setting, name: string): Result {
  const { cluster, issues } = clusterOf(root, name);
  if (cluster?.rendered === undefined) return { issues };
  const used = mergeImages([...ofInstances(cluster.rendered.renders), ...ofOperators(cluster)]);
  return { issues, data: { cluster: name, images: used }, text: used.map(({ image }) => image).join("\n") };
}

const ofOperators = ({ model }: Cluster): [string, string][] =>
  installedOperators(model!).flatMap(({ name, images }) =>
    images.map((image): [string, string] => [mirrored(image, model!.spec.images.registry), name]),
  );
