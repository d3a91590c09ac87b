/** Shows with an age restriction in a browser: nothing of them is fetched before the question is answered; and shows for children. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AxeBuilder } from "@axe-core/playwright";
import type { Clip } from "@rostrum/contract/clips";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

let show: Show;
let browser: Browser;
let live: BroadcastView;
let origin: string;

beforeAll(async () => {
  show = await openShow();
  browser = await openBrowser();
  origin = show.server.ready.url;
  const { call, channelId } = show.owner;
  const about = { title: "A late evening", ageRestricted: true };
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, ...about });
  await putPoster(id);
  live = await goLiveByTestSignal(show.owner, id);
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

/** A picture of one colour: 1 × 1, as PNG. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

async function putPoster(id: string): Promise<void> {
  const form = new FormData();
  form.set("file", new Blob([Buffer.from(PNG, "base64")]), "poster.png");
  const headers = { authorization: `Bearer ${show.owner.accessToken}` };
  const answer = await fetch(`${origin}/api/v1/broadcasts/${id}/poster`, { method: "PUT", headers, body: form });
  if (!answer.ok) throw new Error(`the poster: ${await answer.text()}`);
}

/** Whatever is, or leads to, a picture or the sound of a show, or to what is said in it. */
const MEDIA = /\/live\/|\/vod\/|thumbnail|storyboard|\/media\/posters\/|clip\.mp4|\/realtime|\/playback/;

async function open(context: BrowserContext, path: string): Promise<{ page: Page; asked: string[] }> {
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => asked.push(new URL(socket.url()).pathname));
  await page.goto(origin + path);
  return { page, asked };
}

const plays = (page: Page): Promise<unknown> =>
  until("the picture moves", () => page.evaluate(() => (document.querySelector("video")?.currentTime ?? 0) > 1));

test.each(["desktop", "narrow"] as const)(
  "on a %s nothing is fetched before the question is answered",
  async (screen) => {
    await using context = await openContext(browser, { origin, screen });
    const { page, asked } = await open(context, `/watch/${live.id}`);
    const dialog = page.getByRole("dialog", { name: "Are you 18 or older?" });
    await dialog.waitFor();
    await page.waitForLoadState("networkidle");
    expect(asked.filter((path) => MEDIA.test(path))).toEqual([]);
    const html = await (await fetch(`${origin}/watch/${live.id}`)).text();
    expect(html).not.toMatch(/\/media\/posters\/|m3u8|thumbnail\.jpg/);
    expect(html).toContain('content="adult"');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);

    // Who closes the question has it at hand.
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Confirm age" }).click();
    await dialog.getByRole("button", { name: "I am 18 or older" }).click();
    await plays(page);
    const cookies = await context.cookies();
    expect(cookies.find(({ name }) => name === "rostrum_age")).toMatchObject({ httpOnly: true, sameSite: "Lax" });
    expect(await page.evaluate(() => localStorage.getItem("rostrum.age"))).toContain("expiresAt");

    // It is remembered, and holds for what follows the show, too.
    await page.reload();
    await plays(page);
    await page.getByRole("log").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
  },
);

test("who is younger goes elsewhere, where the show is a card without a picture", async () => {
  await using context = await openContext(browser, { origin });
  const { page, asked } = await open(context, `/watch/${live.id}`);
  await page.getByRole("button", { name: "I am younger" }).click();
  await page.waitForURL(`${origin}/`);
  const card = page.getByRole("article").filter({ hasText: "A late evening" });
  await card.getByText("For viewers of 18 and over").first().waitFor({ state: "attached" });
  await card.hover();
  await page.waitForLoadState("networkidle");
  expect(asked.filter((path) => MEDIA.test(path) && path !== "/realtime")).toEqual([]);
});

