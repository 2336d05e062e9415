import type { Ini } from "../../contract/configuration.ts";

/**
 * WSGI pipeline with Keystone authentication. It is shipped because a ConfigMap over /etc/glance hides the image's own;
 * factories are the same from 2025.1 to 2026.2.
 */
export const paste: Ini = {
  "composite:glance-api-keystone": {
    "paste.composite_factory": "glance.api:root_app_factory",
    "/": "api",
    "/healthcheck": "healthcheck",
  },
  "pipeline:api": { pipeline: "cors http_proxy_to_wsgi versionnegotiation authtoken context rootapp" },
  "composite:rootapp": {
    "paste.composite_factory": "glance.api:root_app_factory",
    "/": "apiversions",
    "/v2": "apiv2app",
  },
  "app:apiversions": { "paste.app_factory": "glance.api.versions:create_resource" },
  "app:apiv2app": { "paste.app_factory": "glance.api.v2.router:API.factory" },
  "app:healthcheck": {
    "paste.app_factory": "oslo_middleware:Healthcheck.app_factory",
    backends: "disable_by_file",
    disable_by_file_path: "/tmp/healthcheck_disable",
  },
  "filter:authtoken": {
    "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
    delay_auth_decision: "true",
  },
  "filter:context": { "paste.filter_factory": "glance.api.middleware.context:ContextMiddleware.factory" },
  "filter:cors": {
    "paste.filter_factory": "oslo_middleware.cors:filter_factory",
    oslo_config_project: "glance",
    oslo_config_program: "glance-api",
  },
  "filter:http_proxy_to_wsgi": { "paste.filter_factory": "oslo_middleware:HTTPProxyToWSGI.factory" },
  "filter:versionnegotiation": {
    "paste.filter_factory": "glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory",
  },
};
