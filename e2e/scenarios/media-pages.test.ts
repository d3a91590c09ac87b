/** What the crew and viewers do with media on the pages: play files, take sources, mark, clip, watch again, download, delete. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import type { Encoder } from "../lib/encoder.ts";
import { type BroadcastView, goLive, openShow, type Show } from "../lib/show.ts";
import { openContext, type Screen } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

const films = mkdtempSync(path.join(os.tmpdir(), "rostrum-films-"));
const film = path.join(films, "Opening titles.mp4");
let show: Show;
let browser: Browser;
let encoder: Encoder;
let broadcast: BroadcastView;
let crew: { context: BrowserContext; page: Page };
let viewer: { context: BrowserContext; page: Page };

beforeAll(async () => {
  const picture = ["-f", "lavfi", "-i", "mandelbrot=size=640x360:rate=30"];
  const tone = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000"];
  const codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "60", "-c:a", "aac"];
  execFileSync("ffmpeg", ["-v", "error", ...picture, ...tone, "-t", "8", ...codecs, film]);
  show = await openShow();
  browser = await openBrowser();
  ({ encoder, broadcast } = await goLive(show));
  crew = await open(`/control/${broadcast.id}`);
  viewer = await open(`/watch/${broadcast.id}`);
  await viewer.page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.5);
  await viewer.page.evaluate(() => {
    const [video] = document.querySelectorAll("video");
    Object.assign(globalThis, { firstVideo: video, hasEnded: false });
    video?.addEventListener("ended", () => Object.assign(globalThis, { hasEnded: true }));
  });
});
afterAll(async () => {
  await browser.close();
  await encoder.stop();
  await show[Symbol.asyncDispose]();
  rmSync(films, { recursive: true, force: true });
});

async function open(where: string, screen: Screen = "desktop"): Promise<{ context: BrowserContext; page: Page }> {
  const origin = show.server.ready.url;
  const context = await openContext(browser, { origin, screen, signedIn: true });
  const page = await context.newPage();
  await page.goto(`${origin}${where}`);
  await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith("__reactContainer")));
  return { context, page };
}

/** No accessibility violation, nothing to be scrolled sideways. */
async function expectGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

type Chosen = Readonly<{ selected: string | null; override: string | null }>;
const chosen = (): Promise<Chosen> => show.owner.call<Chosen>("GET", `/broadcasts/${broadcast.id}/sources`);

/** Presses a button that asks first, and says yes. */
async function confirm(page: Page, button: RegExp, yes: RegExp): Promise<void> {
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: yes }).click();
}

