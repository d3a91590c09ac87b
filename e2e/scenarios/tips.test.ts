/** Tips between three browsers, without keys: given, seen by others, counted for the goal, held, shown and given back. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { contextOf, register, type Viewer } from "../lib/people.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

const DEMO = "demo, no money moves";

let show: Show;
let browser: Browser;
let live: BroadcastView;
let origin: string;
let giver: Viewer;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  browser = await openBrowser();
  origin = show.server.ready.url;
  giver = await register(origin, "generous");
  const { call, channelId } = show.owner;
  const body = { channelId, title: "An evening for the roof", reconnectWindowSec: 1800 };
  const { id } = await call<BroadcastView>("POST", "/broadcasts", body);
  live = await goLiveByTestSignal(show.owner, id);
  // Tips need no picture: what it costs is left to the browsers.
  await call("POST", `/broadcasts/${id}/test-signal`, { on: false });
  await call("POST", `/channels/${channelId}/moderation/filters`, { kind: "word", text: "banana", action: "hold" });
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

const ownerContext = (): Promise<BrowserContext> => openContext(browser, { origin, signedIn: true });

/** Without the media of the show. */
async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.route(/\/live\//, (route) => route.abort());
  await page.routeWebSocket(/\/live\//, (socket) => socket.close());
  await page.goto(origin + path);
  await page.locator("html[data-hydrated]").waitFor();
  return page;
}

/** Chooses an amount and words on the watch page, and pays on the page that opens. Answers the tab of the payment. */
async function give(context: BrowserContext, page: Page, amount: string, message: string): Promise<Page> {
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  await page.getByLabel("Amount in EUR").fill(amount);
  await page.getByLabel("Message, if you like").fill(message);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  const [tab] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("dialog").getByRole("link", { name: /^Pay / }).click(),
  ]);
  await tab.getByRole("button", { name: `Pay ${amount} EUR (${DEMO})` }).click();
  await tab.waitForURL(/\/watch\/.*\?tip=/);
  return tab;
}

