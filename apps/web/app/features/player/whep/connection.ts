/** The show over one WebRTC connection. After trouble another one is made. */
import { type ConnectionTotals, NOTHING } from "./flow-watch.ts";
import { EVENTS_LABEL, parseClock, parseMessage, withStereo } from "./protocol.ts";
import { ShowTime } from "./show-time.ts";

/**
 * - `unanswered`: the server did not answer the offer, or not in time · `blocked`: it did, but no packet gets through
 * - `poor`: it broke off, or what comes is not shown as it should be · `declined`: the server ends it, or has no place now · `refused`: it does not give it at this address
 */
export type WhepTrouble = Readonly<{
  kind: "unanswered" | "blocked" | "poor" | "declined" | "refused";
  reason: string;
}>;

export type ConnectionEvents = Readonly<{
  /** A picture, or sound of a show without pictures, has come and can be shown at once. */
  onReady: () => void;
  /** It cannot go on. When it is refused, nor can another try at the same address. */
  onTrouble: (trouble: WhepTrouble) => void;
  /** The show is over. */
  onEnd: () => void;
}>;

/** What plays a connection needs of it. */
export type Connection = Pick<
  WhepConnection,
  "url" | "stream" | "time" | "isClosed" | "hasVideo" | "newestRtp" | "totals" | "close"
>;

const ANSWER_WITHIN_MS = 4000;
/** Where UDP is blocked nothing ever says so. */
const CONNECTED_WITHIN_MS = 4000;
const READY_WITHIN_MS = 6000;
/** Who joins is sent everything since the last key frame: so long it may take to catch up with live. */
const CAUGHT_UP_WITHIN_MS = 1000;
/** Pictures on their way through the decoder. */
const DECODING = 2;
const LOOK_EVERY_MS = 50;
const LEAVE_WITHIN_MS = 1000;
/** Another try at the same address is in vain. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 415, 422]);
/** The server's words for a token that is good no more, and for a line that carries too little. Others are its own affairs. */
const HANDED_OVER: Readonly<Record<string, WhepTrouble["kind"]>> = { unauthorized: "refused", slow: "poor" };

/** Whether this browser has WebRTC. */
export function hasWebRtc(): boolean {
  return typeof globalThis.RTCPeerConnection === "function";
}

export class WhepConnection {
  readonly url: string;
  readonly stream = new MediaStream();
  readonly time = new ShowTime();
  readonly #beganAtMs = performance.now();
  readonly #events: ConnectionEvents;
  readonly #isAwaited: () => boolean;
  readonly #closing = new AbortController();
  /** Decodes before anybody looks, so that the picture is there when it is shown. */
  readonly #probe = document.createElement("video");
  #pc: RTCPeerConnection | undefined;
  #session: string | undefined;
  #picture: MediaStreamTrack | undefined;
  #hasVideo = true;
  #isReady = false;
  #wasConnected = false;

