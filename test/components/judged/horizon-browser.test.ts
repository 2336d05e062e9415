import { mkdirSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { authority, serverPair } from "../../config/certificates.ts";
import { releasesOf } from "../../config/installed.ts";
import { freePort } from "../../config/processes.ts";
import { serversOf, startAlone } from "../../config/small-cloud.ts";

const host = "horizon.lab.example.org";

describe.each(releasesOf("horizon"))("Horizon of %s", (release) => {
  test("a browser logs in, sees projects, stays logged in at another replica, and logs out", async ({
    onTestFinished,
  }) => {
    const small = await startAlone("horizon", release, onTestFinished, {
      changed: { access: { tls: { secret: "public" } } },
      infrastructure: true,
    });
    const { cloud, service, urls, adminPassword } = small;
    const first = [...urls.values()][0]!;
    const second = await cloud.serve(service, serversOf(service)[0]!, await freePort());
    let target = first;
    const port = await gateway(() => target, onTestFinished);
    const { page, failures } = await browse(port, onTestFinished);
    const look = async (name: string) => {
      const folder = process.env.OVERSTACK_SCREENSHOTS;
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: `${folder}/${release}-${name}.png`, fullPage: true });
    };

    await page.goto(`https://${host}/`);
    expect(new URL(page.url()).pathname).toBe("/auth/login/");
    expect(await page.locator("#id_domain").count(), "one domain is not asked for").toBe(0);
    // Without the style sheet it is square.
    expect(await page.evaluate("getComputedStyle(document.querySelector('#loginBtn')).borderRadius")).toBe("4px");
    await look("login");

    await logIn(page, "wrong");
    await expect.poll(() => page.locator("body").innerText()).toContain("Invalid credentials");
    await look("wrong-password");

    await logIn(page, adminPassword);
    await page.waitForURL("**/identity/");
    const table = page.locator("table").first();
    await expect.poll(() => table.innerText()).toContain("admin");
    await look("projects");

    target = second;
    await page.reload();
    await expect.poll(() => table.innerText()).toContain("admin");
    const cookies = await page.context().cookies();
    expect(cookies.find(({ name }) => name === "sessionid")).toMatchObject({ secure: true, httpOnly: true });
    expect(cookies.find(({ name }) => name === "csrftoken")).toMatchObject({ secure: true });

    await page.locator(".dropdown-toggle", { hasText: "admin" }).last().click();
    await page.getByText("Sign Out").click();
    await page.waitForURL(/\/auth\/login\//);
    await look("logged-out");
    target = first;
    await page.goto(`https://${host}/identity/`);
    expect(new URL(page.url()).pathname, "no replica knows the session any more").toBe("/auth/login/");
    expect(failures).toEqual([]);
  });

  test("a file of the operator's own that cannot be imported keeps the pod from starting", async ({
    onTestFinished,
  }) => {
    const own = { files: { "settings/10-own.py": "import nothing_of_this_name\n" } };
    await expect(
      startAlone("horizon", release, onTestFinished, { changed: { services: { keystone: {}, horizon: own } } }),
    ).rejects.toThrow(/settings\/10-own\.py: No module named 'nothing_of_this_name'/);
  });
});

async function logIn(page: Page, password: string): Promise<void> {
  await page.locator("#id_username").fill("admin");
  await page.locator("#id_password").fill(password);
  await page.locator("#loginBtn").click();
}

type OnFinished = (remove: () => Promise<void>) => void;

/** What stands for the Gateway: HTTPS outside, and it says so inside; its port. */
async function gateway(target: () => string, onFinished: OnFinished): Promise<number> {
  const { certificate: cert, key } = await serverPair(await authority(), [`DNS:${host}`]);
  const server = https.createServer({ cert, key }, (request, response) => {
    const headers = { ...request.headers, "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" };
    const inner = http.request(target() + request.url, { method: request.method!, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    inner.on("error", (error) => response.writeHead(502).end(String(error)));
    request.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onFinished(async () => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A page of a browser for which the public name leads to that port, and what goes wrong on it. */
async function browse(port: number, onFinished: OnFinished): Promise<{ page: Page; failures: string[] }> {
  const browser: Browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      `--host-resolver-rules=MAP ${host} 127.0.0.1:${port}`,
    ],
  });
  onFinished(() => browser.close());
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  const failures: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
  });
  page.on("pageerror", (error) => failures.push(String(error)));
  return { page, failures };
}
