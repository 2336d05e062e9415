import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { build, type Rendered } from "../laws/cases.ts";
import { objectsOf } from "../laws/objects.ts";
import { type Peer, specOf } from "../laws/packets.ts";

const text = (more: string, kubernetes = "{}") => `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
kubernetes: ${kubernetes}
${more}
`;
const small = "infrastructure: { mariadb: { backup: none } }\nservices: { placement: {} }";

const policies = (yaml: string): Map<string, KubernetesObject> =>
  new Map(
    objectsOf(build(yaml) as Rendered)
      .filter(({ object }) => object.kind === "NetworkPolicy")
      .map(({ object }) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  );

/** `636 to 0.0.0.0/0 but 169.254.0.0/16`, for each place of each rule with addresses. */
const addresses = (policy: KubernetesObject | undefined): string[] =>
  specOf(policy!).egress!.flatMap(({ to = [], ports = [] }) =>
    to.flatMap(({ ipBlock }: Peer) =>
      ipBlock === undefined
        ? []
        : [
            `${ports.map(({ port, endPort }) => (endPort === undefined ? port : `${port}-${endPort}`)).join()} to ${ipBlock.cidr}${ipBlock.except === undefined ? "" : ` but ${ipBlock.except.join(", ")}`}`,
          ],
    ),
  );

const keystone = (settings: string, kubernetes?: string) =>
  policies(
    text(`infrastructure: { mariadb: { backup: none } }\nservices: { keystone: { ${settings} } }`, kubernetes),
  ).get("openstack-services/keystone-egress");

describe("a server outside", () => {
  test("with a name is all addresses but those of nodes, pods and Services, as far as they are known", () => {
    expect(addresses(keystone("uses: { database: { host: db.example.org, tls: none } }"))).toEqual([
      "3306 to 0.0.0.0/0 but 169.254.0.0/16",
      "3306 to ::/0 but fe80::/10",
    ]);
    const networks =
      '{ podNetworks: [10.244.0.0/16, "fd00:10::/56"], serviceNetworks: [10.96.0.0/12], nodeNetworks: [192.0.2.0/24] }';
    expect(addresses(keystone("uses: { database: { host: db.example.org, tls: none } }", networks))).toEqual([
      "3306 to 0.0.0.0/0 but 169.254.0.0/16, 10.244.0.0/16, 10.96.0.0/12, 192.0.2.0/24",
      "3306 to ::/0 but fe80::/10, fd00:10::/56",
    ]);
  });

  test("with an address is that address", () => {
    expect(addresses(keystone("uses: { database: { host: 192.0.2.7, port: 3307, tls: none } }"))).toEqual([
      "3307 to 192.0.2.7/32",
    ]);
  });

  test("that is a Service of the cluster is the pods of its namespace: their port may be another", () => {
    const policy = keystone("uses: { database: { host: db.databases.svc.cluster.local, tls: none } }");
    expect(addresses(policy)).toEqual([]);
    expect(specOf(policy!).egress).toContainEqual({
      to: [
        {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["databases"] }],
          },
        },
      ],
    });
  });

  test("that cluster.yaml adds is reached too, a whole network only without the node's own addresses", () => {
    expect(
      addresses(
        keystone(
          'egress: [{ host: ldap.example.org, port: 636 }, { network: 192.0.2.0/24, port: 514, protocol: UDP }, { network: 0.0.0.0/0, port: 80 }, { network: "2001:db8::/64", port: 443 }]',
        ),
      ),
    ).toEqual([
      "636 to 0.0.0.0/0 but 169.254.0.0/16",
      "636 to ::/0 but fe80::/10",
      "514 to 192.0.2.0/24",
      "80 to 0.0.0.0/0 but 169.254.0.0/16",
      "443 to 2001:db8::/64",
    ]);
  });
});

test("stores, backups and proxies are reached", () => {
  const found = policies(
    text(`proxy: { https: "http://proxy.example.org:3128" }
infrastructure: { mariadb: { backup: { target: { s3: { endpoint: "https://192.0.2.9:9000", bucket: backups, secret: s } } } } }
services: { glance: { defaultStore: s, stores: { c: { type: rbd, monitors: ["10.0.0.1"], secret: c }, s: { type: s3, endpoint: "http://192.0.2.8", secret: s } } } }`),
  );
  expect(addresses(found.get("openstack-infrastructure/mariadb-egress"))).toContain("9000 to 192.0.2.9/32");
  const glance = addresses(found.get("openstack-services/glance-egress"));
  expect(glance).toContain("80 to 192.0.2.8/32");
  expect(glance).toContain("3300,6789,6800-7568 to 0.0.0.0/0 but 169.254.0.0/16");
  expect(glance).toContain("3128 to 0.0.0.0/0 but 169.254.0.0/16");
});

test("name servers on the node are reached where cluster.yaml names them", () => {
  const found = policies(text(small, "{ dnsServers: [169.254.20.10] }"));
  expect(addresses(found.get("openstack-services/placement-egress"))).toEqual(["53,53 to 169.254.20.10/32"]);
});

test("the Kubernetes API is reached at the ports that cluster.yaml names, by those that call it", () => {
  const found = policies(text(small, "{ apiPorts: [443, 16443] }"));
  const policy = found.get("openstack-services/placement-egress-kubernetes");
  expect(addresses(policy)).toEqual(["443,16443 to 0.0.0.0/0 but 169.254.0.0/16", "443,16443 to ::/0 but fe80::/10"]);
  expect(specOf(policy!).podSelector.matchExpressions).toEqual([
    { key: "app.kubernetes.io/component", operator: "In", values: ["db-contract"] },
  ]);
});

test("the answer to the authority that signs public certificates is let in", () => {
  const policy = policies(text(small)).get("openstack-infrastructure/acme-solvers");
  expect(specOf(policy!)).toEqual({
    podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
    policyTypes: ["Ingress"],
    ingress: [{ ports: [{ port: 8089, protocol: "TCP" }] }],
  });
});

test("networkPolicies: ingress leaves the policies of earlier versions alone", () => {
  const names = [...policies(text(`internal: { networkPolicies: ingress }\n${small}`)).keys()].map(
    (name) => name.split("/")[1],
  );
  expect(names.sort()).toEqual([
    "keystone",
    "keystone-api",
    "mariadb-proxy",
    "mariadb-server",
    "memcached-server",
    "placement",
    "placement-api",
  ]);
});
