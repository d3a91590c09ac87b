/** Chat between two browsers, a viewer's and a moderator's: said, seen, deleted, slowed down, and without WebSockets. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { choose, rowOf, say } from "../lib/chat-page.ts";
import { type BroadcastView, broadcastIn, openShow, type Show, startTestSignal } from "../lib/show.ts";
import { openContext, type Screen } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

const VIEWER = { email: "viewer@example.org", handle: "viewer", password: "correct horse battery" } as const;

const PREVIEW_MS = 6000;

let show: Show;
let browser: Browser;
let live: BroadcastView;
let origin: string;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  browser = await openBrowser();
  origin = show.server.ready.url;
  const { call, channelId } = show.owner;
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "An evening of questions" });
  await startTestSignal(show.owner, id);
  // The program begins with its preview, and so does media time.
  const previewAt = Date.now();
  await until("a preview of six seconds", () => Date.now() - previewAt > PREVIEW_MS);
  await call("POST", `/broadcasts/${id}/live`);
  live = await broadcastIn(show.owner, "live");
  const registered = await fetch(`${origin}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(VIEWER),
  });
  if (!registered.ok) throw new Error(`registering: ${await registered.text()}`);
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

async function viewerContext(screen: Screen = "desktop"): Promise<BrowserContext> {
  const context = await openContext(browser, { origin, screen });
  const { email, password } = VIEWER;
  await context.request.post(`${origin}/api/v1/auth/login`, { data: { email, password }, headers: { origin } });
  return context;
}

const moderatorContext = (): Promise<BrowserContext> => openContext(browser, { origin, signedIn: true });

async function openChat(context: BrowserContext, path = `/watch/${live.id}/chat`): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin + path);
  await page.getByRole("log").waitFor();
  return page;
}

test("what a viewer says is seen by the moderator, and what the moderator deletes is gone for the viewer", async () => {
  await using viewers = await viewerContext();
  await using moderators = await moderatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openChat(moderators);
  await say(viewer, "Good evening <b>everybody</b> @mainstage");
  await rowOf(moderator, "Good evening <b>everybody</b>").waitFor();
  expect(await moderator.getByRole("log").locator("b").count()).toBe(0);

  await say(moderator, "Welcome!");
  await rowOf(viewer, "Welcome!").getByText("Owner").waitFor({ state: "attached" });

  await choose(moderator, "Good evening", "Delete message");
  const dialog = moderator.getByRole("alertdialog");
  expect(await dialog.getByRole("heading").textContent()).toContain("viewer");
  await dialog.getByRole("button", { name: "Delete message" }).click();
  await rowOf(viewer, "This message was deleted.").waitFor();
  expect(await viewer.getByText("Good evening").count()).toBe(0);
  // The crew still sees what it was.
  await moderator.getByRole("log").locator("s").filter({ hasText: "Good evening" }).waitFor();
});

test("a message is pinned, replied to and reacted to", async () => {
  await using viewers = await viewerContext();
  await using moderators = await moderatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openChat(moderators);
  await say(moderator, "Questions at the end, please");
  await rowOf(moderator, "Questions at the end").waitFor();
  await choose(moderator, "Questions at the end", "Pin");
  await viewer.getByRole("complementary", { name: "Pinned" }).getByText("Questions at the end").waitFor();

  const row = rowOf(viewer, "Questions at the end");
  await row.hover();
  await row.getByRole("button", { name: "React" }).click();
  await viewer.getByRole("button", { name: "React with 👏" }).click();
  await rowOf(moderator, "Questions at the end").getByRole("button", { name: "👏, 1" }).waitFor();

  await row.hover();
  await row.getByRole("button", { name: "Reply" }).click();
  await say(viewer, "Gladly");
  await rowOf(moderator, "Gladly").getByText("Reply to mainstage:").waitFor();
});

test("a message's menu is walked through with the arrow keys, and the list goes on when the message is deleted under it", async () => {
  await using viewers = await viewerContext();
  await using moderators = await moderatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openChat(moderators);
  await say(viewer, "A slip of the tongue");
  const row = rowOf(moderator, "A slip of the tongue");
  await row.focus();
  await row.getByRole("button", { name: "More" }).press("Enter");
  await moderator.getByRole("menuitem", { name: "Copy text" }).waitFor();
  const chosen = () => moderator.evaluate(() => document.activeElement?.textContent);
  await until("the first item", async () => (await chosen()) === "Reply");
  await moderator.keyboard.press("ArrowDown");
  await until("the second item", async () => (await chosen()) === "Copy text");
  await moderator.keyboard.press("Escape");
  await moderator.getByRole("menu").waitFor({ state: "detached" });
  const more = row.getByRole("button", { name: "More" });
  await until("the focus where it came from", () => more.evaluate((button) => button === document.activeElement));
  await row.getByRole("button", { name: "React" }).press("Enter");
  await moderator.getByRole("searchbox").waitFor();
  await moderator.getByRole("gridcell").first().getByRole("button").focus();
  await moderator.keyboard.press("ArrowDown");
  expect(await moderator.getByRole("searchbox").count()).toBe(1);

  await choose(viewer, "A slip of the tongue", "Delete message");
  await viewer.getByRole("alertdialog").getByRole("button", { name: "Delete message" }).click();
  await moderator.getByRole("log").locator("s").filter({ hasText: "A slip of the tongue" }).waitFor();
  await moderator.getByRole("searchbox").waitFor({ state: "detached" });
  await say(viewer, "What I meant");
  await choose(moderator, "What I meant", "Highlight");
  await rowOf(viewer, "What I meant").getByText("Highlighted").waitFor();
});

test("a message that was pointed at while it was on its way can be acted on as soon as it has arrived", async () => {
  await using moderators = await moderatorContext();
  const page = await moderators.newPage();
  const held: (() => void)[] = [];
  let isHolding = false;
  await page.routeWebSocket(/\/realtime$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => (isHolding ? held.push(() => socket.send(frame)) : socket.send(frame)));
  });
  await page.goto(`${origin}/watch/${live.id}/chat`);
  await page.getByRole("log").waitFor();
  await say(page, "The first one");
  await rowOf(page, "The first one").getByText("is being sent").waitFor({ state: "detached" });
  isHolding = true;
  await say(page, "Pointed at too early");
  const row = rowOf(page, "Pointed at too early");
  await row.getByText("is being sent").waitFor({ state: "attached" });
  await row.hover();
  isHolding = false;
  for (const send of held) send();
  await row.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
});

test("slow mode shows its pause, and ends when the moderator ends it", async () => {
  await using viewers = await viewerContext();
  await using moderators = await moderatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openChat(moderators);
  await say(viewer, "One thing only");
  await rowOf(moderator, "One thing only").waitFor();
  await setSlowMode(moderator, "60 seconds");
  await viewer.getByText("Slow mode, 60 s").waitFor();
  // What was said just before counts.
  await viewer.getByText("Slow mode: there is a pause").waitFor({ state: "attached" });
  await setSlowMode(moderator, "Off");
  await viewer.getByText("Slow mode, 60 s").waitFor({ state: "detached" });
  await viewer.getByRole("button", { name: "Send" }).waitFor();
});

async function setSlowMode(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Chat settings" }).click();
  await page.getByRole("menuitemradio", { name, exact: true }).click();
}

test("somebody who is timed out reads so at once, and loses nothing that they had begun to write", async () => {
  await using viewers = await viewerContext();
  await using moderators = await moderatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openChat(moderators);
  await say(viewer, "I will not stop");
  await rowOf(moderator, "I will not stop").waitFor();
  await viewer.getByRole("textbox", { name: "Say something" }).fill("Really n");
  await choose(moderator, "I will not stop", "Time out");
  const dialog = moderator.getByRole("alertdialog");
  await dialog.getByLabel("For how long").selectOption("30 seconds");
  await dialog.getByRole("button", { name: "Time out" }).click();
  await dialog.waitFor({ state: "detached" });
  await viewer.getByText(/^You can write in the chat of @mainstage again in/).waitFor();
  expect(await viewer.getByRole("textbox", { name: "Say something" }).count()).toBe(0);
  // Half a minute later one may write again, and what was begun is still there.
  await viewer.getByRole("textbox", { name: "Say something" }).waitFor({ timeout: 60_000 });
  expect(await viewer.getByRole("textbox", { name: "Say something" }).inputValue()).toBe("Really n");
});

test("where no WebSocket passes, chat goes by polling and says so", async () => {
  await using strangers = await openContext(browser, { origin });
  await using moderators = await moderatorContext();
  const stranger = await strangers.newPage();
  // As a proxy does it: the upgrade is never answered.
  await stranger.addInitScript(() => {
    globalThis.WebSocket = class extends EventTarget {
      readonly readyState = 3;
      constructor() {
        super();
        setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 })));
      }
      send(): void {}
      close(): void {}
    } as unknown as typeof WebSocket;
  });
  await stranger.goto(`${origin}/watch/${live.id}/chat`);
  await stranger.getByText("Polling").waitFor();
  const moderator = await openChat(moderators);
  await say(moderator, "Can everybody hear me?");
  await rowOf(stranger, "Can everybody hear me?").waitFor();
  const link = stranger.getByRole("link", { name: "Sign in" });
  expect(await link.getAttribute("href")).toBe(`/login?next=${encodeURIComponent(`/watch/${live.id}/chat`)}`);
});

test("the overlay has no ground and no controls", async () => {
  await using moderators = await moderatorContext();
  await using obs = await openContext(browser, { origin });
  const moderator = await openChat(moderators);
  await say(moderator, "Live on every screen");
  const page = await obs.newPage();
  await page.goto(`${origin}/embed/${live.id}/chat?size=28&fade=0&direction=up`);
  await page.getByText("Live on every screen").waitFor();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
    "rgba(0, 0, 0, 0)",
  );
  // Chromium lays a dark ground under pages whose scheme is dark.
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).not.toContain("dark");
  expect(await page.getByRole("button").count()).toBe(0);
});

test("on the watch page the chat stands beside the player, on phones below it, and both are accessible", async () => {
  for (const screen of ["desktop", "narrow"] as const) {
    await using viewers = await viewerContext(screen);
    const page = await openChat(viewers, `/watch/${live.id}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
});

test("two hundred messages a second are shown as a part of them, and the page says so", async () => {
  await using viewers = await viewerContext();
  const page = await viewers.newPage();
  await page.routeWebSocket(/\/realtime$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      socket.send(frame);
      const reset = (JSON.parse(String(frame)) as { type: string; topic?: string; cursor?: string }[]).find(
        ({ type, topic }) => type === "reset" && topic === `chat:${live.id}`,
      );
      if (reset?.cursor !== undefined) flood(reset.cursor, (text) => socket.send(text));
    });
  });
  await page.goto(`${origin}/watch/${live.id}/chat`);
  await page.getByText(/Very busy: showing 1 of \d+ messages/).waitFor();
  expect(await page.getByRole("log").getByRole("article").count()).toBeLessThan(120);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByText("Very busy: showing all messages").waitFor();
});

/** For five seconds, ten at a time. */
function flood(cursor: string, send: (frame: string) => void): void {
  const [life = "", first = "0"] = cursor.split(".");
  let sent = 0;
  const timer = setInterval(() => {
    const events = Array.from({ length: 10 }, (_, index) => messageEvent(sent + index));
    sent += events.length;
    const at = `${life}.${Number(first) + sent}`;
    send(JSON.stringify([{ type: "events", topic: `chat:${live.id}`, cursor: at, events }]));
    if (sent >= 1000) clearInterval(timer);
  }, 50);
}

