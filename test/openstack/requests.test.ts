import { expect, test } from "vitest";
import type { Request } from "./load.ts";
import { acknowledgedOf, seenOf } from "./requests.ts";

const request = (at: number, more: Partial<Request> = {}): Request => ({
  what: "project",
  host: "host-1",
  at,
  seconds: 1,
  error: null,
  name: null,
  ...more,
});
const refused = { error: "URLError: refused" };

test("requests that were under way when it happened count, those that had ended do not", () => {
  const requests = [request(98, refused), request(99.5, refused), request(100)];
  expect(seenOf(requests, 100, 200).of()).toEqual({ all: 2, failed: 1 });
});

test("requests from a lost host do not count", () => {
  const requests = [request(101), request(101, { host: "host-2", ...refused })];
  expect(seenOf(requests, 100, 200, ["host-2"]).of()).toEqual({ all: 1, failed: 0 });
});

test("a pause is the longest time without an answer of its kind, from the beginning to the end", () => {
  const requests = [request(101), request(103), request(120, refused), request(130, { seconds: 5 })];
  const more = [request(110, { what: "token" }), request(150)];
  expect(seenOf([...requests, ...more], 100, 160).pause("project")).toBe(135 - 104);
  expect(seenOf([], 100, 160).pause("project")).toBe(60);
});

test("the last failure is the last one that was sent", () => {
  const requests = [request(101, { ...refused, seconds: 30 }), request(110, refused), request(120)];
  expect(seenOf(requests, 100, 200).lastFailure("project")).toBe(10);
  expect(seenOf(requests, 100, 200).lastFailure("token")).toBe(0);
});

test("causes that differ in an identifier alone are one cause", () => {
  const timeOut = (id: string) => request(101, { what: "call", error: `MessagingTimeout: no reply to ${id}` });
  const requests = [timeOut("22de451cfe266288"), timeOut("4cb2f66f00aa11bb")];
  expect(seenOf(requests, 100, 200).errors()).toBe("2 x call: MessagingTimeout: no reply to …");
});

test("the sentence counts each kind, and the causes by how often they occur", () => {
  const requests = [
    request(101, { what: "token", ...refused }),
    request(102, refused),
    request(103, refused),
    request(104),
  ];
  const seen = seenOf(requests, 100, 200);
  expect(seen.counts()).toBe("token 1 of 1, project 2 of 3");
  expect(seen.counts("project")).toBe("project 2 of 3");
  expect(seen.errors()).toBe("2 x project: URLError: refused; 1 x token: URLError: refused");
  expect(seen.errors("token")).toBe("1 x token: URLError: refused");
});

test("what was acknowledged is what did not fail, of one kind", () => {
  const requests = [
    request(1, { name: "a" }),
    request(2, { name: "b", ...refused }),
    request(3, { what: "upload", name: "c" }),
  ];
  expect(acknowledgedOf(requests, "project")).toEqual(["a"]);
});
