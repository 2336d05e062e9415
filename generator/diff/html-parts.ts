/** Style of the page. Both schemes keep a contrast of 4.5 to 1 for text: https://www.w3.org/TR/WCAG22/#contrast-minimum */
export const style = `
:root { --text: #1d2127; --quiet: #565d68; --ground: #ffffff; --raised: #f4f5f7; --line: #d5d9e0; --link: #0b57d0;
  --added: #0f6b2f; --added-ground: #e3f4e7; --removed: #a3161b; --removed-ground: #fbe6e6; --warn: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ee; --quiet: #a5adba; --ground: #14171b; --raised: #1f242b; --line: #3a414c;
  --link: #8ab4f8; --added: #7fd49a; --added-ground: #16301f; --removed: #ff9a94; --removed-ground: #3a1c1d; --warn: #f2b56b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 80rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.3rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; } h4 { font-size: 1rem; display: inline; margin: 0; }
a { color: var(--link); } code, td, .order summary { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875rem; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
nav { display: grid; gap: .25rem; max-height: 16rem; overflow: auto; } nav a { display: block; padding: .35rem .6rem; border-radius: .4rem;
  background: var(--raised); text-decoration: none; } nav span, .summary, .group > summary span, .effect { color: var(--quiet); } nav span { display: block; font-size: .875rem; }
.tools { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; padding: .75rem 0; background: var(--ground); border-bottom: 1px solid var(--line); }
.tools[hidden] { display: none; } .tools label { display: grid; font-size: .875rem; color: var(--quiet); }
input, select, button { font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--quiet); border-radius: .4rem; padding: .35rem .6rem; min-height: 2.25rem; }
button { cursor: pointer; } input { min-width: 16rem; }
.impact { list-style: none; padding: 0; display: grid; gap: .5rem; } .impact > li { display: grid; grid-template-columns: 8rem 1fr auto; gap: .75rem; padding: .5rem .75rem;
  border-left: .3rem solid var(--line); background: var(--raised); border-radius: .25rem; }
.impact details[open] { grid-column: 1 / -1; } .impact span { overflow-wrap: anywhere; }
[data-level=refused], [data-level=interruption] { border-color: var(--removed) !important; } [data-level=refused] b, [data-level=interruption] b { color: var(--removed); }
[data-level=risk] { border-color: var(--warn) !important; } [data-level=risk] b { color: var(--warn); }
summary { cursor: pointer; } .group { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: .5rem .75rem; }
.object { margin: .25rem 0 .25rem 1rem; padding: .15rem 0; } .object p { margin: 0; padding-left: 1rem; } .verb { display: inline-block; min-width: 4.5rem; font-weight: 600; }
[data-verb=add] .verb { color: var(--added); } [data-verb=remove] .verb { color: var(--removed); } [data-verb=change] .verb { color: var(--warn); }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .5rem 0; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid var(--line); }
th { font-weight: 600; font-size: .875rem; } tbody th { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-weight: 400; overflow-wrap: anywhere; min-width: 12rem; }
del, ins { text-decoration: none; white-space: pre-wrap; } del { color: var(--removed); background: var(--removed-ground); } ins { color: var(--added); background: var(--added-ground); }
mark { background: #ffe58a; color: #1d2127; } [hidden] { display: none !important; }
@media (max-width: 40rem) { .impact > li { grid-template-columns: 1fr; } input { min-width: 0; width: 100%; } .object { margin-left: 0; } }
@media print { .tools, .skip, nav { display: none !important; } body { max-width: none; } }
`;

/** Script of the page: what is searched, folded and sorted is there already. */
export const script = `
"use strict";
const at = (id) => document.getElementById(id);
const objects = [...document.querySelectorAll(".object")];
const places = [...document.querySelectorAll(".objects")];
document.querySelector(".tools").hidden = objects.length === 0;
function show() {
  const words = at("search").value.toLowerCase().split(/\\s+/).filter(Boolean);
  const kind = at("kind").value;
  let found = 0;
  for (const object of objects) {
    const text = object.textContent.toLowerCase();
    const isShown = (kind === "" || object.dataset.kind === kind) && words.every((word) => text.includes(word));
    object.hidden = !isShown;
    if (isShown) found++;
    if (object.tagName === "DETAILS" && words.length > 0) object.open = isShown;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".object:not([hidden])");
  at("found").textContent = found + " of " + objects.length + " objects";
}
function sort() {
  const by = at("sort").value;
  for (const place of places) {
    const own = [...place.querySelectorAll(".object")];
    const names = [...new Set(own.map((object) => object.dataset[by]))];
    if (by === "kind") names.sort();
    const groups = names.map((name) => {
      const group = document.createElement("details");
      group.className = "group";
      group.open = true;
      const summary = document.createElement("summary");
      const heading = document.createElement("h4");
      heading.textContent = name;
      const number = document.createElement("span");
      const members = own.filter((object) => object.dataset[by] === name);
      number.textContent = " " + members.length + (members.length === 1 ? " object" : " objects");
      summary.append(heading, number);
      group.append(summary, ...members);
      return group;
    });
    place.replaceChildren(...groups);
  }
  show();
}
function fold(open) {
  for (const each of document.querySelectorAll(".objects details")) each.open = open;
}
at("search").addEventListener("input", show);
at("kind").addEventListener("change", show);
at("sort").addEventListener("change", sort);
at("open").addEventListener("click", () => fold(true));
at("close").addEventListener("click", () => fold(false));
document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());
show();
`;
