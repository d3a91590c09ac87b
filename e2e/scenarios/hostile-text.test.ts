/** Hostile text wherever people can write: on every page it is text, nothing runs, nothing is fetched, and no layout breaks. */
import { FORBIDDEN_HOST, HOSTILE_TEXTS } from "@rostrum/contract/fuzz/hostile-text";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext, type Screen } from "../lib/sign-in.ts";

const VIEWER = { email: "viewer@example.org", handle: "viewer", password: "correct horse battery" } as const;
const TEXTS = Object.values(HOSTILE_TEXTS);
const WIDE = "W".repeat(140);

let show: Show;
let browser: Browser;
let live: BroadcastView;
let origin: string;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  browser = await openBrowser();
  origin = show.server.ready.url;
  await writeChannel();
  live = await writeShow();
  await writeAudience();
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

const call = <T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> =>
  show.owner.call<T>(method, path, body);
let sends = 0;
const send = (action: string, body: unknown) =>
  call("POST", "/realtime/send", { id: `hostile-${(sends += 1)}`, action, body });

async function writeChannel(): Promise<void> {
  const { channelId } = show.owner;
  await call("PATCH", "/me", { displayName: HOSTILE_TEXTS["an override of direction"] });
  const title = HOSTILE_TEXTS["an event handler"]?.slice(0, 100);
  await call("PATCH", `/channels/${channelId}`, {
    title,
    description: `${"W".repeat(1000)}\n${TEXTS.join("\n").slice(0, 3900)}`,
  });
  await call("PATCH", `/channels/${channelId}/engagement`, { hands: true, questionsPerPerson: 50 });
  const off = { action: "off" };
  const settings = { repeat: off, flood: off, caps: off, links: off, mentions: off, profanity: { level: "off" } };
  await call("PUT", `/channels/${channelId}/moderation/settings`, settings);
  const startAt = new Date(Date.now() + 86_400_000).toISOString();
  for (const one of [WIDE, ...TEXTS]) {
    await call("POST", "/broadcasts", { channelId, title: one, description: one, tags: [one.slice(0, 30)], startAt });
  }
}

async function writeShow(): Promise<BroadcastView> {
  const { channelId } = show.owner;
  const title = HOSTILE_TEXTS["the end of a title"];
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title });
  const live = await goLiveByTestSignal(show.owner, id);
  await call("PATCH", `/broadcasts/${id}`, {
    description: TEXTS.join("\n").slice(0, 5000),
    tags: TEXTS.slice(0, 10).map((one) => one.slice(0, 30)),
  });
  return live;
}

async function writeAudience(): Promise<void> {
  const { id } = live;
  for (const text of ["W".repeat(500), ...TEXTS]) {
    await send("chat.send", { broadcastId: id, text });
    await call("POST", `/broadcasts/${id}/handouts`, {
      kind: "link",
      title: text.slice(0, 100),
      text,
      url: "https://example.org/",
      shown: true,
    });
  }
  for (const text of TEXTS.slice(0, 20)) {
    await send("question.ask", { broadcastId: id, text });
    await call("POST", `/broadcasts/${id}/markers`, { title: text.slice(0, 100), atMs: 1000 + sends });
  }
  const poll = {
    question: HOSTILE_TEXTS["a script"],
    options: ["W".repeat(100), ...TEXTS.slice(1, 9).map((one) => one.slice(0, 100))],
  };
  const made = await call<{ id: string }>("POST", `/broadcasts/${id}/polls`, poll);
  await call("POST", `/broadcasts/${id}/polls/${made.id}/open`);
  await call("POST", `/broadcasts/${id}/announcements`, { text: HOSTILE_TEXTS["an SVG"], durationSec: null });
  await tip();
}

