import { expect, test } from "vitest";
import { bodyWith, defaultTemplate, templateOf } from "../../generator/forge/body.ts";
import { compareAddress, homeOf } from "../../generator/forge/home.ts";

const fill = templateOf(defaultTemplate, "built in").value!;
const facts = {
  ...{ title: "eu1: change glance", summary: "eu1\n  glance: added", diff: "what happens" },
  ...{ base: "main", branch: "overstack/x", remote: "origin", version: "0.1.0" },
};

test("a text says what changed, what it does, and how to see it", () => {
  const body = bodyWith(undefined, fill, facts)!;
  for (const words of ["glance: added", "what happens", "git switch overstack/x", "overstack diff origin/main"])
    expect(body).toContain(words);
});

test("a value of the change cannot end our part, and a text keeps a dollar sign", () => {
  const before = `Mine.\n${bodyWith(undefined, fill, facts)}`;
  const body = bodyWith(before, fill, { ...facts, diff: "$& <!-- overstack:end --> $1" })!;
  expect(body.match(/<!-- overstack:end -->/g)).toHaveLength(1);
  expect(body).toContain("$& <! -- overstack:end --> $1");
  expect(bodyWith(body, fill, facts)).toBe(before);
});

test("what is too long is left out from what is folded, and never a word of a person", () => {
  const section = (name: string) =>
    `### ${name}\n\n**pods roll**\n\n<details>\n${`  ${name}\n`.repeat(4000)}</details>\n`;
  const diff = ["eu1", "eu2", "eu3"].map(section).join("\n");
  const before = `${"my words ".repeat(2000)}${bodyWith(undefined, fill, facts)}`;
  const body = bodyWith(before, fill, { ...facts, diff })!;
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(body.startsWith("my words ".repeat(2000))).toBe(true);
  for (const name of ["eu1", "eu2", "eu3"]) expect(body).toContain(`### ${name}`);
  expect(body).toContain("The rest is too long for this place");
});

test("a fleet's own template is used, and its mistakes are named", () => {
  expect(templateOf("# {{title}}\n{{diff}}", "x.hbs").value!(facts)).toBe("# eu1: change glance\nwhat happens");
  expect(templateOf("{{titel}}", "x.hbs").issues).toMatchObject([{ code: "bad-template", file: "x.hbs" }]);
  expect(templateOf("{{#if summary}}", "x.hbs").issues).toMatchObject([{ code: "bad-template" }]);
});

test.each([
  ["git@github.com:cloud/fleet.git", "github https://github.com cloud/fleet"],
  ["ssh://git@ssh.github.com:443/cloud/fleet.git", "github https://github.com cloud/fleet"],
  ["https://someone:secret@gitlab.com/a/b/c", "gitlab https://gitlab.com a/b/c"],
  ["https://codeberg.org/cloud/fleet/", "forgejo https://codeberg.org cloud/fleet"],
  ["https://git.example.org/cloud/fleet", "which-forge"],
  ["https://github.com/cloud", "which-forge"],
  ["https://github.com/cloud/fleet/more", "which-forge"],
  ["https://github.com/cloud/..%2f..", "which-forge"],
  ["/srv/fleet.git", "which-forge"],
])("the remote %s is %s", (url, shown) => {
  const { value, issues } = homeOf(url, undefined, {});
  expect(value === undefined ? issues[0]!.code : `${value.kind} ${value.server} ${value.path}`).toBe(shown);
  expect(JSON.stringify(issues)).not.toContain("secret");
});

test("a job of the forge's own says what it is", () => {
  const of = (environment: object) =>
    homeOf("https://git.example.org/cloud/fleet.git", undefined, environment as never).value?.kind;
  const actions = { GITHUB_SERVER_URL: "https://git.example.org" };
  expect(of(actions)).toBe("github");
  expect(of({ ...actions, GITEA_ACTIONS: "true" })).toBe("gitea");
  expect(of({ ...actions, FORGEJO_ACTIONS: "true", GITEA_ACTIONS: "true" })).toBe("forgejo");
  expect(of({ CI_SERVER_URL: "https://git.example.org" })).toBe("gitlab");
  expect(of({ GITHUB_SERVER_URL: "https://github.com" })).toBeUndefined();
});

test("each forge has a page to open one by hand", () => {
  const at = (kind: "github" | "gitlab" | "gitea") =>
    compareAddress({ kind, server: "https://git.example.org", path: "cloud/fleet" }, "main", "overstack/a#b");
  expect(at("github")).toBe("https://git.example.org/cloud/fleet/compare/main...overstack/a%23b?expand=1");
  expect(at("gitea")).toBe("https://git.example.org/cloud/fleet/compare/main...overstack/a%23b");
  expect(at("gitlab")).toContain("merge_request%5Bsource_branch%5D=overstack%2Fa%23b");
});