test("a video is uploaded, prepared and played as a source, in a loop", async () => {
  const { page } = crew;
  await page.getByRole("button", { name: "Choose…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input[type=file]").setInputFiles(film);
  const add = dialog.getByRole("button", { name: /^Add Opening titles/ });
  await add.waitFor();
  await until("a file that can be played", () => add.isEnabled(), 60_000);
  await add.click();
  await dialog.getByRole("switch", { name: /start again/i }).click();
  await expectGood(page);
  await dialog.getByRole("button", { name: "Play", exact: true }).click();
  await page.getByText("Playing 1 of 1, in a loop").waitFor();
  expect(await chosen()).toMatchObject({ selected: "primary", override: null });
});

test("the files are taken, then the slate, then it is automatic again; the viewer's player plays on", async () => {
  const { page } = crew;
  await confirm(page, /^Take\s*Files$/, /^Switch$/);
  await until("the files on the air", async () => (await chosen()).selected === "file");
  await page.getByText(/somebody of the crew took the files/i).waitFor();
  await confirm(page, /^Slate now$/, /slate/i);
  await until("the slate on the air", async () => (await chosen()).selected === "slate");
  await page.getByText(/viewers see the slate, because/i).waitFor();
  await expectGood(page);
  await confirm(page, /^Automatic$/, /^Automatic$/);
  // The encoder, or the files while this machine is too busy for the encoder to keep pace.
  await until("a source on the air by itself", async () => {
    const { selected, override } = await chosen();
    return override === null && selected !== "slate" && selected !== null;
  });
  const before = await viewer.page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
  await viewer.page.waitForFunction((at) => (document.querySelector("video")?.currentTime ?? 0) > at + 3, before);
  const same = await viewer.page.evaluate(() => {
    const { firstVideo, hasEnded } = globalThis as unknown as { firstVideo: unknown; hasEnded: boolean };
    return { sameElement: firstVideo === document.querySelector("video"), hasEnded };
  });
  expect(same).toEqual({ sameElement: true, hasEnded: false });
});

test("a moment is marked in the control room", async () => {
  const { page } = crew;
  await page.getByRole("textbox", { name: /title of the marker/i }).fill("Questions begin");
  await page.getByRole("button", { name: "Mark" }).click();
  await page
    .getByRole("list", { name: /marked moments/i })
    .getByText("Questions begin")
    .waitFor();
});

let clipId = "";

test("a viewer cuts a clip by keyboard and passes it on", async () => {
  const { page } = viewer;
  // As long as a clip is at least.
  await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 20);
  await page.getByRole("button", { name: "Clip" }).click();
  const dialog = page.getByRole("dialog");
  const beginning = dialog.getByRole("slider", { name: /beginning/i });
  await beginning.focus();
  // Five seconds a step, then half a second: what would make it shorter than a clip may be does nothing.
  for (const key of ["PageUp", "ArrowRight"]) for (let step = 0; step < 10; step += 1) await page.keyboard.press(key);
  await dialog.getByText("15 seconds").waitFor();
  await dialog.getByRole("textbox", { name: "Title" }).fill("The best quarter of a minute");
  await expectGood(page);
  await dialog.getByRole("button", { name: "Make the clip" }).click();
  await dialog.getByText(/the clip is ready/i).waitFor();
  await dialog.getByRole("link", { name: "Open the clip" }).click();
  await page.waitForURL(/\/clip\//);
  clipId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  // The player of the page before may still be there for a moment.
  const seconds = await page.locator('video[src*=".mp4"]').evaluate(async (video: HTMLVideoElement) => {
    if (video.readyState < 1) await new Promise((loaded) => video.addEventListener("loadedmetadata", loaded));
    return video.duration;
  });
  expect(seconds).toBeGreaterThan(14.8);
  expect(seconds).toBeLessThan(15.2);
  await expectGood(page);
  const html = await (await fetch(`${show.server.ready.url}/clip/${clipId}`)).text();
  for (const needle of ["og:title", "og:video", "og:image", "The best quarter of a minute"])
    expect(html).toContain(needle);
});

let recordingId = "";

test("the show is watched again from a chapter, with its clip below", async () => {
  await confirm(crew.page, /^End show$/, /^End show$/);
  const recording = await until("a recording that can be played", async () => {
    const { items } = await show.owner.call<{ items: { id: string; state: string }[] }>(
      "GET",
      `/recordings?broadcastId=${broadcast.id}`,
    );
    return items.find(({ state }) => state === "ready");
  });
  recordingId = recording.id;
  const { page, context } = await open(`/watch/${broadcast.id}`);
  await page.getByRole("link", { name: "The best quarter of a minute" }).waitFor();
  await page.getByRole("link", { name: /questions begin/i }).click();
  await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 5);
  await expectGood(page);
  await context.close();
});

test("the recording is found in the list, made into a file, downloaded, and deleted", async () => {
  const { page, context } = await open("/recordings", "narrow");
  await page.getByRole("link", { name: broadcast.title, exact: true }).waitFor();
  await expectGood(page);
  await page.getByRole("link", { name: broadcast.title, exact: true }).click();
  await page.waitForURL(`**/recordings/${recordingId}`);
  await page.getByRole("button", { name: "Make the file" }).click();
  const link = page.getByRole("link", { name: /^Download, / });
  await link.waitFor({ timeout: 60_000 });
  await expectGood(page);
  const file = path.join(films, "download.mp4");
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  await download.saveAs(file);
  const probe = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file];
  expect(Number(execFileSync("ffprobe", probe, { encoding: "utf8" }))).toBeGreaterThan(20);
  await confirm(page, /^Delete recording$/, /^Delete recording$/);
  await page.waitForURL(/\/recordings\?channel=/);
  await page.getByText(/no recordings yet/i).waitFor();
  await context.close();
});
