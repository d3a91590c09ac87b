/** A sender of ours with a network of ours: what a program gets of it, and what the sender is asked. */
import { EXTENSION_URIS, extensionIds } from "@rostrum/rtc/rtp/extensions";
import { packetizeH264 } from "@rostrum/rtc/rtp/h264";
import { ntpFromUnixMs } from "@rostrum/rtc/rtp/ntp";
import { parseRtcp, type RtcpPacket } from "@rostrum/rtc/rtp/rtcp";
import { hex } from "@rostrum/rtc/rtp/testing";
import { TrackSender } from "@rostrum/rtc/rtp/track-sender";
import { AUDIO_FEEDBACK, VIDEO_FEEDBACK } from "@rostrum/rtc/sdp/codecs";
import type { AgreedMedia } from "@rostrum/rtc/sdp/wants";
import { expect, test } from "vitest";
import type { SourceEvent, SourceSample } from "../source-event.ts";
import { WhipMedia } from "./media.ts";

// 64x36, as x264 wrote them.
const SPS = hex("6764000aacd9447f9f0110000003001000000303c0f1225960");
const PPS = hex("68ebe3cb22c0");
/** 20 ms of stereo, each with content of its own. */
const opus = (index: number): Uint8Array => Uint8Array.of(0xfc, index & 255, index >> 8);
const FRAME_MS = 40;
const TRANSPORT_CC = { id: 3, uri: EXTENSION_URIS.transportSequence };
const COMMON = { direction: "recvonly", layers: [], remote: { msids: [], sources: [], sourceGroups: [] } } as const;
const VIDEO = { ssrc: 11, payloadType: 96 };
const RTX = { ssrc: 12, payloadType: 97 };
const AUDIO = { ssrc: 21, payloadType: 111 };
const RED = 63;

function agreedMedia(extensions: AgreedMedia["extensions"]): AgreedMedia[] {
  const h264 = { name: "H264", clockRate: 90_000, channels: 1, fmtp: "", feedback: VIDEO_FEEDBACK };
  const rtx = { rtxPayloadType: RTX.payloadType };
  const video = { kind: "video", mid: "0", index: 0, codecs: [{ ...h264, payloadType: 96, ...rtx }] } as const;
  const sound = { name: "opus", clockRate: 48_000, channels: 2, fmtp: "", feedback: AUDIO_FEEDBACK, payloadType: 111 };
  const red = { ...sound, name: "red", payloadType: RED, fmtp: "111/111" };
  const audio = { kind: "audio", mid: "1", index: 1, codecs: [red, sound] } as const;
  return [video, audio].map((each) => ({ ...COMMON, ...each, extensions }));
}

/** RFC 2198 §3. */
function redOf(index: number): Uint8Array {
  if (index === 0) return Uint8Array.of(111, ...opus(0));
  return Uint8Array.of(0x80 | 111, 0x0f, 0x00, 3, 111, ...opus(index - 1), ...opus(index));
}

type Options = Readonly<{
  /** Ordinal numbers of video packets that do not arrive. */
  lost?: (ordinal: number) => boolean;
  /** The same of sounds. */
  lostSound?: (index: number) => boolean;
  /** Each sound carries a copy of the one before it. */
  withCopies?: boolean;
  /** Whether lost ones are sent again when asked for. */
  repairs?: boolean;
  /** Frames between key frames that the encoder makes by itself; on request it always makes one. */
  keyframeEvery?: number;
  /** How much later than the picture the sound of the same moment is sent. */
  audioDelayMs?: number;
  /** Reports say that the newest sound begins when it is sent, as browsers do. */
  reportsSending?: boolean;
  withTransportCc?: boolean;
}>;

