import { splitImage } from "../base/image.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { ask, type Unanswered } from "./ask.ts";
import { authorizationFor, hubHost } from "./login.ts";

/**
 * Lists of images for several architectures first: their digest is the same for every node.
 * https://github.com/opencontainers/image-spec/blob/main/media-types.md
 */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** The form of every digest that is written: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */
export const digestForm = /^sha256:[0-9a-f]{64}$/;

/**
 * The digest that the tag of an image, `host/path:tag`, has in its registry now. Asks for the head alone, which does not count
 * as a pull. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export async function askDigest(image: string): Promise<Checked<string>> {
  const [repository, tag] = splitImage(image);
  const slash = repository.indexOf("/");
  const registry = addressOf(repository.slice(0, slash));
  const url = new URL(`/v2/${repository.slice(slash + 1)}/manifests/${tag}`, registry);
  const answer = await askWithLogin(url, { accept: manifestTypes });
  if ("reason" in answer) return refuse(unreachable(answer));
  const digest = answer.headers.get("docker-content-digest") ?? "";
  return answer.ok && digestForm.test(digest)
    ? { value: digest, issues: [] }
    : refuse(refusal(image, registry.host, answer));
}

const refuse = (issue: Issue): Checked<never> => ({ value: undefined, issues: [issue] });

/** As container runtimes do, this machine's own registries are asked without TLS, all others with it. */
const addressOf = (host: string): URL =>
  new URL(
    `${/^(localhost|127\.[0-9.]+)(:|$)/.test(host) ? "http" : "https"}://${host === "docker.io" ? hubHost : host}`,
  );

async function askWithLogin(url: URL, headers: Readonly<Record<string, string>>): Promise<Response | Unanswered> {
  const first = await ask(url, "HEAD", headers);
  if ("reason" in first || first.status !== 401) return first;
  const authorization = await authorizationFor(url, first.headers.get("www-authenticate") ?? "");
  if (authorization === undefined) return first;
  return typeof authorization === "string" ? ask(url, "HEAD", { ...headers, authorization }) : authorization;
}

const unreachable = ({ host, reason }: Unanswered): Issue =>
  error(
    "unreachable-registry",
    `${host} does not answer: ${reason}`,
    "Nothing was written. Run the command again when it does, or give the digests in a file: --from FILE.",
  );

function refusal(image: string, host: string, { status, ok }: Response): Issue {
  switch (status) {
    case 401:
    case 403:
      return error(
        "refused-by-registry",
        `${host} does not let you look at ${image} (status ${status})`,
        `Nothing was written. Run: docker login ${host}. Logins in a credential helper are not read: give the digests in a file then, --from FILE.`,
      );
    case 404:
      return error(
        "unknown-tag",
        `${host} does not have ${image}`,
        "Nothing was written. Copy the image to the mirror; overstack images lists what it must have. Some registries say so too when you are not logged in.",
      );
    default:
      return error(
        "no-digest",
        ok
          ? `${host} does not tell the digest of ${image}`
          : `${host} answers ${status}, without the digest of ${image}`,
        "Nothing was written. Run the command again later, or give the digests in a file: --from FILE.",
      );
  }
}
