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

beforeAll(async () => {
  show = await openShow();
  browser = await openBrowser();
  ({ encoder, broadcast: live } = await goLive(show));
  const { channelId } = show.owner;
  const create = (body: object) => show.owner.call<BroadcastView>("POST", "/broadcasts", { channelId, ...body });
  scheduled = await create({ title: "Tomorrow's show", startAt: new Date(Date.now() + 86_400_000).toISOString() });
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
  { name: "embed", path: () => `/embed/${live.id}`, signedIn: false },
  { name: "log in", path: () => "/login", signedIn: false },
  { name: "register", path: () => "/register", signedIn: false },
  { name: "unknown page", path: () => "/no/such/page", signedIn: false, status: 404 },
  { name: "dashboard", path: () => "/dashboard", signedIn: true },
  { name: "control room", path: () => `/control/${live.id}`, signedIn: true },
  { name: "control room before the show", path: () => `/control/${scheduled.id}`, signedIn: true },
  { name: "channel settings", path: () => `/channels/${show.owner.channelId}/settings`, signedIn: true },
  { name: "broadcast settings", path: () => `/broadcasts/${scheduled.id}/settings`, signedIn: true },
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
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(complaints.filter((line) => visit.status === undefined || !line.includes(String(visit.status)))).toEqual(
        [],
      );
    } finally {
      await context.close();
    }
  });
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
    if (message.type() === "error") complaints.push(message.text());
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
