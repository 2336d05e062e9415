import { describe, expect, inject, test } from "vitest";
import { parseObjects } from "../tools/kustomize.ts";
import { createJudge } from "./judge.ts";

const judge = createJudge(inject("archives"));

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: openstack, labels: { app: api }, annotations: { any/key: "1" } }
spec:
  replicas: 3
  selector: { matchLabels: { app: api } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 25% } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: registry.example.org/api:1
          ports: [{ containerPort: 8080 }]
          resources: { requests: { cpu: 0.5, memory: 1Gi }, limits: { memory: "1073741824" } }
          readinessProbe: { httpGet: { path: /healthcheck, port: 8080 } }
      volumes: [{ name: tmp, emptyDir: { sizeLimit: 1Gi } }]
`;

const mariadb = `
apiVersion: k8s.mariadb.com/v1alpha1
kind: MariaDB
metadata: { name: mariadb }
spec:
  replicas: 3
  rootPasswordSecretKeyRef: { name: mariadb-root, key: password, generate: false }
  storage: { size: 200Gi }
  galera:
    enabled: true
    primary: { autoFailover: true }
    recovery: { enabled: true, minClusterSize: 1, podSyncTimeout: 30m0s }
    providerOptions: { gcs.fc_limit: "256" }
  resources: { requests: { cpu: "1", memory: 4Gi } }
`;

const kustomization = `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: keystone, namespace: flux-system }
spec:
  interval: 10m0s
  path: ./overlays/eu1/keystone
  prune: true
  sourceRef: { kind: GitRepository, name: fleet }
  dependsOn: [{ name: mariadb }]
  healthCheckExprs: [{ apiVersion: k8s.mariadb.com/v1alpha1, kind: MariaDB, current: "true" }]
`;

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: public }
spec:
  gatewayClassName: envoy
  listeners: [{ name: image, port: 443, protocol: HTTPS, hostname: image.example.org }]
`;

const policy = `
apiVersion: rabbitmq.com/v1beta1
kind: Policy
metadata: { name: ttl }
spec:
  name: ttl
  pattern: ".*"
  definition: { message-ttl: 60000, any: { thing: [1] } }
  rabbitmqClusterReference: { name: rabbitmq }
`;

const cluster = `
apiVersion: rabbitmq.com/v1beta1
kind: RabbitmqCluster
metadata: { name: rabbitmq }
spec:
  override: { statefulSet: { spec: { template: { metadata: { labels: { a: b } }, spec: { containers: [] } } } } }
`;

describe("what the API server would accept has no findings", () => {
  test.each([
    ["a workload", deployment],
    ["a database cluster", mariadb],
    ["a Flux Kustomization", kustomization],
    ["a Gateway", gateway],
    ["a Gateway on an address whose type is the default", `${gateway}  addresses: [{ value: 198.51.100.1 }]\n`],
    ["free-form fields where the definition keeps unknown ones", policy],
    ["labels inside a pod template of a custom resource", cluster],
    ["a Secret", "{ apiVersion: v1, kind: Secret, metadata: { name: s }, stringData: { a: b } }"],
    ["an HTTPRoute", route("{ name: api, port: 80 }")],
    ["an Application", application("{ server: https://kubernetes.default.svc }")],
    ["a HelmRelease with any values", helmRelease("{ any: { thing: [1, two] } }")],
    [
      "an OCIRepository",
      "{ apiVersion: source.toolkit.fluxcd.io/v1, kind: OCIRepository, metadata: { name: o }, spec: { interval: 1h, url: oci://example.org/chart, ref: { tag: v1 } } }",
    ],
    [
      "a Certificate",
      "{ apiVersion: cert-manager.io/v1, kind: Certificate, metadata: { name: c }, spec: { secretName: s, issuerRef: { name: i } } }",
    ],
    [
      "an EnvoyProxy",
      "{ apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, metadata: { name: e }, spec: { provider: { type: Kubernetes, kubernetes: { envoyDeployment: { replicas: 3 } } } } }",
    ],
  ])("nothing is found in %s", (_, yaml) => {
    expect(findings(yaml)).toEqual([]);
  });
});