function messageEvent(index: number): object {
  const id = `zzzzzzzzzzzzzzz${String(index).padStart(5, "0")}`;
  const author = { id: `zzzzzzzzzzzzzzzzz${index % 90}`, handle: `v${index}`, displayName: `Viewer ${index}` };
  return {
    type: "chat.message",
    message: {
      ...{ id, broadcastId: live.id, kind: "message", state: "visible", text: `message ${index}`, about: null },
      ...{ replyTo: null, mentions: [], reactions: [], highlighted: false, mediaTimeMs: null },
      author: { ...author, role: "viewer", color: "teal" },
      at: new Date().toISOString(),
    },
  };
}

test("chat follows the picture: who stands still hears later words later, and a recording brings them back at their time", async () => {
  await using viewers = await viewerContext();
  await using moderators = await moderatorContext();
  const viewer = await openChat(viewers, `/watch/${live.id}`);
  const moderator = await openChat(moderators);
  await until("the first frame", () => viewer.evaluate(() => (document.querySelector("video")?.currentTime ?? 0) > 0));
  const shown = pictureAt(viewer, "What you see now");
  await say(moderator, "What you see now");
  const shownMs = await shown;
  const history = () =>
    show.owner.call<{ items: { id: string; text: string; mediaTimeMs: number }[] }>(
      "GET",
      `/broadcasts/${live.id}/chat`,
    );
  const saidMs = (await history()).items.find(({ text }) => text === "What you see now")?.mediaTimeMs ?? 0;
  // Not before its picture, and not a preview later.
  expect(saidMs).toBeLessThanOrEqual(shownMs);
  expect(shownMs - saidMs).toBeLessThan(PREVIEW_MS);
  await viewer.locator("video").click();
  await until("a picture that stands still", () => viewer.evaluate(() => document.querySelector("video")?.paused));
  const pausedAt = Date.now();
  await until("six more seconds of the show", () => Date.now() - pausedAt > 6000);
  await say(moderator, "Look at this picture");
  await viewer.getByText("1 message waits for its picture").waitFor();
  expect(await rowOf(viewer, "Look at this picture").count()).toBe(0);
  await choose(moderator, "Look at this picture", "Pin");
  await viewer.getByText("2 messages wait for their picture").waitFor();
  const pinned = viewer.getByRole("complementary", { name: "Pinned" }).getByText("Look at this picture");
  expect(await pinned.count()).toBe(0);
  await viewer.getByRole("button", { name: "Show now" }).click();
  await rowOf(viewer, "Look at this picture").waitFor();
  await pinned.waitFor();

  // The recording is to go on behind it: a player has nothing to show at the very end.
  const shownAt = Date.now();
  await until("more of the show", () => Date.now() - shownAt > 5000);
  await show.owner.call("POST", `/broadcasts/${live.id}/end`);
  await until("a recording", async () => {
    const { recordingId } = await show.owner.call<{ recordingId: string | null }>("GET", `/broadcasts/${live.id}`);
    return recordingId !== null;
  });
  const said = (await history()).items.find(({ text }) => text === "Look at this picture");
  const saidAtMs = said?.mediaTimeMs ?? 0;
  const replay = await openChat(viewers, `/watch/${live.id}?t=0`);
  await replay.getByRole("heading", { name: "Chat replay" }).waitFor();
  expect(await rowOf(replay, "Look at this picture").count()).toBe(0);
  // The recording has no preview.
  await replay.goto(`${origin}/watch/${live.id}?t=${Math.floor((saidAtMs - PREVIEW_MS) / 1000)}`);
  await rowOf(replay, "Look at this picture").waitFor();
  // Who tidies up after the show does so for those who are watching it.
  const deletion = { id: "deleted-after-it", action: "chat.delete", body: { messageId: said?.id } };
  await show.owner.call("POST", "/realtime/send", deletion);
  await rowOf(replay, "Look at this picture").waitFor({ state: "detached" });
});

/** Media time (ms) of the picture that is shown as a text appears in the chat. */
function pictureAt(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const log = document.querySelector("[role=log]");
        const look = (): void => {
          if (!log?.textContent.includes(wanted)) return;
          observer.disconnect();
          resolve((document.querySelector("video")?.currentTime ?? 0) * 1000);
        };
        const observer = new MutationObserver(look);
        observer.observe(log ?? document.body, { childList: true, subtree: true, characterData: true });
        look();
      }),
    text,
  );
}
