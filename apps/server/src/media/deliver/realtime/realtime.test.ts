import { expect, test } from "vitest";
import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { AUDIO_TRACK, OPEN, picture, sound, tracks, VIDEO_TRACK } from "../testing.ts";
import { type Received, startRealtime, type TestRealtime } from "./testing.ts";

/** Frame `n` of 30 a second, key frames every 30. */
const frame = (n: number, bytes?: number) => {
  const event = picture(n * 3000, 3000, n % 30 === 0);
  return bytes === undefined || event.type !== "sample"
    ? event
    : { ...event, sample: { ...event.sample, data: new Uint8Array(bytes) } };
};
/** Resolves when the feed has let go of the hub. */
async function left(show: TestRealtime): Promise<void> {
  while (show.hub.subscribers > 0) await new Promise((resolve) => setImmediate(resolve));
}
const video = { video: VIDEO_TRACK };
const frames = (count: number) => (received: readonly Received[]) =>
  received.filter((one) => one.type === "media" && one.kind > 2).length >= count;

test("a viewer gets what describes the media, the current GOP at once, then every frame as it comes", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks());
  for (const event of [frame(0), frame(30), sound(48_000), frame(31)]) show.hub.publish(event);
  const viewer = await show.view();
  await viewer.until(frames(3));
  expect(viewer.words()).toBe("tracks I1 I2 v! a v");
  expect(viewer.received[0]).toEqual({
    type: "tracks",
    epoch: 0,
    discontinuity: false,
    wallZeroMs: Date.parse("2026-01-02T03:04:05.000Z"),
    video: { codecs: "avc1.42c01e", widthPx: 640, heightPx: 360 },
    audio: { codecs: "mp4a.40.2", channels: 2 },
  });
  show.hub.publish(frame(32));
  await viewer.until(frames(4));
  const first = viewer.received.find((one) => one.type === "media" && one.key);
  expect(first?.type === "media" && parseFragments(first.media)[0]?.baseDecodeTime).toBe(90_000);
});

test("a second viewer begins with the same GOP, though the first one is fed since long", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks());
  show.hub.publish(frame(0));
  const first = await show.view();
  await first.until(frames(1));
  for (const event of [sound(0), frame(1), frame(30), frame(31)]) show.hub.publish(event);
  await first.until(frames(5));
  const second = await show.view();
  await second.until(frames(2));
  expect([first.words(), second.words()]).toEqual(["tracks I1 I2 v! a v v! v", "tracks I1 I2 v! v"]);
});

test("other tracks are announced with their init segments; who comes then is told of no discontinuity", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks());
  show.hub.publish(frame(0));
  const early = await show.view();
  await early.until(frames(1));
  const { hub } = show;
  hub.publish({
    type: "tracks",
    epoch: 1,
    video: { ...VIDEO_TRACK, widthPx: 320 },
    audio: undefined,
    discontinuity: true,
  });
  hub.publish(frame(30));
  await early.until(frames(2));
  const late = await show.view();
  await late.until(frames(1));
  expect([early.words(), late.words()]).toEqual(["tracks I1 I2 v! tracks I1 v!", "tracks I1 v!"]);
  expect(early.received[4]).toMatchObject({ epoch: 1, discontinuity: true, video: { widthPx: 320 }, audio: null });
  expect(late.received[0]).toMatchObject({ epoch: 1, discontinuity: false });
});

test("a program without video is heard at once", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks({ audio: AUDIO_TRACK }));
  for (let n = 0; n < 3; n += 1) show.hub.publish(sound(n * 1024));
  const viewer = await show.view();
  await viewer.until(frames(3));
  expect(viewer.words()).toBe("tracks I2 a a a");
});

test("the end is told and closes the socket in order", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const viewer = await show.view();
  await viewer.until(frames(1));
  show.hub.publish({ type: "end" });
  expect(await viewer.closed).toBe(1000);
  expect(viewer.received.at(-1)).toEqual({ type: "end" });
  show.policy = { ...OPEN, state: "ended" };
  expect(await (await show.view()).closed).toBe(4404);
});

test("the feed stops with its last viewer", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const viewer = await show.view();
  await viewer.until(frames(1));
  expect(show.hub.subscribers).toBe(1);
  viewer.ws.send(JSON.stringify({ type: "bye" }));
  expect(await viewer.closed).toBe(1000);
  await left(show);
  const again = await show.view();
  await again.until(frames(1));
  expect(again.words()).toBe("tracks I1 v!");
});

test("what does not exist, and what is not on the air here, is refused", async () => {
  await using show = await startRealtime();
  // On the air, and its program may come at any time.
  expect(await (await show.view("", "other")).closed).toBe(1013);
  show.policy = { ...OPEN, state: "archived" };
  expect(await (await show.view("", "other")).closed).toBe(4404);
  show.policy = null;
  expect(await (await show.view()).closed).toBe(4404);
  await expect(show.view("", "show/v0")).rejects.toThrow("404");
});

