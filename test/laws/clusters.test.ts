import fc from "fast-check";
import { expect, test } from "vitest";
import { hasErrors } from "../../generator/issues/issue.ts";
import { build } from "./cases.ts";
import { clusters } from "./clusters.ts";

test("of the random clusters that the laws are tried on at least nine in ten are valid", () => {
  const tried = fc.sample(clusters, 60);
  const valid = tried.filter((data) => !hasErrors(build(data).issues));
  expect(valid.length / tried.length).toBeGreaterThanOrEqual(0.9);
});
