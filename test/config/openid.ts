import https from "node:https";
import Provider from "oidc-provider";
import { type Pair, serverPair } from "./certificates.ts";

/** Someone with an account, by the name that the form of the provider asks for: claims of each. */
export type People = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A client of the provider. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly redirect: string;
}

/** An OpenID provider of this machine, which lets in everybody who says who they are: its issuer. */
export async function startOpenIdProvider(
  ca: Pair,
  port: number,
  { id, secret, redirect }: Client,
  people: People,
  onFinished: (remove: () => void) => void,
): Promise<string> {
  const issuer = `https://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirect] }],
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email"] },
    cookies: { keys: ["of-this-test-alone"] },
    findAccount: (_: unknown, name: string) => ({
      accountId: name,
      claims: () => ({ sub: name, preferred_username: name, ...people[name] }),
    }),
  });
  const { certificate: cert, key } = await serverPair(ca, ["IP:127.0.0.1"]);
  const server = https.createServer({ cert, key }, provider.callback());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return issuer;
}
