import type { Family } from "../laws/samples.ts";

export default {
  barbican: {
    example: {
      barbican: {
        maxSecretBytes: 30_000,
        replicas: { api: 2, worker: 4 },
        dedicated: ["messaging"],
        credentials: { kek: { generation: 2, alsoValid: 1 } },
      },
    },
    judged: {
      packages: {
        "2025.1": ["barbican==20.0.0"],
        "2025.2": ["barbican==21.0.0"],
        "2026.1": ["barbican==22.0.0"],
        "2026.2": ["barbican==23.0.0"],
      },
      namespaces: [
        "barbican.common.config",
        "barbican.plugin.crypto",
        "barbican.plugin.crypto.simple",
        "barbican.plugin.secret_store",
        "keystonemiddleware.auth_token",
        "oslo.db",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware.cors",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.policy",
      ],
      // One group for each of several back ends:
      // https://docs.openstack.org/barbican/latest/configuration/plugin_backends.html
      free: { "^secretstore:": ["secret_store_plugin", "crypto_plugin", "global_default"] },
    },
  },
} satisfies Family;
