import fc from "fast-check";
import type { Family, Settings } from "../laws/samples.ts";
import { texts } from "../laws/settings.ts";
import { inner, listOf } from "../laws/sometimes.ts";

const seeds = inner({
  domains: fc.constant([{ name: "people", description: 'People\'s own, $(HOME) "quoted"' }]),
  projects: fc.constant([{ name: "shop", domain: "Default", description: "a: b" }]),
  roles: listOf(["auditor", "two words"]),
  users: fc.constant([
    { name: "alice", project: "shop", roles: ["auditor"], secret: "alice" },
    { name: "bob", domain: "Default", secret: "bob" },
  ]),
  services: fc.constant([
    {
      name: "cloudkitty",
      type: "rating",
      description: "it's ours",
      public: "https://rating.example.org/v1",
      internal: "http://rating.billing:8889",
    },
  ]),
});

/** One of the two alone is refused. */
const withImage = (settings: Settings): Settings => {
  const { federation: _, ...images } = (settings.image ?? {}) as Settings;
  const all =
    settings.federation === undefined ? images : { ...images, federation: "registry.example.org/own/apache:1" };
  const { image: _image, ...others } = settings;
  return Object.keys(all).length === 0 ? others : { ...others, image: all };
};

const ldap = `[identity]
driver = ldap
[ldap]
url = ldaps://ldap.example.org
`;

export default {
  keystone: {
    settings: {
      seed: seeds,
      federation: fc.constant({
        providers: {
          company: {
            title: "It's ours",
            issuer: "https://login.example.org/realms/company",
            clientId: "a $(HOME)",
            secret: "company",
            groups: [{ name: "people" }, { name: "some", when: { claim: "groups", has: ["a", "b"] } }],
          },
          partner: {
            title: "Partners",
            issuer: "https://login.partner.example.org",
            clientId: "cloud",
            secret: "partner",
            scopes: ["openid", "email"],
            domain: "Default",
            userClaim: "email",
            groups: [{ name: "guests", domain: "Default", project: "shop", roles: ["reader"] }],
          },
        },
      }),
      files: fc.dictionary(fc.constantFrom("domains/keystone.people.conf", "domains/on", "policy.yaml"), texts),
    },
    fit: withImage,
    example: {
      keystone: {
        namespace: "rz2-identity",
        notifications: true,
        lockout: { attempts: 5, duration: 600 },
        tokens: { expiration: 7200, allowExpiredWindow: 86400, rotation: "daily" },
        uses: { messaging: "rabbitmq" },
        credentials: { messaging: { generation: 1, alsoValid: 2 } },
        seed: {
          domains: [{ name: "users", description: "People of the company" }],
          projects: [{ name: "shop", domain: "users", description: "Web shop" }],
          roles: ["auditor"],
          users: [{ name: "alice", domain: "users", project: "shop", roles: ["auditor", "member"], secret: "alice" }],
          services: [
            {
              name: "cloudkitty",
              type: "rating",
              description: "Rating",
              public: "https://rating.example.org/v1",
              internal: "http://rating.billing.svc.k8s.example.org:8889/v1",
            },
          ],
        },
        config: {
          "keystone.conf": {
            federation: { trusted_dashboard: ["https://a.example.org/sso", "https://b.example.org/sso"] },
            ldap: { page_size: 500 },
            security_compliance: { minimum_password_age: 1 },
          },
        },
        ownOptions: ["my_driver"],
        files: { "policy.yaml": '"identity:get_user": "rule:admin_required"\n', "domains/keystone.users.conf": ldap },
        environmentFrom: { OS_LDAP__PASSWORD: { secret: "ldap-bind", key: "password" } },
        autoscaling: { api: { minReplicas: 3, maxReplicas: 12, cpu: 70 } },
        crons: { "trust-flush": "0 5 * * 0" },
        annotations: { "example.org/owner": "identity" },
        egress: [
          { host: "ldap.example.org", port: 636, protocol: "TCP" },
          { network: "192.0.2.0/24", port: 514, protocol: "UDP" },
        ],
        image: { keystone: "registry.example.org/own/keystone:2026.2-1" },
        volumes: [
          {
            name: "theme",
            mountPath: "/opt/theme",
            readOnly: true,
            source: { configMap: { name: "keystone-theme" } },
          },
        ],
        sidecars: [
          {
            name: "audit",
            image: "registry.example.org/audit:1.2",
            resources: { limits: { memory: "64Mi" }, requests: { cpu: "10m", memory: "64Mi" } },
          },
        ],
      },
      "keystone-two": { uses: { database: "mariadb-restored" } },
      "keystone-partners": {
        component: "keystone",
        replicas: { api: 7 },
        image: { federation: "registry.example.org/own/apache:2.4-1" },
        federation: {
          providers: {
            company: {
              title: "Company account",
              issuer: "https://login.example.org/realms/company",
              clientId: "openstack",
              secret: "company-login",
              scopes: ["openid", "profile", "groups"],
              userClaim: "email",
              groups: [
                { name: "people", project: "shop", roles: ["member"] },
                {
                  name: "operators",
                  domain: "Default",
                  project: "shop",
                  roles: ["admin"],
                  when: { claim: "groups", has: ["cloud-operators"] },
                },
              ],
            },
            university: {
              title: "University",
              issuer: "https://idp.example.com:8443/",
              clientId: "cloud-7",
              secret: "university-login",
              domain: "Default",
              groups: [{ name: "students" }],
            },
          },
        },
        seed: { projects: [{ name: "shop" }] },
      },
    },
    judged: {
      packages: {
        "2025.1": ["keystone==27.1.0"],
        "2025.2": ["keystone==28.1.0"],
        "2026.1": ["keystone==29.1.0"],
        "2026.2": ["keystone==30.0.0"],
      },
      namespaces: [
        "keystone",
        "oslo.cache",
        "oslo.db",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware",
        "oslo.policy",
        "osprofiler",
      ],
      programs: {
        apache2: "apache2",
        // A module is no program: seen from /usr/sbin.
        "../lib/apache2/modules/mod_auth_openidc.so": "libapache2-mod-auth-openidc",
      },
      // A protocol of federation may have a group of its name:
      // https://docs.openstack.org/keystone/latest/admin/federation/configure_federation.html
      free: { "^[A-Za-z0-9_-]+$": ["remote_id_attribute"] },
    },
  },
} satisfies Family;
