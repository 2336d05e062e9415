import { argocd, flux } from "./engines.ts";
import { labOf } from "./lab.ts";
import { list } from "./observe.ts";
import { changesEngine, leavesOperators, removesSuspended } from "./scenarios/leaving.ts";

/* What Flux leaves: operators, an instance, and at last the whole cluster. */
const lab = labOf(flux);
removesSuspended(lab);
leavesOperators(lab, {
  names: ["envoy-gateway", "mariadb-operator"],
  found: async (cluster) => [...(await list(cluster, "helmreleases")), ...(await list(cluster, "helmrepositories"))],
  stay: [
    ...["HelmRelease gateway-helm", "HelmRelease mariadb-operator-crds"],
    ...["HelmRepository envoy-gateway", "HelmRepository mariadb-operator"],
  ],
});
changesEngine(lab, argocd);