describe("what the API server would drop or refuse is named with its place", () => {
  const changes: [what: string, yaml: string, from: string, to: string, finding: string][] = [
    [
      "an unknown field at the root",
      deployment,
      "spec:\n  replicas",
      "specs: {}\nspec:\n  replicas",
      'unknown field "specs"',
    ],
    [
      "an unknown field deep in a Deployment",
      deployment,
      "httpGet: {",
      "httpGet: { scheme: HTTP, paht: /,",
      '/spec/template/spec/containers/0/readinessProbe/httpGet: unknown field "paht"',
    ],
    [
      "an unknown field of the metadata",
      mariadb,
      "{ name: mariadb }",
      "{ name: mariadb, lables: {} }",
      '/metadata: unknown field "lables"',
    ],
    [
      "an unknown field deep in a MariaDB",
      mariadb,
      "autoFailover:",
      "automaticFailover:",
      '/spec/galera/primary: unknown field "automaticFailover"',
    ],
    [
      "an unknown field of a Flux Kustomization",
      kustomization,
      "{ name: mariadb }",
      "{ name: mariadb, ready: true }",
      '/spec/dependsOn/0: unknown field "ready"',
    ],
    ["a string where a number belongs", deployment, "replicas: 3", 'replicas: "3"', "/spec/replicas: must be integer"],
    [
      "a number where a string belongs",
      mariadb,
      '"256"',
      "256",
      "/spec/galera/providerOptions/gcs.fc_limit: must be string",
    ],
    [
      "a number outside 32 bits",
      deployment,
      "replicas: 3",
      "replicas: 3000000000",
      '/spec/replicas: must match format "int32"',
    ],
    [
      "a quantity with a wrong unit",
      deployment,
      "memory: 1Gi }",
      "memory: 1GB }",
      "/spec/template/spec/containers/0/resources/requests/memory: must match pattern",
    ],
    [
      "a quantity with a wrong unit in a custom resource",
      mariadb,
      "200Gi",
      "200G1",
      "/spec/storage/size: must match pattern",
    ],
    ["a duration that Flux refuses", kustomization, "10m0s", "10 minutes", "/spec/interval: must match pattern"],
    [
      "a word outside an enumeration",
      kustomization,
      "GitRepository",
      "GitRepo",
      "/spec/sourceRef/kind: must be one of OCIRepository, GitRepository",
    ],
    ["a port out of range", gateway, "port: 443", "port: 70000", "/spec/listeners/0/port: must be <= 65535"],
    ["a missing field", policy, '  pattern: ".*"\n', "", "/spec: must have required property 'pattern'"],
    [
      "a missing field of which the published default is empty",
      deployment,
      "- name: api\n          image",
      "- image",
      "/spec/template/spec/containers/0: must have required property 'name'",
    ],
    [
      "a value that is not base64",
      "{ apiVersion: v1, kind: Secret, metadata: { name: s }, data: { a: YWJj } }",
      "YWJj",
      "plain text!",
      '/data/a: must match format "byte"',
    ],
    ["a null", deployment, "replicas: 3", "replicas: null", "/spec/replicas: must be integer"],
  ];
  test.each(changes)("%s is found", (_, yaml, from, to, finding) => {
    expect(yaml).toContain(from);
    const found = findings(yaml.replace(from, to));
    expect(found).not.toEqual([]);
    for (const text of found) expect(text).toContain(finding);
  });

  test("a kind that no source defines is found", () => {
    expect(findings(deployment.replace("apps/v1", "apps/v1beta1"))).toEqual([
      "apps/v1beta1/Deployment has no schema: name its module in test/schemas/sources.ts",
    ]);
    expect(findings("{ apiVersion: example.org/v1, kind: Widget, metadata: { name: w } }")).toHaveLength(1);
  });

  test("every mistake of an object at once", () => {
    expect(findings(mariadb.replace("replicas: 3", "replicas: x").replace("size:", "sise:"))).toHaveLength(2);
  });
});

function findings(yaml: string): string[] {
  return parseObjects(yaml).flatMap(judge);
}

function route(backend: string): string {
  return `{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: r }, spec: { rules: [{ backendRefs: [${backend}] }] } }`;
}

function application(destination: string): string {
  return `{ apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: { name: a }, spec: { project: default, destination: ${destination}, source: { repoURL: ssh://git@example.org/fleet.git, path: overlays/eu1/keystone } } }`;
}

function helmRelease(values: string): string {
  return `{ apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: { name: h }, spec: { interval: 1h, chartRef: { kind: OCIRepository, name: o }, values: ${values} } }`;
}
