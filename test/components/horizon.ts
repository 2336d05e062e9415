import type { Family } from "../laws/samples.ts";

export default {
  horizon: {
    example: {
      horizon: {
        defaultDomain: "customers",
        multiDomain: true,
        sessionTimeout: 28_800,
        uploadSize: "20Gi",
        files: {
          "settings/10-own.py": 'SITE_BRANDING = "Example Cloud"\n',
          "keystone_policy.yaml": '"identity:list_projects": "rule:admin_required"\n',
        },
        config: { "uwsgi.ini": { uwsgi: { "http-timeout": 120 } } },
      },
      "horizon-two": { uses: { identity: "keystone-two", cache: { hosts: ["cache-1.example.org"], tls: "none" } } },
    },
    judged: {
      packages: {
        "2025.1": ["horizon==25.3.2", "pymemcache", "setuptools<81"],
        "2025.2": ["horizon==25.5.2", "pymemcache", "setuptools<81"],
        "2026.1": ["horizon==25.7.3", "pymemcache", "setuptools<81"],
        "2026.2": ["horizon==27.0.0", "pymemcache"],
      },
      namespaces: [],
      programs: { chromium: "chromium" },
      // As https://opendev.org/openstack/openstack-helm-images/src/branch/master/horizon/configure_horizon.sh makes it.
      links: { "/usr/local/share/openstack_dashboard": "openstack_dashboard" },
    },
  },
} satisfies Family;
