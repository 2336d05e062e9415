import { describe, expect, test } from "vitest";
import { asked } from "../../generator/forge/answer.ts";
import { defaultTemplate, templateOf } from "../../generator/forge/body.ts";
import { clientOf } from "../../generator/forge/clients.ts";
import type { Home } from "../../generator/forge/forge.ts";
import { renew } from "../../generator/forge/renew.ts";
import { type Accident, type Answer, forgeServer, type Kind, send } from "./server.ts";

const kinds: readonly Kind[] = ["github", "gitlab", "gitea", "forgejo"];
const commit = "a".repeat(40);
const facts = {
  ...{ title: "eu1: change glance", summary: "eu1\n  glance: replicas.api 3 -> 5", diff: "### eu1\n\n**3 pods**\n" },
  ...{ base: "main", branch: "overstack/eu1-change-glance", remote: "origin", version: "0.1.0" },
};
const { value: fill } = templateOf(defaultTemplate, "built in");

/** A forge, and the one thing that is wanted of it. */
async function begin(kind: Kind, atTheEnd: (end: () => void) => void) {
  const server = await forgeServer(kind, "/nowhere", { headOf: () => commit });
  atTheEnd(server.close);
  const home: Home = { kind, server: server.url, path: "cloud/fleet" };
  const client = async (token = server.state.token) => clientOf(home, token, 1);
  const propose = async (more: object = {}, said: object = {}, token = server.state.token) =>
    renew(home, token, await client(token), {
      ...{ branch: facts.branch, base: "main", head: commit, isDraft: false, labels: [], reviewers: [], fill: fill! },
      facts: { ...facts, ...said },
      ...more,
    });
  const locate = async (token = server.state.token) => asked(home, token, (await client(token)).locate());
  return { ...server, home, propose, locate };
}

/** The one accident: to the next request that begins so, this is what is sent instead. */
const once =
  (begins: string, answer: Answer): Accident =>
  (line, response) => {
    if (!line.startsWith(begins)) return false;
    send(response, answer);
    return true;
  };

