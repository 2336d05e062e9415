import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterDiff, clusterDiff } from "../../generator/diff/cluster-diff.ts";
import { diffHtml } from "../../generator/diff/html.ts";
import type { Cluster } from "../../generator/fleet/one-cluster.ts";
import { build } from "../laws/cases.ts";

/* What a person sees of a change in a browser. OVERSTACK_SCREENSHOTS=<folder> keeps pictures. */

const text = `name: eu1
release: "2026.1"
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { secret: public } }
infrastructure: { mariadb: { backup: none }, etcd: {} }
services: { keystone: {}, placement: {} }
`;
const before = build(text);
const edited = (...edits: readonly (readonly [from: string, to: string])[]): Cluster =>
  build(edits.reduce((all, [from, to]) => all.replace(from, to), text));
const hostile = "</ins><script>window.taken = true</script><img src=x onerror='window.taken = true'>";
const upgrade = clusterDiff(
  before,
  edited(
    ["2026.1", "2026.2"],
    ["etcd: {}", "etcd: { storage: 16Gi }"],
    ["placement: {}", "placement: { replicas: 1 }"],
  ),
);
const option = clusterDiff(
  before,
  edited([
    "keystone: {}",
    `keystone: { config: { keystone.conf: { DEFAULT: { log_date_format: ${JSON.stringify(hostile)} } } }, replicas: 5 }`,
  ]),
);
const clusters: readonly ClusterDiff[] = [
  upgrade,
  ...Array.from({ length: 40 }, (_, index) => ({ ...option, name: `us${index + 1}` })),
];

