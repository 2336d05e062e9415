import type { Family } from "../laws/samples.ts";

export default {
  heat: {
    example: {
      heat: { maxStacksPerProject: 100, dedicated: ["messaging"], replicas: { api: 2, engine: 4 } },
      "heat-two": { uses: { identity: "keystone-two" } },
    },
    judged: {
      // Stacks have secrets.
      together: ["barbican"],
      packages: {
        // Its engine imports pkg_resources.
        "2025.1": ["openstack-heat==24.1.2", "setuptools<81"],
        "2025.2": ["openstack-heat==25.0.2"],
        "2026.1": ["openstack-heat==26.0.2"],
        "2026.2": ["openstack-heat==27.0.1"],
      },
      namespaces: [
        "heat.api.aws.ec2token",
        "heat.common.cache",
        "heat.common.config",
        "heat.common.context",
        "heat.common.crypt",
        "heat.common.wsgi",
        "heat.engine.clients",
        "heat.engine.clients.os.keystone.heat_keystoneclient",
        "heat.engine.hot.functions",
        "heat.engine.notification",
        "heat.engine.resources",
        "keystonemiddleware.auth_token",
        "oslo.cache",
        "oslo.log",
        "oslo.messaging",
        "oslo.middleware.cors",
        "oslo.middleware.http_proxy_to_wsgi",
        "oslo.policy",
        "osprofiler",
      ],
      // It reads a result after it has closed the connection, which only a driver that has fetched all rows allows.
      onMariaDbAlone: ["purge-deleted"],
    },
  },
} satisfies Family;
