import { expect, test } from "vitest";
import { parse } from "yaml";
import { toYaml } from "../../generator/kustomize/yaml.ts";

test.each(["\u0085", "\u2028", "\u2029", "\u007f", "\u0080", "\ufeff"])(
  "a value with %j is the same to readers of YAML 1.1 and 1.2",
  (character) => {
    const value = {
      [`a${character}b`]: [`limit${character}# note`, `two\nlines${character}evil: yes\n`, "x".repeat(200)],
    };
    const text = toYaml(value);
    expect(text).not.toContain(character);
    expect(parse(text)).toEqual(value);
    expect(parse(text, { version: "1.1" })).toEqual(value);
  },
);
