import type { Ini } from "../../contract/configuration.ts";
import type { Release } from "../../contract/release.ts";

/**
 * WSGI pipeline with Keystone authentication. Barbican reads it from /etc/barbican alone, which is empty in the image
 * (https://opendev.org/openstack/barbican/src/branch/master/barbican/api/app.py). Since 2026.1 each request has an ID.
 */
export function paste(release: Release): Ini {
  const filters = (...own: string[]): string =>
    ["cors", ...(release.startsWith("2025") ? [] : ["request_id"]), "http_proxy_to_wsgi", ...own].join(" ");
  return {
    "composite:main": {
      use: "egg:Paste#urlmap",
      "/": "versions",
      "/healthcheck": "healthcheck",
      "/v1": "api",
    },
    "pipeline:versions": { pipeline: filters("microversion", "versionapp") },
    "pipeline:api": { pipeline: filters("authtoken", "context", "microversion", "apiapp") },
    "app:apiapp": { "paste.app_factory": "barbican.api.app:create_main_app" },
    "app:versionapp": { "paste.app_factory": "barbican.api.app:create_version_app" },
    "app:healthcheck": {
      "paste.app_factory": "oslo_middleware:Healthcheck.app_factory",
      backends: "disable_by_file",
      disable_by_file_path: "/tmp/healthcheck_disable",
    },
    "filter:authtoken": { "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory" },
    "filter:context": { "paste.filter_factory": "barbican.api.middleware.context:ContextMiddleware.factory" },
    "filter:cors": { "paste.filter_factory": "oslo_middleware.cors:filter_factory", oslo_config_project: "barbican" },
    "filter:http_proxy_to_wsgi": { "paste.filter_factory": "oslo_middleware:HTTPProxyToWSGI.factory" },
    "filter:microversion": {
      "paste.filter_factory": "barbican.api.middleware.microversion:MicroversionMiddleware.factory",
    },
    ...(release.startsWith("2025")
      ? {}
      : { "filter:request_id": { "paste.filter_factory": "oslo_middleware.request_id:RequestId.factory" } }),
  };
}