  /**
   * @param url path with token, or a whole address
   * @param isAwaited asked when there is a picture: nothing else plays, so that the first one will do, also when it is not live yet
   */
  constructor(url: string, isAwaited: () => boolean, events: ConnectionEvents) {
    this.url = url;
    this.#isAwaited = isAwaited;
    this.#events = events;
    this.#probe.muted = true;
    this.#probe.srcObject = this.stream;
    addEventListener("pagehide", () => this.#leavePage(), { signal: this.#closing.signal });
    this.#open().catch((error: unknown) => this.#trouble("poor", reasonOf(error)));
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }
  /** The show has pictures. */
  get hasVideo(): boolean {
    return this.#hasVideo;
  }
  /** RTP time of what is shown or heard next, whether somebody looks or not; undefined where the browser does not tell. */
  get newestRtp(): number | undefined {
    const kind = this.#hasVideo ? "video" : "audio";
    const receiver = this.#pc?.getReceivers().find(({ track }) => track.kind === kind);
    return receiver?.getSynchronizationSources()[0]?.rtpTimestamp;
  }

  async totals(): Promise<ConnectionTotals> {
    const totals = { ...NOTHING };
    const report = await this.#pc?.getStats();
    report?.forEach((one: Readonly<Record<string, unknown>>) => {
      if (one["type"] !== "inbound-rtp") return;
      const of = (name: string): number => Number(one[name] ?? 0);
      totals.packets += of("packetsReceived");
      totals.lostPackets += of("packetsLost");
      totals.bytes += of("bytesReceived");
      totals.received += of("framesReceived");
      totals.frames += of("framesDecoded");
      totals.freezes += of("freezeCount");
      totals.freezesMs += of("totalFreezesDuration") * 1000;
      if (one["kind"] !== (this.#hasVideo ? "video" : "audio")) return;
      totals.bufferedSec = of("jitterBufferDelay");
      totals.buffered = of("jitterBufferEmittedCount");
      totals.jitterMs = of("jitter") * 1000;
    });
    return totals;
  }

  /** The stream ends, and the server is told. */
  close(): void {
    if (this.isClosed) return;
    this.#closing.abort();
    this.#probe.srcObject = null;
    const pc = this.#pc;
    if (this.#session === undefined) return pc?.close();
    // In this order: a session whose connection has ended is not known any more.
    const signal = AbortSignal.timeout(LEAVE_WITHIN_MS);
    void fetch(this.#session, { method: "DELETE", keepalive: true, signal })
      .catch(() => undefined) // The server finds out by itself.
      .finally(() => pc?.close());
  }

  /** Else the server goes on sending until it finds out by itself, and a page with an open connection is not kept to come back to. */
  #leavePage(): void {
    this.close();
    this.#pc?.close();
  }

  async #open(): Promise<void> {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.#pc = pc;
    this.#listen(pc);
    pc.addTransceiver("video", { direction: "recvonly" });
    pc.addTransceiver("audio", { direction: "recvonly" });
    const offer = await pc.createOffer();
    const sdp = withStereo(offer.sdp ?? "");
    await pc.setLocalDescription({ type: "offer", sdp });
    // Without candidates: the server is the one that can be reached, and sees where we come from.
    const answer = await this.#post(sdp).catch((error: unknown) => {
      this.#trouble("unanswered", reasonOf(error));
      return undefined;
    });
    if (answer === undefined) return;
    await pc.setRemoteDescription({ type: "answer", sdp: answer });
    void this.#probe.play().catch(() => undefined); // Muted videos may play; without it the picture comes a little later.
    await this.#awaitReady(pc);
  }

  #listen(pc: RTCPeerConnection): void {
    const { signal } = this.#closing;
    pc.addEventListener("track", ({ track }) => this.#came(track), { signal });
    pc.addEventListener(
      "connectionstatechange",
      () => {
        const { connectionState: state } = pc;
        if (state === "connected") this.#wasConnected = true;
        if (state !== "failed" && state !== "disconnected" && state !== "closed") return;
        this.#trouble(this.#wasConnected ? "poor" : "blocked", `connection ${state}`);
      },
      { signal },
    );
    const channel = pc.createDataChannel(EVENTS_LABEL);
    channel.addEventListener("message", ({ data }) => this.#heard(data), { signal });
    channel.addEventListener("close", () => this.#trouble("declined", "closed by the server"), { signal });
  }

  async #post(offer: string): Promise<string | undefined> {
    const { signal } = this.#closing;
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/sdp" },
      body: offer,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    if (response.status !== 201) {
      this.#trouble(REFUSALS.has(response.status) ? "refused" : "declined", `answered ${response.status}`);
      return undefined;
    }
    const place = response.headers.get("location");
    this.#session = place === null ? undefined : new URL(place, response.url).href;
    const clock = parseClock(response.headers.get("rostrum-clock"));
    if (clock !== undefined) this.time.told(clock, performance.now());
    return response.text();
  }

  async #awaitReady(pc: RTCPeerConnection): Promise<void> {
    const { signal } = this.#closing;
    const answeredAtMs = performance.now();
    while (!signal.aborted) {
      const { frames, packets } = await this.totals();
      if (signal.aborted) return;
      if (frames > 0 || (!this.#hasVideo && packets > 0)) break;
      const nowMs = performance.now();
      const isConnected = pc.connectionState === "connected";
      if (!isConnected && nowMs - answeredAtMs > CONNECTED_WITHIN_MS) {
        return this.#trouble("blocked", "no way through by UDP");
      }
      if (nowMs - this.#beganAtMs > READY_WITHIN_MS) return this.#trouble("poor", "no picture came");
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    if (!this.#isAwaited()) await this.#catchUp(signal);
    if (signal.aborted || this.#isReady) return;
    this.#isReady = true;
    this.#events.onReady();
    this.#probe.srcObject = null;
  }

  /** What plays is not left for an older picture. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const beganAtMs = performance.now();
    let received = 0;
    while (!signal.aborted && performance.now() - beganAtMs < CAUGHT_UP_WITHIN_MS) {
      const totals = await this.totals();
      const isCaughtUp = totals.received - totals.frames <= DECODING && totals.received - received <= DECODING + 1;
      if (isCaughtUp && received > 0) return;
      received = totals.received;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #came(track: MediaStreamTrack): void {
    if (track.kind === "video") this.#picture = track;
    if (track.kind === "audio" || this.#hasVideo) this.stream.addTrack(track);
  }

  /** A video waits for the first picture of a stream that has a track for pictures, and does not play its sound before. */
  #hasPictures(has: boolean): void {
    this.#hasVideo = has;
    if (this.#picture === undefined) return;
    if (has) this.stream.addTrack(this.#picture);
    else this.stream.removeTrack(this.#picture);
  }

  #heard(data: unknown): void {
    const message = parseMessage(data);
    switch (message?.type) {
      case "tracks":
        return this.#hasPictures(message.video);
      case "clock":
        return this.time.told(message.clock, performance.now());
      case "handover":
        return this.#trouble(HANDED_OVER[message.reason] ?? "declined", `handed over: ${message.reason}`);
      case "end":
        this.close();
        return this.#events.onEnd();
      case undefined:
        return;
      default:
        return message satisfies never;
    }
  }

  #trouble(kind: WhepTrouble["kind"], reason: string): void {
    if (this.isClosed) return;
    this.close();
    this.#events.onTrouble({ kind, reason });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
