/** Lowest latency by WebRTC: any show, from its last key frame on, and to the other deliveries and back in the same player. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { KEEPS_PAGES, openBrowser } from "../lib/browser.ts";
import { type Encoder, startClockEncoder, startEncoder } from "../lib/encoder.ts";
import { type ShownFrame, percentile } from "../lib/pixel-clock.ts";
import { choose, deliveredBy, statistics } from "../lib/player.ts";
import { goLive, openShow, type Show } from "../lib/show.ts";
import { until } from "../lib/wait.ts";
import { openViewer, preferMode, realtimeViewers, type Viewer, whepViewers, withoutWebRtc } from "../lib/watch.ts";

const WATCH_MS = 15_000;
const BACK_WITHIN_MS = 60_000;

type Stage = Readonly<{ show: Show; broadcastId: string; browser: Browser; context: BrowserContext }>;

/** A live show that allows the lowest latency, and a browser whose viewer wants it. */
async function onStage(
  start: (url: string) => Encoder,
  run: (stage: Stage) => Promise<void>,
  options?: Parameters<typeof openBrowser>[1],
): Promise<void> {
  await using show = await openShow();
  await show.owner.call("PATCH", `/channels/${show.owner.channelId}`, { settings: { latencyMode: "lowest" } });
  const { encoder, broadcast } = await goLive(show, start);
  const browser = await openBrowser([], options);
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await preferMode(context, "lowest");
    await run({ show, broadcastId: broadcast.id, browser, context });
  } finally {
    await browser.close();
    await encoder.stop();
  }
}

const watch = ({ show, broadcastId, context }: Stage): Promise<Viewer> =>
  openViewer(context, `${show.server.ready.url}/watch/${broadcastId}`);

const isWebRtc =
  ({ show }: Stage, wanted: boolean) =>
  async (): Promise<boolean> =>
    (await whepViewers(show.server)) > 0 === wanted;

/** Media time of what is shown, whatever plays it. */
const placeOf = (page: Page): Promise<number> =>
  page.$eval("video", (video) => video.currentTime + Number(video.dataset["mediaOffset"] ?? 0));

/** The longest way back, and ahead of what passed meanwhile, between two frames that follow each other, by the clock in the picture. */
function longestJumps(frames: readonly ShownFrame[]): Readonly<{ backMs: number; aheadMs: number }> {
  const longest = { backMs: 0, aheadMs: 0 };
  let before: ShownFrame | undefined;
  for (const frame of frames) {
    if (frame.drawnMs === null) continue;
    const drawnMs = frame.drawnMs - (before?.drawnMs ?? frame.drawnMs);
    longest.backMs = Math.max(longest.backMs, -drawnMs);
    longest.aheadMs = Math.max(longest.aheadMs, drawnMs - (frame.atMs - (before?.atMs ?? frame.atMs)));
    before = frame;
  }
  return longest;
}

/** How often the picture stood for so long, in a page that is in sight. */
const stillsOf = (frames: readonly ShownFrame[], forMs: number): number =>
  frames.filter(({ atMs }, at) => atMs - (frames[at - 1]?.atMs ?? atMs) >= forMs).length;

/** Counts how often the video waits while it is given nothing else to play, as `__waits`. */
function countWaits(): void {
  const known = globalThis as unknown as { __waits: number };
  known.__waits = 0;
  let isExchange = false;
  const on = (name: string, act: (video: HTMLVideoElement) => void): void =>
    addEventListener(name, ({ target }) => void (target instanceof HTMLVideoElement && act(target)), true);
  on("emptied", () => (isExchange = true));
  on("playing", () => (isExchange = false));
  on("waiting", (video) => void (known.__waits += isExchange || video.seeking ? 0 : 1));
}

/** Counts the page's connections. */
function countConnections(): void {
  const made: RTCPeerConnection[] = [];
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      made.push(this);
    }
  };
  Object.assign(globalThis, { madeConnections: made });
}

/** Notes how many stills lie over the picture when a page that was kept is shown again, as `stillsBack`. */
function noteStills(): void {
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) Object.assign(globalThis, { stillsBack: document.querySelectorAll("video ~ canvas").length });
  });
}

/** How many connections were made, and are open. */
const connectionsOf = (page: Page): Promise<readonly [made: number, open: number]> =>
  page.evaluate(() => {
    const { madeConnections: made } = globalThis as unknown as { madeConnections: readonly RTCPeerConnection[] };
    return [made.length, made.filter(({ connectionState }) => connectionState !== "closed").length] as const;
  });

