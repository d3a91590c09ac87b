/** Behind a proxy that lets no WebSocket through: chat both ways, health and presence by polling, and the socket again once it may. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type CutProxy, startCutProxy } from "../lib/cut-proxy.ts";
import { contextOf, register } from "../lib/people.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

/** A socket is tried again every minute while polling works. */
const SOCKET_WITHIN_MS = 90_000;

let show: Show;
let proxy: CutProxy;
let browser: Browser;
let live: BroadcastView;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  proxy = await startCutProxy(show.server.ready.url);
  proxy.refusesUpgrades = true;
  browser = await openBrowser();
  const { call, channelId } = show.owner;
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "Behind a proxy" });
  live = await goLiveByTestSignal(show.owner, id);
});
afterAll(async () => {
  await browser.close();
  await proxy[Symbol.asyncDispose]();
  await show[Symbol.asyncDispose]();
});

type Message = Readonly<{ type: string; topic?: string }>;

/** What a page asked for by polling: when, and which topics the answers told of. */
type Polls = { atMs: number[]; told: Set<string> };

/** A page, with what it asks for by polling and which topics are told of over its sockets. */
async function open(
  context: BrowserContext,
  path: string,
): Promise<{ page: Page; polls: Polls; toldBySocket: Set<string> }> {
  const page = await context.newPage();
  const polls: Polls = { atMs: [], told: new Set() };
  const toldBySocket = new Set<string>();
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/realtime") || socket.url().includes("/live/")) return;
    socket.on("framereceived", ({ payload }) => {
      for (const message of JSON.parse(String(payload)) as Message[]) toldBySocket.add(nameOf(message));
    });
  });
  page.on("response", async (response) => {
    if (!response.url().includes("/api/v1/realtime/poll")) return;
    polls.atMs.push(performance.now());
    type Answer = { messages?: Message[] };
    const { messages = [] } = ((await response.json().catch(() => ({}))) ?? {}) as Answer;
    for (const message of messages) polls.told.add(nameOf(message));
  });
  await page.goto(proxy.url + path);
  return { page, polls, toldBySocket };
}

const nameOf = ({ type, topic = "" }: Message): string => `${type} ${topic.split(":")[0]}`;

const rowOf = (page: Page, text: string) =>
  page.getByRole("log").getByRole("article").filter({ hasText: text }).first();

async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole("textbox", { name: "Say something" });
  await field.fill(text);
  await field.press("Enter");
}

test("chat, health and presence go by polling, and by the socket again when it may", async () => {
  const robin = await register(show.server.ready.url, "robin");
  await using viewers = await contextOf(browser, proxy.url, robin);
  await using creators = await openContext(browser, { origin: proxy.url, signedIn: true });
  const viewer = await open(viewers, `/watch/${live.id}`);
  const creator = await open(creators, `/control/${live.id}`);
  for (const { page } of [viewer, creator]) await page.getByText("Polling", { exact: true }).first().waitFor();

  // Both ways.
  await viewer.page.getByRole("log").waitFor();
  await say(viewer.page, "Does this arrive?");
  await rowOf(creator.page, "Does this arrive?").waitFor();
  await say(creator.page, "It does");
  await rowOf(viewer.page, "It does").waitFor();

  // Health moves, and it is known who is there.
  await until("news of the show's health", () => creator.polls.told.has("events health"), 60_000);
  await until("the viewer is counted", async () => {
    const { viewers: count } = await show.owner.call<BroadcastView>("GET", `/broadcasts/${live.id}`);
    return count === 1;
  });
  await until("the viewer is told of", () => viewer.polls.told.has("events broadcast"), 60_000);

  // Nobody asks more often than every four seconds while nothing is sent.
  const before = viewer.polls.atMs.length;
  await until("three more polls", () => viewer.polls.atMs.length >= before + 3, 60_000);
  const [first = 0, ...rest] = viewer.polls.atMs.slice(before);
  expect(((rest.at(-1) ?? 0) - first) / rest.length).toBeGreaterThan(3500);

  proxy.refusesUpgrades = false;
  for (const { page } of [viewer, creator]) {
    await page.getByText("Polling", { exact: true }).first().waitFor({ state: "detached", timeout: SOCKET_WITHIN_MS });
  }
  for (const { page } of [viewer, creator])
    await page
      .getByRole("status")
      .filter({ hasText: /^Live$/ })
      .first()
      .waitFor();
  const polled = viewer.polls.atMs.length;
  const polledByCreator = creator.polls.atMs.length;
  await say(viewer.page, "And by the socket?");
  await rowOf(creator.page, "And by the socket?").waitFor();
  await say(creator.page, "As well");
  await rowOf(viewer.page, "As well").waitFor();
  // The control room's figures, too, come by the socket now, and are not asked for any more.
  creator.toldBySocket.delete("events health");
  await until("the show's health by the socket", () => creator.toldBySocket.has("events health"), 60_000);
  expect([viewer.polls.atMs.length, creator.polls.atMs.length]).toEqual([polled, polledByCreator]);
  expect(await viewer.page.getByRole("log").getByRole("article").filter({ hasText: "Does this arrive?" }).count()).toBe(
    1,
  );

  // A connection that breaks off in mid-show, for good: what is said meanwhile is not missed.
  proxy.refusesUpgrades = true;
  expect(proxy.cutUpgraded()).toBeGreaterThan(0);
  await say(creator.page, "Still here");
  await rowOf(viewer.page, "Still here").waitFor({ timeout: 60_000 });
});