test("what is not for everybody needs the right token", async () => {
  await using show = await startRealtime();
  show.policy = { ...OPEN, needsToken: true };
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  expect(await (await show.view()).closed).toBe(4401);
  expect(await (await show.view("?token=wrong")).closed).toBe(4401);
  await (await show.view("?token=right")).until(frames(1));
});

test("a broadcast that becomes private, stable or is removed lets its viewers go within seconds", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const enter = async (query?: string) => {
    const viewer = await show.view(query);
    await viewer.until(frames(1));
    return viewer;
  };
  const stranger = await enter();
  const guest = await enter("?token=right");
  show.policy = { ...OPEN, needsToken: true };
  show.clock.advance(2000);
  expect(await stranger.closed).toBe(4401);
  show.policy = { ...OPEN, latencyMode: "stable" };
  show.clock.advance(2000);
  expect(await guest.closed).toBe(4001);
  expect(guest.received.at(-1)).toEqual({ type: "handover", reason: "mode" });
  const refused = await show.view();
  expect(await refused.closed).toBe(4001);
  expect(refused.words()).toBe("handover");
  show.policy = OPEN;
  const last = await enter();
  show.policy = null;
  show.clock.advance(2000);
  expect(await last.closed).toBe(4404);
});

test("one viewer too many is sent to LL-HLS; a place that was left is free again", async () => {
  await using show = await startRealtime({ maxViewers: 1 });
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const first = await show.view();
  await first.until(frames(1));
  const second = await show.view();
  expect(await second.closed).toBe(4001);
  expect(second.received).toEqual([{ type: "handover", reason: "full" }]);
  first.ws.close();
  await first.closed;
  await (await show.view()).until(frames(1));
});

test("who talks instead of watching is thrown out", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const viewer = await show.view();
  await viewer.until(frames(1));
  for (let n = 0; n < 30; n += 1) viewer.ws.send("hello");
  expect(await viewer.closed).toBe(1008);
  const large = await show.view();
  large.ws.send(Buffer.alloc(5000));
  expect(await large.closed).toBe(1009);
});

test("after forgetGop nobody who comes gets what came before", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const crew = await show.view();
  await crew.until(frames(1));
  show.hub.forgetGop();
  show.server.forgetGop("show");
  const viewer = await show.view();
  await viewer.until((received) => received.length === 2);
  for (const n of [1, 30]) show.hub.publish(frame(n));
  await Promise.all([viewer.until(frames(1)), crew.until(frames(3))]);
  expect([crew.words(), viewer.words()]).toEqual(["tracks I1 v! v v!", "tracks I1 v!"]);
});

test("a viewer that does not read skips to a key frame, others lose nothing; nothing more is kept for it", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const [good, slow] = [await show.view(), await show.view()];
  await Promise.all([good.until(frames(1)), slow.until(frames(1))]);
  // The time for the first GOP passes.
  for (let n = 0; n < 8; n += 1) await show.ping(good, slow);
  slow.ws.pause();
  for (let n = 0; n < 4; n += 1) await show.ping(good);
  for (let n = 1; n <= 30; n += 1) show.hub.publish(frame(n));
  await good.until(frames(31));
  slow.ws.resume();
  await show.ping(good, slow);
  for (let n = 31; n <= 61; n += 1) show.hub.publish(frame(n));
  await slow.until(frames(3));
  expect(slow.words()).toBe("tracks I1 v! skipped v! v");
  expect(slow.received[3]).toEqual({ type: "skipped", samples: 59 });
  expect(good.received.filter((one) => one.type === "skipped")).toEqual([]);
  await good.until(frames(62));
});

test("a viewer that reads nothing for four seconds is handed over and its socket destroyed", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const dead = await show.view();
  await dead.until(frames(1));
  dead.ws.pause();
  show.clock.advance(5500);
  expect(await show.metrics.metrics()).toContain('rostrum_realtime_handovers_total{reason="slow"} 1');
  show.clock.advance(3000);
  dead.ws.resume();
  expect(await dead.closed).toBe(4001);
  expect(dead.received.at(-1)).toEqual({ type: "handover", reason: "slow" });
  await left(show);
});

test("what waits in memory for a viewer that reads nothing is bounded", async () => {
  await using show = await startRealtime();
  show.hub.publish(tracks(video));
  show.hub.publish(frame(0));
  const stuck = await show.view();
  await stuck.until(frames(1));
  stuck.ws.pause();
  const handedOver = async () => (await show.metrics.metrics()).includes('handovers_total{reason="slow"} 1');
  let published = 0;
  for (; published < 200 && !(await handedOver()); published += 1) show.hub.publish(frame(published + 1, 1_000_000));
  // 24 MB here, and what the sockets of this machine hold.
  expect(published).toBeLessThan(50);
});
