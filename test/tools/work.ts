/** What a test file has asked for, in counts: seconds of a machine say little about another. */
export interface Work {
  /** Clusters made from settings: parsed, resolved, rendered; random ones and written ones. */
  clusters: number;
  /** Directories that Kustomize was asked to build, whether or not an earlier run had. */
  builds: number;
}

/** The work of this worker so far. */
export const work: Work = { clusters: 0, builds: 0 };
