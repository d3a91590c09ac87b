/** What a viewer does with the player in a live show: pause and come back, tap, click, keys, a server that goes away. */
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openBrowser } from "../lib/browser.ts";
import { startClockEncoder } from "../lib/encoder.ts";
import { goLive, openShow } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";
import { openViewer } from "../lib/watch.ts";

const paused = (page: Page): Promise<boolean> => page.$eval("video", (video) => video.paused);
const position = (page: Page): Promise<number> => page.$eval("video", (video) => video.currentTime);

test("pause, keys, taps, and coming back to live", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    const desk = await openContext(browser, { origin });
    const { page } = await openViewer(desk, `${origin}/watch/${broadcast.id}`);

    // Letters play and pause anywhere; keys that scroll belong to the page until the player has the focus.
    await page.keyboard.press("k");
    await until("a pause", () => paused(page));
    await page.keyboard.press("k");
    await until("playing again", async () => !(await paused(page)));
    await page.keyboard.press("Space");
    expect(await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(scrollY > 0), 800)))).toBe(true);
    expect(await paused(page)).toBe(false);
    await page.evaluate(() => scrollTo(0, 0));
    await page.click("video");
    await until("a pause by a click", () => paused(page));
    await page.keyboard.press("Space");
    await until("playing by the space bar", async () => !(await paused(page)));

    // A long pause falls out of live, says so, and the button leads back.
    await page.keyboard.press("k");
    await page.getByRole("button", { name: /^go live/i }).waitFor({ timeout: 15_000 });
    const left = await position(page);
    await page.getByRole("button", { name: /^go live/i }).click();
    await until("the live edge", async () => (await position(page)) > left + 4);
    await page.getByRole("button", { name: /^LIVE/ }).waitFor();

    // Who went back in time stays there when the source has to be opened anew.
    await page.keyboard.press("j");
    await page.getByRole("button", { name: /^go live/i }).waitFor({ timeout: 15_000 });
    const back = await position(page);
    await desk.route(/\/live\/.*\.m4s/, (route) => route.abort());
    await page.waitForTimeout(3000);
    await desk.unroute(/\/live\/.*\.m4s/);
    await until("playing on", async () => (await position(page)) > back + 4, 60_000);
    expect(await position(page)).toBeLessThan(back + 30);

    // Switched off, letters do nothing.
    await page.getByRole("button", { name: /settings/i }).click();
    await page.getByRole("menuitemcheckbox", { name: /single-key/i }).click();
    await page.keyboard.press("Escape");
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press("k");
    await page.waitForTimeout(500);
    expect(await paused(page)).toBe(false);

    const phone = await openContext(browser, { origin, screen: "phone" });
    const touched = await openViewer(phone, `${origin}/watch/${broadcast.id}`);
    await touched.page.tap("video");
    await touched.page.waitForTimeout(600);
    expect(await paused(touched.page)).toBe(false);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});
