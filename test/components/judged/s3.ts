import { createHash, createHmac } from "node:crypto";

/** A request to S3 as its signature sees it; names of headers in small letters. */
interface Signed {
  readonly method: string;
  readonly path: string;
  /** The headers that are signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How S3 has a request signed: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
export function signatureOf({ method, path, headers }: Signed, secret: string, scope: string): string {
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const request = [method, path, "", ...lines, "", names.join(";"), headers["x-amz-content-sha256"]].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest(request)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((last, part) => createHmac("sha256", last).update(part).digest(), `AWS4${secret}`);
  return createHmac("sha256", key).update(text).digest("hex");
}

/** Headers of a request by a user with these keys. */
export function signedHeaders(
  request: { readonly method: string; readonly path: string; readonly host: string; readonly body: string | Buffer },
  access: string,
  secret: string,
): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = { host: request.host, "x-amz-content-sha256": digest(request.body), "x-amz-date": date };
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const signature = signatureOf({ ...request, headers }, secret, scope);
  const names = Object.keys(headers).sort().join(";");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${access}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const digest = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
