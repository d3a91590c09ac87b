/** Two people watch, one leaves: what the crew reads of it, in the control room, on the page of the show, and in its files. */
import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import type { Encoder } from "../lib/encoder.ts";
import { type BroadcastView, goLive, openShow, type Show } from "../lib/show.ts";
import { openContext, type Scheme, type Screen } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

type Live = Readonly<{
  viewers: number;
  sessions: number;
  joinMsP50: number | null;
  latency: readonly unknown[];
  devices: readonly { key: string; sessions: number }[];
  modes: readonly { key: string }[];
  series: readonly { at: string; viewers: number; joins: number }[];
}>;

let show: Show;
let browser: Browser;
let encoder: Encoder;
let broadcast: BroadcastView;

beforeAll(async () => {
  show = await openShow();
  browser = await openBrowser();
  ({ encoder, broadcast } = await goLive(show));
});
afterAll(async () => {
  await browser.close();
  await encoder.stop();
  await show[Symbol.asyncDispose]();
});

const origin = (): string => show.server.ready.url;
const live = (): Promise<Live> => show.owner.call<Live>("GET", `/broadcasts/${broadcast.id}/analytics/live`);

async function open(path: string, screen: Screen, scheme: Scheme, signedIn: boolean): Promise<Page> {
  const context = await openContext(browser, { origin: origin(), screen, scheme, signedIn });
  const page = await context.newPage();
  await page.goto(`${origin()}${path}`);
  await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith("__reactContainer")));
  return page;
}

/** @returns the page, and when its first picture was shown */
async function watch(screen: Screen): Promise<{ page: Page; sinceMs: number }> {
  const page = await open(`/watch/${broadcast.id}`, screen, "dark", false);
  await page.waitForFunction(() => performance.getEntriesByName("rostrum:first-frame").length > 0);
  return { page, sinceMs: Date.now() };
}

/** No accessibility violation, nothing to be scrolled sideways. */
async function expectGood(page: Page, within = "body"): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include(within).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

const STEP_MS = 10_000;

test("two watch, one leaves: the numbers are right to one step", async () => {
  const stays = await watch("desktop");
  const leaves = await watch("phone");
  const both = Math.max(stays.sinceMs, leaves.sinceMs);
  await until("both in the figures", async () => (await live()).viewers === 2, 40_000);
  await until(
    "a step with both of them",
    async () => (await live()).series.some(({ viewers }) => viewers > 1.9),
    90_000,
  );
  const leftMs = Date.now();
  await leaves.page.goto("about:blank");
  await until("one in the figures", async () => (await live()).viewers === 1, 40_000);
  const after = (at: string): boolean => Date.parse(at) > leftMs + STEP_MS;
  const figures = await until(
    "a step with one of them",
    async () => {
      const now = await live();
      return now.series.some(({ at, viewers }) => after(at) && viewers > 0.9) ? now : undefined;
    },
    90_000,
  );
  expect(figures).toMatchObject({ sessions: 2, viewers: 1 });
  expect(figures.series.reduce((total, { joins }) => total + joins, 0)).toBe(2);
  expect(figures.series.filter(({ at }) => after(at)).every(({ viewers }) => viewers <= 1)).toBe(true);
  // Summed up, the steps are as long as both were there together.
  const seconds = figures.series.reduce((total, { viewers }) => total + Math.max(0, Math.min(2, viewers) - 1) * 10, 0);
  expect(Math.abs(seconds - (leftMs - both) / 1000)).toBeLessThanOrEqual(STEP_MS / 1000);
  expect(figures.devices.reduce((total, { sessions }) => total + sessions, 0)).toBe(2);
  expect(figures.joinMsP50).toBeGreaterThan(0);
  expect(figures.latency.length).toBeGreaterThan(0);
});

test("the control room shows the audience", async () => {
  const page = await open(`/control/${broadcast.id}`, "desktop", "dark", true);
  const panel = page.locator('[data-panel="audience"]');
  const title = panel.getByRole("button", { name: "Audience" });
  if ((await title.getAttribute("aria-expanded")) !== "true") await title.click();
  await panel.getByText("Viewers now").waitFor();
  await panel.getByRole("button", { name: /as a table$/ }).click();
  await panel.getByRole("columnheader", { name: "Time waiting" }).waitFor();
  await panel.getByRole("combobox", { name: "Break down by" }).selectOption({ label: "Delivery" });
  await panel
    .getByRole("rowheader", { name: /Realtime|LL-HLS/ })
    .first()
    .waitFor();
  await expectGood(page, '[data-panel="audience"]');
  await page.context().close();
});

test("after the show its page says how it was watched", async () => {
  await show.owner.call("POST", `/broadcasts/${broadcast.id}/end`);
  const page = await open("/dashboard", "desktop", "light", true);
  await page
    .getByRole("link", { name: /^Analytics/ })
    .first()
    .click();
  await page.waitForURL(`**/broadcasts/${broadcast.id}/analytics`);
  const tile = (name: string) => page.locator("dl > *", { has: page.getByText(name, { exact: true }) });
  await tile("Peak viewers").getByText("2", { exact: true }).waitFor();
  await tile("Sessions").getByText("2", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Viewers over time as a table" }).click();
  const table = page.getByRole("region", { name: "Viewers over time, table" });
  expect(await table.getByRole("row").count()).toBeGreaterThan(3);
  await expectGood(page);
  // The short-lived half of the session runs out while somebody reads.
  await page.context().clearCookies({ name: /rostrum_access$/ });
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Time line as CSV" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe(`analytics-timeline-${broadcast.id}.csv`);
  expect(await readFile(await file.path(), "utf8")).toContain('"seconds","viewers"');
  await page.route("**/analytics/export?*", (route) => route.abort());
  await page.getByRole("link", { name: "Everything as JSON" }).click();
  await page
    .getByRole("alert")
    .filter({ hasText: /cannot be reached/i })
    .waitFor();
  await page.context().close();
  const phone = await open(`/broadcasts/${broadcast.id}/analytics`, "narrow", "dark", true);
  await expectGood(phone);
  await phone.context().close();
});

test("who does not run the show is sent to where it is watched", async () => {
  const page = await open(`/broadcasts/${broadcast.id}/analytics`, "desktop", "dark", false);
  expect(new URL(page.url()).pathname).not.toContain("analytics");
  await page.context().close();
});
