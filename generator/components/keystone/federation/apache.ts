import { type Front, frontSocket } from "../../../kit/front.ts";
import { everyAddress } from "../../../kit/ip.ts";
import { withoutVersion } from "../../../kit/oslo.ts";
import { fromSecret, scratch } from "../../../kit/pod.ts";
import type { ServiceContext } from "../../../kit/service-header.ts";
import { serverCertificate, speaksHttps } from "../../../kit/tls.ts";
import { trustedCaFile } from "../../../kit/trusted-ca.ts";
import { protocol, providersOf, type WithFederation } from "./options.ts";

type FederationContext = ServiceContext<WithFederation>;

/** Port of the API, whoever holds it. */
export const port = 5000;
const file = "apache.conf";
/** Where a provider sends people back to; Keystone has nothing there. */
const redirectPath = "/redirect_uri";
/** What the module knows of the providers: https://github.com/OpenIDC/mod_auth_openidc/wiki/Multiple-Providers */
const metadata = "/var/lib/openid";
const modules = "/usr/lib/apache2/modules";

/** Apache with mod_auth_openidc: it holds the API's port, and what it lets through has the claims of a person as headers. */
export const apache = (ctx: FederationContext): Front | undefined => {
  if (providersOf(ctx.options).length === 0) return undefined;
  const known = scratch("openid", metadata, "16Mi");
  const run = scratch("apache", "/run/apache2", "16Mi");
  return {
    name: "federation",
    image: ctx.image("federation"),
    command: ["sh", "-c", speaksHttps(ctx) ? startAndRenew : start],
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
    environment: [
      fromSecret("OPENID_PASSPHRASE", passphraseSecret(ctx), "passphrase"),
      { name: "TMPDIR", value: "/run/apache2" },
    ],
    volumes: [known.volume, run.volume],
    mounts: [known.mount, run.mount],
    prepare: {
      name: "openid-providers",
      command: ["python3", "-c", describeProviders],
      environment: [
        {
          name: "PROVIDERS",
          value: JSON.stringify(providersOf(ctx.options).map(describedAs)).replaceAll("$(", "$$$$("),
        },
        ...providersOf(ctx.options).map(([, { secret }], index) =>
          fromSecret(`CLIENT_SECRET_${index}`, secret, "client-secret"),
        ),
      ],
      mounts: [known.mount],
    },
  };
};

/** Secret with the text that the sessions in people's browsers are encrypted with: all replicas read them. */
export const passphraseSecret = ({ instance }: Pick<FederationContext, "instance">): string =>
  `${instance}-federation-sessions`;

const untilEnded = `trap 'kill -WINCH $server' TERM INT
wait $server
wait $server`;

/** SIGTERM would end requests that are under way: https://httpd.apache.org/docs/2.4/stopping.html */
const start = `apache2 -f /etc/keystone/${file} -D FOREGROUND & server=$!
${untilEnded}`;

/** Apache reads a certificate when it starts, and again when it is told to; requests that are under way are finished. */
const startAndRenew = `sum() { cksum < ${serverCertificate.certificate}; }
apache2 -f /etc/keystone/${file} -D FOREGROUND & server=$!
(read="$(sum)"; while sleep 60; do
  now="$(sum)"
  [ "$now" = "$read" ] || { read="$now"; kill -USR1 $server; }
done) &
${untilEnded}`;

/**
 * The files of a provider are called after its issuer, as the module looks for them. A replica that knows no metadata of the provider
 * refuses who comes back from there, so they are here before the first login; a provider that is away keeps no API from starting.
 */
const describeProviders = `import json, os, requests, urllib.parse
for number, provider in enumerate(json.loads(os.environ["PROVIDERS"])):
    issuer = provider["issuer"].rstrip("/")
    files = {
        "client": {"client_id": provider["clientId"], "client_secret": os.environ["CLIENT_SECRET_%d" % number]},
        "conf": provider["conf"],
    }
    try:
        answer = requests.get(issuer + "/.well-known/openid-configuration", timeout=10)
        answer.raise_for_status()
        files["provider"] = answer.json()
    except (requests.RequestException, ValueError) as error:
        print("no metadata of", issuer, "yet:", error)
    name = urllib.parse.quote(issuer.removeprefix("https://"), safe="")
    for kind, content in files.items():
        with open("${metadata}/%s.%s" % (name, kind), "w") as file:
            json.dump(content, file)
`;

