/**
 * A commented cluster.yaml, as a Handlebars template. Lines with `##` are for people. A run of lines with one `#` is an
 * example that is valid, by itself, once the `# ` in front is removed; the tests do that to each of them.
 */
export const clusterTemplate = `# yaml-language-server: $schema={{schema}}
## What the cluster {{name}} should be. "overstack generate" makes everything else from this file.
##
## Lines that begin with ## are comments. Lines that begin with one # are examples: remove "# " to use one.
## "overstack explain KEY" tells what a key means, its type and its default.

name: {{name}}
## OpenStack release, in quotes: without them YAML reads a number.
release: "{{release}}"
{{#if production}}
## production: several of everything, spread over nodes and zones. development: one of everything on one node.
{{else}}
## development: one of everything on one node. production: several of everything, spread over nodes and zones.
{{/if}}
profile: {{#if production}}production{{else}}development{{/if}}
{{#if decideDomain}}
## DECIDE: the domain of the public names, <service>.<domain>. Users see it, and certificates carry it.
{{else}}
## Public names are <service>.<domain>.
{{/if}}
domain: {{domain}}
## Region in the Identity catalogue. Clients name it: do not change it later.
region: RegionOne

## ---- Delivery: who applies what is committed, and from where ----
delivery:
  ## flux or argocd
  engine: {{engine}}
{{#if decideRepository}}
  ## DECIDE: where the engine fetches this repository from.
{{/if}}
  repository: {{repository}}
  branch: {{branch}}
{{#if path}}
  ## Folder of the repository that the fleet lies in.
  path: {{path}}
{{/if}}
  ## Secret with the credentials of the repository, in the engine's namespace:
  # secret: fleet-credentials
  ## Hold this cluster at a tag, no matter what the branch says:
  # ref: { tag: v1.0.0 }

## ---- Public access: Gateway API ----
{{#if production}}
access:
  tls:
    ## DECIDE: the cert-manager ClusterIssuer that signs the certificates of the public names; it has to exist.
    ## Instead of it, a Secret with a certificate of your own: tls: { secret: public-tls }
    issuer: { name: letsencrypt }
  ## GatewayClass of the cluster's own Gateway:
  # className: public
{{else}}
## Plain HTTP unless something is named here. A certificate from a cert-manager ClusterIssuer:
# access: { tls: { issuer: { name: letsencrypt } } }
## Or from a Secret with a certificate of your own:
# access: { tls: { secret: public-tls } }
## A Gateway that is there already, which ends TLS itself:
# access: { mode: existing, gateway: { name: public, namespace: ingress } }
## No public access at all:
# access: { mode: none }
{{/if}}
## Another scheme of public names:
# publicNames: "{service}-{{name}}.{domain}"

{{#if production}}
## Connections inside the cluster are encrypted, by a CA of the cluster's own. An issuer of yours instead, a root CA:
# internal: { issuer: { name: company-inside } }
{{else}}
## Encrypt connections inside the cluster, as production does; cert-manager is needed then:
# internal: { tls: required }
{{/if}}

## ---- Kubernetes: version, zones, namespaces, storage, operators ----
{{#if production}}
kubernetes:
  ## DECIDE: the minor version, in quotes, as "kubectl version" shows it for the server.
  version: "1.35"
  ## Storage classes: for volumes of one pod, and for those that several pods write (ReadWriteMany):
  # storageClass: fast
  # sharedStorageClass: shared
{{else}}
## Storage classes: for volumes of one pod, and for those that several pods write (ReadWriteMany):
# kubernetes: { storageClass: fast, sharedStorageClass: shared }
{{/if}}
## Zones that the nodes carry as topology.kubernetes.io/zone; replica counts are checked against them:
# zones: [a, b, c]
## Everything in one namespace (default: grouped, infrastructure and services apart):
# namespaces: single
## Namespaces by name:
# namespaces: { infrastructure: cloud-data, services: cloud-api }
## Operators that somebody else installs:
# operators: { cert-manager: existing, mariadb-operator: existing }

## ---- Images and networks: mirrors, proxies, certificates ----
## Every image from a mirror:
# images: { registry: "registry.example.org/openstack", pullSecrets: [registry-credentials] }
## Services reach the outside through a proxy:
# proxy: { http: "http://proxy.example.org:3128", https: "http://proxy.example.org:3128", noProxy: [10.0.0.0/8] }
## ConfigMap with key ca.crt: certificates that services trust in addition:
# trustedCa: company-ca

## ---- Infrastructure: databases, message brokers, caches; what services need is added by itself ----
infrastructure:
  mariadb:
{{#if production}}
    ## DECIDE: where the nightly backups go; the Secret has the keys access-key and secret-key.
    ## A volume instead: target: { volume: { size: 200Gi } }. Explicitly no backups: backup: none
    backup:
      target:
        s3: { endpoint: "https://s3.example.org", bucket: {{name}}-mariadb, secret: mariadb-backup }
{{else}}
    ## Nightly backups into a bucket; the Secret has the keys access-key and secret-key:
    # backup: { target: { s3: { endpoint: "https://s3.example.org", bucket: {{name}}-mariadb, secret: mariadb-backup } } }
{{/if}}
{{#if production}}
    ## More members (an odd number), and the size of each one's volume:
    # replicas: 5
    # storage: 200Gi
{{else}}
    ## Size of the volume:
    # storage: 20Gi
{{/if}}
    ## CPU and memory; half of the memory limit becomes the buffer pool:
    # resources: { server: { requests: { cpu: "2", memory: 8Gi }, limits: { memory: 8Gi } } }
  ## Cache per server in MiB:
  # memcached: { memory: 1024 }
  ## The shared message broker, which is there as soon as a service uses one:
  # rabbitmq: { storage: 50Gi }
  ## A second one, which a service chooses with uses: { messaging: rabbitmq-notifications }:
  # rabbitmq-notifications: {}

## ---- Services ----
services:
  keystone:
    ## Life of a token in seconds, and how often the keys behind tokens rotate:
    # tokens: { expiration: 7200, rotation: daily }
    ## What the cloud is seeded with, in addition to what the services need. Users of this domain come from a directory:
    # seed:
    #   domains: [{ name: customers, description: "Customers' accounts" }]
    #   projects: [{ name: operations }]
    #   roles: [auditor]
    #   users: [{ name: monitoring, project: operations, roles: [reader], secret: monitoring-password }]
    # files:
    #   domains/keystone.customers.conf: |
    #     [identity]
    #     driver = ldap
    #     [ldap]
    #     url = ldaps://ldap.example.org
    # egress: [{ host: ldap.example.org, port: 636 }]
    ## A setting whose value is in a Secret, as the password of that directory:
    # environmentFrom: { OS_LDAP__PASSWORD: { secret: keystone-ldap, key: password } }
  placement:
    ## Replicas of each role:
    # replicas: { api: 5 }
    ## Replicas by load instead:
    # autoscaling: { api: { minReplicas: 3, maxReplicas: 9 } }
  glance:
{{#if production}}
    ## DECIDE: where images are kept. The Secret has the keys access-key and secret-key.
    ## In Ceph: { type: rbd, monitors: ["10.0.0.1"], secret: glance-ceph }
    ## On one volume that all replicas share: { type: file, storageClass: shared }
    stores:
      main: { type: s3, endpoint: "https://s3.example.org", bucket: {{name}}-images, secret: glance-s3 }
{{else}}
    ## Images lie on one volume unless a store is named. In Ceph:
    # stores: { ceph: { type: rbd, monitors: ["10.0.0.1"], secret: glance-ceph } }
    ## In an object store:
    # stores: { main: { type: s3, endpoint: "https://s3.example.org", bucket: {{name}}-images, secret: glance-s3 } }
{{/if}}
    ## Options of any of its configuration files:
    # config: { glance-api.conf: { DEFAULT: { image_member_quota: 256 } } }
    ## A database, message broker or cache of its own:
    # dedicated: [database, cache]
    ## A database server that exists already:
    # uses: { database: { host: db.example.org, tls: { ca: db-ca } } }
    ## Notifications to the message broker, for a program that reads them:
    # notifications: true
    ## Where the pods run:
    # scheduling: { nodeSelector: { example.org/role: control }, tolerations: [{ key: control, operator: Exists }] }
    ## CPU and memory of a role:
    # resources: { api: { requests: { cpu: 500m, memory: 1Gi }, limits: { memory: 2Gi } } }
    ## Schedules of the housekeeping jobs; false suspends one:
    # crons: { purge-deleted: "5 3 * * *", purge-deleted-images: false }
    ## Another image:
    # image: { glance: "registry.example.org/openstack/glance:patched" }
    ## The delivery engine leaves it alone:
    # suspend: true
    ## The last resort, a JSON patch on a generated object:
    # patches:
    #   - target: { kind: Deployment, name: glance-api }
    #     ops: [{ op: add, path: /spec/minReadySeconds, value: 10 }]
  ## A second Keystone, complete and separate from the first:
  # keystone-two: {}
`;
