import Handlebars from "handlebars";
import { z } from "zod";
import { byName } from "../base/data.ts";
import type { Catalogue } from "../contract/component.ts";
import { ruleOrder, rules } from "../diff/rules.ts";
import { commonShape, nodeShape, serviceShape } from "../input/schema/instance.ts";
import { rootShape } from "../input/schema/root.ts";
import { hasServiceSettings, rootSchema } from "../input/schema/whole.ts";
import { codes, type Meaning, stages } from "../issues/codes.ts";
import { componentPage } from "./component.ts";
import { rowsOf } from "./rows.ts";
import { clusterTemplate, componentTemplate, impactTemplate, mistakesTemplate, rowsTemplate } from "./templates.ts";

/** The reference as Markdown: path of a file -> text. Made from the schemas that files are checked by, and from the register of mistakes. */
export function referencePages(catalogue: Catalogue): Map<string, string> {
  const render = templates();
  const components = [...catalogue.values()].sort(byName);
  const rows = rowsOf(rootSchema);
  const nested = (key: string) =>
    rows.filter(({ path }) => path.startsWith(key) && /^[.[]/.test(path.slice(key.length)));
  return new Map([
    [
      "docs/reference/cluster-yaml.md",
      render.cluster({
        root: rows.filter(({ path }) => Object.hasOwn(rootSchema.shape, path)),
        sections: Object.keys(rootShape)
          .map((key) => ({ ...rows.find(({ path }) => path === key)!, name: key, rows: nested(key) }))
          .filter((section) => section.rows.length > 0),
        components: components.map(({ name, group, summary }) => ({ name, group, summary })),
        common: rowsOf(z.strictObject(commonShape)),
        service: rowsOf(z.strictObject(serviceShape)),
        node: rowsOf(z.strictObject(nodeShape)),
      }),
    ],
    ...components.map((component): [string, string] => [
      `docs/reference/components/${component.name}.md`,
      render.component({ ...componentPage(component, catalogue), isService: hasServiceSettings(component) }),
    ]),
    ["docs/reference/mistakes.md", render.mistakes({ stages: mistakes() })],
    ["docs/reference/impact.md", render.impact({ rules: impactRules() })],
  ]);
}

/** The register by stage. */
const mistakes = () =>
  Object.entries(stages).map(([stage, about]) => ({
    title: `${stage[0]!.toUpperCase()}${stage.slice(1)}`,
    about,
    codes: Object.entries<Meaning>(codes)
      .filter(([, entry]) => entry.stage === stage)
      .map(([code, { means, formerly = "" }]) => ({ code, means, formerly })),
  }));

/** Claims of `diff`, each with what it rests on; pages of this documentation lie one folder above. */
const impactRules = () =>
  ruleOrder.map((name) => {
    const { level, fact, source } = rules[name];
    const [, page] = /^docs\/(.*)$/.exec(source) ?? [];
    const link = page === undefined ? new URL(source).hostname : page.split("#")[0]!;
    return { name, level, fact, source: `[${link}](${page === undefined ? source : `../${page}`})` };
  });

/** Markdown needs no escaping of HTML, except that a word in angle brackets outside of code would be taken for a tag. */
function templates() {
  const handlebars = Handlebars.create();
  handlebars.registerHelper("cell", (text: string) => cell(text));
  handlebars.registerPartial("rows", rowsTemplate);
  const compile = (template: string) => {
    const write = handlebars.compile(template, { noEscape: true, strict: true });
    return (data: object) =>
      write(data)
        .replace(/\n{3,}/g, "\n\n")
        .trimEnd()
        .concat("\n");
  };
  return {
    cluster: compile(clusterTemplate),
    component: compile(componentTemplate),
    impact: compile(impactTemplate),
    mistakes: compile(mistakesTemplate),
  };
}

const cell = (text: string): string =>
  text
    .replaceAll("|", "\\|")
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part.replaceAll("<", "&lt;") : part))
    .join("`");
