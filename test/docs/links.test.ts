import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { referencePages } from "../../generator/reference/reference.ts";
import { allPages, pages, textOf } from "./pages.ts";

/** Links of a page to other pages and files, without what they show. */
const linksOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));

/** Anchors that git hosts make of headings. */
const anchorsOf = (page: string): readonly string[] =>
  [...readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, "")
      .replaceAll(" ", "-"),
  );

test.each(allPages)("links of %s lead somewhere", (page) => {
  for (const link of linksOf(page)) {
    const [file, anchor] = link.split("#") as [string, string | undefined];
    const target = file === "" ? page : join(dirname(page), file);
    expect(existsSync(target), link).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
  }
});

it("the index names every page", () => {
  const named = linksOf("docs/README.md").map((link) => join("docs", link));
  expect(named).toEqual(
    expect.arrayContaining(pages.filter((page) => !page.endsWith("README.md") && page !== "CHANGELOG.md")),
  );
});

test.each(allPages)("%s speaks of the product alone", (page) => {
  const foreign = [/(?<![\w.])\/(work|root|home|tmp|usr|opt|private)\//, /\blocalhost:\d/, /\bTODO\b/, /\bFIXME\b/];
  // A mount point in an example is a place in a pod.
  const text = textOf(page).replaceAll("/opt/theme", "");
  for (const pattern of foreign) expect(text).not.toMatch(pattern);
});

it("the reference is as generated: npm run docs", () => {
  const generated = referencePages(catalogue);
  expect(globSync("docs/reference/**/*.md").sort()).toEqual([...generated.keys()].sort());
  for (const [file, page] of generated) expect(readFileSync(file, "utf8"), file).toBe(page);
});
