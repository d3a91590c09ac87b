/** WHEP over real connections: what a viewer gets, and what it is refused. */
import { depacketizeH264 } from "@rostrum/rtc/rtp/h264";
import { expect, test } from "vitest";
import { createManualClock, systemClock } from "../../../lib/clock.ts";
import { unixMsFromNtp } from "@rostrum/rtc/rtp/ntp";
import { opusTrack } from "@rostrum/rtc/rtp/opus";
import { OPEN, tracks } from "../testing.ts";
import { FRAME, note, RTC_TRACKS, shot, startWhep, type TestViewer, type TestWhep } from "./testing.ts";

/** Which picture it is, by its payload; `K` before the number of a key frame. */
function names({ frames }: TestViewer): string[] {
  return frames.map(({ payloads }) => {
    const nals = depacketizeH264(payloads) ?? [];
    const picture = nals.at(-1);
    return `${((picture?.[0] ?? 0) & 31) === 5 ? "K" : ""}${picture?.[1] ?? "broken"}`;
  });
}

/** Pictures `from` to `to` (exclusive), a key frame each 30, as the first ones of a show. */
function publish({ hub, zeroMs }: TestWhep, from: number, to: number): void {
  if (from === 0) hub.publish(RTC_TRACKS);
  for (let n = from; n < to; n += 1) hub.publish(shot(n, n % 30 === 0, zeroMs));
}

test("who joins sees everything since the last key frame at once, then each picture as it comes", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 42);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 12);
  expect(names(viewer)).toEqual(["K30", ...Array.from({ length: 11 }, (_, n) => String(31 + n))]);
  const nals = depacketizeH264(viewer.frames[0]!.payloads)!;
  expect(nals.map((nal) => nal[0]! & 31)).toEqual([7, 8, 5]);
  publish(whep, 42, 45);
  await viewer.until(() => viewer.frames.length === 15);
  expect(names(viewer).slice(-3)).toEqual(["42", "43", "44"]);
});

test("live pictures have the show's times, what came before is dated so that it is shown as it comes", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 25);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 25);
  // Some time has passed since.
  publish(whep, 58, 59);
  await viewer.until(() => viewer.frames.length === 26);
  const times = viewer.frames.map(({ ticks }) => ticks);
  expect((((times[25]! - viewer.rtpZero) % 2 ** 32) + 2 ** 32) % 2 ** 32).toBe(58 * FRAME);
  // 0.8 s of pictures, sent in some milliseconds.
  expect(times[24]! - times[0]!).toBeLessThan(20 * FRAME);
  for (const [n, time] of times.entries()) if (n > 0) expect(time).toBeGreaterThan(times[n - 1]!);
});

test("sound comes beside the picture, and reports lay both on one clock", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1);
  publish(whep, 30, 31);
  // The first second is over: sound of it would only keep the picture waiting.
  for (const n of [0, 20, 40, 50, 51, 52, 53, 54]) whep.hub.publish(note(n, whep.zeroMs));
  await viewer.until(() => viewer.sounds.length === 5);
  expect(viewer.sounds.map(({ payloads }) => payloads[0]![2])).toEqual([50, 51, 52, 53, 54]);
  expect(viewer.sounds[4]!.ticks - viewer.sounds[0]!.ticks).toBe(4 * 960);
  await viewer.until(() => viewer.reports.filter(({ type }) => type === "senderReport").length >= 2);
  const [picture, sound] = viewer.reports.filter((one) => one.type === "senderReport");
  expect(picture!.ntp).toEqual(sound!.ntp);
});

test("sound that the program moves to its picture has no holes, and reports tell where it lies", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1);
  const stretched = 975;
  for (let n = 50; n < 100; n += 1) whep.hub.publish(note(n, whep.zeroMs, n * stretched));
  await viewer.until(() => viewer.sounds.length === 50);
  const { ticks: last } = viewer.sounds[49]!;
  expect(last - viewer.sounds[0]!.ticks).toBe(49 * 960);
  const reports = () =>
    viewer.reports.filter((one) => one.type === "senderReport" && one.ssrc === viewer.lastSound?.ssrc);
  const before = reports().length;
  await viewer.until(() => reports().length > before);
  const report = reports().at(-1);
  if (report?.type !== "senderReport") throw new Error("no report");
  const mediaTicks = (unixMsFromNtp(report.ntp) - whep.zeroMs) * 48;
  const behind = mediaTicks - 99 * stretched;
  expect(((report.rtpTimestamp - last) | 0) - behind).toBeCloseTo(0, -1);
});

