import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { failingAt } from "../../generator/kit/job.ts";

test.each([
  { program: "does its work", command: "echo 3 keys", status: 0, log: "3 keys\n" },
  { program: "fails", command: "sh -c 'echo lost; exit 3'", status: 1, log: "lost\n" },
  { program: "tells of a failure and ends well", command: "sh -c 'echo Failed: x >&2'", status: 1, log: "Failed: x\n" },
])("a program that $program is judged by both, and its log shows what it said", ({ command, status, log }) => {
  const [shell, ...words] = failingAt("Failed", command);
  expect(spawnSync(shell!, words, { encoding: "utf8" })).toMatchObject({ status, stdout: log });
});
