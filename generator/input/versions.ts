import { z } from "zod";
import { splitImage } from "../base/image.ts";
import { oneOf, showValue } from "../base/words.ts";
import { name, taggedImage } from "../contract/formats.ts";
import { error, type Issue, warning } from "../issues/issue.ts";
import { operatorNamed, operators, versionOf } from "../operators/index.ts";
import { parsePruned } from "./mistakes/parse-without-mistakes.ts";
import type { ClusterSpec } from "./spec.ts";
import { readYaml } from "./yaml/parse.ts";
import { located, type Source } from "./yaml/positions.ts";

/** Versions that people, or a program for them, decide apart from cluster.yaml. */
export interface Versions {
  /** Instance -> name of its image -> the image. */
  readonly images: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Operator -> its version. */
  readonly operators: Readonly<Record<string, string>>;
}

// A key that ends in "image" with a text is what Renovate's manager helm-values looks for, at any depth:
// https://docs.renovatebot.com/modules/manager/helm-values/
const entry = z.strictObject({ image: taggedImage.describe("The image, with the tag that is wanted.") });

const schema = z.strictObject({
  images: z.record(name, z.record(name, entry)).default({}).describe("Instance -> name of its image -> the image."),
  operators: z
    .partialRecord(z.enum(operators.map((operator) => operator.name)), entry)
    .default({})
    .describe("Operators of another version: its image, whose tag is the version."),
});

/** A versions.yaml as far as it could be understood. */
export interface ReadVersions {
  readonly versions: Versions;
  readonly source: Source;
  readonly issues: readonly Issue[];
}

/** Reads and checks one file, as far as it can be judged without the cluster. */
export function parseVersions(file: string, text: string | Uint8Array): ReadVersions {
  const { value, source, issues: unread } = readYaml(file, text);
  const inFile = (issue: Issue): Issue => located(source, named(issue));
  const none: z.output<typeof schema> = { images: {}, operators: {} };
  // A file from which somebody took the last line says nothing.
  if (value === undefined)
    return {
      versions: { images: {}, operators: {} },
      source,
      issues: unread.filter(({ code }) => code !== "empty-file").map(named),
    };
  const { data = none, findings } = parsePruned(schema, value, []);
  const asked = Object.entries(data.operators).flatMap(([operator, each]) =>
    each === undefined ? [] : [{ operator, image: each.image }],
  );
  const versions = {
    images: mapped(data.images, (images) => mapped(images, ({ image }) => image)),
    operators: Object.fromEntries(asked.map(({ operator, image }) => [operator, splitImage(image)[1]])),
  };
  const issues = [...findings, ...asked.flatMap(({ operator, image }) => judged(operator, image))];
  return { versions, source, issues: [...unread.map(named), ...issues.map(inFile)] };
}

const mapped = <T, U>(map: Readonly<Record<string, T>>, to: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, to(value)]));

/** The words for mistakes are made for cluster.yaml; the root of this file has another name, and other first keys. */
const named = (issue: Issue): Issue => ({
  ...issue,
  message: issue.message.replace(/^cluster\.yaml\b/, "versions.yaml"),
  ...(issue.code === "root-not-map" ? { hint: "Begin with images: or operators:, at the start of its line." } : {}),
});

function judged(name: string, image: string): Issue[] {
  const operator = operatorNamed(name);
  const [tested, path] = [versionOf(operator), ["operators", name, "image"]];
  // Others have versions of their own: what an operator brings along.
  const known = operator.images.map(splitImage).flatMap(([each, tag]) => (tag === tested ? [each] : []));
  const [repository, version] = splitImage(image);
  if (image.includes("@") || !known.includes(repository))
    return [
      error(
        "unknown-image",
        image.includes("@")
          ? `${showValue(image)} has a digest: ${name} is installed by its version alone`
          : `${showValue(image)} is not an image of ${name}`,
        `Its tag is the version of the operator. Write: ${oneOf(known.map((each) => `${each}:${tested}`))}.`,
        { path },
      ),
    ];
  return version === tested
    ? []
    : [
        warning(
          "untested-version",
          `${name} ${version} is another version than the one that Overstack was tested with, ${tested}`,
          "What is generated has the fields of that one. Read the operator's release notes, and try it in a cluster that nobody misses.",
          { path },
        ),
      ];
}

/** What is decided in both files, and operators whose version counts for nothing. */
export const checkVersions = ({ images, operators: asked }: Versions, spec: ClusterSpec): Issue[] => [
  ...spec.instances.flatMap(({ name: instance, common, path }) =>
    Object.keys(common.image ?? {}).flatMap((image) =>
      images[instance]?.[image] === undefined
        ? []
        : [
            error(
              "conflicting-keys",
              `the image ${image} of ${instance} is written here and in cluster.yaml, ${[...path, "image", image].join(".")}`,
              "Keep one of the two: here, where Renovate finds it.",
              { path: ["images", instance, image, "image"] },
            ),
          ],
    ),
  ),
  ...Object.keys(asked).flatMap((operator) =>
    spec.operators?.[operator] === "existing"
      ? [
          error(
            "unused-key",
            `${operator} has a version here, and cluster.yaml says that somebody else installs it`,
            `Remove it here, or remove operators.${operator} there.`,
            { path: ["operators", operator], atKey: true },
          ),
        ]
      : [],
  ),
];