test("sound that is always late is heard after a while: it is so by itself", async () => {
  let aheadMs = 0;
  await using whep = await startWhep({
    clock: { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs },
  });
  publish(whep, 0, 1);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1);
  publish(whep, 30, 31);
  for (const n of [10, 11]) whep.hub.publish(note(n, whep.zeroMs));
  publish(whep, 31, 32);
  await viewer.until(() => viewer.frames.length === 3);
  expect(viewer.sounds).toEqual([]);
  aheadMs = 2_500;
  for (const n of [12, 13]) whep.hub.publish(note(n, whep.zeroMs));
  await viewer.until(() => viewer.sounds.length === 2);
});

test("sound is not sent again without end to one that asks for all of it all the time", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1);
  for (let n = 50; n < 250; n += 1) whep.hub.publish(note(n, whep.zeroMs));
  await viewer.until(() => viewer.sounds.length === 200);
  const { ssrc, sequence } = viewer.lastSound!;
  const all = Array.from({ length: 200 }, (_, back) => (sequence - back) & 0xffff).toReversed();
  const { serializeNack } = await import("@rostrum/rtc/rtp/rtcp-feedback");
  for (let time = 0; time < 20; time += 1) {
    viewer.pipe.send(serializeNack(1, ssrc, all));
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  const resent = Number(/rostrum_whep_resent_packets_total (\d+)/.exec(await whep.metrics.metrics())?.[1]);
  expect(resent).toBeGreaterThan(0);
  // A second may end in between.
  expect(resent).toBeLessThanOrEqual(200);
});

test("a section's name that no header extension can hold keeps nobody out", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view({ mid: "m".repeat(40) });
  expect(viewer.response.status).toBe(201);
  await viewer.until(() => viewer.frames.length === 1);
});

test("lost packets are sent again when they are asked for", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view({ loses: (index) => index % 10 === 7 });
  await viewer.until(() => viewer.frames.length === 1);
  for (let n = 1; n < 60; n += 1) whep.hub.publish(shot(n, n % 30 === 0, whep.zeroMs));
  // The last ones may be missing: nothing behind them tells that they are.
  await viewer.until(() => viewer.frames.length >= 55);
  expect(names(viewer).slice(0, 55)).toEqual(Array.from({ length: 55 }, (_, n) => `${n % 30 === 0 ? "K" : ""}${n}`));
  expect(await whep.metrics.metrics()).toMatch(/rostrum_whep_resent_packets_total [1-9]/);
});

test("a browser that cannot go on gets the pictures since the last key frame again", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 35);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 5);
  const { ssrc } = (await import("@rostrum/rtc/sdp/parse"))
    .parseSdp(viewer.text)
    .sections.flatMap((section) => (section.kind === "video" ? section.sources : []))[0]!;
  const { serializePli } = await import("@rostrum/rtc/rtp/rtcp-feedback");
  viewer.pipe.send(serializePli(1, ssrc));
  await viewer.until(() => viewer.frames.length === 10);
  expect(names(viewer).slice(5)).toEqual(["K30", "31", "32", "33", "34"]);
});

test("a large key frame is paced, and nothing of it is lost", async () => {
  await using whep = await startWhep();
  whep.hub.publish(RTC_TRACKS);
  whep.hub.publish(shot(0, true, whep.zeroMs, 400_000));
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1);
  expect(depacketizeH264(viewer.frames[0]!.payloads)!.at(-1)!.length).toBe(400_000);
});

test("the session is a resource: its place, its tag, its end", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view();
  const { headers } = viewer.response;
  expect(headers.get("content-type")).toBe("application/sdp");
  expect(headers.get("access-control-expose-headers")).toContain("Location");
  const place = `${whep.url}${headers.get("location")}`;
  await viewer.until(() => viewer.frames.length === 1);
  const patch = (etag: string) =>
    fetch(place, {
      method: "PATCH",
      headers: { "content-type": "application/trickle-ice-sdpfrag", "if-match": etag },
      body: "a=mid:v\r\na=candidate:1 1 UDP 1 192.0.2.1 9 typ host\r\n",
    });
  expect((await patch(headers.get("etag") ?? "")).status).toBe(204);
  expect((await patch('"another"')).status).toBe(412);
  expect(await whep.metrics.metrics()).toContain("rostrum_whep_viewers 1");
  expect((await fetch(place, { method: "DELETE" })).status).toBe(200);
  await viewer.pipe.closed;
  expect((await fetch(place, { method: "DELETE" })).status).toBe(404);
  expect(await whep.metrics.metrics()).toContain("rostrum_whep_viewers 0");
});

