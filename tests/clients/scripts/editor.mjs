// The editor in a real browser, which reaches nothing but the store.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { fresh, happen, url } from "./ask.mjs";

const { CHROMIUM, SCREENSHOTS } = process.env;
const OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
const QUIET = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"];
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 800 };
const PATIENCE_MILLISECONDS = 30_000;

let browser;
let context;
let page;
let elsewhere;
let complaints;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--no-first-run", "--disable-sync", OFFLINE, ...QUIET],
  });
});
after(() => browser?.close());
beforeEach(() => {
  elsewhere = [];
  complaints = [];
});
afterEach(async () => {
  await context?.close();
  context = undefined;
});

const isOurs = (address) => new URL(address).host === new URL(url).host;

/** The editor, as somebody sees it who comes for the first time. */
async function open({ viewport = WIDE, colorScheme = "light", changed } = {}) {
  context = await browser.newContext({ viewport, colorScheme });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  await context.route(
    (address) => !isOurs(address),
    (route) => {
      elsewhere.push(route.request().url());
      return route.abort();
    },
  );
  page = await context.newPage();
  page.on("websocket", (socket) => isOurs(socket.url()) || elsewhere.push(socket.url()));
  page.on("console", (told) => ["error", "warning"].includes(told.type()) && complaints.push(told.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  if (changed) await page.route(url, (route) => changePage(route, changed), { times: 1 });
  const told = page.waitForResponse((response) => response.request().postData()?.includes("IntrospectionQuery"));
  const response = await page.goto(url);
  await told;
  return response;
}

async function changePage(route, changed) {
  const response = await route.fetch();
  return route.fulfill({ response, body: changed(await response.text()) });
}

const answer = () => page.locator(".result-window .CodeMirror-code");
const shows = (text) => answer().getByText(text).first().waitFor();
const run = () => page.getByRole("button", { name: "Execute query" }).click();
const askAs = (name) => page.getByLabel("Ask as").selectOption(name);

/** Wait until the editor has taken note of what is written in the open tab, which it does when nothing more is typed. */
const noted = (wanted) =>
  page.waitForFunction((fields) => {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem("graphiql:tabState") ?? '{ "tabs": [] }');
    const open = tabs[activeTabIndex] ?? {};
    return Object.entries(fields).every(([name, value]) => open[name] === value);
  }, wanted);

async function tab(operationName) {
  await page.getByRole("tab", { name: operationName, exact: true }).click();
  await noted({ operationName });
}

async function write(query) {
  await page.getByRole("button", { name: "Add tab" }).click();
  await page.locator(".graphiql-query-editor .CodeMirror").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(query);
  await noted({ query });
}

/** What a picture shows, read by the browser itself: its size, how many colors it has, the share and light of the most common. */
async function looksOf(png) {
  const reader = await context.newPage();
  const looks = await reader.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas.drawImage(bitmap, 0, 0);
    const counts = new Map();
    for (const pixel of new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer)) {
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    }
    const [[most, times]] = [...counts].sort(([, one], [, other]) => other - one);
    return { width, height, colors: counts.size, share: times / (width * height), light: (most & 0xff) / 0xff };
  }, png.toString("base64"));
  await reader.close();
  return looks;
}

/** A picture of the page, kept in a file, which has to show something. */
async function picture(name) {
  const png = await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: "disabled" });
  const looks = await looksOf(png);
  const { width, height } = page.viewportSize();
  assert.deepEqual({ width: looks.width, height: looks.height }, { width, height });
  assert.ok(looks.colors > 100, `${looks.colors} colors`);
  assert.ok(looks.share < 0.9, `${looks.share} of one color`);
  return looks;
}

function nothingWrong() {
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
}

/** Whether two parts of the page lie apart, each large enough to read. */
async function lieApart(one, other) {
  const [a, b] = await Promise.all([one, other].map((selector) => page.locator(selector).boundingBox()));
  for (const { width, height } of [a, b]) assert.ok(width > 300 && height > 150, `${width} × ${height}`);
  const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
  assert.ok(apart, `${JSON.stringify(a)} covers ${JSON.stringify(b)}`);
}

