/** A client of ours that speaks LiveKit's signalling to an SFU over real sockets and pipes. For tests. */
import {
  AddTrackRequest,
  DataPacket,
  DataPacket_Kind as Kind,
  LeaveRequest,
  SessionDescription as DescriptionMessage,
  SignalRequest,
  SignalResponse,
  SignalTarget,
  TrackType,
  TrickleRequest,
} from "@livekit/protocol";
import type { VideoGrant } from "livekit-server-sdk";
import type { WebSocket } from "ws";
import type { PipeChannel } from "../../pipe/channel.ts";
import { TestPeer } from "../../pipe/testing/peer.ts";
import { answer } from "../../sdp/answer.ts";
import type { Transport } from "../../sdp/model.ts";
import { offer, readAnswer } from "../../sdp/offer.ts";
import { parseSdp } from "../../sdp/parse.ts";
import { serializeSdp } from "../../sdp/serialize.ts";
import type { AgreedMedia, Agreement, OfferedData, OfferedMedia } from "../../sdp/wants.ts";
import type { SignalMessage } from "../signal/outgoing.ts";
import type { SignalRequestMessage } from "../signal/signal-socket.ts";
import { joinUrl, openSocket, type SfuAddress, tokenFor } from "./door.ts";
import { loudPacket, rtpPacket } from "./packets.ts";
import { DATA_SECTION, mediaSection, wantAll } from "./sections.ts";

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
  /** Gets what `packets` would keep. */
  onPacket?: (packet: Uint8Array) => void;
  /** Goes there by UDP instead of to the SFU's own port, and keeps its candidates to itself; v1 only. */
  udpPort?: number;
}>;

let nextSsrc = 1_000;

/** Sends what was asked of it, keeps what it was told. In v1 one pipe for both directions, in v0 one for each. */
export class TestClient {
  readonly identity: string;
  readonly messages: SignalMessage[] = [];
  readonly published = new Map<string, number>();
  /** What it gets, by the sid in the section's msid. */
  readonly receiving = new Map<string, AgreedMedia>();
  /** What it may send, by the id of its own track. */
  readonly sending = new Map<string, AgreedMedia>();
  readonly data: Array<readonly [Kind, DataPacket]> = [];
  /** RTP and RTCP that it received. */
  readonly packets: Uint8Array[] = [];
  closeCode: number | undefined;
  readonly #version: "v0" | "v1";
  readonly #fingerprint: string | undefined;
  readonly #onPacket: (packet: Uint8Array) => void;
  readonly #udpPort: number | undefined;
  readonly #socket: WebSocket;
  readonly #publisher: TestPeer;
  readonly #subscriber: TestPeer;
  readonly #sections: (OfferedMedia | OfferedData)[] = [DATA_SECTION];
  readonly #channels: Array<readonly [SignalTarget, PipeChannel]> = [];
  #transport: Transport | undefined;
  #subscriberTransport: Transport | undefined;
  #offerId = 0;
  #answered = 0;
  #completed = false;
  #subscriberVersion = 0;
  #waiting: Array<() => void> = [];

  private constructor(identity: string, options: TestClientOptions, socket: WebSocket) {
    const { version = "v1", fingerprint, onPacket, udpPort } = options;
    this.identity = identity;
    this.#version = version;
    this.#fingerprint = fingerprint;
    this.#onPacket = onPacket ?? ((packet) => this.#told(() => this.packets.push(packet)));
    this.#udpPort = udpPort;
    this.#socket = socket;
    this.#publisher = this.#peer(`${identity} publisher`, SignalTarget.PUBLISHER);
    this.#subscriber =
      version === "v1" ? this.#publisher : this.#peer(`${identity} subscriber`, SignalTarget.SUBSCRIBER);
  }

  /** Opens the socket and waits for `join`. @throws {Error} the socket was refused; the message has status and body */
  static async join(
    sfu: SfuAddress,
    identity: string,
    room: string,
    options: TestClientOptions = {},
  ): Promise<TestClient> {
    const { version = "v1", autoSubscribe = true, grant, slots = 1 } = options;
    const token = options.token ?? (await tokenFor(identity, room, grant));
    const socket = await openSocket(joinUrl(sfu, token, version, autoSubscribe));
    const client = new TestClient(identity, options, socket);
    client.#listen();
    await client.next("join");
    for (let index = 0; version === "v1" && index < slots; index++) {
      client.#receiveIn("audio");
      client.#receiveIn("video");
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
    const sid = track?.sid ?? "";
    this.published.set(sid, this.#sendIn(kind, cid));
    await this.renegotiate();
    return sid;
  }

  /** Offers a section that sends a track of this id, whether it was announced or not, and waits for the answer. */
  async offerUnannounced(kind: "audio" | "video", cid: string): Promise<void> {
    this.#sendIn(kind, cid);
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
    return this.#publisher.pipe.send(rtpPacket(this.published.get(sid) ?? 0, sequence, payload, payloadType));
  }

  /** One RTP or RTCP packet, or what claims to be one, as it is, on the connection that it publishes with. False: dropped. */
  sendPacket(packet: Uint8Array): boolean {
    return this.#publisher.pipe.send(packet);
  }

  /** One packet of a loud voice. */
  sendLoud(sid: string, sequence: number): boolean {
    return this.#publisher.pipe.send(loudPacket(this.published.get(sid) ?? 0, sequence));
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

  #receiveIn(kind: "audio" | "video"): void {
    this.#sections.push(mediaSection(kind, String(this.#sections.length)));
  }

  /** @returns the SSRC that it is sent with */
  #sendIn(kind: "audio" | "video", cid: string): number {
    const ssrc = (nextSsrc += 10);
    this.#sections.push(mediaSection(kind, String(this.#sections.length), { cid, cname: this.identity, ssrc }));
    return ssrc;
  }

  #peer(name: string, target: SignalTarget): TestPeer {
    return new TestPeer(
      name,
      {},
      {
        onPacket: this.#onPacket,
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
      for (let index = 0; index < message.value.numAudios; index++) this.#receiveIn("audio");
      for (let index = 0; index < message.value.numVideos; index++) this.#receiveIn("video");
      this.offer();
    }
    this.#told(() => this.messages.push(message));
  }

  #onAnswer({ sdp, id }: DescriptionMessage): void {
    const description = parseSdp(sdp);
    if (!this.#completed) this.#publisher.pipe.complete(description);
    this.#completed = true;
    const agreement = readAnswer(this.#sections.slice(0, description.sections.length), description);
    for (const section of agreement.media)
      if (section.sender !== undefined) this.sending.set(section.sender.msid.track, section);
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

function toPort(candidate: string, port: number): string {
  return candidate.split(" ").with(5, String(port)).join(" ");
}
