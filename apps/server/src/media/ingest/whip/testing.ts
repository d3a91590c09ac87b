/** A WHIP client for tests: real offers over HTTP, a real connection, FFmpeg's RTP in it. */
import { spawn, type ChildProcess } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Pipe } from "@rostrum/rtc/pipe";
import { parseRtcp, type RtcpPacket } from "@rostrum/rtc/rtp/rtcp";
import { H264, OPUS, VP8 } from "@rostrum/rtc/sdp/codecs";
import type { Transport } from "@rostrum/rtc/sdp/model";
import { assignPayloadTypes, offer } from "@rostrum/rtc/sdp/offer";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { serializeSdp } from "@rostrum/rtc/sdp/serialize";
import type { CodecWant, OfferedMedia } from "@rostrum/rtc/sdp/wants";

export const SDP = "application/sdp";
export const FRAGMENT = "application/trickle-ice-sdpfrag";
const H264_BASELINE: CodecWant = { ...H264, h264Profiles: ["constrained-baseline"] };
const TYPES = assignPayloadTypes([OPUS], [H264_BASELINE, VP8]);
const SSRC = { audio: 101, video: 201 } as const;
const PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"];
const TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const X264 = "-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p -profile:v baseline";

export type Offered = Readonly<{ video?: "H264" | "VP8" | "none"; audio?: boolean }>;

/** One who publishes. */
export class WhipClient {
  readonly pipe: Pipe;
  readonly told: RtcpPacket[] = [];
  readonly #offered: Offered;
  readonly #closers: Array<() => void> = [];
  readonly #changed: () => void;
  isConnected = false;
  /** Of the 201. */
  location = "";
  etag = "";

  /** @param changed called when something came or changed */
  constructor(offered: Offered = {}, changed: () => void = () => {}) {
    this.#offered = offered;
    this.#changed = changed;
    this.pipe = new Pipe(
      { name: "whip client", bindAddress: "127.0.0.1" },
      {
        onPacket: (packet) => {
          this.told.push(...(parseRtcp(packet) ?? []));
          changed();
        },
        onState: (state) => {
          this.isConnected = state === "connected";
          changed();
        },
      },
    );
  }

  /** The offer, without candidates: ours are trickled, or learnt from where our packets come from. */
  offer(): string {
    return offerText(this.pipe.offer(), this.#offered);
  }

  /** Sends the offer, and connects when it is answered. @param url of the endpoint */
  async publish(url: string, key: string): Promise<Response> {
    const response = await postOffer(url, key, this.offer());
    if (response.status !== 201) return response;
    this.location = new URL(response.headers.get("location") ?? "", url).href;
    this.etag = response.headers.get("etag") ?? "";
    this.pipe.complete(parseSdp(await response.text()));
    return response;
  }

  /** Sends a moving picture and a tone in real time until the client is closed. */
  async send(): Promise<void> {
    const [video, audio] = [await this.#relay(), await this.#relay()];
    const { video: codec = "H264", audio: hasAudio = true } = this.#offered;
    const picture = codec === "none" ? [] : ["-map", "0:v", ...X264.split(" "), ...rtpOutput("video", video)];
    const sound = hasAudio ? ["-map", "1:a", "-c:a", "libopus", ...rtpOutput("audio", audio)] : [];
    const args = ["-v", "error", "-nostdin", "-re", ...PICTURE, "-re", ...TONE, ...picture, ...sound];
    const child: ChildProcess = spawn("ffmpeg", args, { stdio: "ignore" });
    this.#closers.push(() => child.kill("SIGKILL"));
  }

  /** Ends the session as an encoder does that is stopped. */
  async stop(): Promise<Response> {
    const response = await fetch(this.location, { method: "DELETE" });
    this.close();
    return response;
  }

  /** Goes away without a word. */
  close(): void {
    for (const close of this.#closers.splice(0)) close();
    this.pipe.close();
  }

  /** A UDP port whose packets go into the connection. */
  async #relay(): Promise<number> {
    const socket: Socket = createSocket("udp4");
    socket.on("message", (packet) => {
      this.pipe.send(packet);
      this.#changed();
    });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    this.#closers.push(() => socket.close());
    return socket.address().port;
  }
}

/** POST of an offer; without a key when it is "". */
export function postOffer(url: string, key: string, body: string, type = SDP): Promise<Response> {
  const authorization = key === "" ? {} : { authorization: `Bearer ${key}` };
  const headers = {
    "content-type": type,
    "user-agent": "Mozilla/5.0 (OBS-Studio/30.2.3; Linux x86_64)",
    ...authorization,
  };
  return fetch(url, { method: "POST", headers, body });
}

function offerText(transport: Transport, { video = "H264", audio = true }: Offered): string {
  const sections: OfferedMedia[] = [];
  const sender = (kind: "audio" | "video") => ({ msid: { stream: "s", track: kind }, cname: "c", ssrc: SSRC[kind] });
  const common = { direction: "sendonly", extensions: [] } as const;
  if (audio) sections.push({ ...common, kind: "audio", mid: "a", codecs: TYPES.audio, sender: sender("audio") });
  const codecs = TYPES.video.filter(({ name }) => name === video);
  if (video !== "none") sections.push({ ...common, kind: "video", mid: "v", codecs, sender: sender("video") });
  return serializeSdp(offer({ transport, sessionId: "1", sessionVersion: 1, sections }));
}

function rtpOutput(kind: "audio" | "video", port: number): string[] {
  const type = String(TYPES[kind][0]?.payloadType);
  const target = `rtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=1200`;
  return ["-payload_type", type, "-ssrc", String(SSRC[kind]), "-f", "rtp", target];
}