const folder = mkdtempSync(join(tmpdir(), "overstack-page-"));
const file = join(folder, "diff.html");
let browser: Browser;
beforeAll(async () => {
  writeFileSync(file, diffHtml(clusters, "main (0123456)"));
  browser = await chromium.launch({
    executablePath: process.env.OVERSTACK_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The page, and what goes wrong on it or leaves the machine. */
async function opened(options: BrowserContextOptions = {}): Promise<{ page: Page; failures: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(file).href) failures.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, failures };
}

async function look(page: Page, name: string): Promise<void> {
  const kept = process.env.OVERSTACK_SCREENSHOTS;
  if (kept === undefined) return;
  mkdirSync(kept, { recursive: true });
  await page.screenshot({ path: join(kept, `${name}.png`), fullPage: true });
}

const shown = (page: Page) => page.locator(".object:visible");

test("it says what changes, asks for nothing on the network, and runs nothing that a cluster.yaml says", async () => {
  const { page, failures } = await opened();
  expect(await page.locator("h1").innerText()).toBe("What changes in 41 clusters");
  expect(await page.locator("h2").allInnerTexts()).toEqual(["eu1", "us1, us2, us3 and 37 more clusters"]);
  expect(await page.locator(".impact").first().innerText()).toContain("spec.volumeClaimTemplates cannot change");
  await page.getByRole("button", { name: "Unfold all" }).click();
  expect(await page.locator("main").innerText()).toContain(hostile);
  expect(await page.evaluate("window.taken")).toBeUndefined();
  expect(await page.locator("main script, main img").count()).toBe(0);
  await look(page, "light");
  expect(failures).toEqual([]);
});

test("the search shows what has all words, unfolds it, and says how much that is", async () => {
  const { page } = await opened();
  const all = await page.locator(".object").count();
  await page.getByRole("searchbox").fill("placement deployment");
  await expect.poll(() => shown(page).count()).toBe(1);
  expect(await page.locator("#found").innerText()).toBe(`1 of ${all} objects`);
  await page.getByRole("searchbox").fill("log_date_format");
  await expect.poll(() => shown(page).first().innerText()).toContain("50-instance.conf [DEFAULT] log_date_format");
  await page.getByRole("searchbox").fill("");
  await expect.poll(() => shown(page).count()).toBe(all);
});

test("it is sorted and filtered by kind, and folded", async () => {
  const { page } = await opened();
  await page.locator("#kind").selectOption("Job");
  const jobs = await shown(page).count();
  expect(jobs).toBe(6);
  expect(await page.locator(".object:visible").allInnerTexts()).toSatisfy((texts: string[]) =>
    texts.every((each) => each.includes("Job openstack-services/")),
  );
  await page.locator("#kind").selectOption("");
  await page.locator("#sort").selectOption("kind");
  const headings = await page.locator("#cluster-0 h4").allInnerTexts();
  expect(headings).toContain("Deployment");
  expect(headings).toEqual([...headings].sort());
  await page.getByRole("button", { name: "Fold all", exact: true }).click();
  await expect.poll(() => shown(page).count()).toBe(0);
  await page.getByRole("button", { name: "Unfold all" }).click();
  await page.locator("#sort").selectOption("instance");
  expect(await page.locator("#cluster-0 h4").allInnerTexts()).toContain("placement");
});

test("it can be used with the keyboard, and each control has a name", async () => {
  const { page } = await opened();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("To the clusters");
  const unnamed = await page.evaluate(
    `[...document.querySelectorAll("input, select, button, summary, a")].filter((each) => each.textContent.trim() === "" && !each.labels?.[0]?.textContent.trim()).length`,
  );
  expect(unnamed).toBe(0);
  expect(await page.evaluate("document.documentElement.lang")).toBe("en");
  const levels = (await page.evaluate(
    `[...document.querySelectorAll("h1, h2, h3, h4")].map((each) => Number(each.tagName[1]))`,
  )) as number[];
  expect(levels.filter((level, index) => index > 0 && level > levels[index - 1]! + 1)).toEqual([]);
});

describe.each(["light", "dark"] as const)("in a %s scheme", (colorScheme) => {
  test("all text has a contrast of 4.5 to 1", async () => {
    const { page } = await opened({ colorScheme });
    await page.getByRole("button", { name: "Unfold all" }).click();
    await look(page, `${colorScheme}-unfolded`);
    expect(await page.evaluate(faint)).toEqual([]);
  });
});

test("it fits a telephone", async () => {
  const { page } = await opened({ viewport: { width: 360, height: 640 } });
  await look(page, "telephone");
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
});

test("without scripts all of it can be read", async () => {
  const { page } = await opened({ javaScriptEnabled: false });
  expect(await page.locator(".tools").isVisible()).toBe(false);
  expect(await shown(page).count()).toBe(await page.locator(".object").count());
});

test("the picture of the documentation is shown as an image is", async () => {
  const page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
  const url = pathToFileURL(resolve("docs/reviewing.svg")).href;
  writeFileSync(join(folder, "picture.html"), `<img src="${url}" alt="">`);
  await page.goto(pathToFileURL(join(folder, "picture.html")).href);
  await page.locator("img").evaluate("image => image.decode()");
  expect(await page.locator("img").boundingBox()).toMatchObject({ width: 960, height: 720 });
  await look(page, "picture");
  await page.goto(url);
  expect(await page.locator("h1").textContent()).toBe("What changes in 1 cluster");
  expect(await page.locator(".impact li").first().isVisible()).toBe(true);
});

test("a thousand clusters are one page", async () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({ ...upgrade, name: `c${index}` }));
  const html = diffHtml(many, "main");
  expect(html.length).toBeLessThan(200_000);
  writeFileSync(join(folder, "many.html"), html);
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(folder, "many.html")).href);
  expect(await page.locator("h2").innerText()).toBe("c0, c1, c2 and 997 more clusters");
});

/** Texts with less contrast than that to what lies behind them: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
const faint = `(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if ((parts(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "") && element.checkVisibility()).filter((element) => {
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05) < 4.5;
  }).map((element) => element.tagName + " " + element.textContent.slice(0, 40));
})()`;
