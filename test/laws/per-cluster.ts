/** The same function, which remembers what it has made of each cluster. */
export function perCluster<C extends object, T>(make: (cluster: C) => T): (cluster: C) => T {
  const known = new WeakMap<C, { readonly made: T }>();
  return (cluster) => {
    const found = known.get(cluster) ?? { made: make(cluster) };
    known.set(cluster, found);
    return found.made;
  };
}
