import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { mirrored } from "../base/image.ts";
import { buildFrom, type Cluster } from "../fleet/one-cluster.ts";
import { readVersions } from "../fleet/read.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import { refusalOf } from "../issues/system.ts";
import { askDigest } from "../registry/digest.ts";
import { listedDigest, listedDigests } from "../registry/listed.ts";
import { imageOf, ownImage, upstreamImage } from "../render/context.ts";
import { ofInstances } from "../render/images.ts";
import { withValue } from "../secrets/cluster-file.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { replaceFiles } from "../tree/replace.ts";
import { readyCluster, recordedIn } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";
import { exclusively } from "./exclusive.ts";

/** An image as it is generated without a mirror, `registry/path:tag`, and its digest. */
interface Pinned {
  readonly image: string;
  readonly digest: string;
}

/** Writes the digest of each image of a cluster into its cluster.yaml: from the registry, or from the file `from`. */
export const resolveImages = (setting: Setting, name: string, from?: string): Promise<Result> =>
  exclusively(setting.root, () => resolveIn(setting, name, from), [name]);

async function resolveIn({ root, directory, progress }: Setting, name: string, from?: string): Promise<Result> {
  const { cluster, issues } = readyCluster(root, name);
  if (cluster?.rendered === undefined) return { issues };
  const before = readFileSync(join(root, cluster.file), "utf8");
  progress("asking for digests");
  const { value: pinned, issues: refused } = await digestsOf(cluster, directory, from);
  if (pinned === undefined) return { issues: refused };
  const old = cluster.model!.spec.images.digests ?? {};
  const fresh = pinned.filter(({ image, digest }) => old[image] !== digest);
  if (fresh.length === 0)
    return { data: { cluster: name, digests: [] }, text: "Nothing to do: all digests are there." };
  // A new key comes first in its map: from the last to the first they end up in order.
  const after = fresh.reduceRight<string | undefined>(
    (text, { image, digest }) => text && withValue(text, ["images", "digests", image], digest),
    before,
  );
  if (after === undefined) return { issues: [byHand(cluster.file, fresh)] };
  const own = {
    versions: readVersions(root, name).value,
    secretFiles: secretFilesOf(root, name),
    recorded: recordedIn(root, name).value?.instances,
  };
  const changed = buildFrom({ file: cluster.file, name, text: after, ...own });
  if (hasErrors(changed.issues)) return { issues: changed.issues };
  const unwritten = replaceFiles(root, [{ path: cluster.file, text: after, before }]);
  return unwritten.length > 0 ? { issues: unwritten } : written(cluster, fresh, old);
}

/** All of them, or what is wrong with any, each cause once. */
async function digestsOf(cluster: Cluster, directory: string, from?: string): Promise<Checked<readonly Pinned[]>> {
  const { registry } = cluster.model!.spec.images;
  const images = pinnable(cluster);
  const list = from === undefined ? undefined : readList(resolve(directory, from), from);
  if (list !== undefined && list.value === undefined) return { value: undefined, issues: list.issues };
  const found = await Promise.all(
    images.map((image) => {
      const onMirror = mirrored(image, registry);
      return list === undefined ? askDigest(onMirror) : listedDigest(list.value!, image, onMirror, from!);
    }),
  );
  const issues = [
    ...Map.groupBy(
      found.flatMap((each) => each.issues),
      ({ message }) => message,
    ).values(),
  ];
  if (issues.length > 0) return { value: undefined, issues: issues.map(([first]) => first!) };
  return { value: images.map((image, index) => ({ image, digest: found[index]!.value! })), issues: [] };
}

/** Images that a digest can be written for, sorted: those that run, except the ones that are given at their service. */
function pinnable({ model, rendered }: Cluster): string[] {
  const running = new Set(ofInstances(rendered!.renders).map(([image]) => image));
  const images = model!.instances.flatMap((instance) =>
    Object.keys(instance.component.images)
      .filter((name) => ownImage(instance, model!.spec, name) === undefined)
      .filter((name) => running.has(imageOf(instance, model!, name)))
      .map((name) => upstreamImage(instance, model!.spec, name)!),
  );
  return [...new Set(images)].sort();
}

function readList(path: string, file: string): Checked<ReadonlyMap<string, string>> {
  try {
    return listedDigests(readFileSync(path, "utf8"), file);
  } catch (cause) {
    const message = `the file with digests cannot be read: ${refusalOf(cause).reason}`;
    return { value: undefined, issues: [error("unreadable-file", message, "Give the path of a file.", { file })] };
  }
}

const byHand = (file: string, digests: readonly Pinned[]): Issue =>
  error(
    "cannot-edit",
    `${file} cannot be edited here without touching the rest of it (aliases, or an unusual form)`,
    `Write at images: digests: { ${digests.map(({ image, digest }) => `"${image}": "${digest}"`).join(", ")} }.`,
    { file },
  );

function written({ file, model }: Cluster, fresh: readonly Pinned[], old: Readonly<Record<string, string>>): Result {
  const { name } = model!.spec;
  const lines = fresh.map(({ image, digest }) =>
    old[image] === undefined ? `${image}@${digest}` : `${image}@${digest}, before ${old[image]}`,
  );
  return {
    data: { cluster: name, digests: fresh },
    text: `${lines.join("\n")}\n\nWritten to images.digests of ${file}. Next:\n  overstack generate ${name} && overstack commit    pods of these images are replaced when it is applied\n`,
  };
}