/** Sends `seconds` of 25 pictures and 50 sounds a second. */
function run(seconds: number, options: Options = {}) {
  const { lost = () => false, repairs = true, keyframeEvery = Infinity, audioDelayMs = 0, withTransportCc } = options;
  const { lostSound = () => false, withCopies = false, reportsSending = false } = options;
  const ids = extensionIds(withTransportCc === true ? [TRANSPORT_CC] : []);
  const starts = { firstSequence: 100, firstTimestamp: 0xffff_ff00 };
  const video = new TrackSender({ ...VIDEO, ...starts, ids, rtx: RTX });
  const audio = new TrackSender({
    ...AUDIO,
    ...(withCopies ? { payloadType: RED } : {}),
    ...{ ids, firstSequence: 5, firstTimestamp: 77 },
  });
  const events: SourceEvent[] = [];
  const told: Array<{ atMs: number; packets: RtcpPacket[]; bytes: Uint8Array }> = [];
  let isAsked = true;
  let ordinal = 0;
  let transport = 0;
  const media = new WhipMedia({
    agreement: {
      media: agreedMedia(withTransportCc === true ? [TRANSPORT_CC] : []).map((each) => ({
        ...each,
        codecs: each.codecs.map((codec) => ({
          ...codec,
          feedback: codec.feedback.filter((one) => withTransportCc === true || one !== "transport-cc"),
        })),
      })),
    },
    parameterSets: { sps: [], pps: [] },
    senderSsrc: 1,
    keyframeIntervalMs: 2_000,
    onEvent: (event) => events.push(event),
    send: (bytes) => told.push({ atMs: nowMs, packets: parseRtcp(bytes) ?? [], bytes }),
  });
  const put = (packet: Uint8Array): void => {
    if (withTransportCc === true) {
      const at = 12 + 4 + 1;
      packet[at] = transport >> 8;
      packet[at + 1] = transport & 255;
      transport += 1;
    }
    media.receive(packet, nowMs);
  };
  let nowMs = 1_000;
  media.begin();
  for (let at = 0; at < seconds * 1_000; at += 20, nowMs += 20) {
    if (at % FRAME_MS === 0) {
      const index = at / FRAME_MS;
      const isKey = isAsked || index % keyframeEvery === 0;
      isAsked = false;
      const slice = new Uint8Array(3_000).fill(index & 255);
      slice[0] = isKey ? 0x65 : 0x41;
      const nals = isKey ? [SPS, PPS, slice] : [slice];
      for (const packet of video.send(packetizeH264(nals, 1_000), (at * 90) | 0, true, nowMs)) {
        if (!lost(ordinal++)) put(packet);
      }
    }
    if (at >= audioDelayMs) {
      const index = (at - audioDelayMs) / 20;
      const payload = withCopies ? redOf(index) : opus(index);
      for (const packet of audio.send([payload], index * 960, false, nowMs)) if (!lostSound(index)) put(packet);
    }
    if (at % 1_000 === 0) {
      // The sender's clock shows when a moment was captured, whatever it takes to be sent.
      media.receive(video.report(ntpFromUnixMs(5_000_000 + at), at * 90), nowMs);
      media.receive(audio.report(ntpFromUnixMs(5_000_000 + at), (reportsSending ? at - audioDelayMs : at) * 48), nowMs);
    }
    const before = told.length;
    media.tick(nowMs);
    for (const packet of told.slice(before).flatMap(({ packets }) => packets)) {
      if (packet.type === "pli") isAsked = true;
      if (packet.type === "nack" && packet.mediaSsrc === VIDEO.ssrc && repairs) {
        for (const again of video.resend(packet.sequences, 100, nowMs + 20)) put(again);
      }
    }
  }
  const samples = (kind: SourceSample["kind"]): SourceSample[] =>
    events.flatMap((event) => (event.type === "sample" && event.sample.kind === kind ? [event.sample] : []));
  const asked = (type: RtcpPacket["type"]) =>
    told.filter(({ packets }) => packets.some((packet) => packet.type === type)).map(({ atMs }) => atMs);
  return { events, told, samples, asked };
}

test("what was announced is told first; picture and sound come out as they went in", () => {
  const { events, samples } = run(2);
  expect(events[0]).toMatchObject({ type: "tracks", video: undefined, audio: { codec: "opus", channels: 2 } });
  expect(events[0]).toMatchObject({ expects: { video: true, audio: true } });
  const tracks = events.filter(({ type }) => type === "tracks");
  expect(tracks[1]).toMatchObject({ video: { codec: "avc", widthPx: 64, heightPx: 36 } });
  expect(tracks).toHaveLength(2);
  expect(samples("video")).toHaveLength(50);
  expect(samples("video")[0]).toMatchObject({ keyframe: true, compositionMs: 0 });
  expect(samples("audio")).toHaveLength(100);
  expect(samples("audio")[0]).toMatchObject({ durationTicks: 960, keyframe: true });
  const steps = samples("video").map(
    ({ timestampMs }, i, all) => timestampMs - (all[i - 1]?.timestampMs ?? timestampMs),
  );
  expect(new Set(steps.slice(1))).toEqual(new Set([FRAME_MS]));
});

test("of packets that are lost once nothing is missing", () => {
  const { samples, asked, events } = run(10, { lost: (ordinal) => ordinal > 3 && ordinal % 20 === 7 });
  // The last picture may wait for a packet of its own.
  expect(samples("video").length).toBeGreaterThanOrEqual(248);
  expect(asked("nack").length).toBeGreaterThan(10);
  const links = events.flatMap((event) => (event.type === "link" ? [event] : []));
  expect(links.at(-1)).toMatchObject({ rttMs: expect.any(Number) });
  expect(Math.max(...links.map(({ lossPercent }) => lossPercent))).toBeGreaterThan(2);
});

