/** A show whose codec changes to one that the viewer's browser has no decoder for, and back. */
import { expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../lib/browser.ts";
import { type Encoder, startEncoder } from "../lib/encoder.ts";
import { watchElement } from "../lib/player.ts";
import { goLive, openShow } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";
import { preferMode, withoutWebRtc } from "../lib/watch.ts";

/** Two profiles of H.264 stand for two codecs: a frame with these options is of the High profile, one without is not. */
const startHigh = (url: string): Encoder => startEncoder(url, { extra: ["-x264-params", "cabac=1:8x8dct=1"] });
const startPlain = (url: string): Encoder => startEncoder(url);

/** The pages of this context have no decoder for codecs with this name in them. */
async function withoutDecoder(context: BrowserContext, name: string): Promise<void> {
  await context.addInitScript((refused) => {
    const isTypeSupported = MediaSource.isTypeSupported.bind(MediaSource);
    MediaSource.isTypeSupported = (mime) => !mime.includes(refused) && isTypeSupported(mime);
  }, name);
}

const position = (page: Page): Promise<number> => page.$eval("video", (video) => video.currentTime);

async function playsOn(page: Page): Promise<void> {
  const from = await position(page);
  await until("playing on", async () => (await position(page)) > from + 3, 30_000);
}

test.each(["balanced", "lowest"] as const)(
  "a codec without a decoder is told in a sentence, and the show goes on by itself with the next one: %s",
  async (mode) => {
    await using show = await openShow();
    let { encoder, broadcast } = await goLive(show, startHigh);
    await show.owner.call("PATCH", `/broadcasts/${broadcast.id}`, { latencyMode: mode });
    const changeTo = async (start: (url: string) => Encoder): Promise<void> => {
      await encoder.stop();
      encoder = start(show.ingestUrl);
    };
    const browser = await openBrowser();
    try {
      const context = await openContext(browser, { origin: show.server.ready.url });
      await preferMode(context, mode);
      await withoutWebRtc(context);
      await withoutDecoder(context, "avc1.64");
      const page = await context.newPage();
      await page.goto(`${show.server.ready.url}/watch/${broadcast.id}`);
      const sentence = page.getByText("This browser cannot play what is sent now");
      await sentence.waitFor({ timeout: 30_000 });

      await changeTo(startPlain);
      await sentence.waitFor({ state: "detached", timeout: 30_000 });
      await playsOn(page);
      const element = await watchElement(page);

      await changeTo(startHigh);
      await sentence.waitFor({ timeout: 30_000 });
      await changeTo(startPlain);
      await sentence.waitFor({ state: "detached", timeout: 30_000 });
      await playsOn(page);
      // On the same media source: nothing had to be opened anew.
      expect((await element()).breaks).toBe(0);
    } finally {
      await browser.close();
      await encoder.stop();
    }
  },
);
