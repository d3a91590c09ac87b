/** A webinar from end to end: set up by its crew, a stranger registers, waits behind the mailed link, sees the show, and stands in the report. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

const NAME = 'Ada <img src=x onerror="alert(1)">';
const EMAIL = "ada@example.org";

let show: Show;
let browser: Browser;
let origin: string;
let id: string;
let stranger: BrowserContext;

beforeAll(async () => {
  show = await openShow();
  browser = await openBrowser();
  origin = show.server.ready.url;
  const { call, channelId } = show.owner;
  const startAt = new Date(Date.now() + 26 * 60 * 60_000).toISOString();
  ({ id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "How it is made", startAt }));
  stranger = await openContext(browser, { origin, screen: "narrow" });
});
afterAll(async () => {
  await stranger.close();
  await browser.close();
  await show[Symbol.asyncDispose]();
});

async function open(context: BrowserContext, where: string): Promise<Page> {
  const page = await context.newPage();
  page.on("dialog", () => expect.unreachable("a text has become a script"));
  await page.goto(new URL(where, origin).href);
  await page.locator("html[data-hydrated]").waitFor();
  return page;
}

async function requireAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

/** The newest mail's text, quoted-printable undone. */
async function mail(subject: string): Promise<string> {
  return until(`the mail "${subject}"`, async () => {
    const folder = path.join(show.server.dataDir, "mail");
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".eml")).toSorted();
    const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")));
    return texts
      .filter((text) => text.includes(`To: ${EMAIL}`) && text.includes(subject))
      .at(-1)
      ?.replace(/=\r?\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  });
}

test("the crew says what is asked", async () => {
  await using owners = await openContext(browser, { origin, signedIn: true });
  const page = await open(owners, `/broadcasts/${id}/settings`);
  const form = page.locator("form").filter({ has: page.getByRole("heading", { name: "Registration" }) });
  await form.getByRole("radio", { name: "Required" }).click();
  await form.getByRole("button", { name: "Add a question" }).click();
  await form.getByLabel("Question", { exact: true }).fill("Where do you work?");
  await form.getByRole("switch", { name: "Must be answered" }).click();
  await form.getByLabel("Text that people must agree to").fill("We keep your answers for a month.");
  await requireAccessible(page);
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Saved").waitFor();
});

test("a stranger finds the way in, is told what is missing, and registers", async () => {
  const page = await open(stranger, `/watch/${id}`);
  expect(await page.locator("video").count()).toBe(0);
  await requireAccessible(page);
  await page.getByRole("link", { name: "Register" }).first().click();
  await page.waitForURL(`**/register/${id}`);
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByText("This must be filled in.").first().waitFor();
  expect(await page.getByLabel("Your name").evaluate((field) => field === document.activeElement)).toBe(true);
  await requireAccessible(page);
  await page.getByLabel("Your name").fill(NAME);
  await page.getByLabel("Email address").first().fill(EMAIL);
  await page.getByLabel("Where do you work?").fill('=HYPERLINK("https://evil.example")');
  await page.getByLabel("We keep your answers for a month.").check();
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("heading", { name: "Look into your mailbox" }).waitFor();
  await requireAccessible(page);
  await page.close();
});

test("the mailed link opens the waiting page, from there the show opens by itself, and the report knows who came", async () => {
  const text = await mail("Subject: You are registered");
  expect(text).toContain("text/calendar; charset=utf-8; method=PUBLISH");
  const link = /https?:\/\/[^\s<>"]+\/register\/[0-9a-z]+\?t=[0-9a-z.]+/.exec(text)?.[0] ?? "";
  const page = await open(stranger, link);
  expect(page.url()).toBe(`${origin}/register/${id}`);
  await page.getByRole("timer").waitFor();
  await page.getByText(`${NAME}, you are registered as ${EMAIL}.`).waitFor();
  await requireAccessible(page);
  const file = await stranger.request.get(`${origin}/api/v1/broadcasts/${id}/registration/calendar.ics`);
  expect(await file.text()).toContain(`UID:${id}@rostrum\r\n`);

  await goLiveByTestSignal(show.owner, id);
  await page.waitForURL(`**/watch/${id}`, { timeout: 60_000 });
  const shown = (): Promise<number> => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
  await until("the picture", async () => (await shown()) > 0.5, 60_000);
  expect((await fetch(`${origin}/api/v1/broadcasts/${id}/playback`)).status).toBe(403);
  expect((await fetch(`${origin}/live/${id}/index.m3u8`)).status).toBe(403);

  const report = async (): Promise<string> => {
    const { accessToken } = show.owner;
    const answer = await fetch(`${origin}/api/v1/broadcasts/${id}/registrations/export.csv`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return answer.text();
  };
  const came =
    /^"Ada <img src=x onerror=""alert\(1\)"">","ada@example\.org","[^"]+Z","[^"]+Z","[^"]+Z","[^"]+Z",0\.[1-9]/m;
  const csv = await until(
    "the attendance",
    async () => ((csvNow) => came.test(csvNow) && csvNow)(await report()),
    60_000,
  );
  expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  await page.close();
});

test("the crew sees who has registered, and lets them out at once", async () => {
  const watching = await open(stranger, `/watch/${id}`);
  await until("the picture", () => watching.evaluate(() => (document.querySelector("video")?.currentTime ?? 0) > 0.5));
  await using owners = await openContext(browser, { origin, signedIn: true });
  const page = await open(owners, `/control/${id}`);
  const panel = page.getByRole("region", { name: "Registrations" });
  const fold = panel.getByRole("button", { name: /Registrations/ });
  if ((await fold.getAttribute("aria-expanded")) === "false") await fold.click();
  await panel.getByText("1 person").waitFor();
  await panel.getByText(NAME).waitFor();
  await panel.getByRole("button", { name: `What to do with ${NAME}` }).click();
  await page.getByRole("menuitem", { name: "Delete the registration" }).click();
  await page.getByRole("button", { name: "Delete the registration" }).click();
  await panel.getByText("Nobody has registered yet.", { exact: false }).waitFor();
  // Without loading the page again, and long before the token in the address of the media ends.
  await watching.getByRole("link", { name: "Register" }).first().waitFor();
  expect(await watching.locator("video").count()).toBe(0);
});