/** Runs in the page: chooses HLS by the menu as soon as WebRTC plays, and WebRTC as soon as it does not. */
async function changeOften(times: number): Promise<void> {
  const video = document.querySelector("video");
  const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
  const pick = async (name: string, isThere: () => boolean): Promise<void> => {
    const button = document.querySelector<HTMLElement>("button[aria-label^=Settings]");
    button?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    const find = (): HTMLElement | undefined =>
      [...document.querySelectorAll<HTMLElement>("[role=menuitemcheckbox]")].find(({ textContent }) =>
        textContent.startsWith(name),
      );
    while (find() === undefined) await frame();
    find()?.click();
    while (find() !== undefined || !isThere()) await frame();
  };
  const playsWebRtc = (): boolean => video?.srcObject !== null;
  while (!playsWebRtc()) await frame();
  for (let time = 0; time < times; time += 1) {
    await pick("Balanced", () => !playsWebRtc());
    await pick("Lowest", playsWebRtc);
  }
}

/** The picture moves: so many more frames are shown. */
async function goesOn(viewer: Viewer, what: string): Promise<void> {
  const { frames } = await viewer.read();
  await until(what, async () => (await viewer.read()).frames.length > frames.length + 45, BACK_WITHIN_MS);
}

/** Waits until the player's menu says so of the lowest latency; that trouble has lowered it, as on a busy machine, it says first. */
async function saysOfWebRtc({ page }: Viewer, words: string): Promise<void> {
  await page.mouse.move(200, 200);
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page
    .getByRole("menuitemcheckbox", { name: /^Lowest/ })
    .getByText(words)
    .waitFor({ timeout: BACK_WITHIN_MS });
}

test("a show that comes by RTMP is watched by WebRTC, a fifth of a second behind", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const viewer = await watch(stage);
    await until("WebRTC", isWebRtc(stage, true));
    await viewer.page.waitForTimeout(3000);
    const before = await viewer.read();
    await viewer.page.waitForTimeout(WATCH_MS);
    const after = await viewer.read();
    const latencies = after.latencyMs.slice(before.latencyMs.length);
    console.log(
      `whep: p50 ${percentile(latencies, 0.5)} ms, p95 ${percentile(latencies, 0.95)} ms, ` +
        `join ${Math.round(await viewer.joinMs())} ms, ${after.stalls} stalls`,
    );
    // Less than frame by frame over a WebSocket; docs/performance.md has what a calm machine gives.
    expect(percentile(latencies, 0.5)).toBeLessThan(350);
    expect(await whepViewers(stage.show.server)).toBe(1);
    expect(await realtimeViewers(stage.show.server)).toBe(0);
    // A page that goes away says so: the server does not go on sending.
    await viewer.page.goto("about:blank");
    await until("the end of its session", isWebRtc(stage, false), 3000);
  });
});

test("to the other deliveries and back nothing is reloaded, and time goes on", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const viewer = await watch(stage);
    const { page } = viewer;
    await until("WebRTC", isWebRtc(stage, true));
    await goesOn(viewer, "the picture by WebRTC");
    const { frames } = await viewer.read();
    await choose(page, "Balanced");
    await until("LL-HLS", isWebRtc(stage, false));
    await goesOn(viewer, "the picture by LL-HLS");
    // What comes next goes on where WebRTC ended, although it is later.
    const { backMs, aheadMs } = longestJumps((await viewer.read()).frames.slice(frames.length - 1));
    expect(backMs).toBeLessThan(300);
    expect(aheadMs).toBeLessThan(700);
    await choose(page, "Lowest");
    await until("WebRTC again", isWebRtc(stage, true), BACK_WITHIN_MS);
    await goesOn(viewer, "the picture by WebRTC again");
    const { owner } = stage.show;
    await owner.call("PATCH", `/broadcasts/${stage.broadcastId}`, { latencyMode: "stable" });
    await until("LL-HLS, as the crew wants it", isWebRtc(stage, false));
    await goesOn(viewer, "the picture by LL-HLS again");
    expect(await page.evaluate(() => performance.getEntriesByType("navigation").length)).toBe(1);
  });
});