async function noViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test("an admin switches tips on, reads what is missing for real ones, and starts a goal", async () => {
  await using owners = await ownerContext();
  const page = await open(owners, `/channels/${show.owner.channelId}/settings`);
  const section = page.locator("#tips");
  await section.getByText("The Stripe keys are missing").waitFor();
  await section.getByText("STRIPE_SECRET_KEY").waitFor();
  await section.getByRole("switch", { name: "Take tips" }).click();
  await section.getByLabel("Least in EUR").fill("a lot");
  await section.getByText("That is no amount in EUR").waitFor();
  expect(await section.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  await section.getByLabel("Least in EUR").fill("0.10");
  await section.getByRole("button", { name: "Save" }).click();
  // What the server refuses stands at its field, and what was typed stays.
  await section.getByText("The least that can be given is 0.50 EUR.").waitFor();
  expect(await section.getByLabel("Least in EUR").inputValue()).toBe("0.10");
  await section.getByLabel("Least in EUR").fill("1");
  await section.getByRole("button", { name: "Save" }).click();
  await section.getByText("Saved").waitFor();

  const goal = page.locator("#tip-goal");
  await goal.getByLabel("What you collect for").fill("A new roof <b>now</b>");
  await goal.getByLabel("Goal in EUR").fill("20");
  await goal.getByRole("button", { name: "Start goal" }).click();
  await goal.getByRole("progressbar", { name: "A new roof" }).waitFor();
  await noViolations(page);
});

test("a tip is seen by another viewer, moves the goal, and whoever gave it reads that it has arrived", async () => {
  await using givers = await contextOf(browser, origin, giver);
  await using strangers = await openContext(browser, { origin, screen: "narrow" });
  await using obs = await openContext(browser, { origin });
  const stranger = await open(strangers, `/watch/${live.id}`);
  await stranger.emulateMedia({ reducedMotion: "no-preference" });
  const overlay = await open(obs, `/embed/${live.id}/tips?goal=1`);
  await overlay.getByRole("progressbar", { name: "A new roof" }).waitFor();
  await overlay.getByText(DEMO).waitFor();
  const page = await open(givers, `/watch/${live.id}`);
  // Shown for eight seconds: whoever watches must be watching before it comes.
  const shown = { state: "attached", timeout: 90_000 } as const;
  const text = "Good luck <img src=x onerror=alert(1)>";
  const [tab, slide] = await Promise.all([
    give(givers, page, "5.00", text),
    slideOf(stranger),
    stranger.getByText(`generous gave €5.00: ${text} (${DEMO})`).waitFor(shown),
    overlay.getByText(text).waitFor(shown),
    overlay.getByText("€5.00", { exact: true }).locator("..").getByText(DEMO).waitFor(shown),
  ]);
  expect(slide).toMatchObject({ durationMs: 8000, fromRightToLeft: true, coversPlayer: false });
  expect(await overlay.getByRole("button").count()).toBe(0);
  expect(await overlay.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
    "rgba(0, 0, 0, 0)",
  );
  await tab.getByText("Thank you! Your tip of €5.00 has arrived.").waitFor();
  await tab.getByRole("button", { name: "Close", exact: true }).click();
  await tab.waitForURL((url) => !url.searchParams.has("tip"));
  await page.getByRole("dialog").getByText("Your tip has arrived.").waitFor();

  await stranger.getByRole("tab", { name: "About" }).click();
  const standing = stranger.getByRole("region", { name: "Tips" });
  expect(await standing.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
  await standing.getByRole("listitem").filter({ hasText: "generous" }).getByText("€5.00").waitFor();
  await standing.getByRole("radio", { name: "30 days" }).click();
  await standing.getByRole("listitem").filter({ hasText: "generous" }).waitFor();
  await noViolations(stranger);
  expect(await stranger.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

/** How the next tip moves, for somebody who likes motion. */
async function slideOf(page: Page) {
  const found = await page.waitForFunction(
    () => {
      const lines = [...document.querySelectorAll("p[aria-hidden]")];
      const line = lines.find((element) => element.getAnimations().length > 0);
      const effect = line?.getAnimations()[0]?.effect;
      if (line === undefined || !(effect instanceof KeyframeEffect)) return null;
      const across = effect.getKeyframes().map(({ transform }) => new DOMMatrix(String(transform)).m41);
      const player = document.querySelector("video")?.closest("section")?.getBoundingClientRect();
      return {
        durationMs: effect.getTiming().duration,
        fromRightToLeft: (across[0] ?? 0) > 0 && (across.at(-1) ?? 0) < 0,
        coversPlayer: line.getBoundingClientRect().top < (player?.bottom ?? Infinity),
      };
    },
    undefined,
    { timeout: 90_000 },
  );
  return found.jsonValue();
}

test("words that a filter holds wait in the control room, and are seen once they are shown; a tip is given back", async () => {
  await using givers = await contextOf(browser, origin, giver);
  await using owners = await ownerContext();
  const room = await open(owners, `/control/${live.id}`);
  const page = await open(givers, `/watch/${live.id}`);
  await give(givers, page, "2.50", "Have a banana");
  // What everybody may read of it.
  const newest = async () => {
    const answer = await fetch(`${origin}/api/v1/broadcasts/${live.id}/tips`);
    return ((await answer.json()) as { tips: { amountMinor: number; message: string | null }[] }).tips[0];
  };
  expect(await newest()).toMatchObject({ amountMinor: 250, message: null });

  const panel = room.locator("[data-panel=tips]");
  await panel.getByRole("button", { name: /^Tips/ }).click();
  const held = panel.getByRole("region", { name: "Words that wait" });
  await held.getByText("Have a banana").waitFor();
  await held.getByRole("button", { name: "Show the words of generous" }).click();
  await held.waitFor({ state: "detached" });
  await until("the words for everybody", async () => (await newest())?.message === "Have a banana");

  const given = panel.getByRole("list", { name: "Tips of this show" });
  await given
    .getByRole("listitem")
    .filter({ hasText: "Have a banana" })
    .getByRole("button", { name: /^Give €2.50 back/ })
    .click();
  await room.getByRole("alertdialog").getByRole("button", { name: "Give back" }).click();
  await given.getByRole("listitem").filter({ hasText: "Have a banana" }).getByText("Paid back").waitFor();
  await until("the goal without what went back", async () => {
    const { goal } = await show.owner.call<{ goal: { raisedMinor: number } }>("GET", `/broadcasts/${live.id}/tips`);
    return goal.raisedMinor === 500;
  });
  await panel.getByText("€5.00 of €20.00").waitFor();
  const csv = await owners.request.get(
    `${origin}/api/v1/channels/${show.owner.channelId}/tips.csv?broadcastId=${live.id}`,
  );
  expect(await csv.text()).toContain("refunded");
});
