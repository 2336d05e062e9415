import { expect, test } from "vitest";
import { isCron } from "../../generator/contract/cron.ts";

// What the parser of Kubernetes' CronJob controller (robfig/cron, standard form) says of each.

test.each([
  ["30 3 * * *", "a time of day"],
  ["*/15 * * * *", "a step"],
  ["0-30/10 8-18 * * 1-5", "ranges, one with a step"],
  ["5/15 * * * *", "a step from a minute on"],
  ["0,20,40 0 1,15 * *", "lists"],
  ["0 4 * JAN-mar sun", "names, whatever their case"],
  ["0 0 ? * *", "a question mark for any day"],
  ["0   3\t*  * *", "several blanks"],
  ["59 23 31 12 6", "the largest number of each field"],
  ["@daily", "a word"],
])("%s is a schedule: %s", (text) => {
  expect(isCron(text)).toBe(true);
});

test.each([
  ["", "nothing"],
  ["nightly", "no schedule"],
  ["30 3 * *", "four fields"],
  ["0 30 3 * * *", "six fields, the first for seconds"],
  ["60 3 * * *", "minute 60"],
  ["0 24 * * *", "hour 24"],
  ["0 0 0 * *", "day 0"],
  ["0 0 32 * *", "day 32"],
  ["0 0 * 13 *", "month 13"],
  ["0 0 * * 7", "weekday 7, which other crons take for Sunday"],
  ["0 0 * * monday", "a name that is not abbreviated"],
  ["18-8 * * * *", "a range that ends before it begins"],
  ["*/0 * * * *", "a step of nothing"],
  ["*/5/2 * * * *", "two steps"],
  ["1-2-3 * * * *", "a range with three ends"],
  ["-5 * * * *", "a negative minute"],
  ["1,,2 * * * *", "a list with a gap"],
  ["1.5 * * * *", "half a minute"],
  ["@reboot", "a word of other crons"],
  ["TZ=UTC 0 3 * * *", "a time zone, which has a field of its own"],
  ["0 3 * * * # nightly", "a comment"],
])("%s is not a schedule: %s", (text) => {
  expect(isCron(text)).toBe(false);
});
