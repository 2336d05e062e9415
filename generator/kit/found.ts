import { kindOf } from "../connections/index.ts";
import type { Account, Connection } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { cron } from "./cron.ts";
import { keeperRules, makerRules } from "./in-cluster.ts";
import { job } from "./job.ts";
import { objectName } from "./names.ts";
import { secretScript } from "./secret-script.ts";
import { apiAccount, permissions } from "./service-account.ts";

// Some clients learn in the cluster alone what they connect with: an operator makes their key there, and knows where the servers
// are. A Job of the client makes its Secret of that before its pods start, and a cron follows what changes. The client's header
// names both by `findProgram`.

/** Name of the Job and of the cron. */
export const findProgram = "find-storage";

/** For a header's `jobs` and `crons`; the cron says where the servers are ten minutes after they have moved, at the latest. */
export const findJob = { phase: "expand" } as const;
export const findCron = { at: "*/10 * * * *", optional: true } as const;

/** The Job and the cron of a client, with their rights at home; nothing where no connection asks for them. */
export function findingSecrets(ctx: Context): Placed[] {
  const [connection, ...others] = ctx.connections.filter(
    ({ need, instance, lender }) =>
      kindOf(need.kind).found !== undefined && instance !== undefined && lender === undefined,
  );
  if (connection === undefined) return [];
  if (others.length > 0) throw new Error(`${ctx.instance} has several connections that it would find in the cluster`);
  const { account, accounts } = connection;
  const [first, ...further] = accounts.map(({ secret }) => secret);
  const command = ["python3", "-c", programOf(connection)];
  const parts = { callsKubernetes: true, connections: [] };
  return [
    ...apiAccount(ctx, "expand", findProgram, [...makerRules(first!), ...further.flatMap(keeperRules)]),
    job(ctx, findProgram, {
      ...parts,
      phase: "expand",
      steps: accounts.map((each) => ({
        name: `${findProgram}${each.mark}`,
        command,
        environment: variables(connection, each, 600),
      })),
    }),
    cron(ctx, findProgram, { ...parts, command, environment: variables(connection, account, 0) }),
  ];
}

/** Lets the clients of a provider read what they find there, each what is its own. */
export const lentToClients = (ctx: Context): Placed[] =>
  [...Map.groupBy(ctx.consumers, ({ instance }) => instance)].flatMap(([instance, needs]) => {
    const reads = needs.flatMap(({ need, accounts }) => accounts.map(kindOf(need.kind).found!.reads));
    const rule = (resource: "secrets" | "configmaps") => ({
      apiGroups: [""],
      resources: [resource],
      resourceNames: [...new Set(reads.flatMap((read) => read[resource]))],
      verbs: ["get"],
    });
    const { namespace } = needs[0]!;
    const account = { name: objectName(needs[0]!, findProgram), namespace };
    return permissions(ctx, "run", `${instance}-reader`, [rule("secrets"), rule("configmaps")], [account]);
  });

const variables = (connection: Connection, account: Account, patience: number) =>
  Object.entries({
    ...kindOf(connection.need.kind).found!.environment(connection, account),
    FROM_NAMESPACE: connection.namespace,
    PATIENCE: String(patience),
    SECRET: account.secret,
  }).map(([name, value]) => ({ name, value }));

/** Asks until everything is there. Until the client may read it, the API says 403. */
const programOf = ({ need }: Connection): string =>
  secretScript({
    body: `import time

def read(kind, name):
    try:
        return call("GET", "%s/api/v1/namespaces/%s/%s/%s" % (server, os.environ["FROM_NAMESPACE"], kind, name)).get("data") or {}
    except urllib.error.HTTPError as error:
        if error.code not in (403, 404):
            raise
        return {}

${kindOf(need.kind).found!.program}
values = find(read)
until = time.monotonic() + int(os.environ["PATIENCE"])
while not values and time.monotonic() < until:
    time.sleep(5)
    values = find(read)
if not values:
    raise SystemExit("what the connection needs is not there yet, or may not be read, in " + os.environ["FROM_NAMESPACE"])
data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
if data == keys:
    print("the Secret is up to date")
    raise SystemExit(0)
`,
  });
