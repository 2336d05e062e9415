import { clusterFolder, overlayFolder } from "../base/layout.ts";
import { type Phase, phases } from "../contract/kubernetes.ts";
import { buildFiles, type Read } from "../kustomize/build.ts";
import { type Delivered, idOf, objectsIn, templateOf, withoutHashes } from "./delivered.ts";

/** All objects of a cluster, built from the files that a version of Overstack has written; `paths` are those of the cluster. */
export function deliveredFrom(read: Read, paths: readonly string[], cluster: string): Delivered[] {
  const folder = `${overlayFolder(cluster)}/`;
  const own = paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length).split("/"));
  // An instance has a folder for each phase; what instances share has none.
  const instances = [...new Set(own.filter(([, phase]) => isPhase(phase)).map(([name]) => name!))];
  const plainNames = new Map<string, string>();
  const ofInstances = instances.flatMap((of) =>
    phases
      .filter((phase) => own.some(([name, folderOf]) => name === of && folderOf === phase))
      .flatMap((phase) =>
        buildFiles(read, `${folder}${of}/${phase}`).map(({ plain, built }): Delivered => {
          const name = plain.kind === "Job" ? plain.metadata.name.replace(hashOfJob, "") : plain.metadata.name;
          plainNames.set(plain.metadata.name, name);
          return { of, object: plain, id: idOf(plain, name), template: templateOf(built), phase };
        }),
      ),
  );
  const texts = new Map(paths.map((path) => [path, read(path) ?? ""]));
  const shared = objectsIn(texts, (path) => {
    const [of] = path.startsWith(folder) ? path.slice(folder.length).split("/") : [];
    return of === undefined || instances.includes(of) || !path.endsWith(".yaml") ? undefined : of;
  });
  const engines = objectsIn(
    texts,
    (path) => /^(flux|argocd)\//.exec(path.slice(clusterFolder(cluster).length + 1))?.[1],
  );
  return [...ofInstances, ...shared, ...engines.map((each) => withoutHashes(each, plainNames))];
}

const isPhase = (name: string | undefined): name is Phase => phases.some((phase) => phase === name);

/** Behind the name of a Job, before the suffix of its instance. */
const hashOfJob = /-[0-9a-f]{7}(?=-|$)/;
