import { describe, inject, test } from "vitest";
import { wholeLife } from "./whole-life.ts";

// A real server, with the users and the rights that the operator would make. SQLite, which other tests have, knows neither.
describe.each(inject("cases"))("$component $release", ({ component, release }) => {
  test("works with users who read and write rows alone: only its Jobs change tables", ({ onTestFinished }) =>
    wholeLife(component, release, onTestFinished, {
      infrastructure: true,
      changed: { internal: { databaseRights: "rows" } },
    }));
});
