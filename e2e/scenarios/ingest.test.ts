/** Shows that do not come by RTMP: from a browser by WebSocket, and by SRT with and without encryption. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type Encoder, startEncoder } from "../lib/encoder.ts";
import { OWNER } from "../lib/owner.ts";
import { fetchPlaylist } from "../lib/playlist.ts";
import { CAMERA_FLAGS, publishFromBrowser } from "../lib/publisher.ts";
import { broadcastIn, goLive, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

type Endpoints = { srt: string | null; websocket: string; srtMissing: string | null };
type Revealed = { key: string; srt: { streamId: string; passphrase: string } };

const endpointsOf = ({ owner }: Show) => owner.call<Endpoints>("GET", `/channels/${owner.channelId}/ingest`);
const reveal = ({ owner }: Show) =>
  owner.call<Revealed>("POST", `/channels/${owner.channelId}/keys/primary/reveal`, { password: OWNER.password });

/** Where the broadcast's newest segment ends, in ms from its first. */
async function lengthMs(show: Show, broadcastId: string): Promise<number> {
  const { segments } = await fetchPlaylist(`${show.server.ready.url}/live/${broadcastId}/v0/index.m3u8`);
  return segments.reduce((sum, { durationSec }) => sum + durationSec * 1000, 0);
}

test("a browser publishes its camera, another one watches; a lost connection comes back by itself", async () => {
  await using show = await openShow();
  const origin = show.server.ready.url;
  const browser = await openBrowser(CAMERA_FLAGS);
  try {
    const context = await openContext(browser, { origin });
    const { websocket } = await endpointsOf(show);
    const publisher = await publishFromBrowser(context, origin, `${websocket}/${show.owner.key}`);
    const broadcast = await broadcastIn(show.owner, "live");
    expect((await publisher.states()).map(({ kind }) => kind)).toEqual(["connecting", "live"]);

    const page = await context.newPage();
    await page.goto(`${origin}/watch/${broadcast.id}`);
    const moves = async (from: number, bySec: number): Promise<boolean> =>
      (await page.$eval("video", (video) => video.currentTime)) > from + bySec;
    await until("the picture in the other browser", () => moves(0, 3));
    const size = await page.$eval("video", (video) => [video.videoWidth, video.videoHeight]);
    expect(size).toEqual([640, 360]);

    // The connection breaks under the publisher.
    const before = await page.$eval("video", (video) => video.currentTime);
    await publisher.cut();
    await until("publishing again", async () => {
      const kinds = (await publisher.states()).map(({ kind }) => kind);
      return kinds.includes("waiting") && kinds.at(-1) === "live";
    });
    await until("the picture goes on", () => moves(before, 8), 60_000);
    expect(await broadcastIn(show.owner, "live")).toMatchObject({ id: broadcast.id });

    await publisher.stop();
    expect((await publisher.states()).at(-1)).toMatchObject({ kind: "ended", failed: false });
  } finally {
    await browser.close();
  }
});

test("a wrong key is said in words to a browser, which does not try again", async () => {
  await using show = await openShow();
  const origin = show.server.ready.url;
  const browser = await openBrowser(CAMERA_FLAGS);
  try {
    const context = await openContext(browser, { origin });
    const { websocket } = await endpointsOf(show);
    const publisher = await publishFromBrowser(context, origin, `${websocket}/rk_wrong`);
    const ended = await until("the end", async () => (await publisher.states()).find(({ kind }) => kind === "ended"));
    expect(ended).toMatchObject({ failed: true, reason: expect.stringContaining("Unknown stream key") });
    expect(show.server.lines.join("\n")).not.toContain("rk_wrong");
  } finally {
    await browser.close();
  }
});

const startSrt = (url: string): Encoder => startEncoder(url, { format: "mpegts" });

test.each([
  ["the key alone", ({ key }: Revealed) => `streamid=publish:${key}`],
  ["encryption", ({ srt }: Revealed) => `streamid=${srt.streamId}&passphrase=${srt.passphrase}`],
])("SRT with %s goes live; kill -9 of its child is a gap, not the end", async (_, query) => {
  await using show = await openShow();
  const { srt } = await endpointsOf(show);
  expect(srt).toBe(`srt://localhost:${show.server.ready.ports["srt"]}`);
  // By number: where the name stands for ::1 too, SRT would wait three seconds there.
  const url = `${srt?.replace("localhost", "127.0.0.1")}?${query(await reveal(show))}&pkt_size=1316`;
  const { encoder, broadcast } = await goLive({ ...show, ingestUrl: url }, startSrt);
  await until("five seconds of it", async () => (await lengthMs(show, broadcast.id)) > 5000);

  process.kill(await srtChildOf(show.server.pid), "SIGKILL");
  await encoder.exited;
  const again = await until("the port serves again", async () => {
    const next = startSrt(url);
    const ended = await Promise.race([next.exited, new Promise((resolve) => setTimeout(resolve, 2000, "runs"))]);
    return ended === "runs" && next;
  });
  const length = await lengthMs(show, broadcast.id);
  await until("it goes on", async () => (await lengthMs(show, broadcast.id)) > length + 5000, 60_000);
  expect(await broadcastIn(show.owner, "live")).toMatchObject({ id: broadcast.id });
  await again.stop();
});

/** The child process that speaks SRT. */
async function srtChildOf(serverPid: number): Promise<number> {
  const children = await readFile(`/proc/${serverPid}/task/${serverPid}/children`, "utf8");
  for (const pid of children.trim().split(" ")) {
    if ((await readFile(`/proc/${pid}/cmdline`, "utf8")).includes("srt/child-main.ts")) return Number(pid);
  }
  throw new Error("the server has no SRT child");
}

test("without libsrt the rest is served, and it is said what to install", async () => {
  await using show = await openShow({ env: { SRT_LIBRARY: "libsrt-that-is-not-there.so" } });
  expect(show.server.ready.ports).not.toHaveProperty("srt");
  const { srt, srtMissing } = await endpointsOf(show);
  expect(srt).toBeNull();
  expect(srtMissing).toContain("apt-get install libsrt1.5-gnutls");
  const { encoder } = await goLive(show);
  await encoder.stop();
});
