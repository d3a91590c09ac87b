/** FFmpeg as a camera and a microphone: one picture in VP8 and in H.264 and one tone in Opus, as RTP packets as they come. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isRtcp, RtpView } from "@rostrum/rtc/rtp/packet";

export const RTP_CODECS = ["VP8", "H264", "opus"] as const;
export type RtpCodec = (typeof RTP_CODECS)[number];

const KEY_EVERY_FRAMES = 25;
const QUIET = ["-hide_banner", "-loglevel", "error", "-nostdin"];
const PICTURE = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"];
const TONE = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const VIDEO = ["-map", "0:v", "-pix_fmt", "yuv420p", "-b:v", "300k", "-g", String(KEY_EVERY_FRAMES)];
const ENCODERS: Readonly<Record<RtpCodec, readonly string[]>> = {
  VP8: [...VIDEO, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
  H264: [...VIDEO, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline"],
  opus: ["-map", "1:a", "-c:a", "libopus", "-b:a", "24k"],
};

export interface RtpSource extends AsyncDisposable {
  /** The packet is overwritten after the call. @returns ends it */
  listen(codec: RtpCodec, onPacket: (packet: RtpView) => void): () => void;
}

/** Pictures have a key frame each second: nobody can ask for one. @throws {Error} there is no FFmpeg */
export async function startRtpSource(): Promise<RtpSource> {
  const listeners = new Map<RtpCodec, Set<(packet: RtpView) => void>>();
  const sockets: Socket[] = [];
  const outputs: string[] = [];
  for (const codec of RTP_CODECS) {
    const own = new Set<(packet: RtpView) => void>();
    const view = new RtpView();
    const socket = createSocket("udp4", (packet) => {
      if (isRtcp(packet) || !view.parse(packet)) return;
      for (const listener of own) listener(view);
    });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const { port } = socket.address();
    listeners.set(codec, own);
    sockets.push(socket);
    outputs.push(...ENCODERS[codec], "-f", "rtp", `rtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=1100`);
  }
  const ffmpeg = spawn("ffmpeg", [...QUIET, ...PICTURE, ...TONE, ...outputs], { stdio: ["ignore", "ignore", 2] });
  const ended = new Promise<void>((resolve) => ffmpeg.once("close", () => resolve()));
  await once(ffmpeg, "spawn");
  return {
    listen(codec, onPacket) {
      listeners.get(codec)?.add(onPacket);
      return () => listeners.get(codec)?.delete(onPacket);
    },
    async [Symbol.asyncDispose]() {
      ffmpeg.kill("SIGKILL");
      await ended;
      for (const socket of sockets) socket.close();
    },
  };
}
