/** An SFU on the loopback, and clients of ours that speak LiveKit's signalling to it over real sockets and pipes. For tests. */
import { gzipSync } from "node:zlib";
import {
  AddTrackRequest,
  ClientInfo_SDK,
  DataPacket,
  DataPacket_Kind as Kind,
  JoinRequest,
  LeaveRequest,
  SessionDescription as DescriptionMessage,
  SignalRequest,
  SignalResponse,
  SignalTarget,
  TrackType,
  TrickleRequest,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression as Compression,
} from "@livekit/protocol";
import { AccessToken, type VideoGrant } from "livekit-server-sdk";
import { WebSocket } from "ws";
import type { PipeChannel } from "../pipe/channel.ts";
import { TestPeer } from "../pipe/testing.ts";
import { answer } from "../sdp/answer.ts";
import { H264, OPUS, VP8 } from "../sdp/codecs.ts";
import { EXTENSION } from "../sdp/extensions.ts";
import { isMedia, type SessionDescription, type Transport } from "../sdp/model.ts";
import { assignPayloadTypes, offer, readAnswer } from "../sdp/offer.ts";
import { parseSdp } from "../sdp/parse.ts";
import { serializeSdp } from "../sdp/serialize.ts";
import type { AgreedMedia, Agreement, OfferedData, OfferedMedia, SectionWant } from "../sdp/wants.ts";
import { readConfig, type SfuConfig } from "./config.ts";
import { SILENT } from "./log.ts";
import { type Sfu, startSfu } from "./sfu.ts";
import type { SignalMessage } from "./signal/outgoing.ts";
import type { SignalRequestMessage } from "./signal/signal-socket.ts";

export const KEY = "devkey";
export const SECRET = "a secret of thirty-two characters";

/** Starts an SFU on free ports of the loopback. */
export async function startTestSfu(change: Partial<SfuConfig> = {}): Promise<Sfu> {
  const config = readConfig({
    LIVEKIT_API_KEY: KEY,
    LIVEKIT_API_SECRET: SECRET,
    RTC_BIND_ADDRESS: "127.0.0.1",
    RTC_UDP_PORT: "0",
  });
  return startSfu({ ...config, ...change }, SILENT);
}

/** Signed by livekit-server-sdk, for joining `room` as `identity` unless the grant says otherwise. */
export function tokenFor(identity: string, room: string, grant: VideoGrant = {}, name = ""): Promise<string> {
  const token = new AccessToken(KEY, SECRET, { identity, ttl: 600, ...(name === "" ? {} : { name }) });
  token.addGrant({ roomJoin: true, room, ...grant });
  return token.toJwt();
}

type Values = { [M in SignalMessage as NonNullable<M["case"]>]: NonNullable<M["value"]> };

export type TestClientOptions = Readonly<{
  version?: "v0" | "v1";
  autoSubscribe?: boolean;
  /** Instead of one made for identity and room. */
  token?: string;
  grant?: VideoGrant;
  /** Sections to receive that the first offer has, of each kind; v1 only. Default 1. */
  slots?: number;
  /** Names this in its descriptions instead of its certificate's, in hex with colons. */
  fingerprint?: string;
  /** Goes there by UDP instead of to the SFU's own port, and keeps its candidates to itself; v1 only. */
  udpPort?: number;
}>;

const TYPES = assignPayloadTypes([OPUS], [VP8, { ...H264, h264Profiles: ["constrained-baseline"] }]);
const EXTENSIONS = [EXTENSION.mid, EXTENSION.audioLevel, EXTENSION.transportCc].map((uri, index) => ({
  id: index + 1,
  uri,
}));
const MAX_MESSAGE_BYTES = 65_536;
let nextSsrc = 1_000;