/** By somebody with a name that attacks; the demo's button is pressed. */
async function tip(): Promise<void> {
  const { channelId } = show.owner;
  await call("PATCH", `/channels/${channelId}/tip-settings`, { enabled: true, currency: "EUR" });
  await call("POST", `/channels/${channelId}/tip-goals`, {
    title: HOSTILE_TEXTS["a script"]?.slice(0, 80),
    targetMinor: 100_000,
  });
  const answer = await fetch(`${origin}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(VIEWER),
  });
  const { accessToken } = (await answer.json()) as { accessToken: string };
  const as = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
    const init = {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    } as const;
    const got = await fetch(`${origin}/api/v1${path}`, init);
    if (got.status >= 400) throw new Error(`${path}: ${await got.text()}`);
    return got.headers.get("content-type")?.includes("json") === true
      ? ((await got.json()) as Record<string, unknown>)
      : {};
  };
  await as("PATCH", "/me", { displayName: HOSTILE_TEXTS["the end of a script"]?.slice(0, 60) });
  const message = HOSTILE_TEXTS["an event handler"];
  const { tipId } = await as("POST", `/broadcasts/${live.id}/tips`, { amountMinor: 500, currency: "EUR", message });
  await as("POST", `/payments/demo/${String(tipId)}`);
  await as("PUT", `/channels/${channelId}/follow`);
}

type Visit = Readonly<{ name: string; path: () => string; signedIn?: true }>;

const VISITS: readonly Visit[] = [
  { name: "discover", path: () => "/" },
  {
    name: "discover, searching for it",
    path: () => `/?q=${encodeURIComponent(HOSTILE_TEXTS["the end of an attribute"] ?? "")}`,
  },
  { name: "channel", path: () => "/@mainstage" },
  { name: "watch", path: () => `/watch/${live.id}` },
  { name: "watch, signed in", path: () => `/watch/${live.id}`, signedIn: true },
  { name: "chat in a window of its own", path: () => `/watch/${live.id}/chat` },
  { name: "chat as an overlay", path: () => `/embed/${live.id}/chat` },
  { name: "tips over a picture", path: () => `/embed/${live.id}/tips` },
  { name: "a poll over a picture", path: () => `/embed/${live.id}/poll` },
  { name: "registering", path: () => `/register/${live.id}` },
  { name: "embed", path: () => `/embed/${live.id}` },
  { name: "log in, sent back to it", path: () => `/login?next=${encodeURIComponent("javascript:globalThis.__hit=1")}` },
  { name: "dashboard", path: () => "/dashboard", signedIn: true },
  { name: "control room", path: () => `/control/${live.id}`, signedIn: true },
  { name: "broadcast settings", path: () => `/broadcasts/${live.id}/settings`, signedIn: true },
  { name: "channel settings", path: () => `/channels/${show.owner.channelId}/settings`, signedIn: true },
  { name: "rules of chats", path: () => `/channels/${show.owner.channelId}/chat`, signedIn: true },
  { name: "chat history", path: () => `/broadcasts/${live.id}/chat`, signedIn: true },
  { name: "analytics", path: () => `/broadcasts/${live.id}/analytics`, signedIn: true },
  { name: "recordings", path: () => "/recordings", signedIn: true },
  { name: "account settings", path: () => "/settings", signedIn: true },
];

for (const screen of ["desktop", "narrow"] as const satisfies readonly Screen[]) {
  test.each(VISITS)(`$name, ${screen}`, async ({ path, signedIn }) => {
    await using context = await openContext(browser, { origin, screen, ...(signedIn ? { signedIn } : {}) });
    const page = await context.newPage();
    const harm = watch(context, page);
    await page.goto(origin + path());
    await settle(page);
    expect(await page.evaluate(traces)).toEqual({ hit: undefined, handlers: [], foreign: [], frames: [] });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(harm).toEqual([]);
  });
}

test("in the chat every text is there as text", async () => {
  await using context = await openContext(browser, { origin });
  const page = await context.newPage();
  await page.goto(`${origin}/watch/${live.id}/chat`);
  const log = page.getByRole("log");
  await log.getByText("globalThis.__hit=1").first().waitFor();
  await log.evaluate((list) => list.scrollTo(0, 0));
  expect(await log.locator("script, style, svg[onload], iframe, form, base, meta").count()).toBe(0);
  expect(await log.locator("a[href^='javascript:'], a[href^='data:']").count()).toBe(0);
});

test("what robots read of a show is text in its attributes", async () => {
  for (const path of [`/watch/${live.id}`, "/@mainstage"]) {
    const html = await (await fetch(origin + path)).text();
    expect(html).not.toMatch(/<svg\/onload|<img src=https:\/\/forbidden|onerror="globalThis/);
    const title = /<meta[^>]*property="og:title"[^>]*>/.exec(html)?.[0] ?? "";
    expect(title.match(/[<>]/g)).toEqual(["<", ">"]);
  }
});

/** What must not happen while the page is open. */
function watch(context: BrowserContext, page: Page): string[] {
  const harm: string[] = [];
  page.on("dialog", (dialog) => {
    harm.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => harm.push(error.message));
  context.on("page", () => harm.push("a second page"));
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    const isOwn = host === new URL(origin).host || protocol === "blob:" || protocol === "data:";
    if (!isOwn || host === FORBIDDEN_HOST) harm.push(`request: ${request.url()}`);
  });
  return harm;
}

async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith("__reactContainer")));
  await page.evaluate(() => new Promise<void>((resolve) => requestIdleCallback(() => resolve())));
}

/** What would be there if a text had become markup. Runs in the page. */
function traces(): object {
  const isHandler = ({ name }: Attr): boolean => /^on/.test(name);
  const handlers = [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(isHandler));
  // People may name other places; nothing is fetched from there by itself, and a link runs nothing.
  const foreign = [...document.querySelectorAll("[src], [href], [action]")].filter(
    (element) =>
      /forbidden\.example/.test(`${element.getAttribute("src")} ${element.getAttribute("action")}`) ||
      /^\s*(javascript|data:text\/html)/i.test(element.getAttribute("href") ?? ""),
  );
  const tell = (elements: readonly Element[]): string[] => elements.map((element) => element.outerHTML.slice(0, 200));
  return {
    hit: (globalThis as { __hit?: unknown }).__hit,
    handlers: tell(handlers),
    foreign: tell(foreign),
    frames: tell([...document.querySelectorAll("iframe, object, base")]),
  };
}
