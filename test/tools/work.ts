/** What a test file asks for, in counts. */
export interface Work {
  /** Clusters that it makes from settings: parsed, resolved and rendered for it alone. */
  clusters: number;
  /** Random clusters of the pool that it looks at; a worker makes them once for all files. */
  pool: number;
  /** Directories that it lets Kustomize build, whether or not an earlier run has built them. */
  builds: number;
}

/** The work of the test file that runs. */
export const work: Work = { clusters: 0, pool: 0, builds: 0 };