test("a picture that is lost for good is told; the next one shown is a key frame that was asked for", () => {
  const { events, samples, asked } = run(6, { lost: (ordinal) => ordinal === 100, repairs: false });
  expect(events).toContainEqual({ type: "dropped", samples: 1, reason: "video packets were lost" });
  const shown = samples("video");
  const gap = shown.findIndex(
    ({ timestampMs }, i) => i > 0 && timestampMs - (shown[i - 1]?.timestampMs ?? 0) > FRAME_MS,
  );
  expect(shown[gap]).toMatchObject({ keyframe: true });
  expect(shown.length - gap).toBeGreaterThan(50);
  expect(asked("pli").length).toBeGreaterThan(1);
});

test("of an encoder that makes none by itself a key frame is asked for on schedule", () => {
  const { samples, asked } = run(9);
  const times = samples("video").flatMap(({ keyframe, timestampMs }) => (keyframe ? [timestampMs] : []));
  const steps = times.map((time, i) => time - (times[i - 1] ?? time)).slice(1);
  expect(steps.length).toBe(4);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(2_000);
  expect(Math.max(...steps)).toBeLessThanOrEqual(2_100);
  expect(asked("pli")).toHaveLength(4);
});

test("an encoder that makes them in time is not asked", () => {
  expect(run(9, { keyframeEvery: 50 }).asked("pli")).toEqual([]);
});

test("sound that is sent later than its picture is laid beside it by the sender's reports", () => {
  const { samples } = run(30, { audioDelayMs: 200 });
  // A sound of capture time t is the one of index t / 20; a picture the one of index t / 40.
  const [video, audio] = [samples("video").at(-25), samples("audio")];
  const index = samples("video").length - 25;
  const same = audio[index * 2];
  expect(Math.abs((video?.timestampMs ?? 0) - (same?.timestampMs ?? 0))).toBeLessThanOrEqual(10);
});

test("a browser's sound, which is said to begin when its packet is sent, is laid where it was heard", () => {
  // Each packet is sent when its 20 ms are over.
  const { samples } = run(5, { audioDelayMs: 20, reportsSending: true });
  const sounds = samples("audio");
  for (const [index, { timestampMs }] of samples("video").entries()) {
    const same = sounds[2 * index];
    if (same !== undefined) expect(Math.abs(timestampMs - same.timestampMs)).toBeLessThanOrEqual(1);
  }
});

test.each([
  ["is found in the next packet", true, [opus(30), opus(31)], 0],
  ["leaves a frame for the decoder to conceal", false, [Uint8Array.of(0xfc), opus(31)], 1],
])("a sound that is lost %s", (_, withCopies, expected, dropped) => {
  const { samples, events } = run(2, { withCopies, lostSound: (index) => index === 30 });
  const sounds = samples("audio");
  expect(sounds.slice(30, 32).map(({ data }) => data)).toEqual(expected);
  expect(events.filter(({ type }) => type === "dropped")).toHaveLength(dropped);
  const steps = sounds.map(({ timestampMs }, i) => timestampMs - (sounds[i - 1]?.timestampMs ?? timestampMs));
  expect(new Set(steps.slice(1))).toEqual(new Set([20]));
});

test("a pause of the sound is a pause", () => {
  const { samples } = run(3, { lostSound: (index) => index > 50 && index < 70 });
  expect(samples("audio")).toHaveLength(150 - 19);
});

test("arrivals are told to senders that number their packets; to others a limit", () => {
  const numbered = run(2, { withTransportCc: true });
  expect(numbered.asked("transportFeedback").length).toBeGreaterThan(20);
  expect(numbered.asked("remb")).toEqual([]);
  const others = run(2);
  expect(others.asked("transportFeedback")).toEqual([]);
  expect(others.asked("remb").length).toBeGreaterThanOrEqual(1);
});

test("everything that is sent is a compound packet that begins with a report", () => {
  const { told } = run(4, { lost: (ordinal) => ordinal % 30 === 9, withTransportCc: true });
  expect(told.every(({ packets }) => packets[0]?.type === "receiverReport")).toBe(true);
  const reports = told.flatMap(({ packets }) => packets.filter(({ type }) => type === "sourceDescription"));
  expect(reports.length).toBeGreaterThanOrEqual(4);
});

test("what is neither RTP of a track nor RTCP is left out", () => {
  const events: SourceEvent[] = [];
  const media = new WhipMedia({
    agreement: { media: agreedMedia([]) },
    ...{ parameterSets: { sps: [], pps: [] }, senderSsrc: 1, keyframeIntervalMs: 2_000 },
    onEvent: (event) => events.push(event),
    send: () => {},
  });
  for (const packet of ["", "80", "80c9", "80640001000000010000000b00", "80600001", "b0600001000000010000000bffff"]) {
    media.receive(hex(packet), 0);
  }
  // Of the right type, and no Opus: an empty frame is no packet.
  media.receive(hex("806f000100000001000000150300"), 0);
  media.tick(1_000);
  expect(events.filter(({ type }) => type === "sample")).toEqual([]);
  expect(media.packets).toBe(1);
});