test("a browser may ask before it offers", async () => {
  await using whep = await startWhep();
  const answer = await fetch(`${whep.url}/whep/show`, { method: "OPTIONS" });
  expect(answer.status).toBe(204);
  expect(answer.headers.get("access-control-allow-methods")).toContain("POST");
});

const PRIVATE = { ...OPEN, needsToken: true };

test.each([
  ["an unknown broadcast", OPEN, { broadcastId: "unknown" }, 404],
  ["a broadcast that is not here now", OPEN, { broadcastId: "elsewhere" }, 409],
  ["no token where one is needed", PRIVATE, {}, 401],
  ["a wrong token", PRIVATE, { query: "?token=wrong" }, 403],
  ["a show that is to be watched with patience", { ...OPEN, latencyMode: "stable" as const }, {}, 409],
  ["an offer without H.264", OPEN, { codec: "VP8" as const }, 422],
  ["an offer that wants to send", OPEN, { direction: "sendonly" as const }, 422],
  ["another type of body", OPEN, { headers: { "content-type": "text/plain" } }, 415],
])("%s is refused in words", async (_, policy, viewing, status) => {
  await using whep = await startWhep();
  whep.policy = policy;
  publish(whep, 0, 1);
  const { response, text } = await whep.view(viewing);
  expect([response.status, text]).toEqual([status, expect.stringMatching(/"message":"[A-Z].+\."/)]);
  expect(await whep.metrics.metrics()).toContain("rostrum_whep_viewers 0");
});

test.each([
  ["no description", "hello", 400],
  ["too much", "v=0\r\n".repeat(20_000), 413],
])("%s is refused in words", async (_, body, status) => {
  await using whep = await startWhep();
  const init = { method: "POST", headers: { "content-type": "application/sdp" }, body };
  expect((await fetch(`${whep.url}/whep/show`, init)).status).toBe(status);
});

test("a token opens a private show, in the address or as bearer; when it is good no more the viewer is let go", async () => {
  const clock = createManualClock(Date.now());
  await using whep = await startWhep({ clock: { ...systemClock, every: (ms, run) => clock.every(ms, run) } });
  whep.policy = { ...PRIVATE, tokensFor: "1" };
  publish(whep, 0, 1);
  const bearer = await whep.view({ headers: { authorization: "Bearer right" } });
  await bearer.until(() => bearer.frames.length === 1);
  const viewer = await whep.view({ query: "?token=right" });
  await viewer.until(() => viewer.frames.length === 1 && viewer.events.length > 0);
  whep.token = "another";
  whep.policy = { ...PRIVATE, tokensFor: "2" };
  clock.advance(2000);
  await viewer.pipe.closed;
  await bearer.pipe.closed;
});

test("how RTP times lie in the show is told when it is known, also after the answer", async () => {
  await using whep = await startWhep();
  // As of a source whose pictures are still being encoded: the tracks are known, no picture has come.
  whep.hub.publish(RTC_TRACKS);
  const viewer = await whep.view();
  expect(viewer.response.headers.get("rostrum-clock")).toBeNull();
  await viewer.until(() => viewer.events.length === 1);
  publish(whep, 30, 31);
  await viewer.until(() => viewer.frames.length === 1 && viewer.events.length === 2);
  const [, told] = viewer.events;
  expect(told).toMatchObject({ type: "clock", rate: 90_000, wall: whep.zeroMs });
  const { rtp, media } = told as Extract<(typeof viewer.events)[number], { type: "clock" }>;
  expect((((viewer.frames[0]!.ticks - rtp) % 2 ** 32) + 2 ** 32) % 2 ** 32).toBe(30 * FRAME);
  // It goes on while no picture comes.
  expect(media).toBeGreaterThanOrEqual(1);
  expect(media).toBeLessThanOrEqual(2);
});

