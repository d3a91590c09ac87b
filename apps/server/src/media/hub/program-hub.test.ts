import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { expect, test } from "vitest";
import type { ProgramEvent } from "./program-event.ts";
import { ProgramHub, type Subscription } from "./program-hub.ts";

const video: VideoTrack = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01e",
  timescale: 90_000,
  description: new Uint8Array([1]),
  widthPx: 640,
  heightPx: 360,
  frameRate: 25,
};
const audio: AudioTrack = {
  kind: "audio",
  codec: "aac",
  codecs: "mp4a.40.2",
  timescale: 48_000,
  description: new Uint8Array([0x11, 0x90]),
  sampleRateHz: 48_000,
  channels: 2,
  frameTicks: 1024,
};
const tracks: ProgramEvent = { type: "tracks", epoch: 0, video, audio: undefined, discontinuity: false };

/** Frame `n` of 25 per second, 1,000 bytes, key frames every 10. */
const frame = (n: number): ProgramEvent => ({
  type: "sample",
  wallMs: n * 40,
  sample: {
    kind: "video",
    pts: n * 3600,
    dts: n * 3600,
    duration: 3600,
    keyframe: n % 10 === 0,
    data: new Uint8Array(1000),
  },
});
const sound = (n: number): ProgramEvent => ({
  type: "sample",
  wallMs: n * 20,
  sample: { kind: "audio", pts: n * 960, dts: n * 960, duration: 960, keyframe: true, data: new Uint8Array(100) },
});

const roomy = { maxBytes: 1_000_000, maxMs: 60_000 };
const forever = new AbortController().signal;

/** One word per event: `v0` is the first video frame. */
const words = (events: readonly ProgramEvent[]): string =>
  events
    .map((event) => {
      if (event.type === "tracks") return event.discontinuity ? `tracks${event.epoch}!` : `tracks${event.epoch}`;
      if (event.type !== "sample") return event.type;
      return event.sample.kind === "video" ? `v${event.sample.dts / 3600}` : `a${event.sample.dts / 960}`;
    })
    .join(" ");

async function readAll(subscription: Subscription): Promise<string> {
  const all: ProgramEvent[] = [];
  for await (const batch of subscription) all.push(...batch);
  return words(all);
}

test("every subscriber gets every event in order, and the end", async () => {
  const hub = new ProgramHub();
  const one = hub.subscribe({ ...roomy, name: "one", signal: forever });
  const two = hub.subscribe({ ...roomy, name: "two", signal: forever });
  for (const event of [tracks, frame(0), frame(1)]) hub.publish(event);
  hub.publish({ type: "gap", reason: "source gone" });
  hub.publish({ type: "end" });
  expect([await readAll(one), await readAll(two)]).toEqual(["tracks0 v0 v1 gap end", "tracks0 v0 v1 gap end"]);
  expect(hub.subscribers).toBe(0);
});

test("what is published between two reads comes as one batch", async () => {
  const hub = new ProgramHub();
  const reader = hub.subscribe({ ...roomy, name: "reader", signal: forever })[Symbol.asyncIterator]();
  const first = reader.next();
  for (const event of [tracks, frame(0), frame(1)]) hub.publish(event);
  expect(words((await first).value ?? [])).toBe("tracks0");
  expect(words((await reader.next()).value ?? [])).toBe("v0 v1");
});

test("a late subscriber gets the current tracks, then goes on at the next key frame; nothing counts as lost", async () => {
  const drops: string[] = [];
  const hub = new ProgramHub({ onDrop: (name, samples) => drops.push(`${name} ${samples}`) });
  for (const event of [tracks, frame(0), frame(1)]) hub.publish(event);
  const late = hub.subscribe({ ...roomy, name: "late", signal: forever });
  for (let n = 2; n <= 11; n += 1) hub.publish(frame(n));
  hub.publish({ type: "end" });
  expect(await readAll(late)).toBe("tracks0 v10 v11 end");
  expect(drops).toEqual([]);
});

test("a late subscriber of a program without video goes on at once", async () => {
  const hub = new ProgramHub();
  hub.publish({ type: "tracks", epoch: 3, video: undefined, audio, discontinuity: true });
  hub.publish(sound(0));
  const late = hub.subscribe({ ...roomy, name: "late", signal: forever });
  hub.publish(sound(1));
  hub.close();
  expect(await readAll(late)).toBe("tracks3 a1");
});

test("a late subscriber that wants the current GOP gets the newest key frame and everything since", async () => {
  const hub = new ProgramHub();
  const both: ProgramEvent = { ...tracks, audio };
  for (const event of [both, frame(0), sound(19), sound(20), frame(10), sound(21), frame(11)]) hub.publish(event);
  const late = hub.subscribe({ ...roomy, name: "late", from: "current_gop", signal: forever });
  hub.publish(frame(12));
  hub.close();
  // The sound that belongs to the key frame came before it.
  expect(await readAll(late)).toBe("tracks0 v10 a19 a20 a21 v11 v12");
});

test("after new tracks, or when it was forgotten, there is no current GOP until the next key frame", async () => {
  const hub = new ProgramHub();
  const late = (): Subscription => hub.subscribe({ ...roomy, name: "late", from: "current_gop", signal: forever });
  for (const event of [tracks, frame(0), frame(1)]) hub.publish(event);
  hub.publish({ ...tracks, epoch: 1, discontinuity: true });
  const changed = late();
  for (const event of [frame(10), frame(11)]) hub.publish(event);
  hub.forgetGop();
  const forgotten = late();
  for (const event of [frame(12), frame(20), frame(21)]) hub.publish(event);
  hub.close();
  expect(await readAll(changed)).toBe("tracks1 v10 v11 v12 v20 v21");
  expect(await readAll(forgotten)).toBe("tracks1 v20 v21");
});