test("a guest runs the first query", async () => {
  await open();

  await run();

  await shows('"Workshop Apron"');
  const { light } = await picture("query");
  assert.ok(light > 0.8);
  await lieApart(".graphiql-editors", ".graphiql-response");
  nothingWrong();
});

test("a shopper signs in, asks who that is and makes a cart", async () => {
  await open();

  await askAs("a shopper");
  await write("{ viewer { email } }");
  await run();
  await shows('"shopper@example.com"');
  await tab("NewCart");
  await run();

  await shows(/"cart_/);
  await shows('"errors"');
  await picture("mutation");
  nothingWrong();
});

test("staff hear live of what happens", async () => {
  await open();
  const [name] = fresh("In the editor");

  await askAs("staff");
  await tab("Events");
  await run();
  for (let look = 0; look < 50 && !(await answer().getByText(name).count()); look += 1) {
    await happen(name);
    await page.waitForTimeout(200);
  }

  await shows(name);
  await shows("COMPANY_CHANGED");
  await page.getByRole("button", { name: "Stop query" }).waitFor();
  await picture("subscription");
  await page.getByRole("button", { name: "Stop query" }).click();
  await page.getByRole("button", { name: "Execute query" }).waitFor();
  nothingWrong();
});

test("what one window does is told to another", async () => {
  await open();
  await askAs("staff");
  await tab("Events");
  await run();
  const followed = page;
  page = await context.newPage();
  await page.goto(url);

  assert.equal(await page.getByLabel("Ask as").inputValue(), "staff");
  await tab("NewCompany");
  const heard = followed.locator(".result-window").getByText("Example & Sons");
  for (let look = 0; look < 50 && !(await heard.count()); look += 1) {
    await run();
    await shows(/"company_/);
    await page.waitForTimeout(200);
  }

  await heard.first().waitFor();
  nothingWrong();
});

test("the explorer tells of the schema", async () => {
  await open();

  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-plugin").getByText("Query", { exact: true }).click();

  await page.locator(".graphiql-plugin").getByText("search", { exact: true }).first().waitFor();
  await picture("explorer");
  nothingWrong();
});

async function canBeReadNarrow(colorScheme) {
  await open({ viewport: NARROW, colorScheme });

  await run();

  await shows('"Workshop Apron"');
  await lieApart(".graphiql-editors", ".graphiql-response");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  const { x, width } = await page.getByLabel("Ask as").boundingBox();
  assert.ok(x >= 0 && x + width <= NARROW.width);
  const { light } = await picture(`narrow-${colorScheme}`);
  assert.equal(light > 0.5, colorScheme === "light");
  nothingWrong();
}

test("on a narrow screen everything can be read", () => canBeReadNarrow("light"));
test("on a narrow and dark screen everything can be read", () => canBeReadNarrow("dark"));

test("in the dark it is dark", async () => {
  await open({ colorScheme: "dark" });

  await run();

  await shows('"Workshop Apron"');
  const { light } = await picture("dark");
  assert.ok(light < 0.3, `${light}`);
  nothingWrong();
});

test("whoever cannot sign in is told so", async () => {
  await open({ changed: (html) => html.replaceAll("sample-password", "another-password") });

  await askAs("a shopper");

  await page.getByRole("alert").getByText("shopper@example.com cannot sign in").waitFor();
  nothingWrong();
});

test("nothing may run but the editor's own scripts, and it obeys", async () => {
  const response = await open();
  const policy = response.headers()["content-security-policy"];

  const outcome = await page.evaluate(async () => {
    const violated = new Promise((told) =>
      document.addEventListener("securitypolicyviolation", (event) => told(event.effectiveDirective), { once: true }),
    );
    const script = document.createElement("script");
    script.textContent = "window.hasRun = true";
    document.body.append(script);
    return { directive: await violated, hasRun: window.hasRun };
  });

  assert.match(policy, /default-src 'none'; script-src 'self';/);
  assert.match(policy, /connect-src 'self';/);
  assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
  assert.deepEqual(outcome, { directive: "script-src-elem", hasRun: undefined });
  assert.equal(complaints.length, 1);
  assert.deepEqual(elsewhere, []);
});
