/** One peer connection as a raw pipe: ICE, DTLS, SRTP and SCTP by the library, nothing of media. RTP goes in and comes out as it is. */
import { PeerConnection, Video, type Track } from "node-datachannel";
import { CandidateGate } from "./pipe/candidate-gate.ts";
import { PipeChannels } from "./pipe/channels.ts";
import { fakeRemote, FAKE_MIDS, FAKE_PAYLOAD_TYPE, hasOpenData, nativeConfig, type FakeMids } from "./pipe/native.ts";
import type { ChannelInit, PipeClose, PipeHandlers, PipeOptions, PipeState, PipeStats } from "./pipe/options.ts";
import type { SessionDescription, Transport } from "./sdp/model.ts";
import { parseSdp } from "./sdp/parse.ts";

const CONNECT_TIMEOUT_MS = 15_000;
/** Longer than the library's threads take to let go of a connection that was closed. */
const RELEASE_MS = 2_000;
/** States after which the library closes a connection by itself. */
const ENDING = ["disconnected", "failed", "closed"];

/**
 * A connection to one peer. Answering: `accept` its offer. Offering: `offer`, then `complete` with its answer. Either way `addCandidate`
 * what it trickles, and `close` in the end. All handlers run on the event loop.
 */
export class Pipe {
  /** That it ended, and why. Never rejects. */
  readonly closed: Promise<PipeClose>;
  readonly #pc: PeerConnection;
  readonly #handlers: PipeHandlers;
  readonly #timeoutMs: number;
  readonly #resolveClosed: (close: PipeClose) => void;
  readonly #gate: CandidateGate;
  readonly #channels: PipeChannels;
  #state: PipeState = "new";
  #isOfferer = false;
  #mids: FakeMids = FAKE_MIDS;
  #remote: Transport | undefined;
  #hasData = false;
  #track: Track | undefined;
  #timer: NodeJS.Timeout | undefined;
  #receivedPackets = 0;
  #sentPackets = 0;
  #droppedPackets = 0;