test("a GOP without end is not kept", async () => {
  const hub = new ProgramHub();
  hub.publish(tracks);
  hub.publish(frame(0));
  for (let n = 1; n <= 301; n += 1) hub.publish(n % 10 === 0 ? sound(2 * n) : frame(n));
  const late = hub.subscribe({ ...roomy, name: "late", from: "current_gop", signal: forever });
  hub.publish(frame(303));
  hub.publish(frame(310));
  hub.close();
  expect(await readAll(late)).toBe("tracks0 v310");
});

test("of a program without video a late subscriber gets the last second", async () => {
  const hub = new ProgramHub();
  hub.publish({ type: "tracks", epoch: 0, video: undefined, audio, discontinuity: false });
  for (let n = 0; n <= 100; n += 1) hub.publish(sound(n));
  const late = hub.subscribe({ ...roomy, name: "late", from: "current_gop", signal: forever });
  hub.close();
  const heard = (await readAll(late)).split(" ");
  expect([heard[1], heard.at(-1), heard.length]).toEqual(["a51", "a100", 51]);
});

test("one that came before the first sample loses nothing", async () => {
  const hub = new ProgramHub();
  hub.publish(tracks);
  const early = hub.subscribe({ ...roomy, name: "early", signal: forever });
  for (const event of [sound(0), frame(0)]) hub.publish(event);
  hub.close();
  expect(await readAll(early)).toBe("tracks0 a0 v0");
});

test("too many bytes: a lagging subscriber goes on with the newest queued key frame; the others lose nothing", async () => {
  const drops: string[] = [];
  const hub = new ProgramHub({ onDrop: (name, samples) => drops.push(`${name} ${samples}`) });
  const slow = hub.subscribe({ maxBytes: 15_000, maxMs: 60_000, name: "slow", signal: forever });
  const good = hub.subscribe({ ...roomy, name: "good", signal: forever });
  hub.publish(tracks);
  for (let n = 0; n <= 12; n += 1) hub.publish(frame(n));
  hub.close();
  expect(await readAll(slow)).toBe("tracks0 v10 v11 v12");
  expect(await readAll(good)).toBe("tracks0 v0 v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 v11 v12");
  expect(drops).toEqual(["slow 10"]);
  expect([slow.droppedSamples, good.droppedSamples]).toEqual([10, 0]);
});

test("without a key frame in the queue everything goes, up to the next key frame", async () => {
  const hub = new ProgramHub();
  const slow = hub.subscribe({ maxBytes: 5_000, maxMs: 60_000, name: "slow", signal: forever });
  hub.publish(tracks);
  for (let n = 0; n <= 11; n += 1) hub.publish(frame(n));
  hub.close();
  expect(await readAll(slow)).toBe("tracks0 v10 v11");
  expect(slow.droppedSamples).toBe(10);
});

test("too much time in the queue counts like too many bytes", async () => {
  const hub = new ProgramHub();
  const slow = hub.subscribe({ maxBytes: 1_000_000, maxMs: 400, name: "slow", signal: forever });
  hub.publish(tracks);
  for (let n = 0; n <= 12; n += 1) hub.publish(frame(n));
  hub.close();
  expect(await readAll(slow)).toBe("tracks0 v10 v11 v12");
});

test("tracks, gaps and the end survive a loss; a lost discontinuity is still told", async () => {
  const hub = new ProgramHub();
  const slow = hub.subscribe({ maxBytes: 5_000, maxMs: 60_000, name: "slow", signal: forever });
  hub.publish(tracks);
  hub.publish(frame(0));
  hub.publish({ type: "gap", reason: "source gone" });
  hub.publish({ type: "tracks", epoch: 1, video, audio, discontinuity: true });
  hub.publish({ type: "tracks", epoch: 2, video, audio, discontinuity: false });
  for (let n = 1; n <= 5; n += 1) hub.publish(frame(n));
  hub.publish({ type: "end" });
  expect(await readAll(slow)).toBe("tracks2! end");
});

test("events without media are bounded too", async () => {
  const hub = new ProgramHub();
  const slow = hub.subscribe({ maxBytes: 5_000, maxMs: 60_000, name: "slow", signal: forever });
  for (let epoch = 0; epoch < 10_000; epoch += 1) {
    hub.publish({ type: "tracks", epoch, video, audio: undefined, discontinuity: false });
  }
  hub.close();
  expect((await readAll(slow)).split(" ").length).toBeLessThan(30);
});

test("an aborted subscriber leaves at once and its waiting read ends", async () => {
  const hub = new ProgramHub();
  const leaving = new AbortController();
  const reading = readAll(hub.subscribe({ ...roomy, name: "leaving", signal: leaving.signal }));
  leaving.abort();
  expect(await reading).toBe("");
  expect(hub.subscribers).toBe(0);
});

test("a reader that breaks out of its loop leaves", async () => {
  const hub = new ProgramHub();
  const subscription = hub.subscribe({ ...roomy, name: "short", signal: forever });
  hub.publish(tracks);
  for await (const _ of subscription) break;
  expect(hub.subscribers).toBe(0);
});

test("nothing is published after the close, and a subscription made then ends at once", async () => {
  const hub = new ProgramHub();
  hub.publish(tracks);
  hub.publish({ type: "end" });
  hub.publish(frame(0));
  expect(await readAll(hub.subscribe({ ...roomy, name: "after", signal: forever }))).toBe("tracks0");
});
