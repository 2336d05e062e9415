import { describe, inject, test } from "vitest";
import { wholeLife } from "./whole-life.ts";

describe.each(inject("cases"))("$component $release", ({ component, release }) => {
  test("its Jobs run, its servers answer, its programs stay at work, its crons end", ({ onTestFinished }) =>
    wholeLife(component, release, onTestFinished));
});
