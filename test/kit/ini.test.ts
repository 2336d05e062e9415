import { expect, test } from "vitest";
import { formatIni, mergeIni } from "../../generator/kit/ini.ts";

test("each value of an option with several values is a line, in every other option they are one value", () => {
  expect(
    formatIni({
      cache: { backend_argument: ["a:1", "b:2"], memcache_servers: ["a", "b"] },
      federation: { trusted_dashboard: ["https://a.example.org/x", "https://b.example.org/x"] },
    }),
  ).toBe(
    "[cache]\nbackend_argument = a:1\nbackend_argument = b:2\nmemcache_servers = a,b\n\n" +
      "[federation]\ntrusted_dashboard = https://a.example.org/x\ntrusted_dashboard = https://b.example.org/x\n",
  );
});

test("an option that is added leaves the others of its file", () => {
  expect(formatIni(mergeIni({ global: { keyring: "/k" } }, { client: { rbd_cache: "false" } }))).toBe(
    "[client]\nrbd_cache = false\n\n[global]\nkeyring = /k\n",
  );
});
