/** The forwarding core between a publisher and a subscriber over made-up networks. */
import { expect, test } from "vitest";
import { sequenceDelta, timestampDelta } from "../../rtp/sequence.ts";
import { Stage } from "./testing/stage.ts";

const SMALL = { disabled: false, quality: 0, width: 300, height: 170, fps: 0 } as const;
const LARGE = { disabled: false, quality: 2, width: 1280, height: 720, fps: 0 } as const;
const HIDDEN = { ...SMALL, disabled: true } as const;
const CODECS = ["VP8", "H264"] as const;

test.each(CODECS)("%s: the best layer is shown within a second, under numbers without a hole", (codec) => {
  const stage = new Stage({ codec });
  stage.run(5_000);
  expect(stage.video.layer).toBe(2);
  expect(stage.video.shown[0]!.atMs - 10_000).toBeLessThan(200);
  expect(stage.video.longestGapMs(4_000)).toBeLessThan(100);
  for (const [index, sequence] of stage.video.sequences.entries()) {
    if (index > 0) expect(sequenceDelta(sequence, stage.video.sequences[index - 1]!)).toBe(1);
  }
  for (const [index, { timestamp }] of stage.video.shown.entries()) {
    if (index > 0) expect(timestampDelta(timestamp, stage.video.shown[index - 1]!.timestamp)).toBeGreaterThan(0);
  }
  expect(stage.audio.shown.length).toBeGreaterThan(240);
  expect(stage.states).toEqual([]);
});

test.each(CODECS)("%s: layers follow the size at which the picture is shown", (codec) => {
  const stage = new Stage({ codec });
  stage.run(3_000);
  for (const [settings, layer] of [
    [SMALL, 0],
    [LARGE, 2],
    [{ ...SMALL, width: 640, height: 360 }, 1],
    [LARGE, 2],
  ] as const) {
    stage.ask(settings);
    stage.run(2_000);
    expect(stage.video.layer).toBe(layer);
    expect(stage.video.longestGapMs(2_000)).toBeLessThan(150);
  }
  const played = stage.video.shown.at(-1)!.timestamp - stage.video.shown[0]!.timestamp;
  const passedMs = stage.video.shown.at(-1)!.atMs - stage.video.shown[0]!.atMs;
  expect(Math.abs((played | 0) / 90 - passedMs)).toBeLessThan(40);
});

test("sound and picture stay aligned by sender reports over layer switches", () => {
  const stage = new Stage();
  stage.run(3_000);
  stage.ask(SMALL);
  stage.run(3_000);
  stage.ask(LARGE);
  stage.run(3_000);
  // Sender time of what is shown last, by the report that came last: equal for both but for the frame interval.
  const senderMs = [stage.video, stage.audio].map((peer, index) => {
    const report = peer.reports.at(-1)!;
    const shown = peer.shown.at(-1)!;
    const seconds = report.ntp.seconds + report.ntp.fraction / 2 ** 32;
    return seconds * 1_000 + timestampDelta(shown.timestamp, report.rtpTimestamp) / (index === 0 ? 90 : 48);
  });
  expect(Math.abs(senderMs[0]! - senderMs[1]!)).toBeLessThan(45);
});

test.each(CODECS)("%s: five percent of loss on both ways leaves the sound whole and the picture moving", (codec) => {
  const stage = new Stage({ codec, up: { loss: 0.05, reorder: 0.02 }, down: { loss: 0.05, reorder: 0.02 } });
  stage.run(5_000);
  stage.audio.shown.length = 0;
  stage.run(20_000);
  expect(stage.audio.shown.length).toBeGreaterThan(990);
  expect(stage.video.longestGapMs(20_000)).toBeLessThan(1_000);
  expect(stage.video.shownIn(20_000).length).toBeGreaterThan(500);
  expect(stage.counters.packetsRecovered).toBeGreaterThan(50);
  expect(stage.counters.packetsRetransmitted).toBeGreaterThan(50);
});

test.each(CODECS)("%s: at 500 kb/s the picture goes down and comes back, and the sound stays whole", (codec) => {
  const stage = new Stage({ codec });
  stage.run(5_000);
  expect(stage.video.layer).toBe(2);
  Object.assign(stage.down.limits, { bps: 500_000, queueBytes: 40_000 });
  stage.run(5_000);
  expect(stage.video.layer).toBeLessThan(2);
  stage.audio.shown.length = 0;
  stage.run(15_000);
  expect(stage.video.layer).toBeLessThan(2);
  expect(stage.video.longestGapMs(12_000)).toBeLessThan(1_000);
  expect(stage.audio.shown.length).toBeGreaterThan(735);
  Object.assign(stage.down.limits, { bps: 10_000_000, queueBytes: 250_000 });
  stage.run(30_000);
  expect(stage.video.layer).toBe(2);
  expect(stage.video.longestGapMs(10_000)).toBeLessThan(300);
});

test("a link that is too narrow for any picture pauses it, keeps the sound, and resumes later", () => {
  const stage = new Stage();
  stage.run(3_000);
  Object.assign(stage.down.limits, { bps: 110_000, queueBytes: 12_000 });
  stage.run(20_000);
  expect(stage.states).toContain("paused");
  expect(stage.videoStream.state).toBe("paused");
  stage.audio.shown.length = 0;
  stage.run(5_000);
  expect(stage.audio.shown.length).toBeGreaterThan(240);
  Object.assign(stage.down.limits, { bps: 10_000_000, queueBytes: 250_000 });
  stage.run(45_000);
  expect(stage.states.at(-1)).toBe("active");
  expect(stage.video.layer).toBe(2);
});