  /** @throws {Error} options that the library refuses */
  constructor(options: PipeOptions, handlers: PipeHandlers) {
    const { promise, resolve } = Promise.withResolvers<PipeClose>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#handlers = handlers;
    this.#timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#gate = new CandidateGate(options.publicAddresses ?? [], {
      give: (candidate) => this.#pc.addRemoteCandidate(candidate, this.#mids.media),
      tell: (candidate) => {
        if (this.#state !== "closed") this.#guarded(() => this.#handlers.onCandidate?.(candidate));
      },
    });
    this.#channels = new PipeChannels(options, {
      onChannel: (channel) => this.#handlers.onChannel?.(channel),
      onFault: (error) => this.#fault(error),
    });
    this.#pc = new PeerConnection(options.name, nativeConfig(options));
    this.#listen();
  }

  get state(): PipeState {
    return this.#state;
  }

  get stats(): PipeStats {
    return {
      receivedPackets: this.#receivedPackets,
      sentPackets: this.#sentPackets,
      droppedPackets: this.#droppedPackets,
      ignoredCandidates: this.#gate.ignored,
      droppedMessages: this.#channels.dropped,
    };
  }

  /**
   * Takes the peer's first offer and gives our side of the transport. Candidates follow by `onCandidate`, or all at once by `gathered`.
   * Later offers do not come here: as long as `sameTransport` holds nothing changes for the pipe. Data flows only when the first offer
   * has a data section.
   * @throws {Error} a second call, a call after `offer` or `close`, or an offer that the library refuses
   */
  accept(offer: SessionDescription): Transport {
    this.#begin();
    this.#hasData = hasOpenData(offer);
    this.#listenToPeer();
    this.#setRemote(offer, "offer");
    return withoutCandidates(this.#describe());
  }

  /**
   * Our side of the transport for an offer of ours. `complete` must follow.
   * @param channels to open; without any the connection carries no data
   * @throws {Error} a second call, or a call after `accept` or `close`
   */
  offer(channels: readonly ChannelInit[] = []): Transport {
    this.#begin();
    this.#isOfferer = true;
    this.#hasData = channels.length > 0;
    this.#listenToPeer();
    const video = new Video(FAKE_MIDS.media, "SendRecv");
    video.addVP8Codec(FAKE_PAYLOAD_TYPE);
    this.#bindTrack(this.#pc.addTrack(video));
    // The first channel makes the library describe itself, and fail by an exception where setLocalDescription would end the process.
    for (const { label, ordered = true, ...rest } of channels) {
      this.#channels.add(this.#pc.createDataChannel(label, { ...rest, unordered: !ordered }));
    }
    if (this.#pc.localDescription() === null) this.#pc.setLocalDescription("offer");
    const local = this.#describe();
    const data = local.sections.find(({ kind }) => kind === "application");
    this.#mids = { media: FAKE_MIDS.media, data: data?.mid ?? FAKE_MIDS.data };
    return withoutCandidates(local);
  }

  /**
   * Takes the peer's answer to `offer`. Only the first counts: later answers do not come here.
   * @throws {Error} called before `offer`, twice, after `close`, or with an answer that the library refuses
   */
  complete(answer: SessionDescription): void {
    if (!this.#isOfferer || this.#remote !== undefined) throw new Error("complete() takes one answer, after offer()");
    if (this.#state === "closed") throw new Error("the pipe is closed: complete() comes before that");
    if (this.#hasData && !hasOpenData(answer)) throw new Error("the answer refuses the data section that we need");
    this.#setRemote(answer, "answer");
  }

  /**
   * All local candidates, without `a=`; what there is when the pipe closes before. An offer of ours cannot carry them: a peer that has them
   * begins before its answer is applied here, and its certificate is then refused, because nothing was announced yet.
   * @throws {Error} called before `accept` or `complete`
   */
  async gathered(): Promise<readonly string[]> {
    if (this.#remote === undefined && this.#state !== "closed") {
      throw new Error("gathered() comes after accept() or complete()");
    }
    return this.#gate.gathered();
  }

  /** A candidate that the peer trickled, with or without `a=`. What cannot be used is counted and left. May come before the description. */
  addCandidate(candidate: string): void {
    this.#gate.addRemote(candidate);
  }

  /** One RTP packet or RTCP compound packet, unencrypted; copied before it returns. False: dropped, which is counted. */
  send(packet: Uint8Array): boolean {
    if (this.#state === "connected" && this.#track !== undefined) {
      try {
        // The library looks at the view, not at the class: no Buffer needs to be made around it.
        if (this.#track.sendMessageBinary(packet as Buffer)) {
          this.#sentPackets += 1;
          return true;
        }
      } catch {
        // The native side closed and the event is still on its way. Counted below.
      }
    }
    this.#droppedPackets += 1;
    return false;
  }

  /**
   * Ends the connection and frees all of it. Closing twice is harmless. Tell the peer by signalling: the library drops the connection so
   * fast that its own last words often stay behind, above all without data channels. Then the peer only notices that nobody answers.
   */
  close(): void {
    this.#end("local", "closed by us");
  }

  #listen(): void {
    const pc = this.#pc;
    // Each of these events has a queue of its own, through all of which node goes whenever anything happens: none is had for nothing.
    // Above all not onIceStateChange: close() frees it while a thread of the library is still telling that it closes, which ends the
    // process or spoils its memory (node-datachannel 0.33, one of some thousand connections; napi_call_threadsafe_function on the stack).
    pc.onStateChange((state) => this.#guarded(() => this.#nativeState(state)));
    pc.onLocalCandidate((candidate) => this.#gate.addLocal(candidate));
    pc.onGatheringStateChange((state) => {
      if (state !== "complete" || this.#state === "closed") return;
      this.#guarded(() => this.#gate.endLocal(this.#describe().transport.candidates));
    });
  }

  /** What only comes when the peer offers it, or where there is data. */
  #listenToPeer(): void {
    if (!this.#isOfferer) this.#pc.onTrack((track) => this.#guarded(() => this.#bindTrack(track)));
    if (this.#hasData) this.#pc.onDataChannel((channel) => this.#guarded(() => this.#channels.add(channel)));
  }

  #begin(): void {
    if (this.#state !== "new") throw new Error(`the pipe is ${this.#state}: accept() or offer() comes once, at first`);
    this.#timer = setTimeout(() => this.#end("timeout", `not connected within ${this.#timeoutMs} ms`), this.#timeoutMs);
    this.#setState("connecting");
  }

  #setRemote(description: SessionDescription, type: "offer" | "answer"): void {
    try {
      this.#pc.setRemoteDescription(fakeRemote(description, this.#hasData, this.#mids), type);
    } catch (error) {
      this.#end("error", `the library refused the ${type}: ${messageOf(error)}`);
      throw error;
    }
    this.#remote = description.transport;
    this.#gate.open(description.transport.candidates);
  }

  #describe(): SessionDescription {
    const description = this.#pc.localDescription();
    if (description === null) throw new Error("the library gave no local description");
    return parseSdp(description.sdp);
  }

  #bindTrack(track: Track): void {
    // Without this callback the library never lets go of the track, nor node of the process. Why it closed, `#nativeState` hears.
    track.onClosed(() => undefined);
    if (this.#state === "closed" || this.#track !== undefined) {
      track.close();
      return;
    }
    this.#track = track;
    track.onMessage((packet) => this.#packet(packet));
    track.onOpen(() => this.#guarded(() => this.#connected()));
    // It may have opened while the event that brought it was on its way.
    if (track.isOpen()) this.#connected();
  }

  #connected(): void {
    if (this.#state !== "connecting" || this.#remote === undefined) return;
    const { value } = this.#pc.remoteFingerprint();
    // The library has compared them already. This one line is what keeps strangers out should it ever not.
    if (value.toUpperCase() !== this.#remote.fingerprint.value) {
      this.#end("dtls", "the peer's certificate is not the one that its description announced");
      return;
    }
    clearTimeout(this.#timer);
    this.#setState("connected");
  }

  #packet(packet: Uint8Array): void {
    try {
      // Packets and the opening come by separate queues: the first packet may be earlier.
      if (this.#state === "connecting") this.#connected();
      if (this.state !== "connected") return;
      this.#receivedPackets += 1;
      this.#handlers.onPacket(packet);
    } catch (error) {
      this.#fault(error);
    }
  }

  #nativeState(state: string): void {
    if (this.#state === "closed") {
      // It waited for the data part.
      if (state === "connected") this.#pc.close();
    } else if (state === "failed") {
      if (this.#state === "connected") this.#end("lost", "the peer does not answer any more");
      // Without a path nothing is told before we give up ourselves: the library tries each pair for 39 s.
      else this.#end("dtls", "the DTLS or SCTP handshake failed");
    } else if (state === "disconnected") {
      if (["disconnected", "failed"].includes(this.#pc.iceState()))
        this.#end("lost", "the peer does not answer any more");
      else this.#end("remote", "the peer closed the connection");
    } else if (state === "closed") this.#end("remote", "the peer closed the connection");
  }

  #setState(state: PipeState): void {
    this.#state = state;
    this.#guarded(() => this.#handlers.onState?.(state));
  }

  /** Nothing may be thrown into the library: the process would end. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.#end("error", `a handler failed: ${messageOf(error)}`);
  }

  #end(reason: PipeClose["reason"], message: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#channels.end();
    this.#gate.close();
    if (this.#mayCloseNow()) this.#pc.close();
    setTimeout(() => this.#release(), RELEASE_MS);
    this.#resolveClosed({ reason, message });
    this.#guarded(() => this.#handlers.onState?.("closed"));
  }

  /**
   * Whether close() may be called now, or only when the library's threads are done. It waits for none of them:
   * - What the library gave up it closes on a thread of its own, and close() would free what a channel's event is told by just then.
   * - Closing while the SCTP association comes up empties its queue while another thread may be reading there that it is up, and the
   *   process ends by a double free (usrsctp 0.9 in node-datachannel 0.33; one of some thousand pairs, sctp_sorecvmsg on the stack).
   */
  #mayCloseNow(): boolean {
    const state = this.#pc.state();
    // The track opens when DTLS is there, and SCTP begins then.
    const isSctpComing = this.#hasData && state === "connecting" && this.#track?.isOpen() !== false;
    return !ENDING.includes(state) && !isSctpComing;
  }

  /** Closing frees what we are told things by: it comes when no thread of the library can be doing so any more. */
  #release(): void {
    this.#pc.close();
    this.#track?.close();
    this.#track = undefined;
    this.#channels.release();
  }
}

/** They go their own way, when it is time. */
function withoutCandidates({ transport }: SessionDescription): Transport {
  return { ...transport, candidates: [], endOfCandidates: false };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
