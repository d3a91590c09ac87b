/** FFmpeg's RTP as judge: what it sends is understood as what it was. */
import { execFile, execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import * as avc from "@rostrum/media/codec/avc";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FrameEvent } from "./frame-buffer.ts";
import { H264Samples } from "./h264-samples.ts";
import type { VideoCodec } from "./keyframe.ts";
import { mapOpus } from "./opus.ts";
import { isRtcp, RtpView } from "./packet.ts";
import { parseRtcp, type RtcpPacket } from "./rtcp.ts";
import { TrackReceiver } from "./track-receiver.ts";

const QUIET = ["-hide_banner", "-loglevel", "error", "-y"];
const PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=2"];
const TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "rtp-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Packets that FFmpeg sends for these arguments, RTP and RTCP. */
async function packetsOf(args: readonly string[]): Promise<{ rtp: Uint8Array[]; rtcp: RtcpPacket[] }> {
  const rtp: Uint8Array[] = [];
  const rtcp: RtcpPacket[] = [];
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  const last = Promise.withResolvers<void>();
  socket.on("message", (message) => {
    if (message.length === 1) last.resolve();
    else if (!isRtcp(message)) rtp.push(message);
    else rtcp.push(...(parseRtcp(message) ?? []));
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  // One port for both, as WebRTC has it.
  const target = `rtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=600`;
  await promisify(execFile)("ffmpeg", [...QUIET, "-re", ...args, "-payload_type", "96", "-f", "rtp", target]);
  // Everything that was sent before this byte is in the socket before it.
  socket.send(Uint8Array.of(0), port, "127.0.0.1");
  await last.promise;
  socket.close();
  return { rtp, rtcp };
}

/** All frames of these packets, from a receiver that gets them at once. */
function framesOf(
  packets: readonly Uint8Array[],
  codec: VideoCodec | "opus",
): Extract<FrameEvent, { type: "frame" }>[] {
  const view = new RtpView();
  expect(view.parse(packets[0] ?? new Uint8Array())).toBe(true);
  const clockRateHz = codec === "opus" ? 48_000 : 90_000;
  const receiver = new TrackReceiver({
    ssrc: view.ssrc,
    payloadType: 96,
    codec,
    clockRateHz,
    nack: false,
    senderSsrc: 1,
    // FFmpeg tells parameter sets in the description only, unless the stream repeats them.
    sliceIsEnough: true,
  });
  const frames: Extract<FrameEvent, { type: "frame" }>[] = [];
  for (const packet of packets) {
    expect(view.parse(packet)).toBe(true);
    receiver.receive(view, 0);
    for (let event = receiver.pop(0); event !== undefined; event = receiver.pop(0)) {
      if (event.type === "hole") throw new Error(`${event.packets} packets lost`);
      frames.push(event);
    }
  }
  return frames;
}

/** Without delimiters, which samples leave out. */
const unitsOf = (nals: readonly Uint8Array[]): Uint8Array[] => nals.filter((nal) => avc.nalType(nal) !== 9);

test("H.264: every NAL unit of a stream, every time", async () => {
  const file = path.join(folder, "a.h264");
  const encode = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-g",
    "15",
    "-b:v",
    "2M",
    "-bsf:v",
    "dump_extra",
  ];
  execFileSync("ffmpeg", [...QUIET, ...PICTURE, ...encode, "-f", "h264", file]);
  const { rtp, rtcp } = await packetsOf(["-r", "30", "-i", file, "-c", "copy"]);
  const frames = framesOf(rtp, "H264");
  const mapper = new H264Samples();
  const mapped = frames.map(({ payloads, ticks }) => mapper.map(payloads, ticks));
  expect(mapped[0]?.track).toMatchObject({ widthPx: 320, heightPx: 180 });
  const found = mapped.flatMap(({ sample }) => avc.splitNals(sample?.data ?? new Uint8Array(), 4));
  expect(found).toEqual(unitsOf(avc.splitAnnexB(new Uint8Array(readFileSync(file)))));
  expect(mapped).toHaveLength(60);
  expect(mapped.filter(({ sample }) => sample?.keyframe)).toHaveLength(4);
  const [first = 0] = frames.map(({ ticks }) => ticks);
  expect(frames.map(({ ticks }) => ticks - first)).toEqual(frames.map((_, i) => i * 3_000));
  expect(rtcp.filter(({ type }) => type === "senderReport").length).toBeGreaterThan(0);
});

test("VP8: every frame, key frames where they are", async () => {
  const { rtp } = await packetsOf([...PICTURE, "-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M", "-g", "20"]);
  const frames = framesOf(rtp, "VP8");
  expect(frames.length).toBeGreaterThanOrEqual(59);
  expect(frames.flatMap(({ mark }, i) => (mark === "start" ? [i] : []))).toEqual([0, 20, 40]);
});

test("Opus: every packet lasts as long as the clock says", async () => {
  const { rtp } = await packetsOf([...TONE, "-c:a", "libopus", "-b:a", "64k"]);
  const samples = framesOf(rtp, "opus").map(({ payloads, ticks }) => mapOpus(payloads[0] ?? new Uint8Array(), ticks));
  expect(samples.length).toBeGreaterThanOrEqual(100);
  for (const [i, sample] of samples.entries()) {
    if (i > 0) expect((sample?.pts ?? 0) - (samples[i - 1]?.pts ?? 0)).toBe(samples[i - 1]?.duration);
  }
});
