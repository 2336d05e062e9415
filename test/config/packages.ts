import type { Release } from "../../generator/contract/release.ts";

/** The services' point releases, the newest of each release: upper-constraints.txt names libraries alone. */
export const services: Readonly<Record<Release, readonly string[]>> = {
  "2025.1": ["keystone==27.1.0", "glance==30.2.0", "openstack-placement==13.0.1"],
  "2025.2": ["keystone==28.1.0", "glance==31.1.0", "openstack-placement==14.0.0"],
  "2026.1": ["keystone==29.1.0", "glance==32.0.0", "openstack-placement==15.0.0"],
  "2026.2": ["keystone==30.0.0", "glance==33.0.0", "openstack-placement==16.0.0"],
};

/** What an image of these services has beside them: database driver, cache client, S3 driver, the client of the seed, uwsgi. */
export const companions: readonly string[] = ["PyMySQL", "python-memcached", "boto3", "openstacksdk", "pyuwsgi"];

/** How the options of a service are known, by oslo project. */
export interface Project {
  /** Namespaces of its own list for oslo-config-generator, which its wheel leaves out. */
  readonly namespaces: readonly string[];
  /** Entry of `oslo.policy.policies`, where it has policies. */
  readonly policies: string;
  /** Stores that Glance has without being told: group -> driver. */
  readonly reservedStores?: Readonly<Record<string, string>>;
}

const library = ["oslo.log", "oslo.policy"];

/** The projects whose files are judged; the lists are the same from 2025.1 to 2026.2. */
export const projects: Readonly<Record<string, Project>> = {
  keystone: {
    namespaces: ["keystone", "oslo.cache", "oslo.db", "oslo.messaging", "oslo.middleware", "osprofiler", ...library],
    policies: "keystone",
  },
  glance: {
    // Without glance.store (options of a single store, which enabled_backends rules out) and without os_brick (Cinder).
    namespaces: [
      "glance.api",
      "glance.multi_store",
      "castellan.config",
      "keystonemiddleware.auth_token",
      "oslo.concurrency",
      "oslo.db",
      "oslo.limit",
      "oslo.messaging",
      "oslo.middleware.cors",
      "oslo.middleware.healthcheck",
      "oslo.middleware.http_proxy_to_wsgi",
      "oslo.reports",
      ...library,
    ],
    policies: "glance",
    reservedStores: { os_glance_staging_store: "file", os_glance_tasks_store: "file" },
  },
  placement: {
    namespaces: [
      "placement.conf",
      "keystonemiddleware.auth_token",
      "oslo.middleware.cors",
      "oslo.middleware.http_proxy_to_wsgi",
      "osprofiler",
      ...library,
    ],
    policies: "placement",
  },
};