const describedAs = ([, { issuer, clientId, scopes }]: ReturnType<typeof providersOf>[number]) => ({
  ...{ issuer, clientId },
  conf: { scope: scopes.join(" "), pkce_method: "S256" },
});

/** Its configuration, by the name of the file. */
export const apacheFiles = (ctx: FederationContext): Record<string, string> =>
  providersOf(ctx.options).length === 0 ? {} : { [file]: configuration(ctx) };

const loaded = ["mpm_event", "authn_core", "authz_core", "authz_user", "headers", "proxy", "proxy_http"];

function configuration(ctx: FederationContext): string {
  const url = withoutVersion(ctx.url("identity", "public"));
  return [
    server(ctx, url),
    ...(speaksHttps(ctx) ? [encryption] : []),
    handedOn,
    relyingParty(ctx, url),
    ...providersOf(ctx.options).map(([name, { issuer }]) => protectedPaths(url, name, issuer)),
  ].join("\n");
}

const server = (ctx: FederationContext, url: string): string => `ServerRoot /run/apache2
DefaultRuntimeDir /run/apache2
PidFile /run/apache2/pid
Mutex posixsem
ServerName ${url}
Listen ${everyAddress(ctx) || "0.0.0.0"}:${port}
${[...loaded, ...(speaksHttps(ctx) ? ["ssl"] : []), "auth_openidc"]
  .map((module) => `LoadModule ${module}_module ${modules}/mod_${module}.so`)
  .join("\n")}
ErrorLog "|/bin/cat"
LogLevel warn
ServerTokens Prod
ServerSignature Off
TraceEnable Off
LimitRequestFieldSize 65000
AllowEncodedSlashes NoDecode
StartServers 1
ServerLimit 4
ThreadsPerChild 64
MaxRequestWorkers 256
GracefulShutdownTimeout 60
`;

/** Keystone is told that its clients speak HTTPS, where the Gateway does not say so already. */
const encryption = `SSLEngine on
SSLCertificateFile ${serverCertificate.certificate}
SSLCertificateKeyFile ${serverCertificate.key}
SSLProtocol -all +TLSv1.2 +TLSv1.3
RequestHeader setifempty X-Forwarded-Proto https
`;

/** Requests reach Keystone as they came, its log and its answers know the client; `nocanon`: so do names with a slash in them. */
const handedOn = `# Keystone believes this header. It is set below, for whom a provider has let in; who comes with it made it up.
RequestHeader unset OIDC-Provider early
RequestHeader unset OIDC_Provider early

ProxyRequests Off
ProxyPreserveHost On
ProxyAddHeaders Off
RequestHeader setifempty X-Forwarded-For "expr=%{REMOTE_ADDR}"
ProxyPass ${redirectPath} !
ProxyPass / unix:${frontSocket}|http://localhost/ nocanon disablereuse=on retry=0 timeout=300
`;

/** https://github.com/OpenIDC/mod_auth_openidc/blob/master/auth_openidc.conf has a word about each. */
const relyingParty = (ctx: FederationContext, url: string): string => `OIDCMetadataDir ${metadata}
OIDCProviderMetadataRefreshInterval 3600
OIDCRedirectURI ${url}${redirectPath}
OIDCXForwardedHeaders X-Forwarded-Proto
OIDCCryptoPassphrase "\${OPENID_PASSPHRASE}"
OIDCSessionType client-cookie
OIDCSessionInactivityTimeout 60
OIDCClaimPrefix OIDC-
OIDCClaimDelimiter ;
OIDCPassClaimsAs headers
${ctx.pod.trustedCa === undefined ? "" : `OIDCCABundlePath ${trustedCaFile}\n`}
<Location ${redirectPath}>
  AuthType openid-connect
  Require valid-user
</Location>
`;

/**
 * Where Keystone takes a person's word: the way to a token, and the form for a dashboard. Who is not logged in with this provider
 * is sent to it, by way of the module's own page that tells it which one.
 */
const protectedPaths = (
  url: string,
  name: string,
  issuer: string,
): string => `<LocationMatch "^/v3/(auth/OS-FEDERATION/identity_providers/${name}/protocols/${protocol}/websso|OS-FEDERATION/identity_providers/${name}/protocols/${protocol}/auth)$">
  AuthType openid-connect
  Require claim "iss:${issuer}"
  OIDCUnAutzAction auth
  OIDCDiscoverURL ${url}${redirectPath}?iss=${encodeURIComponent(issuer)}
  RequestHeader set OIDC-Provider ${name}
</LocationMatch>
`;
