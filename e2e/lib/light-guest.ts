/** A guest without a browser: it speaks the protocol, publishes what FFmpeg encodes, and follows everything that it is sent. */
import { Ping, SimulcastCodec, TrackSource, UpdateTrackSettings } from "@livekit/protocol";
import { extensionIds, NO_EXTENSIONS, readTransportSequence } from "@rostrum/rtc/rtp/extensions";
import { isRtcp, RtpView } from "@rostrum/rtc/rtp/packet";
import { PacketTemplate } from "@rostrum/rtc/rtp/packet-template";
import { TransportArrivals } from "@rostrum/rtc/rtp/transport-arrivals";
import { TestClient } from "@rostrum/rtc/sfu/testing/client";
import type { CameraWishes, Source } from "./guest-page.ts";
import type { Rooms } from "./rooms.ts";
import type { RtpCodec, RtpSource } from "./rtp-source.ts";

const FEEDBACK_MS = 100;
const PING_MS = 5_000;
/** How large it says to show each picture: it asks for the lowest layer. */
const SHOWN = { width: 160, height: 90 };
const SOURCES: Partial<Record<TrackSource, Source>> = {
  [TrackSource.CAMERA]: "camera",
  [TrackSource.MICROPHONE]: "microphone",
  [TrackSource.SCREEN_SHARE]: "screen_share",
};

/** One track as it arrives. */
type Arriving = { progress: number; lastMs: number; longestGapMs: number };

export class LightGuest {
  readonly identity: string;
  readonly sources = new Set<Source>(["camera", "microphone"]);
  readonly #client: TestClient;
  readonly #arriving: Map<string, Arriving>;
  readonly #endings: Array<() => unknown>;

  private constructor(client: TestClient, arriving: Map<string, Arriving>, endings: Array<() => unknown>) {
    this.identity = client.identity;
    this.#client = client;
    this.#arriving = arriving;
    this.#endings = endings;
  }

  /** Joins, and publishes camera and microphone. @throws {Error} it may not join */
  static async join(
    rooms: Rooms,
    room: string,
    identity: string,
    { source, codec }: Readonly<{ source: RtpSource; codec: CameraWishes["codec"] }>,
  ): Promise<LightGuest> {
    const arriving = new Map<string, Arriving>();
    const arrivals = new TransportArrivals();
    const view = new RtpView();
    const onPacket = (packet: Uint8Array): void => {
      if (isRtcp(packet) || !view.parse(packet)) return;
      const nowMs = performance.now();
      // One id for all sections of a connection.
      const [any] = client.receiving.values();
      const sequence = readTransportSequence(view, extensionIds(any?.extensions ?? []).transportSequence);
      if (sequence >= 0) arrivals.received(sequence, nowMs);
      const sid = sidOf(client, view.ssrc);
      const section = client.receiving.get(sid);
      // What is sent again, or pads, comes by another payload type.
      const isMedia = section?.codecs.some(({ payloadType }) => payloadType === view.payloadType) === true;
      // A picture is here when its last packet is.
      if (!isMedia || view.payloadBytes === 0 || (section.kind === "video" && !view.marker)) return;
      const track = arriving.get(sid) ?? { progress: 0, lastMs: nowMs, longestGapMs: 0 };
      arriving.set(sid, track);
      track.progress += 1;
      track.longestGapMs = Math.max(track.longestGapMs, nowMs - track.lastMs);
      track.lastMs = nowMs;
    };
    const address = { ports: { http: Number(new URL(rooms.url).port) } };
    const token = await rooms.token(identity, room);
    const client = await TestClient.join(address, identity, room, { token, onPacket });
    const endings: Array<() => unknown> = [() => client.close()];
    const guest = new LightGuest(client, arriving, endings);
    const feedback = setInterval(() => {
      for (const packet of arrivals.takeFeedback(1, 0)) client.sendPacket(packet);
    }, FEEDBACK_MS);
    const pings = setInterval(() => {
      client.send({ case: "pingReq", value: new Ping({ timestamp: BigInt(Date.now()) }) });
    }, PING_MS);
    endings.push(
      () => clearInterval(feedback),
      () => clearInterval(pings),
    );
    let sent = 0;
    const send = (template: PacketTemplate, packet: RtpView): void => {
      const bytes = template.forward(packet, NO_EXTENSIONS, packet.sequence, packet.timestamp);
      template.stampTransportSequence(bytes, sent++);
      client.sendPacket(bytes);
    };
    try {
      await client.connect();
      const microphone = await publish(client, TrackSource.MICROPHONE, "opus");
      const picture = codec === "vp8" ? "VP8" : "H264";
      const camera = await publish(client, TrackSource.CAMERA, picture);
      endings.unshift(
        source.listen("opus", (packet) => send(microphone, packet)),
        source.listen(picture, (packet) => send(camera, packet)),
      );
    } catch (error) {
      guest.close();
      throw error;
    }
    return guest;
  }

