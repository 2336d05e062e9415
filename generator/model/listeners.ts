import { publishedEndpoints } from "../contract/endpoints.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Report } from "./draft.ts";
import type { Instance } from "./model.ts";

/** What the API server takes of one Gateway: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec */
const mostListeners = 64;

/** Our own Gateway has a listener for each public name, and where that is HTTPS one that sends HTTP there. */
export function checkListeners(instances: readonly Instance[], spec: ClusterSpec, report: Report): void {
  if (!instances.some(({ component }) => component.publishes)) return;
  const names = instances.reduce((sum, { component }) => sum + publishedEndpoints(component).length, 0);
  const most = spec.access.tls === "none" ? mostListeners : mostListeners - 1;
  if (names > most)
    report(
      ["access"],
      "too-many-public-names",
      `the services have ${names} public names, and a Gateway has room for ${most}`,
      "Use a Gateway of your own, with one listener for all names: access: { mode: existing, gateway: … }. Or move services to another cluster.",
    );
}
