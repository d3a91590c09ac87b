/**
 * The guests of a room of `sfu`, the same program for every server: the first publishes a picture, all others get it. They join by LiveKit's
 * signalling, over real connections, and tell what a browser tells: reports each second, and the feedback that the server agreed on, transport-
 * wide ten times a second or REMB of a line with room. Arguments: the server's name and port, and the picture's kbps.
 */
import { Ping, StreamState, TrackSource, VideoLayer, VideoQuality } from "@livekit/protocol";
import { extensionIds, readTransportSequence } from "@rostrum/rtc/rtp/extensions";
import { ntpFromUnixMs } from "@rostrum/rtc/rtp/ntp";
import { isRtcp, RtpView } from "@rostrum/rtc/rtp/packet";
import { PacketTemplate } from "@rostrum/rtc/rtp/packet-template";
import { ReceiveStats } from "@rostrum/rtc/rtp/receive-stats";
import { joinRtcp, parseRtcp } from "@rostrum/rtc/rtp/rtcp";
import { serializeRemb } from "@rostrum/rtc/rtp/rtcp-feedback";
import { serializeReceiverReport, serializeSenderReport } from "@rostrum/rtc/rtp/rtcp-reports";
import { TransportArrivals } from "@rostrum/rtc/rtp/transport-arrivals";
import { TestClient } from "@rostrum/rtc/sfu/testing/client";
import type { AgreedMedia } from "@rostrum/rtc/sdp/wants";
import type { FromGuests, GuestCounts, ToGuests } from "./sfu-guests-messages.ts";
import { Pictures } from "./sfu-pictures.ts";

const ROOM = "bench";
const FEEDBACK_MS = 100;
const REPORT_MS = 1_000;
const PING_MS = 5_000;
const LINE_BPS = 20_000_000;
const CLOCK_RATE_HZ = 90_000;
/** Who joins at once. */
const TOGETHER = 5;

const server = process.argv[2] ?? "";
const [port, kbps] = process.argv.slice(3).map(Number) as [number, number];
const address = { ports: { http: port } };
const view = new RtpView();
const counts = { sent: 0, refused: 0, received: 0, receivedBytes: 0, besides: 0 };

function tell(message: FromGuests): void {
  process.send?.(message);
}

function fail(why: string): void {
  tell({ type: "failed", message: `guests of ${server}: ${why}` });
}

/** How often the server told a guest that its line is too narrow for the picture. */
function pauses(): number {
  const messages = clients.flatMap((client) => client.messages);
  const states = messages.flatMap((one) => (one.case === "streamStateUpdate" ? one.value.streamStates : []));
  return states.filter(({ state }) => state === StreamState.PAUSED).length;
}

function feedbackOf({ codecs, extensions }: AgreedMedia): "transport-cc" | "goog-remb" | "none" {
  const feedback = codecs[0]?.feedback ?? [];
  if (feedback.includes("transport-cc") && extensionIds(extensions).transportSequence > 0) return "transport-cc";
  return feedback.includes("goog-remb") ? "goog-remb" : "none";
}

class Subscriber {
  readonly #client: TestClient;
  readonly #section: AgreedMedia;
  readonly #stats = new ReceiveStats(CLOCK_RATE_HZ);
  readonly #arrivals = new TransportArrivals();
  readonly #ids;
  #ssrc = 0;

  constructor(client: TestClient, section: AgreedMedia) {
    this.#client = client;
    this.#section = section;
    this.#ids = extensionIds(section.extensions);
  }