/** Sends what was asked of it, keeps what it was told. In v1 one pipe for both directions, in v0 one for each. */
export class TestClient {
  readonly identity: string;
  readonly messages: SignalMessage[] = [];
  readonly published = new Map<string, number>();
  /** What it gets, by the sid in the section's msid. */
  readonly receiving = new Map<string, AgreedMedia>();
  readonly data: Array<readonly [Kind, DataPacket]> = [];
  /** RTP that it received. */
  readonly packets: Uint8Array[] = [];
  closeCode: number | undefined;
  readonly #version: "v0" | "v1";
  readonly #fingerprint: string | undefined;
  readonly #udpPort: number | undefined;
  readonly #socket: WebSocket;
  readonly #publisher: TestPeer;
  readonly #subscriber: TestPeer;
  readonly #sections: (OfferedMedia | OfferedData)[] = [
    { kind: "application", mid: "0", maxMessageSizeBytes: MAX_MESSAGE_BYTES },
  ];
  readonly #channels: Array<readonly [SignalTarget, PipeChannel]> = [];
  #transport: Transport | undefined;
  #subscriberTransport: Transport | undefined;
  #offerId = 0;
  #answered = 0;
  #completed = false;
  #subscriberVersion = 0;
  #waiting: Array<() => void> = [];

  private constructor(identity: string, socket: WebSocket, options: TestClientOptions) {
    const { version = "v1", fingerprint, udpPort } = options;
    this.identity = identity;
    this.#version = version;
    this.#fingerprint = fingerprint;
    this.#udpPort = udpPort;
    this.#socket = socket;
    this.#publisher = this.#peer(`${identity} publisher`, SignalTarget.PUBLISHER);
    this.#subscriber =
      version === "v1" ? this.#publisher : this.#peer(`${identity} subscriber`, SignalTarget.SUBSCRIBER);
  }

  /** Opens the socket and waits for `join`. @throws {Error} the socket was refused; the message has status and body */
  static async join(sfu: Sfu, identity: string, room: string, options: TestClientOptions = {}): Promise<TestClient> {
    const { version = "v1", autoSubscribe = true, grant, slots = 1 } = options;
    const token = options.token ?? (await tokenFor(identity, room, grant));
    const socket = await openSocket(joinUrl(sfu, token, version, autoSubscribe));
    const client = new TestClient(identity, socket, options);
    client.#listen();
    await client.next("join");
    for (let index = 0; version === "v1" && index < slots; index++) {
      client.#addSection("audio", "recvonly");
      client.#addSection("video", "recvonly");
    }
    return client;
  }

  /** The sid that the server gave it. */
  get sid(): string {
    const joined = this.messages.find((message) => message.case === "join");
    return joined?.case === "join" ? (joined.value.participant?.sid ?? "") : "";
  }

  send(message: SignalRequestMessage): void {
    this.#socket.send(new SignalRequest({ message }).toBinary());
  }

  /** Bytes as they are. */
  sendRaw(bytes: Uint8Array | string): void {
    this.#socket.send(bytes);
  }

  /** The first message of this kind, also one that came already, for which `fits` holds. */
  async next<C extends keyof Values>(kind: C, fits: (value: Values[C]) => boolean = () => true): Promise<Values[C]> {
    let found: Values[C][] = [];
    await this.until(() => {
      const values = this.messages.flatMap((message) => (message.case === kind ? [message.value as Values[C]] : []));
      found = values.filter(fits);
      return found.length > 0;
    });
    return found[0] as Values[C];
  }

  /** Resolves as soon as something that happened makes `condition` true. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (condition()) resolve();
        else this.#waiting.push(check);
      };
      check();
    });
  }

  /** Offers what there is, and waits until the connection on which it gets things is up. */
  async connect(): Promise<this> {
    this.offer();
    await this.#subscriber.connected;
    return this;
  }

  /** Makes an offer of all sections of the publishing connection. */
  offer(): void {
    this.#transport ??= this.#claiming(
      this.#publisher.pipe.offer([{ label: "_reliable" }, { label: "_lossy", ordered: false, maxRetransmits: 0 }]),
    );
    this.#offerId += 1;
    const sdp = serializeSdp(
      offer({ transport: this.#transport, sessionId: "7", sessionVersion: this.#offerId, sections: this.#sections }),
    );
    this.send({ case: "offer", value: new DescriptionMessage({ type: "offer", sdp, id: this.#offerId }) });
  }

  /** Offers with credentials of another transport, as a browser does that lost its way. */
  restartIce(): void {
    if (this.#transport === undefined) throw new Error("not connected yet");
    this.#transport = { ...this.#transport, iceUfrag: "other", icePwd: "anotherpasswordofice1234" };
    this.offer();
  }

  /** Announces a track and offers a section for it. @returns its sid, when the answer is there */
  async publish(kind: "audio" | "video", request: Partial<AddTrackRequest> = {}): Promise<string> {
    const cid = `${this.identity}-${kind}-${this.#sections.length}`;
    const type = kind === "audio" ? TrackType.AUDIO : TrackType.VIDEO;
    this.send({ case: "addTrack", value: new AddTrackRequest({ cid, type, ...request }) });
    const { track } = await this.next("trackPublished", (value) => value.cid === cid);
    const ssrc = (nextSsrc += 10);
    this.#addSection(kind, "sendonly", cid, ssrc);
    const sid = track?.sid ?? "";
    this.published.set(sid, ssrc);
    await this.renegotiate();
    return sid;
  }

  /** Offers a section that sends a track of this id, whether it was announced or not, and waits for the answer. */
  async offerUnannounced(kind: "audio" | "video", cid: string): Promise<void> {
    this.#addSection(kind, "sendonly", cid, (nextSsrc += 10));
    await this.renegotiate();
  }

  /** The section of a track is offered inactive from now on. */
  async unpublish(sid: string): Promise<void> {
    const ssrc = this.published.get(sid);
    for (const [index, section] of this.#sections.entries()) {
      if (section.kind === "application" || section.sender?.ssrc !== ssrc) continue;
      const { sender: _, ...rest } = section;
      this.#sections[index] = { ...rest, direction: "inactive" };
    }
    await this.renegotiate();
  }

  /** Offers, and waits for the answer. */
  async renegotiate(): Promise<void> {
    this.offer();
    const id = this.#offerId;
    await this.until(() => this.#answered >= id);
  }

  /** The mid in which a track of others comes. */
  midOf(sid: string): string | undefined {
    return this.receiving.get(sid)?.mid;
  }

  /** One packet of a published track. */
  sendRtp(sid: string, sequence: number, payload: Uint8Array, payloadType = 96): boolean {
    const packet = new Uint8Array(12 + payload.length);
    const view = new DataView(packet.buffer);
    packet.set([0x80, payloadType, sequence >> 8, sequence & 0xff]);
    view.setUint32(4, sequence * 960);
    view.setUint32(8, this.published.get(sid) ?? 0);
    packet.set(payload, 12);
    return this.#publisher.pipe.send(packet);
  }

  /** One packet of a loud voice: its header says −10 dBov (RFC 6464), under the id that this client offered. */
  sendLoud(sid: string, sequence: number): boolean {
    const packet = Uint8Array.of(
      0x90,
      96,
      sequence >> 8,
      sequence & 0xff,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0xbe,
      0xde,
      0,
      1,
      0x20,
      0x80 | 10,
      0,
      0,
      1,
    );
    const view = new DataView(packet.buffer);
    view.setUint32(4, sequence * 960);
    view.setUint32(8, this.published.get(sid) ?? 0);
    return this.#publisher.pipe.send(packet);
  }

  /** RTP or RTCP, or what claims to be. */
  sendBytes(packet: Uint8Array): boolean {
    return this.#publisher.pipe.send(packet);
  }

  sendData(kind: Kind, packet: DataPacket): boolean {
    return this.sendDataBytes(kind, packet.toBinary());
  }

  sendDataBytes(kind: Kind, bytes: Uint8Array | string): boolean {
    const label = kind === Kind.RELIABLE ? "_reliable" : "_lossy";
    const entry = this.#channels.find(
      ([target, channel]) => target === SignalTarget.PUBLISHER && channel.label === label,
    );
    return entry?.[1].send(bytes) ?? false;
  }

  /** Resolves when the data channels of all its connections are open. */
  async dataOpen(): Promise<void> {
    await this.until(() => this.#channels.length === (this.#version === "v1" ? 2 : 4));
  }

  /** Leaves in the way of a client that means it. */
  async leave(): Promise<void> {
    this.send({ case: "leave", value: new LeaveRequest() });
    await this.until(() => this.closeCode !== undefined);
    this.close();
  }

  /** Reads nothing any more, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** As when the network fails. */
  drop(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#socket.terminate();
    this.#publisher.pipe.close();
    this.#subscriber.pipe.close();
  }

  #claiming(transport: Transport): Transport {
    const value = this.#fingerprint;
    return value === undefined ? transport : { ...transport, fingerprint: { ...transport.fingerprint, value } };
  }

  #addSection(kind: "audio" | "video", direction: "recvonly" | "sendonly", cid?: string, ssrc = 0): void {
    this.#sections.push({
      kind,
      mid: String(this.#sections.length),
      direction,
      codecs: TYPES[kind],
      extensions: EXTENSIONS,
      ...(cid === undefined ? {} : { sender: { msid: { stream: "-", track: cid }, cname: this.identity, ssrc } }),
    });
  }

  #peer(name: string, target: SignalTarget): TestPeer {
    return new TestPeer(
      name,
      {},
      {
        onPacket: (packet) => this.#told(() => this.packets.push(packet)),
        onCandidate: (candidate) => {
          if (candidate === undefined || this.#udpPort !== undefined) return;
          const candidateInit = JSON.stringify({ candidate, sdpMid: "0", sdpMLineIndex: 0 });
          this.send({ case: "trickle", value: new TrickleRequest({ candidateInit, target }) });
        },
        onChannel: (channel) => {
          this.#told(() => this.#channels.push([target, channel]));
          const kind = channel.label === "_reliable" ? Kind.RELIABLE : Kind.LOSSY;
          return {
            onMessage: (message) =>
              this.#told(() => this.data.push([kind, DataPacket.fromBinary(message as Uint8Array)])),
          };
        },
      },
    );
  }

  #listen(): void {
    this.#socket.on("message", (bytes: Buffer) => this.#on(SignalResponse.fromBinary(bytes).message));
    this.#socket.on("close", (code) => this.#told(() => (this.closeCode = code)));
    this.#socket.on("error", () => undefined);
    this.#socket.resume();
  }

  #on(message: SignalMessage): void {
    if (message.case === "answer") this.#onAnswer(message.value);
    if (message.case === "offer") this.#onOffer(message.value);
    if (message.case === "trickle") {
      const { candidate } = JSON.parse(message.value.candidateInit) as { candidate: string };
      (message.value.target === SignalTarget.SUBSCRIBER ? this.#subscriber : this.#publisher).pipe.addCandidate(
        this.#udpPort === undefined ? candidate : toPort(candidate, this.#udpPort),
      );
    }
    if (message.case === "mediaSectionsRequirement") {
      for (let index = 0; index < message.value.numAudios; index++) this.#addSection("audio", "recvonly");
      for (let index = 0; index < message.value.numVideos; index++) this.#addSection("video", "recvonly");
      this.offer();
    }
    this.#told(() => this.messages.push(message));
  }

  #onAnswer({ sdp, id }: DescriptionMessage): void {
    const description = parseSdp(sdp);
    if (!this.#completed) this.#publisher.pipe.complete(description);
    this.#completed = true;
    const agreement = readAnswer(this.#sections.slice(0, description.sections.length), description);
    if (this.#version === "v1") this.#receive(agreement);
    this.#told(() => (this.#answered = id));
  }

  /** v0: the server offers what the client gets. */
  #onOffer({ sdp, id }: DescriptionMessage): void {
    const description = parseSdp(sdp);
    this.#subscriberTransport ??= this.#claiming(this.#subscriber.pipe.accept(description));
    const answered = answer(description, {
      transport: this.#subscriberTransport,
      sessionId: "8",
      sessionVersion: (this.#subscriberVersion += 1),
      sections: description.sections.map(wantAll),
    });
    this.#receive(answered.agreement);
    this.send({
      case: "answer",
      value: new DescriptionMessage({ type: "answer", sdp: serializeSdp(answered.description), id }),
    });
  }

  #receive({ media }: Agreement): void {
    this.receiving.clear();
    for (const section of media) {
      const sid = section.remote.msids[0]?.track;
      if (section.direction === "recvonly" && sid !== undefined) this.receiving.set(sid, section);
    }
    this.#told(() => undefined);
  }

  #told(record: () => unknown): void {
    record();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const check of waiting) check();
  }
}

