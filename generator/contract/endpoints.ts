import type { Component, Endpoint } from "./component.ts";

/** Types under which the catalogue lists an endpoint; none: it is not in the catalogue. */
export const typesOf = ({ type }: Pick<Endpoint, "type">): readonly string[] =>
  type === undefined ? [] : typeof type === "string" ? [type] : type;

/** Endpoints of a component with their keys. */
export const endpointsOf = ({ endpoints = {} }: Pick<Component, "endpoints">): [key: string, endpoint: Endpoint][] =>
  Object.entries(endpoints);

/** The endpoint that a catalogue type names, or its own key. */
export const endpointNamed = (
  component: Pick<Component, "endpoints">,
  typeOrKey: string,
): [key: string, endpoint: Endpoint] | undefined =>
  endpointsOf(component).find(([key, endpoint]) => key === typeOrKey || typesOf(endpoint).includes(typeOrKey));

/** Endpoints that a Gateway serves under a public host name. */
export const publishedEndpoints = (component: Pick<Component, "endpoints">): [key: string, endpoint: Endpoint][] =>
  endpointsOf(component).filter(([, endpoint]) => isHttp(endpoint) && endpoint.public !== false);

/** True when a Gateway can route to it. */
export const isHttp = ({ protocols }: Pick<Endpoint, "protocols">): boolean => protocols === undefined;

/** What an endpoint of an instance is called in public: in its host name, at the Gateway and in the catalogue. */
export const endpointName = (key: string, instance: string, component: string): string =>
  `${key}${instance.slice(component.length)}`;
