import type { IContainerPort } from "kubernetes-models/v1/ContainerPort";
import type { IServicePort } from "kubernetes-models/v1/ServicePort";
import type { Endpoint } from "../contract/component.ts";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { fitted } from "./hash.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { Service } from "./objects.ts";

/** Where a role listens. */
export type Port = Pick<Endpoint, "port" | "protocols">;

/** Transport protocols of a port; what says nothing speaks HTTP. */
export const transports = ({ protocols }: Port): readonly ("TCP" | "UDP")[] => protocols ?? ["TCP"];

/** Kubernetes takes 15 characters, and no name twice: a port with two protocols is called after them. */
const portName = (role: string, protocol: string, port: Port): string =>
  transports(port).length === 1 ? fitted(role, 15) : protocol.toLowerCase();

/** Ports of the main container. */
export const containerPorts = (role: string, port: Port): IContainerPort[] =>
  transports(port).map((protocol) => ({
    containerPort: port.port,
    name: portName(role, protocol, port),
    protocol,
  }));

/**
 * Service in front of the pods of a role: for the cluster, or of type LoadBalancer for everybody. A node that is lost stays an
 * endpoint until Kubernetes notices, after 50 s; callers on other nodes do not meet it while a server on their own is ready.
 */
export const portService = (
  ctx: Context,
  role: string,
  port: Port,
  type: "ClusterIP" | "LoadBalancer" = "ClusterIP",
): Placed =>
  placed(
    "run",
    Service({
      metadata: {
        name: objectName(ctx, type === "ClusterIP" ? role : `${role}-public`),
        labels: labels(ctx, role),
      },
      spec: {
        ports: transports(port).map((protocol): IServicePort => {
          const name = portName(role, protocol, port);
          return { name, port: port.port, protocol, targetPort: name };
        }),
        selector: selector(ctx, role),
        ...(ctx.prefersSameNode && type === "ClusterIP" ? { trafficDistribution: "PreferSameNode" as const } : {}),
        type,
      },
    }),
  );
