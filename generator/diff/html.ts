import { createHash } from "node:crypto";
import { count } from "../base/words.ts";
import { isImage, type ObjectChange } from "./changes.ts";
import type { ClusterDiff } from "./cluster-diff.ts";
import type { Field } from "./fields.ts";
import { script, style } from "./html-parts.ts";
import type { Claim } from "./impact.ts";
import { rules } from "./rules.ts";
import { claimText, effectsOf, fieldText, type Same, sameClusters, summaryOf } from "./text.ts";

/**
 * The same as one page: it needs no network and no server, can be searched, folded, and sorted by kind. Without scripts all of it can
 * be read. `from` is what the clusters are compared with.
 */
export function diffHtml(clusters: readonly ClusterDiff[], from: string): string {
  const same = sameClusters(clusters);
  const kinds = [...new Set(clusters.flatMap(({ changes }) => changes.map(kindOf)))].sort();
  // Nothing but these two may run or be loaded: what a cluster.yaml says is text here, whatever it looks like.
  const policy = `default-src 'none'; style-src '${digestOf(style)}'; script-src '${digestOf(script)}'; base-uri 'none'; form-action 'none'`;
  const title = `What changes in ${count(same.flatMap(({ names }) => names).length, "cluster")}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#clusters">To the clusters</a>
<header>
<h1>${title}</h1>
<p>Compared with <code>${escaped(from)}</code>. ${clusters.length === 0 ? "No object differs." : ""}</p>
<nav aria-label="Clusters">${same.map(({ heading, first }, index) => `<a href="#cluster-${index}">${escaped(heading)}<span>${escaped(summaryOf(first))}</span></a>`).join("\n")}</nav>
<form role="search" class="tools" hidden>
<label>Search <input type="search" id="search" placeholder="object, option, image" autocomplete="off"></label>
<label>Kind <select id="kind"><option value="">all kinds</option>${kinds.map((kind) => `<option>${escaped(kind)}</option>`).join("")}</select></label>
<label>Sorted by <select id="sort"><option value="of">instance</option><option value="kind">kind</option></select></label>
<button type="button" id="open">Unfold all</button>
<button type="button" id="close">Fold all</button>
<output id="found" aria-live="polite"></output>
</form>
</header>
<main id="clusters">
${same.map(section).join("\n")}
</main>
<script>${script}</script>
</body>
</html>
`;
}

const digestOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/(?![\n\t])\p{Cc}/gu, "\ufffd");

const kindOf = ({ id }: ObjectChange): string => id.split(" ")[0]!;

function section({ heading, names, first }: Same, index: number): string {
  const { impact, roll, images, changes, verb } = first;
  const groups = [...Map.groupBy(changes, ({ of }) => of)];
  return `<section id="cluster-${index}" aria-labelledby="heading-${index}">
<h2 id="heading-${index}">${escaped(heading)}</h2>
${names.length > 4 ? `<details class="names"><summary>${count(names.length, "cluster")}</summary><p>${names.map(escaped).join(", ")}</p></details>` : ""}
<p class="summary">${escaped(summaryOf(first))}</p>
${impact.length === 0 ? "" : `<h3>Impact</h3>\n<ul class="impact">\n${impact.map(claimItem).join("\n")}\n</ul>`}
${
  roll.steps.length < 2
    ? ""
    : `<h3>Order${roll.least === 0 ? "" : `, at least ${roll.least} s`}</h3>
<ol class="order">
${[...Map.groupBy(roll.steps, ({ place }) => place)].map(([, together]) => `<li>${together.map(({ step, objects }) => `<details><summary>${escaped(step)}</summary><p>${objects.map(escaped).join("<br>")}</p></details>`).join("")}</li>`).join("\n")}
</ol>`
}
${
  images.length === 0
    ? ""
    : `<h3>Images</h3>
<div class="wide"><table><thead><tr><th scope="col">image</th><th scope="col">becomes</th><th scope="col">of</th></tr></thead><tbody>
${images.map(({ before, after, of }) => `<tr><td><del>${escaped(before)}</del></td><td><ins>${escaped(after)}</ins></td><td>${of.map(escaped).join(", ")}</td></tr>`).join("\n")}
</tbody></table></div>`
}
<h3>Objects</h3>
<div class="objects">
${verb === "change" ? groups.map(([of, own]) => group(of, own)).join("\n") : group(verb === "add" ? "new" : "gone", changes)}
</div>
</section>`;
}

const claimItem = (claim: Claim): string => {
  const { level, rule, instead } = claim;
  const { fact, source } = rules[rule];
  const where = source.startsWith("https://")
    ? `<a href="${escaped(source)}" rel="noreferrer">${escaped(new URL(source).hostname)}</a>`
    : `<code>${escaped(source)}</code>`;
  return `<li data-level="${level}"><b>${level}</b> <span>${escaped(claimText(claim))}${instead === undefined ? "" : `<br><em>${escaped(instead)}</em>`}</span><details><summary>why</summary><p>${escaped(fact)} ${where}</p></details></li>`;
};

const group = (of: string, changes: readonly ObjectChange[]): string =>
  `<details class="group" open><summary><h4>${escaped(of)}</h4> <span>${count(changes.length, "object")}</span></summary>
${changes.map(objectItem).join("\n")}
</details>`;

const words = { add: "new", change: "changes", remove: "goes" } as const;

function objectItem(change: ObjectChange): string {
  const { id, of, verb, fields } = change;
  const effects = effectsOf(change);
  const shown = fields.filter((field) => !isImage(field));
  const line = `<span class="verb">${words[verb]}</span> <code>${escaped(id)}</code>${effects.length === 0 ? "" : ` <span class="effect">${escaped(effects.join(", "))}</span>`}`;
  const attributes = `class="object" data-verb="${verb}" data-of="${escaped(of)}" data-kind="${escaped(kindOf(change))}"`;
  return shown.length === 0
    ? `<div ${attributes}><p>${line}</p></div>`
    : `<details ${attributes}><summary>${line}</summary><div class="wide"><table><thead><tr><th scope="col">field</th><th scope="col">before</th><th scope="col">after</th></tr></thead><tbody>
${shown.map(fieldRow).join("\n")}
</tbody></table></div></details>`;
}

function fieldRow({ path, before, after }: Field): string {
  const cell = (tag: "del" | "ins", value: unknown) =>
    value === undefined ? "<td></td>" : `<td><${tag}>${escaped(fieldText(value))}</${tag}></td>`;
  const isHidden = before === undefined && after === undefined;
  return `<tr><th scope="row">${escaped(path)}</th>${isHidden ? '<td colspan="2">changed</td>' : `${cell("del", before)}${cell("ins", after)}`}</tr>`;
}