describe.concurrent.each(kinds)("%s", (kind) => {
  const listing = kind === "gitlab" ? "GET /projects/" : "GET /repos/cloud/fleet/pulls";
  const creating = kind === "gitlab" ? "POST /projects/" : "POST /repos/cloud/fleet/pulls";

  test("opens one pull request, renews its text when there is something new, and does nothing when there is not", async ({
    onTestFinished,
  }) => {
    const { propose, state, seen, faults } = await begin(kind, onTestFinished);
    const first = await propose({ labels: ["openstack"], reviewers: ["ann"], isDraft: true });
    expect(first).toMatchObject({
      what: "opened",
      issues: [],
      proposal: { number: 1, title: facts.title, state: "open" },
    });
    expect(state.pulls).toMatchObject([
      { branch: facts.branch, base: "main", labels: ["openstack"], reviewers: ["ann"] },
    ]);
    expect(state.pulls[0]!.body).toContain("glance: replicas.api 3 -> 5");
    expect((await propose()).what).toBe("unchanged");
    const reads = seen.filter((line) => line.startsWith("GET")).length;
    expect(await propose({}, { diff: "### eu1\n\n**5 pods**\n" })).toMatchObject({ what: "updated", issues: [] });
    expect(state.pulls).toHaveLength(1);
    expect(state.pulls[0]!.body).toContain("**5 pods**");
    expect(seen.length).toBeGreaterThan(reads);
    expect(faults).toEqual([]);
  });

  test("leaves what a person has written, in the text and as its title", async ({ onTestFinished }) => {
    const { propose, state, faults } = await begin(kind, onTestFinished);
    await propose();
    const [pull] = state.pulls;
    pull!.body = `Please look today.\r\n\r\n${pull!.body.replaceAll("\n", "\r\n")}\r\n\r\n- [x] announced`;
    expect((await propose({}, { title: "eu1: change glance and heat", diff: "new" })).what).toBe("updated");
    expect(pull!.title.replace(/^(Draft|WIP): /, "")).toBe("eu1: change glance and heat");
    expect(pull!.body).toMatch(
      /^Please look today\.\n\n<!-- overstack:begin [\s\S]*new[\s\S]*end -->\n\n- \[x\] announced$/,
    );
    pull!.title = "More memory for the launch";
    await propose({}, { title: "eu1: change heat", diff: "newer" });
    expect(pull!.title).toBe("More memory for the launch");
    expect(pull!.body).toContain("newer");
    pull!.body = "My own words alone.";
    expect(await propose({}, { diff: "newest" })).toMatchObject({ what: "unchanged", issues: [{ code: "no-marks" }] });
    expect(pull!.body).toBe("My own words alone.");
    expect(faults).toEqual([]);
  });

  test("does not open again what somebody has closed, and opens another for other commits", async ({
    onTestFinished,
  }) => {
    const { propose, state } = await begin(kind, onTestFinished);
    await propose();
    state.pulls[0]!.state = "closed";
    expect((await propose()).what).toBe("closed");
    expect(state.pulls).toHaveLength(1);
    expect((await propose({ head: "b".repeat(40) })).what).toBe("opened");
    state.pulls[1]!.state = "merged";
    expect((await propose({ head: "c".repeat(40) })).what).toBe("opened");
  });

  test("says so when it is merged between the look and the change", async ({ onTestFinished }) => {
    const { propose, state, accidents } = await begin(kind, onTestFinished);
    await propose();
    accidents.push((line) => {
      if (/^(PATCH|PUT) /.test(line)) state.pulls[0]!.state = "merged";
      return false;
    });
    expect((await propose({}, { diff: "new" })).what).toBe("merged");
  });

  test("two runs at once open one", async ({ onTestFinished }) => {
    const { propose, state, accidents } = await begin(kind, onTestFinished);
    let isFirst = true;
    accidents.push((line, response) => {
      if (!isFirst || !line.startsWith(listing)) return false;
      isFirst = false;
      send(response, { status: 200, body: [] });
      return true;
    });
    await propose();
    expect((await propose({}, { diff: "of the second" })).what).toBe("updated");
    isFirst = true;
    const both = await Promise.all([propose({ branch: "two" }), propose({ branch: "two" })]);
    expect(both.map(({ what }) => what)).toContain("opened");
    expect(both.flatMap(({ issues }) => issues)).toEqual([]);
    expect(state.pulls.filter(({ branch }) => branch === "two")).toHaveLength(1);
  });

  test("waits for a forge that wants to be asked less often, and gives up where that takes long", async ({
    onTestFinished,
  }) => {
    const { propose, state, accidents, seen } = await begin(kind, onTestFinished);
    const busy = (seconds: string) =>
      kind === "github"
        ? {
            status: 403,
            body: { message: "You have exceeded a secondary rate limit." },
            headers: { "retry-after": seconds },
          }
        : { status: 429, body: { message: "Retry later" }, headers: { "retry-after": seconds } };
    accidents.push(once(listing, busy("2")), once(creating, busy("1")));
    expect((await propose()).what).toBe("opened");
    expect(state.pulls).toHaveLength(1);
    expect(seen.filter((line) => line.startsWith("POST"))).toHaveLength(2);
    accidents.push(once(listing, busy("3600")));
    expect((await propose()).issues).toMatchObject([{ code: "forge-busy", hint: expect.stringContaining("later") }]);
  });

  test("asks again after a failure of the forge, and says so when it stays", async ({ onTestFinished }) => {
    const { propose, accidents } = await begin(kind, onTestFinished);
    accidents.push(once(listing, { status: 502, body: {} }), once(listing, { status: 503, body: {} }));
    expect((await propose()).what).toBe("opened");
    for (let count = 0; count < 3; count++) accidents.push(once(listing, { status: 500, body: { message: "oops" } }));
    expect((await propose()).issues).toMatchObject([{ code: "forge-failed", message: expect.stringContaining("500") }]);
  });

  test("follows a repository that has moved, and no redirect to another server", async ({ onTestFinished }) => {
    const { propose, locate, state, accidents, seen } = await begin(kind, onTestFinished);
    state.former.push("cloud/fleet");
    state.path = "platform/fleet";
    expect(await locate()).toEqual({ value: "platform/fleet" });
    state.former.pop();
    state.path = "cloud/fleet";
    accidents.push(once(listing, { status: 302, headers: { location: "http://127.0.0.1:9/elsewhere" } }));
    expect((await propose()).issues).toMatchObject([
      { code: "forge-elsewhere", message: expect.stringContaining("http://127.0.0.1:9, which is not followed") },
    ]);
    accidents.push(once(creating, { status: 301, headers: { location: `/api/${kind}` } }));
    expect((await propose()).issues).toMatchObject([{ code: "forge-elsewhere" }]);
    expect(seen).not.toContain(`GET /${kind}`);
  });

  test("a token that has expired, may too little, or sees no such repository", async ({ onTestFinished }) => {
    const { locate, propose, accidents, state } = await begin(kind, onTestFinished);
    const expired = await locate("an-old-token");
    expect(expired).toMatchObject({ issue: { code: "refused-token" } });
    accidents.push(once("GET", { status: 403, body: { message: "Resource not accessible: token-of-the-test" } }));
    const refused = await propose();
    expect(refused.issues).toMatchObject([{ code: "missing-right" }]);
    expect(JSON.stringify([expired, refused])).not.toMatch(/an-old-token|token-of-the-test/);
    state.path = "cloud/other";
    expect(await locate()).toMatchObject({ issue: { code: "unknown-repository" } });
    state.path = "cloud/fleet";
    accidents.push(once(creating, { status: 422, body: { message: "No commits between main and x" } }));
    expect((await propose()).issues).toMatchObject([{ code: "refused-proposal" }]);
  });

  test("an open pull request without its reviewers is a warning", async ({ onTestFinished }) => {
    const { propose, state } = await begin(kind, onTestFinished);
    const { what, issues } = await propose({ reviewers: ["nobody"] });
    expect(what).toBe("opened");
    expect(issues).toMatchObject([{ code: "not-set", severity: "warning" }]);
    expect(state.pulls).toHaveLength(1);
  });

  test("labels are found among many, and those that cannot be set are a warning", async ({ onTestFinished }) => {
    const { propose, state, accidents, faults } = await begin(kind, onTestFinished);
    state.labels = ["bug", "help", "network", "openstack", "urgent"];
    expect(await propose({ labels: ["urgent", "bug"] })).toMatchObject({ what: "opened", issues: [] });
    expect(state.pulls[0]!.labels.toSorted()).toEqual(["bug", "urgent"]);
    expect(faults).toEqual([]);
    // GitLab is given them with the merge request, and makes those that it does not have.
    if (kind === "gitlab") return;
    const setting = kind === "github" ? "POST /repos/cloud/fleet/issues/2/labels" : "GET /repos/cloud/fleet/labels";
    accidents.push(once(setting, { status: 403, body: { message: "no right" } }));
    const { what, issues } = await propose({ branch: "two", labels: ["urgent"] });
    expect(what).toBe("opened");
    expect(issues).toMatchObject([{ code: "not-set", severity: "warning", message: expect.stringContaining("403") }]);
  });

  test("a forge that does not answer is named", async ({ onTestFinished }) => {
    const { locate, close, home } = await begin(kind, onTestFinished);
    close();
    expect(await locate()).toMatchObject({
      issue: { code: "unreachable-forge", message: `${new URL(home.server).host} does not answer: ECONNREFUSED` },
    });
  });
});