test("B-frames are encoded anew for WebRTC", async () => {
  await onStage(
    (url) => startEncoder(url, { bFrames: 2 }),
    async (stage) => {
      const page = await stage.context.newPage();
      await page.goto(`${stage.show.server.ready.url}/watch/${stage.broadcastId}`);
      await until("WebRTC", isWebRtc(stage, true));
      await until("a picture", () =>
        page.$eval("video", ({ srcObject, videoWidth }) => srcObject !== null && videoWidth > 0),
      );
      const shown = (): Promise<number> =>
        page.$eval("video", (video) => video.getVideoPlaybackQuality().totalVideoFrames);
      const before = await shown();
      await until("pictures go on", async () => (await shown()) > before + 60, BACK_WITHIN_MS);

      // Who comes first is answered before the first picture is encoded, and knows its place in the show all the same.
      await page.keyboard.press("s");
      await deliveredBy(page, "WebRTC");
      expect((await statistics(page)).latencySec).toBeLessThan(2);
      const [at, left] = [performance.now(), await placeOf(page)];
      await choose(page, "Balanced");
      await deliveredBy(page, "HLS");
      // Not before the first picture of HLS is there.
      const offBySec = async (): Promise<number> => (await placeOf(page)) - left - (performance.now() - at) / 1000;
      await until("the same place", async () => Math.abs(await offBySec()) < 2, 10_000);
    },
  );
});

test("a show without pictures is heard, and its end is told", async () => {
  await onStage(
    (url) => startEncoder(url, { video: false }),
    async ({ show, context, broadcastId }) => {
      const page = await context.newPage();
      await page.goto(`${show.server.ready.url}/watch/${broadcastId}`);
      await until("sound", async () => (await page.$eval("video", ({ currentTime }) => currentTime)) > 1);
      await page.getByText("Loading the picture").waitFor({ state: "detached" });
      await page.keyboard.press("s");
      await deliveredBy(page, "WebRTC");
      expect((await statistics(page)).latencySec).toBeLessThan(2);
      await show.owner.call("POST", `/broadcasts/${broadcastId}/end`);
      await page.getByRole("button", { name: "Watch again" }).waitFor({ timeout: 30_000 });
    },
  );
});

test("nothing is left of any connection after fifty changes, nor a stall counted for each", async () => {
  await onStage(startClockEncoder, async (stage) => {
    await stage.context.addInitScript(countConnections);
    await stage.context.addInitScript(countWaits);
    const viewer = await watch(stage);
    const { page } = viewer;
    await page.keyboard.press("s");
    await page.evaluate(changeOften, 25);
    await deliveredBy(page, "WebRTC");
    await until("no still", async () => (await page.locator("video ~ canvas").count()) === 0);
    await until("one viewer", async () => (await whepViewers(stage.show.server)) === 1);
    await until("one connection", async () => (await connectionsOf(page))[1] === 1);
    expect((await connectionsOf(page))[0]).toBeGreaterThanOrEqual(25);
    // A stall is what a viewer sees: a picture that stands for long, or a video that has nothing to go on with.
    const waits = await page.evaluate(() => (globalThis as unknown as { __waits: number }).__waits);
    const { stalls } = await statistics(page);
    const { frames } = await viewer.read();
    console.log(
      `whep: fifty changes, ${stalls} stalls counted, ${waits} waits and ${stillsOf(frames, 700)} long stills seen`,
    );
    expect(stalls).toBeLessThanOrEqual(waits + stillsOf(frames, 700));
    expect(stalls).toBeLessThan(25);
  });
});

test("a newer address takes over before the older one ends", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const { context, show, broadcastId } = stage;
    await context.addInitScript(countConnections);
    const viewer = await watch(stage);
    await viewer.page.waitForFunction(() => document.querySelector("video")?.srcObject !== null);
    const [made] = await connectionsOf(viewer.page);
    await context.route("**/playback", async (route) => {
      const playback = (await (await route.fetch()).json()) as Record<string, unknown>;
      await route.fulfill({ json: { ...playback, whepUrl: `${String(playback["whepUrl"])}?token=newer` } });
    });
    const { frames } = await viewer.read();
    await show.owner.call("PATCH", `/broadcasts/${broadcastId}`, { visibility: "unlisted" });
    await until("another connection", async () => (await connectionsOf(viewer.page))[0] > made);
    await until("the end of the first one", async () => (await connectionsOf(viewer.page))[1] === 1);
    expect(await viewer.page.$eval("video", ({ srcObject }) => srcObject !== null)).toBe(true);
    expect(await realtimeViewers(show.server)).toBe(0);
    await goesOn(viewer, "the picture");
    const { backMs, aheadMs } = longestJumps((await viewer.read()).frames.slice(frames.length - 1));
    console.log(`whep: a newer address, ${Math.round(aheadMs)} ms ahead at once`);
    expect(backMs).toBeLessThan(200);
    // What is left out is what the older one was behind: 0.1 s, 0.35 s where the encoder hardly gets its turn.
    expect(aheadMs).toBeLessThan(1000);
  });
});