/** Where a client of `version` opens its socket. */
export function joinUrl(
  sfu: Sfu,
  token: string,
  version: "v0" | "v1" = "v1",
  autoSubscribe = true,
  reconnect = false,
): URL {
  const url = new URL(`ws://127.0.0.1:${sfu.ports.http}${version === "v1" ? "/rtc/v1" : "/rtc"}`);
  url.searchParams.set("access_token", token);
  if (version === "v0") {
    url.searchParams.set("auto_subscribe", autoSubscribe ? "1" : "0");
    if (reconnect) url.searchParams.set("reconnect", "1");
    return url;
  }
  const request = new JoinRequest({
    clientInfo: { sdk: ClientInfo_SDK.JS, protocol: 16, version: "2.23.0" },
    connectionSettings: { autoSubscribe },
    reconnect,
  });
  const wrapped = new WrappedJoinRequest({ compression: Compression.GZIP, joinRequest: gzipSync(request.toBinary()) });
  // With its padding: LiveKit's own server wants it.
  const text = Buffer.from(wrapped.toBinary()).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  url.searchParams.set("join_request", text);
  return url;
}

/** Paused, so that no message comes before it is listened to: `resume` it. @throws {Error} refused: `status body` */
export function openSocket(url: URL): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once("open", () => {
      socket.pause();
      resolve(socket);
    });
    socket.once("error", reject);
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (part) => (body += String(part)));
      response.on("end", () => reject(new Error(`${response.statusCode} ${body}`)));
    });
  });
}

function toPort(candidate: string, port: number): string {
  return candidate.split(" ").with(5, String(port)).join(" ");
}

function wantAll(section: SessionDescription["sections"][number]): SectionWant {
  if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: MAX_MESSAGE_BYTES };
  if (!isMedia(section)) return { kind: "reject" };
  const codecs = section.kind === "audio" ? [OPUS] : [VP8, H264];
  const extensions = EXTENSIONS.map(({ uri }) => uri);
  return { kind: "media", direction: "recvonly", codecs, severalCodecs: true, extensions };
}