test("of a show without pictures the clock is that of its sound", async () => {
  await using whep = await startWhep();
  whep.hub.publish(tracks({ audio: opusTrack(2) }));
  whep.hub.publish(note(50, whep.zeroMs));
  const viewer = await whep.view();
  await viewer.until(() => viewer.events.length >= 2);
  whep.hub.publish(note(51, whep.zeroMs));
  await viewer.until(() => viewer.sounds.length >= 1);
  const told = viewer.events.find((event) => event.type === "clock");
  expect(told).toMatchObject({ rate: 48_000, wall: whep.zeroMs });
  const zero = told?.type === "clock" ? told.rtp : Number.NaN;
  expect((((viewer.sounds.at(-1)!.ticks - zero) % 2 ** 32) + 2 ** 32) % 2 ** 32).toBe(51 * 960);
});

test("the clock of sound tells how its samples lie in the show", async () => {
  await using whep = await startWhep();
  whep.hub.publish(tracks({ audio: opusTrack(2) }));
  const first = await whep.view();
  await first.until(() => first.events.length > 0);
  for (let n = 50; n < 60; n += 1) whep.hub.publish(note(n, whep.zeroMs, n * 975));
  await first.until(() => first.sounds.length === 10);
  const later = await whep.view();
  await later.until(() => later.events.some(({ type }) => type === "clock"));
  const ticks = 59 * 975 + 960;
  whep.hub.publish(note(60, whep.zeroMs, ticks));
  await later.until(() => later.sounds.length > 0);
  const told = later.events.find((event) => event.type === "clock");
  if (told?.type !== "clock") throw new Error("no clock");
  expect((later.sounds.at(-1)!.ticks - told.rtp) >>> 0).toBe(ticks);
});

test("the clock is told again now and then: clocks drift", async () => {
  const clock = createManualClock(Date.now());
  await using whep = await startWhep({ clock: { ...systemClock, every: (ms, run) => clock.every(ms, run) } });
  publish(whep, 0, 1);
  const viewer = await whep.view();
  const clocks = () => viewer.events.filter((event) => event.type === "clock");
  await viewer.until(() => clocks().length === 1);
  // The show is two and a half seconds old by its source's clock when it is told again.
  whep.hub.publish(shot(75, false, whep.zeroMs));
  await viewer.until(() => viewer.frames.length === 2);
  for (let sec = 0; sec < 15; sec += 1) clock.advance(1000);
  await viewer.until(() => clocks().length === 4);
  whep.hub.publish({ type: "end" });
  await viewer.pipe.closed;
  // At the beginning, and each five seconds.
  expect(clocks()).toHaveLength(4);
  const [first, ...later] = clocks();
  for (const told of later) {
    expect(told).toMatchObject({ rtp: first!.rtp, rate: 90_000, wall: whep.zeroMs });
    expect(told.media).toBeGreaterThanOrEqual(2.5);
    // What came last counts as live for a second more.
    expect(told.media).toBeLessThanOrEqual(3.5);
  }
});

test("the end of the show is told", async () => {
  await using whep = await startWhep();
  publish(whep, 0, 1);
  const viewer = await whep.view();
  await viewer.until(() => viewer.frames.length === 1 && viewer.events.length > 0);
  expect(viewer.events[0]).toEqual({ type: "tracks", video: true, audio: true, transcoded: false });
  whep.hub.publish({ type: "end" });
  await viewer.pipe.closed;
  expect(viewer.events.at(-1)).toEqual({ type: "end" });
});

test("there is one source for all viewers, and none some seconds after the last has left", async () => {
  const clock = createManualClock(Date.now());
  await using whep = await startWhep({ clock: { ...systemClock, after: (ms, run) => clock.after(ms, run) } });
  publish(whep, 0, 1);
  const [one, other] = [await whep.view(), await whep.view()];
  await one.until(() => one.frames.length === 1);
  await other.until(() => other.frames.length === 1);
  expect(whep.open()).toBe(1);
  for (const { response } of [one, other]) {
    await fetch(`${whep.url}${response.headers.get("location")}`, { method: "DELETE" });
  }
  expect(whep.open()).toBe(1);
  clock.advance(10_000);
  while (whep.open() > 0) await new Promise((resolve) => setImmediate(resolve));
});