test("a page that is left sends nothing and keeps nothing open; who comes back to it goes on watching", async () => {
  const run = async (stage: Stage): Promise<void> => {
    const { ready } = stage.show.server;
    await stage.context.addInitScript(noteStills);
    const viewer = await watch(stage);
    const { page } = viewer;
    /** Leaves and comes back. A page that was opened anew would not know the mark. */
    const leave = async (): Promise<void> => {
      await page.evaluate(() => Object.assign(globalThis, { mark: true }));
      await page.goto(`${ready.url}/healthz`);
      await until("the end of its session", isWebRtc(stage, false), 3000);
      await page.goBack({ waitUntil: "commit" });
      expect(await page.evaluate(() => "mark" in globalThis)).toBe(true);
    };
    await until("WebRTC", isWebRtc(stage, true));
    await goesOn(viewer, "the picture by WebRTC");
    await leave();
    // The connection ended with its picture: the last one stands until there is another.
    expect(await page.evaluate(() => (globalThis as unknown as { stillsBack: number }).stillsBack)).toBe(1);
    await until("WebRTC again", isWebRtc(stage, true), BACK_WITHIN_MS);
    await goesOn(viewer, "the picture by WebRTC again");
    expect(await page.locator("video ~ canvas").count()).toBe(0);
    // The same by LL-HLS: a browser pauses it meanwhile.
    await choose(page, "Balanced");
    await until("LL-HLS", isWebRtc(stage, false));
    await goesOn(viewer, "the picture by LL-HLS");
    await leave();
    await goesOn(viewer, "the picture by LL-HLS again");
    // Who has paused finds it paused.
    await page.keyboard.press("k");
    await leave();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    expect(await page.$eval("video", ({ paused }) => paused)).toBe(true);
  };
  await onStage(startClockEncoder, run, KEEPS_PAGES);
});

test("where the server cannot be asked for WebRTC the show is watched another way", async () => {
  await onStage(startClockEncoder, async (stage) => {
    await stage.context.route("**/whep/**", (route) => route.abort());
    const viewer = await watch(stage);
    await goesOn(viewer, "the picture");
    expect(await whepViewers(stage.show.server)).toBe(0);
    expect(await realtimeViewers(stage.show.server)).toBe(1);
    await saysOfWebRtc(viewer, "the server did not answer when asked for WebRTC");
  });
});

test("why it is not WebRTC is told as it is", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const { browser } = stage;
    const inAnother = async (prepare: (context: BrowserContext) => Promise<unknown>): Promise<Viewer> => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      await preferMode(context, "lowest");
      await prepare(context);
      return watch({ ...stage, context });
    };
    const lacking = await inAnother(withoutWebRtc);
    await saysOfWebRtc(lacking, "this browser has no WebRTC");
    await lacking.page.context().close();
    const full = await inAnother((context) => context.route("**/whep/**", (route) => route.fulfill({ status: 503 })));
    await saysOfWebRtc(full, "the server does not offer WebRTC now; tried again by itself");
    await full.page.context().close();
    const refused = await inAnother((context) =>
      context.route("**/whep/**", (route) => route.fulfill({ status: 422 })),
    );
    await saysOfWebRtc(refused, "the server does not offer WebRTC for this show");
    await refused.page.context().close();
    const watching = await watch(stage);
    await until("WebRTC", isWebRtc(stage, true));
    await saysOfWebRtc(watching, "Closest to live");
  });
});

test("where no packet comes through the connection is given up within seconds", async () => {
  await onStage(startClockEncoder, async (stage) => {
    const { context, show } = stage;
    await context.addInitScript(countConnections);
    await context.route("**/whep/*", async (route) => {
      const answer = await route.fetch();
      // Nobody is there.
      const body = (await answer.text()).replace(/^(a=candidate:\S+ \S+ \S+ \S+) \S+/gm, "$1 192.0.2.1");
      await route.fulfill({ response: answer, body });
    });
    const viewer = await watch(stage);
    await goesOn(viewer, "the picture");
    await until("the end of the try", async () => (await connectionsOf(viewer.page))[1] === 0, 10_000);
    await until("nothing left of it", isWebRtc(stage, false), 3000);
    expect(await realtimeViewers(show.server)).toBe(1);
    await saysOfWebRtc(viewer, "WebRTC does not get through now");
  });
});
