import { isAddress, isWithin, linkLocal, networkOf } from "../../base/networks.ts";
import { showPath } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { error, type Issue, warning } from "../../issues/issue.ts";
import type { ClusterSpec, InstanceSpec } from "../spec.ts";

/** Rules on what pods may connect to in addition. */
export const checkEgress = (instance: InstanceSpec, component: Component, spec: ClusterSpec): Issue[] => [
  ...checkTargets(instance, component),
  ...(spec.internal.networkPolicies === "all" ? checkDirectories(instance) : []),
];

function* checkTargets({ common, path, name }: InstanceSpec, component: Component): Iterable<Issue> {
  const { egress = [] } = common;
  if (egress.length > 0 && component.publishes)
    yield error(
      "unused-key",
      `${showPath(path)}.egress has no effect: pods of ${name} live in the namespace of its operator, where Overstack makes no policies`,
      "Remove it.",
      { path: [...path, "egress"], atKey: true },
    );
  for (const [index, target] of egress.entries()) {
    const network = "network" in target ? target.network : isAddress(target.host) ? networkOf(target.host) : undefined;
    if (network !== undefined && linkLocal.some((each) => isWithin(network, each)))
      yield error(
        "link-local-egress",
        `${showPath([...path, "egress", index])} lies among the addresses that a node gives itself, where clouds hand out its credentials`,
        "Name the server by another address. A name server of the node stands in kubernetes.dnsServers.",
        { path: [...path, "egress", index, "network" in target ? "network" : "host"] },
      );
  }
}

/** A directory of users that is named in the operator's own text: no login of its users would end. */
function* checkDirectories({ common, path, name }: InstanceSpec): Iterable<Issue> {
  const { config = {}, files = {}, egress = [] } = common;
  const texts: [key: (string | number)[], text: string][] = [
    ...Object.entries(files).map(([file, text]): [string[], string] => [["files", file], text]),
    ...Object.entries(config).flatMap(([file, groups]) =>
      Object.entries(groups).flatMap(([group, options]) =>
        Object.entries(options).map(([option, value]): [string[], string] => [
          ["config", file, group, option],
          String(value),
        ]),
      ),
    ),
  ];
  for (const [key, text] of texts)
    for (const [url, scheme, host, port = scheme === "ldaps" ? 636 : 389] of text.matchAll(
      /\b(ldaps?):\/\/([A-Za-z0-9.-]+)(?::(\d+))?/g,
    ))
      if (!egress.some((target) => target.port === Number(port) && ("network" in target || target.host === host)))
        yield warning(
          "unreached-server",
          `${name} names ${url}, and the network policies do not let its pods connect to it`,
          `Write egress: [{ host: ${host}, port: ${port} }].`,
          { path: [...path, ...key], dependsOn: [[...path, "egress"]] },
        );
}
