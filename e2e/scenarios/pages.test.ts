/** Every page for everybody: no accessibility violation, no sideways scrolling at 360 px, no error in the console. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import type { Encoder } from "../lib/encoder.ts";
import { type BroadcastView, goLive, openShow, type Show } from "../lib/show.ts";
import { openContext, type Scheme, type Screen } from "../lib/sign-in.ts";

let show: Show;
let browser: Browser;
let encoder: Encoder;
let live: BroadcastView;
let scheduled: BroadcastView;
let hidden: BroadcastView;
let webinar: BroadcastView;
let adults: BroadcastView;
let kids: BroadcastView;

beforeAll(async () => {
  show = await openShow();
  browser = await openBrowser();
  ({ encoder, broadcast: live } = await goLive(show));
  const { channelId } = show.owner;
  const create = (body: object) => show.owner.call<BroadcastView>("POST", "/broadcasts", { channelId, ...body });
  scheduled = await create({ title: "Tomorrow's show", startAt: new Date(Date.now() + 86_400_000).toISOString() });
  const startAt = new Date(Date.now() + 90_000_000).toISOString();
  webinar = await create({ title: "A webinar", startAt });
  const fields = [{ id: "size", kind: "select", label: "How many are you?", required: true, options: ["One", "More"] }];
  const asks = { mode: "required", consent: "We keep it for a month.", fields };
  await show.owner.call("PATCH", `/broadcasts/${webinar.id}/registration-settings`, asks);
  adults = await create({ title: "A late evening", ageRestricted: true, startAt });
  kids = await create({ title: "A puppet show", kidMode: true, startAt });
  hidden = await create({ title: "Rehearsal", visibility: "private" });
});
afterAll(async () => {
  await browser.close();
  await encoder.stop();
  await show[Symbol.asyncDispose]();
});

type Visit = Readonly<{ name: string; path: () => string; signedIn: boolean; status?: number }>;

const VISITS: readonly Visit[] = [
  { name: "discover", path: () => "/", signedIn: false },
  { name: "discover, searching", path: () => "/?q=nothing+like+this", signedIn: false },
  { name: "channel", path: () => "/@mainstage", signedIn: false },
  { name: "watch, live", path: () => `/watch/${live.id}`, signedIn: false },
  { name: "watch, scheduled", path: () => `/watch/${scheduled.id}`, signedIn: false },
  { name: "watch, private", path: () => `/watch/${hidden.id}`, signedIn: false, status: 403 },
  { name: "watch, unknown", path: () => "/watch/00000000000000000000", signedIn: false, status: 404 },
  { name: "register for a show", path: () => `/register/${webinar.id}`, signedIn: false },
  { name: "watch, for the registered", path: () => `/watch/${webinar.id}`, signedIn: false },
  { name: "embed, for the registered", path: () => `/embed/${webinar.id}`, signedIn: false },
  { name: "watch, for adults", path: () => `/watch/${adults.id}`, signedIn: false },
  { name: "embed, for adults", path: () => `/embed/${adults.id}`, signedIn: false },
  { name: "watch, for children", path: () => `/watch/${kids.id}`, signedIn: false },
  { name: "embed", path: () => `/embed/${live.id}`, signedIn: false },
  { name: "tips over a picture", path: () => `/embed/${live.id}/tips?goal=1`, signedIn: false },
  { name: "embed, poll", path: () => `/embed/${live.id}/poll`, signedIn: false },
  { name: "log in", path: () => "/login", signedIn: false },
  { name: "register", path: () => "/register", signedIn: false },
  { name: "unknown page", path: () => "/no/such/page", signedIn: false, status: 404 },
  { name: "dashboard", path: () => "/dashboard", signedIn: true },
  { name: "control room", path: () => `/control/${live.id}`, signedIn: true },
  { name: "control room before the show", path: () => `/control/${scheduled.id}`, signedIn: true },
  { name: "channel settings", path: () => `/channels/${show.owner.channelId}/settings`, signedIn: true },
  { name: "chat and moderation", path: () => `/channels/${show.owner.channelId}/chat`, signedIn: true },
  { name: "chat history", path: () => `/broadcasts/${live.id}/chat`, signedIn: true },
  { name: "analytics of a show on the air", path: () => `/broadcasts/${live.id}/analytics`, signedIn: true },
  { name: "analytics before the show", path: () => `/broadcasts/${scheduled.id}/analytics`, signedIn: true },
  { name: "broadcast settings", path: () => `/broadcasts/${scheduled.id}/settings`, signedIn: true },
  { name: "settings of a show with registration", path: () => `/broadcasts/${webinar.id}/settings`, signedIn: true },
  { name: "settings of a show for children", path: () => `/broadcasts/${kids.id}/settings`, signedIn: true },
  { name: "account settings", path: () => "/settings", signedIn: true },
];

const LOOKS: ReadonlyArray<readonly [Screen, Scheme]> = [
  ["desktop", "light"],
  ["narrow", "dark"],
];

for (const [screen, scheme] of LOOKS) {
  test.each(VISITS)(`$name, ${screen}, ${scheme}`, async (visit) => {
    const origin = show.server.ready.url;
    const context = await openContext(browser, { screen, scheme, origin, signedIn: visit.signedIn });
    try {
      const page = await context.newPage();
      const complaints = listen(page);
      const answer = await page.goto(`${origin}${visit.path()}`);
      expect(answer?.status()).toBe(visit.status ?? 200);
      await page.locator("main, [data-embed]").first().waitFor();
      await hydrated(page);
      await expectGood(page);
      expect(complaints.filter((line) => visit.status === undefined || !line.includes(String(visit.status)))).toEqual(
        [],
      );
    } finally {
      await context.close();
    }
  });
}

const CONTROL_ROOMS = [
  { name: "on the air", id: () => live.id },
  { name: "before the show", id: () => scheduled.id },
];

test.each(CONTROL_ROOMS)("every desk of the control room, open, $name", async ({ id }) => {
  const { page, complaints } = await openRoom(id(), "desktop", "light");
  const desks = await page.locator("[data-panel]").evaluateAll((panels) => panels.map((panel) => panel.id));
  expect(desks.length).toBeGreaterThan(12);
  for (const desk of desks) {
    const title = page.locator(`#${desk} h2 > button`);
    if ((await title.getAttribute("aria-expanded")) === "false") await title.click();
    await drawn(page, desk);
  }
  await expectGood(page);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test.each(CONTROL_ROOMS)("every tab of the control room on a phone, $name", async ({ id }) => {
  const { page, complaints } = await openRoom(id(), "narrow", "dark");
  const tabs = page.getByRole("tab");
  const count = await tabs.count();
  expect(count).toBeGreaterThan(12);
  for (let index = 0; index < count; index += 1) {
    const tab = tabs.nth(index);
    await tab.click();
    const panel = (await tab.getAttribute("aria-controls")) ?? "";
    await drawn(page, panel);
    await expectGood(page, `#${panel}`);
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

async function openRoom(id: string, screen: Screen, scheme: Scheme) {
  const origin = show.server.ready.url;
  const context = await openContext(browser, { screen, scheme, origin, signedIn: true });
  const page = await context.newPage();
  const complaints = listen(page);
  await page.goto(`${origin}/control/${id}`);
  await hydrated(page);
  return { page, complaints };
}

/** The panel shows what it has asked the server for. */
async function drawn(page: Page, panelId: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const panel = document.getElementById(wanted);
    return panel?.checkVisibility() === true && panel.querySelector(".animate-shimmer") === null;
  }, panelId);
}