test("what costs more than a link is taken for at first is shown at once, and only a link that is narrow loses it", () => {
  const wide = new Stage({ startBps: 100_000 });
  wide.run(5_000);
  expect(wide.video.shown[0]!.atMs - 10_000).toBeLessThan(200);
  expect([wide.video.longestGapMs(4_500) < 300, wide.states]).toEqual([true, []]);
  const narrow = new Stage({ startBps: 100_000, down: { bps: 110_000, queueBytes: 12_000 } });
  narrow.run(5_000);
  expect(narrow.states[0]).toBe("paused");
  // Of 250; what was lost before it was known is asked for again.
  expect(narrow.audio.shown.length).toBeGreaterThan(220);
});

test("H.264 with dynacast and adaptive stream comes back after a forced reconnect", () => {
  const stage = new Stage({ codec: "H264", dynacast: true, settings: LARGE });
  stage.run(4_000);
  expect(stage.video.layer).toBe(2);
  stage.ask(SMALL);
  stage.run(10_000);
  expect(stage.video.layer).toBe(0);
  expect(["q", "h", "f"].map((rid) => stage.camera.isActive(rid))).toEqual([true, false, false]);
  stage.ask(HIDDEN);
  stage.run(10_000);
  expect(stage.camera.isActive("q")).toBe(false);
  stage.reconnect(HIDDEN);
  stage.run(500);
  stage.ask(SMALL);
  stage.run(2_000);
  expect(stage.video.longestGapMs(1_000)).toBeLessThan(150);
  stage.ask(LARGE);
  stage.run(3_000);
  expect(stage.video.layer).toBe(2);
  expect(stage.video.longestGapMs(2_000)).toBeLessThan(150);
});

test("a publisher that drops its best layer is followed down without a freeze of a second", () => {
  const stage = new Stage();
  stage.run(4_000);
  stage.camera.setActive("f", false);
  stage.run(3_000);
  expect(stage.video.layer).toBe(1);
  expect(stage.video.longestGapMs(3_000)).toBeLessThan(1_000);
  stage.camera.setActive("f", true);
  stage.run(3_000);
  expect(stage.video.layer).toBe(2);
});

test("dynacast: what nobody wants is switched off after a while and on again at once", () => {
  const stage = new Stage({ dynacast: true });
  stage.run(2_000);
  expect(stage.wanted).toEqual([2]);
  stage.ask(SMALL);
  stage.run(4_000);
  expect(stage.wanted).toEqual([2]);
  stage.run(2_000);
  expect(stage.wanted).toEqual([2, 0]);
  stage.ask(LARGE);
  stage.run(100);
  expect(stage.wanted).toEqual([2, 0, 2]);
  stage.run(2_000);
  expect(stage.video.layer).toBe(2);
  stage.subscriberLink.unsubscribe(stage.videoStream);
  stage.run(6_000);
  expect(stage.wanted).toEqual([2, 0, 2, "off"]);
});

test("a muted track stops at subscribers and begins again with a key frame; sound fades out with silence", () => {
  const stage = new Stage();
  stage.run(2_000);
  const { simulation } = stage;
  stage.cameraTrack.setMuted(true, simulation.nowMs);
  stage.microphoneTrack.setMuted(true, simulation.nowMs);
  stage.run(100);
  const pictures = stage.video.shown.length;
  const sounds = stage.audio.shown.length;
  stage.run(5_000);
  expect(stage.video.shown.length).toBe(pictures);
  expect(stage.audio.shown.length).toBe(sounds);
  stage.cameraTrack.setMuted(false, simulation.nowMs);
  stage.microphoneTrack.setMuted(false, simulation.nowMs);
  stage.run(1_000);
  expect(stage.video.shownIn(500).length).toBeGreaterThan(10);
  expect(stage.audio.shownIn(500).length).toBeGreaterThan(20);
  expect(stage.video.plis).toBe(0);
});

test("packets that overtook the first one of a key frame are not lost at a switch", () => {
  const stage = new Stage({ up: { reorder: 0.2 } });
  stage.run(3_000);
  for (let turn = 0; turn < 6; turn++) {
    stage.ask(turn % 2 === 0 ? SMALL : LARGE);
    stage.run(1_000);
    expect(stage.video.layer).toBe(turn % 2 === 0 ? 0 : 2);
  }
  expect(stage.video.longestGapMs(6_000)).toBeLessThan(400);
});

test.each([300_000, 500_000])(
  "a link of %d b/s that drops instead of queueing keeps the lowest picture moving",
  (bps) => {
    const stage = new Stage({ down: { bps, queueBytes: 6_000 } });
    stage.run(15_000);
    stage.audio.shown.length = 0;
    stage.run(20_000);
    expect(stage.audio.shown.length).toBeGreaterThan(985);
    expect(stage.video.longestGapMs(20_000)).toBeLessThan(1_000);
    expect(stage.videoStream.state).toBe("active");
  },
);
