import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { seedScript } from "../../generator/kit/seed-script.ts";

// Setting a password ends all tokens of its user. An Identity service that is overloaded must not bring that about.

const folder = mkdtempSync(join(tmpdir(), "overstack-seed-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As much of the client as the script uses: everything is there, and a login ends as ANSWER says. */
const client: Readonly<Record<string, string>> = {
  "keystoneauth1/__init__.py": "",
  "keystoneauth1/exceptions.py": `class ClientException(Exception): pass
class Unauthorized(ClientException): pass
class ServiceUnavailable(ClientException): pass
class ConnectFailure(ClientException): pass
`,
  "openstack/exceptions.py": "class ConflictException(Exception): pass\n",
  "openstack/__init__.py": `import os
from types import SimpleNamespace
from unittest.mock import MagicMock
from keystoneauth1 import exceptions

def get_token():
    if os.environ["ANSWER"] != "":
        raise getattr(exceptions, os.environ["ANSWER"])()

def connect(**login):
    identity = MagicMock()
    identity.update_user = lambda user, **fields: print("set:", *fields)
    return SimpleNamespace(identity=identity, session=SimpleNamespace(get_token=get_token))
`,
};
for (const [path, text] of Object.entries(client)) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe("a user whose login ends", () => {
  const seed = { users: [{ name: "someone", domain: "Default", passwordVariable: "PASSWORD", grants: [] }] };
  const run = (answer: string) =>
    spawnSync("python3", ["-c", seedScript(seed)], {
      encoding: "utf8",
      env: {
        ...{ PATH: process.env.PATH, PYTHONPATH: folder, ANSWER: answer },
        ...{ SEED: JSON.stringify(seed), PASSWORD: "word", OS_AUTH_URL: "http://127.0.0.1:9/v3" },
      },
    });

  test("well keeps the password", () => {
    const { status, stdout } = run("");
    expect([status, stdout]).toEqual([0, "identity is in line with the seed\n"]);
  });

  test("with 401 gets the password of the Secret", () => {
    const { status, stdout } = run("Unauthorized");
    expect([status, stdout]).toEqual([0, "set: password\nidentity is in line with the seed\n"]);
  });

  test.each(["ServiceUnavailable", "ConnectFailure"])(
    "with %s keeps the password, and the Job tries again",
    (answer) => {
      const { status, stdout, stderr } = run(answer);
      expect(stderr).toContain(answer);
      expect([status === 0, stdout]).toEqual([false, ""]);
    },
  );
});
