/** The show over one WebRTC connection. After trouble another one is made. */
import { EVENTS_LABEL, parseClock, parseMessage, withStereo } from "./protocol.ts";
import { ShowTime } from "./show-time.ts";

export type ConnectionEvents = Readonly<{
  /** A picture, or sound of a show without pictures, has come and can be shown at once. */
  onReady: () => void;
  /** It cannot go on. `refused`: nor can another try at the same address. */
  onTrouble: (reason: string, refused: boolean) => void;
  /** The show is over. */
  onEnd: () => void;
}>;

/** Since the connection was opened. */
export type ConnectionTotals = Readonly<{
  packets: number;
  bytes: number;
  frames: number;
  freezes: number;
  freezesMs: number;
}>;

const ANSWER_WITHIN_MS = 4000;
const READY_WITHIN_MS = 6000;
const LOOK_EVERY_MS = 50;
/** Another try at the same address is in vain. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 415, 422]);

/** Whether this browser has WebRTC. */
export function hasWebRtc(): boolean {
  return typeof globalThis.RTCPeerConnection === "function";
}

export class WhepConnection {
  readonly stream = new MediaStream();
  readonly beganAtMs = performance.now();
  readonly #url: string;
  readonly #events: ConnectionEvents;
  readonly #pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly #closing = new AbortController();
  /** Decodes before anybody looks, so that the picture is there when it is shown. */
  readonly #probe = document.createElement("video");
  #session: string | undefined;
  #time: ShowTime | undefined;
  #hasVideo = true;
  #isReady = false;

  /** @param url path with token, or a whole address */
  constructor(url: string, events: ConnectionEvents) {
    this.#url = url;
    this.#events = events;
    this.#probe.muted = true;
    this.#probe.srcObject = this.stream;
    this.#listen();
    this.#open().catch((error: unknown) => this.#trouble(error instanceof Error ? error.message : String(error)));
  }

  /** Undefined: the server does not say where its times lie in the show. */
  get time(): ShowTime | undefined {
    return this.#time;
  }

  async totals(): Promise<ConnectionTotals> {
    const totals = { packets: 0, bytes: 0, frames: 0, freezes: 0, freezesMs: 0 };
    const report = await this.#pc.getStats();
    report.forEach((one: Readonly<Record<string, unknown>>) => {
      if (one["type"] !== "inbound-rtp") return;
      const of = (name: string): number => Number(one[name] ?? 0);
      totals.packets += of("packetsReceived");
      totals.bytes += of("bytesReceived");
      totals.frames += of("framesDecoded");
      totals.freezes += of("freezeCount");
      totals.freezesMs += of("totalFreezesDuration") * 1000;
    });
    return totals;
  }

  /** The stream ends; the server is told. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#probe.srcObject = null;
    this.#pc.close();
    // A page that goes away says so, too. Nobody waits for the answer: the server finds out by itself.
    if (this.#session !== undefined) void fetch(this.#session, { method: "DELETE", keepalive: true }).catch(() => {});
  }

  #listen(): void {
    const pc = this.#pc;
    const { signal } = this.#closing;
    pc.addEventListener("track", ({ track }) => this.stream.addTrack(track), { signal });
    pc.addEventListener(
      "connectionstatechange",
      () => {
        const { connectionState: state } = pc;
        if (state === "failed" || state === "disconnected" || state === "closed") this.#trouble(`connection ${state}`);
      },
      { signal },
    );
    const channel = pc.createDataChannel(EVENTS_LABEL);
    channel.addEventListener("message", ({ data }) => this.#heard(data), { signal });
    channel.addEventListener("close", () => this.#trouble("closed by the server"), { signal });
  }

  async #open(): Promise<void> {
    const pc = this.#pc;
    pc.addTransceiver("video", { direction: "recvonly" });
    pc.addTransceiver("audio", { direction: "recvonly" });
    const offer = await pc.createOffer();
    const sdp = withStereo(offer.sdp ?? "");
    await pc.setLocalDescription({ type: "offer", sdp });
    // Without candidates: the server is the one that can be reached, and sees where we come from.
    const answer = await this.#post(sdp);
    if (answer === undefined) return;
    await pc.setRemoteDescription({ type: "answer", sdp: answer });
    void this.#probe.play().catch(() => undefined); // Muted videos may play; without it the picture comes a little later.
    await this.#awaitReady();
  }

  async #post(offer: string): Promise<string | undefined> {
    const { signal } = this.#closing;
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/sdp" },
      body: offer,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    const text = await response.text();
    if (signal.aborted) return undefined;
    if (response.status !== 201) {
      this.#trouble(`answered ${response.status}`, REFUSALS.has(response.status));
      return undefined;
    }
    const place = response.headers.get("location");
    this.#session = place === null ? undefined : new URL(place, response.url).href;
    const clock = parseClock(response.headers.get("rostrum-clock"));
    this.#time = clock && new ShowTime(clock, performance.now());
    return text;
  }

  async #awaitReady(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const { frames, packets } = await this.totals();
      if (signal.aborted) return;
      if (frames > 0 || (!this.#hasVideo && packets > 0)) break;
      if (performance.now() - this.beganAtMs > READY_WITHIN_MS) return this.#trouble("no picture came");
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    if (signal.aborted || this.#isReady) return;
    this.#isReady = true;
    this.#events.onReady();
    this.#probe.srcObject = null;
  }

  #heard(data: unknown): void {
    const message = parseMessage(data);
    switch (message?.type) {
      case "tracks":
        this.#hasVideo = message.video;
        return;
      case "handover":
        return this.#trouble(`handed over: ${message.reason}`);
      case "end":
        this.close();
        return this.#events.onEnd();
      case undefined:
        return;
      default:
        return message satisfies never;
    }
  }

  #trouble(reason: string, refused = false): void {
    if (this.#closing.signal.aborted) return;
    this.close();
    this.#events.onTrouble(reason, refused);
  }
}
