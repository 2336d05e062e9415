import { objectName } from "../../kit/names.ts";
import type { ServiceContext } from "../../kit/service-header.ts";
import { caOption, serviceNames } from "../../kit/tls.ts";

interface Options {
  readonly defaultDomain: string;
  readonly multiDomain: boolean;
  readonly sessionTimeout: number;
}

/** What differs between clusters: values, and settings (https://docs.openstack.org/horizon/latest/configuration/settings.html). */
export function values(ctx: ServiceContext<Options>): string {
  const { members, port } = ctx.connection("cache")!;
  const settings = {
    // Where the catalogue has several: those of others answer inside of other clusters.
    DEFAULT_SERVICE_REGIONS: { "*": ctx.region },
    CACHES: {
      default: {
        BACKEND: "django.core.cache.backends.memcached.PyMemcacheCache",
        LOCATION: members.map((host) => `${host}:${port}`),
        // A server that is away or frozen holds nobody up: whose session it had logs in again.
        OPTIONS: { connect_timeout: 1, timeout: 1, ignore_exc: true, dead_timeout: 30 },
      },
    },
    OPENSTACK_KEYSTONE_DEFAULT_DOMAIN: ctx.options.defaultDomain,
    OPENSTACK_KEYSTONE_MULTIDOMAIN_SUPPORT: ctx.options.multiDomain,
    OPENSTACK_KEYSTONE_URL: ctx.identity!.url,
    ...caOption(ctx, "OPENSTACK_SSL_CACERT"),
    SESSION_TIMEOUT: ctx.options.sessionTimeout,
    // Browsers are sent there, where single sign-on is turned on.
    WEBSSO_KEYSTONE_URL: ctx.url("identity", "public"),
    ...singleSignOn(ctx),
  };
  const hosts = serviceNames(ctx, objectName(ctx, "web"));
  return `${JSON.stringify({ hosts, public_url: ctx.url("horizon", "public"), settings }, undefined, 2)}\n`;
}

/** Where the Identity service sends a browser back to, for whom the Identity service must trust. */
export const websso = { endpoint: "horizon", path: "/auth/websso/" } as const;

/**
 * A button for each provider that people of others log in by:
 * https://docs.openstack.org/keystone/latest/admin/federation/configure_federation.html#configuring-horizon-as-a-websso-frontend
 */
function singleSignOn(ctx: ServiceContext<Options>): Readonly<Record<string, unknown>> {
  const providers = (ctx.peer("identity")?.details.websso ?? []) as readonly {
    readonly provider: string;
    readonly protocol: string;
    readonly title: string;
  }[];
  if (providers.length === 0) return {};
  const choice = ({ provider, protocol }: (typeof providers)[number]): string => `${provider}_${protocol}`;
  return {
    WEBSSO_ENABLED: true,
    WEBSSO_CHOICES: [["credentials", "User name and password"], ...providers.map((each) => [choice(each), each.title])],
    WEBSSO_IDP_MAPPING: Object.fromEntries(providers.map((each) => [choice(each), [each.provider, each.protocol]])),
    // A token is checked at the Identity service's inner URL, not where the browser comes from.
    WEBSSO_USE_HTTP_REFERER: false,
  };
}

/**
 * Settings of every cluster. Horizon's settings.py imports this file, and passes over an import that fails: a file of the
 * operator's own that cannot import something therefore ends as another error, which ends the program.
 */
export const localSettings = `import json
import os
from pathlib import Path
from urllib.parse import urlsplit

# What is set so far: files below settings/ may add to it.
from openstack_dashboard.settings import *

_here = Path("/etc/horizon")
_values = json.loads((_here / "values.json").read_text())
_public = urlsplit(_values["public_url"])
_address = os.environ["POD_IP"]

DEBUG = False
WEBROOT = "/"
# Collected and compressed when the pod begins.
STATIC_ROOT = "/var/lib/horizon/static"
COMPRESS_OFFLINE = True
FILE_UPLOAD_TEMP_DIR = "/var/lib/horizon/uploads"

ALLOWED_HOSTS = [
    _public.hostname,
    *_values["hosts"],
    # Whoever forwards a port.
    "localhost",
    # The kubelet.
    f"[{_address}]" if ":" in _address else _address,
]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = _public.scheme == "https"
# The Gateway says how the browser connects, and from where.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_PROXY_ADDR_HEADER = "HTTP_X_FORWARDED_FOR"

SECRET_KEY = os.environ["HORIZON_SECRET_KEY"]
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
OPENSTACK_ENDPOINT_TYPE = "internalURL"
globals().update(_values["settings"])
# Scripts made of templates. They must be those of this image, and the servers are shared with pods of the next one.
CACHES["template_fragments"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}

# The overview of a project asks Nova. Without one it is refused to everybody, and users begin at their projects.
HORIZON_CONFIG["user_home"] = lambda user: (
    "/project/" if any(service["type"] == "compute" for service in user.service_catalog or []) else "/identity/"
)

# Rules that the form of a security group offers by name.
SECURITY_GROUP_RULES = {
    f"all_{_protocol}": {
        "name": f"All {_protocol.upper()}",
        "ip_protocol": _protocol,
        "from_port": _first,
        "to_port": _last,
    }
    for _protocol, _first, _last in [("tcp", "1", "65535"), ("udp", "1", "65535"), ("icmp", "-1", "-1")]
} | {
    _name.lower(): {"name": _name, "ip_protocol": "tcp", "from_port": _port, "to_port": _port}
    for _name, _port in [("SSH", "22"), ("SMTP", "25"), ("DNS", "53"), ("HTTP", "80"), ("HTTPS", "443"), ("RDP", "3389")]
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

# Policy files of the operator's own, by the names that Horizon has for them: nova_policy.yaml.
POLICY_FILES = {
    _service: str(_here / _file) if (_here / _file).exists() else _file for _service, _file in POLICY_FILES.items()
}

# Settings of the operator's own, in the order of their names.
for _path in sorted((_here / "settings").glob("*.py")):
    try:
        exec(compile(_path.read_text(), _path, "exec"))
    except ImportError as _error:
        raise RuntimeError(f"{_path}: {_error}") from _error
`;
