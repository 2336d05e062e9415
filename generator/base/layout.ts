/** Where things lie in a fleet's repository. Paths are relative to its root, with `/` on every system. */

/** Folder of one cluster's hand-written file and of what its delivery engine reads. */
export const clusterFolder = (cluster: string): string => `clusters/${cluster}`;

/** The one hand-written file of a cluster. */
export const clusterFile = (cluster: string): string => `${clusterFolder(cluster)}/cluster.yaml`;

/** Versions of a cluster that are decided apart from it, where programs find them. */
export const versionsFile = (cluster: string): string => `${clusterFolder(cluster)}/versions.yaml`;

/** The record of what was generated for a cluster. */
export const inventoryFile = (cluster: string): string => `${clusterFolder(cluster)}/inventory.json`;

/** The record of the bases, which all clusters share. */
export const basesInventory = "bases/inventory.json";

/** Folder of what is special about one cluster. */
export const overlayFolder = (cluster: string): string => `overlays/${cluster}`;

/** The JSON Schema of cluster.yaml that editors read. */
export const schemaFile = "clusters/schema.json";

/** Folder of a cluster's Secrets: a folder for each namespace in it. */
export const secretsFolder = (cluster: string): string => `${overlayFolder(cluster)}/secrets`;

/** True for a file below that folder that holds an encrypted Secret; what lies beside it there is generated. */
export const isSecretFile = (file: string): boolean =>
  /^[^/]+\/[^/]+\.yaml$/.test(file) && !/\/(kustomization|externalsecret-.*)\.yaml$/.test(file);

/** Clusters that are moved together, and in which order. */
export const wavesFile = "waves.yaml";

/** Forges whose jobs can check a pull request. */
export const ciKinds = ["github", "gitlab", "forgejo"] as const;

/** The program that proposes newer versions: https://docs.renovatebot.com/ */
export const renovate = "renovate";

/** A fleet's own template of the text of its pull requests. */
export const templateFile = "pull-request.hbs";