  /** What `Guest.seen` tells, of what can be told without decoding: progress are ends of pictures, or packets of sound. */
  async seen() {
    this.#wish();
    const seen = [];
    for (const { sid, source, identity } of this.#known()) {
      const track = this.#arriving.get(sid) ?? { progress: 0, lastMs: performance.now(), longestGapMs: 0 };
      const longestGapMs = Math.max(track.longestGapMs, performance.now() - track.lastMs);
      seen.push({ identity, source, sid, progress: track.progress, longestGapMs });
    }
    return seen;
  }

  async forgetGaps(): Promise<void> {
    for (const track of this.#arriving.values()) Object.assign(track, { lastMs: performance.now(), longestGapMs: 0 });
  }

  close(): void {
    for (const end of this.#endings) end();
  }

  /** Everybody else's tracks. */
  *#known(): Iterable<Readonly<{ sid: string; source: Source; identity: string }>> {
    const people = new Map<string, { sid: string; source: Source; identity: string }[]>();
    for (const { case: kind, value } of this.#client.messages) {
      const told = kind === "join" ? value.otherParticipants : kind === "update" ? value.participants : [];
      for (const { identity, tracks } of told) {
        const known = tracks.flatMap(({ sid, source }) => {
          const name = SOURCES[source];
          return name === undefined ? [] : [{ sid, source: name, identity }];
        });
        if (identity !== this.identity) people.set(identity, known);
      }
    }
    for (const tracks of people.values()) yield* tracks;
  }

  #wish(): void {
    const trackSids = [...this.#known()].flatMap(({ sid, source }) => (source === "camera" ? [sid] : []));
    this.#client.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids, ...SHOWN }) });
  }
}

/** The track that comes by this source; "" when none does. */
function sidOf({ receiving }: TestClient, ssrc: number): string {
  for (const [sid, { remote }] of receiving) if (remote.sources.some((one) => one.ssrc === ssrc)) return sid;
  return "";
}

/** @returns how its packets are written */
async function publish(client: TestClient, source: TrackSource, name: RtpCodec): Promise<PacketTemplate> {
  const kind = source === TrackSource.MICROPHONE ? "audio" : "video";
  const simulcastCodecs = kind === "audio" ? [] : [new SimulcastCodec({ codec: name.toLowerCase() })];
  const sid = await client.publish(kind, { source, simulcastCodecs, width: 320, height: 180 });
  const ssrc = client.published.get(sid) ?? 0;
  const section = [...client.sending.values()].find(({ sender }) => sender?.ssrc === ssrc);
  const codec = section?.codecs.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (section === undefined || codec === undefined) throw new Error(`the server takes no ${name}`);
  const { transportSequence, mid } = extensionIds(section.extensions);
  const ids = { ...NO_EXTENSIONS, transportSequence, mid };
  return new PacketTemplate({ ssrc, payloadType: codec.payloadType, ids, mid: section.mid });
}