test("a clip of it asks first, and then plays", async () => {
  const { call } = show.owner;
  // Media time began with the preview, which is left out.
  const body = { title: "The best of it", fromMs: 0, toMs: 20_000 };
  const { liveAt } = await call<{ liveAt: string }>("GET", `/broadcasts/${live.id}`);
  await until("some seconds of the show", () => Date.now() - Date.parse(liveAt) > 20_000);
  const { id } = await call<Clip>("POST", `/broadcasts/${live.id}/clips`, body);
  await until("the clip", async () => (await call<Clip>("GET", `/clips/${id}`)).state === "ready");
  await using context = await openContext(browser, { origin, screen: "narrow" });
  const { page, asked } = await open(context, `/clip/${id}`);
  const dialog = page.getByRole("dialog", { name: "Are you 18 or older?" });
  await dialog.waitFor();
  await page.waitForLoadState("networkidle");
  expect(asked.filter((path) => MEDIA.test(path))).toEqual([]);
  const html = await (await fetch(`${origin}/clip/${id}`)).text();
  expect(html).not.toMatch(/clip\.mp4|thumbnail\.jpg/);
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id: rule }) => rule)).toEqual([]);
  await dialog.getByRole("button", { name: "I am 18 or older" }).click();
  await until("the clip can be played", () =>
    page.evaluate(() => (document.querySelector("video")?.readyState ?? 0) >= HTMLMediaElement.HAVE_CURRENT_DATA),
  );
  expect((await fetch(`${origin}/api/v1/clips/${id}/clip.mp4`)).status).toBe(403);
});

test("in a frame of another site, where no cookie is kept, the answer counts for the frame", async () => {
  await using context = await openContext(browser, { origin });
  await using elsewhere = await startPage(
    `<iframe src="${origin}/embed/${live.id}" width="800" height="450"></iframe>`,
  );
  const page = await context.newPage();
  // Browsers differ in what they do about cookies of frames; here none is kept.
  await page.route(`${origin}/api/v1/age-consents`, async (route) => {
    const answer = await route.fetch();
    const { "set-cookie": _, ...headers } = answer.headers();
    await route.fulfill({ status: answer.status(), headers, body: await answer.text() });
  });
  await page.goto(elsewhere.url);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("button", { name: "Confirm age" }).click();
  await frame.getByRole("button", { name: "I am 18 or older" }).click();
  await until("the picture moves", () =>
    frame.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime > 1),
  );
  expect(await frame.locator("body").evaluate(() => localStorage.getItem("rostrum.age"))).toContain("expiresAt");
});

/** A page of another site than the server's. */
async function startPage(html: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end(`<!doctype html><title>Elsewhere</title>${html}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("who watches when the restriction is switched on is asked, and goes on where they were", async () => {
  const { call } = show.owner;
  await call("PATCH", `/broadcasts/${live.id}`, { ageRestricted: false });
  await using context = await openContext(browser, { origin });
  const { page } = await open(context, `/watch/${live.id}`);
  await plays(page);
  await call("PATCH", `/broadcasts/${live.id}`, { ageRestricted: true, minimumAge: 16 });
  await page.getByRole("dialog", { name: "Are you 16 or older?" }).waitFor({ timeout: 30_000 });
  expect(await page.locator("video").count()).toBe(0);
  await page.getByRole("button", { name: "I am 16 or older" }).click();
  await plays(page);
  await page.getByRole("log").waitFor();
});

test("a show for children has a picture, and no chat, tips or questions", async () => {
  const { call } = show.owner;
  await call("PATCH", `/broadcasts/${live.id}`, { ageRestricted: false, kidMode: true });
  await using context = await openContext(browser, { origin });
  const { page } = await open(context, `/watch/${live.id}`);
  await plays(page);
  await page.getByText("For children").waitFor();
  expect(await page.getByRole("log").count()).toBe(0);
  expect(await page.getByRole("button", { name: /tip/i }).count()).toBe(0);
  expect(await page.getByRole("tab").count()).toBe(0);
});

test("the settings say whom a show is for, one of three", async () => {
  await using context = await openContext(browser, { origin, signedIn: true });
  const { page } = await open(context, `/broadcasts/${live.id}/settings`);
  const form = page.locator("section", { has: page.getByRole("heading", { name: "Audience", exact: true }) });
  await form.getByRole("radio", { name: "Age limit" }).click();
  await form.getByLabel("Minimum age").selectOption("16 and over");
  await form.getByRole("button", { name: "Save" }).click();
  await until("the show is for adults", async () => {
    const saved = await show.owner.call<Record<string, unknown>>("GET", `/broadcasts/${live.id}`);
    return saved["ageRestricted"] === true && saved["minimumAge"] === 16 && saved["kidMode"] === false;
  });
});
