/** Name of a store's volume, and the end of its claim's: names of stores may have underscores, those of Kubernetes not. */
export const volumeName = (store: string): string => `store-${store.replaceAll("_", "-")}`;
