/** A browser that publishes its camera by WHIP, with nothing but what browsers have. */
import type { BrowserContext, Page } from "playwright-core";

export type WhipAnswer = Readonly<{ status: number; body: string; location: string | null }>;

export type WhipPublisher = Readonly<{
  page: Page;
  /** What the server answered. */
  answer: WhipAnswer;
  /** Of the connection: "connected", "failed", … */
  state(): Promise<string>;
  /** Packets of video that were sent again, and pictures that were encoded. */
  stats(): Promise<{ resent: number; frames: number; keyframes: number; bytes: number }>;
  /** Ends the session as WHIP wants it; the status of the answer. */
  stop(): Promise<number>;
  /** Closes the connection without a word by HTTP. */
  vanish(): Promise<void>;
}>;

type Tab = { pc: RTCPeerConnection; location: string | null };
type Asked = Readonly<{ key: string; codec: string | null; relayPort: number | null }>;

/**
 * The page is one of `origin`, whose `/whip` it publishes to.
 * @param options `codec`: the only one offered, e.g. `video/VP8`; `relayPort`: a UDP port that media is sent to instead of the server's;
 * `prepare`: sets `window.ownStream`, which is published instead of the camera
 */
export async function publishByWhip(
  context: BrowserContext,
  origin: string,
  key: string,
  options: Readonly<{ codec?: string; relayPort?: number; prepare?: (page: Page) => Promise<void> }> = {},
): Promise<WhipPublisher> {
  const page = await context.newPage();
  // Any answer of the site makes its pages' origin; those of the media plane forbid no camera.
  await page.goto(`${origin}/live/none/index.m3u8`);
  await options.prepare?.(page);
  const asked: Asked = { key, codec: options.codec ?? null, relayPort: options.relayPort ?? null };
  const answer = await page.evaluate(publish, asked);
  return {
    page,
    answer,
    state: () => page.evaluate(() => (globalThis as unknown as { whip: Tab }).whip.pc.connectionState),
    stats: () => page.evaluate(videoStats),
    stop: () =>
      page.evaluate(async () => {
        const { pc, location } = (globalThis as unknown as { whip: Tab }).whip;
        const { status } = await fetch(location ?? "", { method: "DELETE" });
        pc.close();
        return status;
      }),
    vanish: () => page.evaluate(() => (globalThis as unknown as { whip: Tab }).whip.pc.close()),
  };
}

/** Runs in the page. */
async function publish({ key, codec, relayPort }: Asked): Promise<WhipAnswer> {
  const { ownStream } = globalThis as unknown as { ownStream?: MediaStream };
  const stream =
    ownStream ?? (await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true }));
  const pc = new RTCPeerConnection();
  for (const track of stream.getTracks()) {
    const transceiver = pc.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    const all = RTCRtpSender.getCapabilities(track.kind)?.codecs ?? [];
    if (codec !== null && track.kind === "video")
      transceiver.setCodecPreferences(all.filter(({ mimeType }) => mimeType === codec));
  }
  const gathered = new Promise<void>((resolve) => {
    pc.addEventListener("icegatheringstatechange", () => {
      if (pc.iceGatheringState === "complete") resolve();
    });
  });
  await pc.setLocalDescription();
  await gathered;
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/sdp" };
  const response = await fetch("/whip", { method: "POST", headers, body: pc.localDescription?.sdp ?? "" });
  const body = await response.text();
  const location = response.headers.get("location");
  Object.assign(globalThis, { whip: { pc, location } });
  if (response.status === 201) {
    const sdp = relayPort === null ? body : body.replaceAll(/(UDP \d+ \S+) \d+ typ/g, `$1 ${relayPort} typ`);
    await pc.setRemoteDescription({ type: "answer", sdp });
  }
  return { status: response.status, body, location };
}

/** Runs in the page. */
async function videoStats() {
  const { pc } = (globalThis as unknown as { whip: Tab }).whip;
  for (const report of (await pc.getStats()).values() as Iterable<Record<string, unknown>>) {
    if (report["type"] !== "outbound-rtp" || report["kind"] !== "video") continue;
    const count = (name: string): number => Number(report[name] ?? 0);
    return {
      resent: count("retransmittedPacketsSent"),
      frames: count("framesEncoded"),
      keyframes: count("keyFramesEncoded"),
      bytes: count("bytesSent"),
    };
  }
  return { resent: 0, frames: 0, keyframes: 0, bytes: 0 };
}