  get feedback(): "transport-cc" | "goog-remb" | "none" {
    return feedbackOf(this.#section);
  }

  receive(packet: Uint8Array): void {
    const nowMs = performance.now();
    if (isRtcp(packet)) {
      for (const one of parseRtcp(packet) ?? []) {
        if (one.type === "senderReport" && one.ssrc === this.#ssrc) this.#stats.senderReport(one.ntp, nowMs);
      }
      return;
    }
    if (!view.parse(packet)) return;
    const sequence = readTransportSequence(view, this.#ids.transportSequence);
    if (sequence >= 0) this.#arrivals.received(sequence, nowMs);
    if (view.payloadType !== this.#section.codecs[0]?.payloadType || view.payloadBytes === 0) {
      counts.besides += 1;
      return;
    }
    this.#ssrc = view.ssrc;
    this.#stats.update(view.sequence, view.timestamp, nowMs);
    counts.received += 1;
    counts.receivedBytes += view.payloadBytes;
  }

  sendFeedback(): void {
    if (this.feedback !== "transport-cc") return;
    for (const packet of this.#arrivals.takeFeedback(1, this.#ssrc)) this.#client.sendPacket(packet);
  }

  sendReport(nowMs: number): void {
    if (this.#ssrc === 0) return;
    const report = serializeReceiverReport(1, [this.#stats.takeReport(this.#ssrc, nowMs)]);
    const packets = this.feedback === "goog-remb" ? [report, serializeRemb(1, LINE_BPS, [this.#ssrc])] : [report];
    this.#client.sendPacket(joinRtcp(packets));
  }
}

const clients: TestClient[] = [];

/** @param onPacket gets RTP and RTCP @returns it, connected */
async function enter(identity: string, onPacket: (packet: Uint8Array) => void): Promise<TestClient> {
  const client = await TestClient.join(address, identity, ROOM, { onPacket });
  clients.push(client);
  const failed = (): void => fail(`${identity} was sent away with ${client.closeCode}`);
  void client.until(() => client.closeCode !== undefined).then(failed);
  return client.connect();
}

/** Announces the picture, of one layer, and makes it. */
async function openPublisher(): Promise<{ sid: string; pictures: Pictures }> {
  let pictures: Pictures | undefined;
  const client = await enter("publisher", (packet) => {
    const asked = isRtcp(packet) && parseRtcp(packet)?.some(({ type }) => type === "pli" || type === "fir");
    if (asked) pictures?.askKey();
  });
  const size = { width: 1_280, height: 720 };
  const layers = [new VideoLayer({ quality: VideoQuality.HIGH, ...size, bitrate: kbps * 1_000 })];
  const sid = await client.publish("video", { name: "camera", source: TrackSource.CAMERA, ...size, layers });
  const [section] = client.sending.values();
  const ssrc = client.published.get(sid);
  const codec = section?.codecs.find(({ name }) => name.toUpperCase() === "VP8");
  if (section === undefined || ssrc === undefined || codec === undefined) throw new Error("the server takes no VP8");
  const { transportSequence, mid } = extensionIds(section.extensions);
  const ids = { ...extensionIds([]), transportSequence, mid };
  const template = new PacketTemplate({ ssrc, payloadType: codec.payloadType, ids, mid: section.mid });
  let bytes = 0;
  const made = new Pictures(template, kbps, (packet) => {
    bytes += packet.length - template.headerBytes;
    counts[client.sendPacket(packet) ? "sent" : "refused"] += 1;
  });
  pictures = made;
  setInterval(() => {
    const ntp = ntpFromUnixMs(Date.now());
    const rtpTimestamp = made.timestamp;
    client.sendPacket(
      serializeSenderReport({ ssrc, ntp, rtpTimestamp, packetCount: counts.sent, octetCount: bytes, reports: [] }),
    );
  }, REPORT_MS);
  return { sid, pictures: made };
}

const subscribers: Subscriber[] = [];

async function subscribe(sid: string, identity: string): Promise<void> {
  let subscriber: Subscriber | undefined;
  const client = await enter(identity, (packet) => subscriber?.receive(packet));
  await client.until(() => client.receiving.has(sid));
  const section = client.receiving.get(sid);
  if (section === undefined) throw new Error(`${identity} is not sent ${sid}`);
  subscriber = new Subscriber(client, section);
  subscribers.push(subscriber);
}

const publisher = openPublisher();

async function join(count: number): Promise<void> {
  const { sid } = await publisher;
  for (let left = count; left > 0; left -= TOGETHER) {
    const names = Array.from({ length: Math.min(TOGETHER, left) }, (_, i) => `guest ${subscribers.length + i}`);
    await Promise.all(names.map((name) => subscribe(sid, name)));
  }
  tell({ type: "joined", feedback: subscribers[0]?.feedback ?? "none" });
}

async function onMessage(message: ToGuests): Promise<void> {
  const { pictures } = await publisher;
  switch (message.type) {
    case "join":
      return join(message.subscribers);
    case "publish":
      return pictures.start(message.gapMs);
    case "pause":
      return pictures.stop();
    case "count":
      return tell({ type: "counts", ...counts, pauses: pauses() } satisfies GuestCounts);
    default:
      return message satisfies never;
  }
}

process.on("message", (message: ToGuests) => {
  onMessage(message).catch((error: unknown) => fail(String(error)));
});

setInterval(() => {
  for (const one of subscribers) one.sendFeedback();
}, FEEDBACK_MS);
setInterval(() => {
  for (const one of subscribers) one.sendReport(performance.now());
}, REPORT_MS);

setInterval(() => {
  for (const client of clients) client.send({ case: "pingReq", value: new Ping({ timestamp: BigInt(Date.now()) }) });
}, PING_MS);

// The parent is done, or gone.
process.on("disconnect", () => process.exit());
