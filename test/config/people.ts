import { ask, type Login, login } from "./ask.ts";
import { adminToken, type SmallCloud } from "./small-cloud.ts";

/** A user of the cloud with a project, as an administrator makes them. */
export interface Person extends Login {
  readonly projectId: string;
  /** Header with a token of the user in the project. */
  readonly token: { readonly "X-Auth-Token": string };
}

/** Makes a project and a user of the same name, who may do there what these roles allow, and logs in as the user. */
export async function person(small: SmallCloud, name: string, roles: readonly string[] = ["member"]): Promise<Person> {
  const { identity } = small;
  const headers = await adminToken(small);
  const post = async (kind: string, fields: object): Promise<string> => {
    const { status, body } = await ask(`${identity}/v3/${kind}s`, { headers, body: { [kind]: fields } });
    if (status !== 201) throw new Error(`no ${kind} ${name}: ${status} ${JSON.stringify(body)}`);
    return (body as Record<string, { id: string }>)[kind]!.id;
  };
  const password = `password-of-${name}`;
  const [projectId, userId] = [
    await post("project", { name, domain_id: "default" }),
    await post("user", { name, password, domain_id: "default" }),
  ];
  const { body } = await ask(`${identity}/v3/roles`, { headers });
  for (const role of (body as { roles: { id: string; name: string }[] }).roles)
    if (roles.includes(role.name))
      await ask(`${identity}/v3/projects/${projectId}/users/${userId}/roles/${role.id}`, { headers, method: "PUT" });
  const who: Login = { user: name, password, domain: "Default", project: name };
  return { ...who, projectId, token: await login(identity, who) };
}