/** No accessibility violation, nothing to be scrolled sideways. */
async function expectGood(page: Page, within = "html"): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include(within).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

/** React has taken the document over and the browser has nothing urgent left: then the page is what a person uses. */
async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith("__reactContainer")));
  await page.evaluate(() => new Promise<void>((resolve) => requestIdleCallback(() => resolve())));
}

/** What the page itself complains about while it is open. */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // What could not be loaded stands only in where it was asked for.
    if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`);
  });
  return complaints;
}

test("the picture of link previews may be shown by other sites", async () => {
  const answer = await fetch(`${show.server.ready.url}/preview.png`);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "image/png",
    "cross-origin-resource-policy": "cross-origin",
  });
});

test("link previews: title, picture, player and oEmbed stand in the page that a robot reads", async () => {
  const { url } = show.server.ready;
  const html = await (await fetch(`${url}/watch/${live.id}`)).text();
  for (const needle of [
    "og:title",
    "og:image",
    "og:video",
    "twitter:card",
    "application/json+oembed",
    'rel="canonical"',
  ]) {
    expect(html).toContain(needle);
  }
  const href = /<link[^>]*application\/json\+oembed[^>]*>/.exec(html)?.[0].match(/href="([^"]+)"/)?.[1] ?? "";
  const oembed = await (await fetch(new URL(href.replaceAll("&amp;", "&"), url))).json();
  expect(oembed).toMatchObject({ version: "1.0", type: "video", title: live.title });
});
