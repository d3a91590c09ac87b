/** One RTMP connection: a socket around the sans-I/O session, with deadlines, authorisation and one log line per transition. */
import type { Socket } from "node:net";
import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { type RefusalCode, RtmpServerSession, type ServerEvent } from "@rostrum/media/rtmp/server-session";
import { newId } from "../../../lib/ids.ts";
import type { Logger } from "../../../lib/log.ts";
import type { IngestDecision, MediaDoors } from "../../plane.ts";
import type { OpenSource, Publisher, SourceSink } from "../publisher.ts";
import type { RtmpLimits } from "./limits.ts";
import { SampleMapper } from "./map-samples.ts";

export type RtmpSessionOptions = Readonly<{
  protocol: "rtmp" | "rtmps";
  /** The peer's address without its port. */
  remote: string;
  limits: RtmpLimits;
  log: Logger;
  authorize: MediaDoors["authorizeIngest"];
  openSource: OpenSource;
}>;

type PublishRequest = Extract<ServerEvent, { type: "publish" }>;
type Level = "debug" | "info" | "warn";

const KEEP_ALIVE_MS = 15_000;

/** Owns the socket: whatever happens it is destroyed, the sink is closed once, and one line says why it ended. */
export class RtmpSession {
  readonly #socket: Socket;
  readonly #options: RtmpSessionOptions;
  readonly #log: Logger;
  readonly #rtmp = new RtmpServerSession();
  readonly #mapper = new SampleMapper();
  readonly #connectedAt = new Date();
  /** Of the phase that the connection is in; a refreshable timer, since publishing restarts it with every read. */
  #deadline: NodeJS.Timeout;
  #linger: NodeJS.Timeout | undefined;
  #sink: SourceSink | undefined;
  #receivedBytes = 0;
  #ended = false;
  /** The encoder said so, it did not just go away. */
  #unpublished = false;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;

  /** @param socket connected, TLS done, nothing read from it */
  constructor(socket: Socket, options: RtmpSessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#log = options.log.child({ remote: options.remote, protocol: options.protocol });
    const { handshakeMs } = options.limits;
    this.#deadline = this.#within(handshakeMs, `no RTMP handshake within ${handshakeMs} ms`);
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("data", (bytes: Buffer) => this.#received(bytes));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#finish("info", `connection failed: ${error.code ?? error.message}`),
    );
    socket.on("end", () => this.#peerEnded());
    socket.on("close", () => this.#gone());
  }

  /** Tells the peer `reason` and closes. May be called repeatedly. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#rtmp.end(reason);
    this.#finish("info", reason);
  }

  #received(bytes: Buffer): void {
    if (this.#ended) return;
    this.#receivedBytes += bytes.byteLength;
    if (this.#rtmp.phase === "publishing") this.#deadline.refresh();
    const before = this.#rtmp.phase;
    this.#guarded(() => this.#handle(this.#rtmp.push(bytes)));
    if (before === "handshake" && this.#rtmp.phase === "commands") this.#awaitPublish();
  }

  #awaitPublish(): void {
    const { publishMs } = this.#options.limits;
    clearTimeout(this.#deadline);
    this.#deadline = this.#within(publishMs, `no publish command within ${publishMs} ms`);
  }

  /** Everything a peer can cause ends here: its own mistakes as one line, ours as an error with its cause. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof MalformedError || error instanceof ProtocolViolation || error instanceof UnsupportedError) {
        if (error instanceof UnsupportedError) this.#rtmp.end(error.message);
        this.#finish("warn", error.message);
      } else {
        this.#log.error({ err: error }, "RTMP session failed");
        this.#rtmp.end("Internal error.");
        this.#finish("warn", "internal error");
      }
    }
    this.#flush();
  }

  #handle(events: readonly ServerEvent[]): void {
    for (const event of events) {
      if (this.#ended) return;
      switch (event.type) {
        case "publish":
          this.#publish(event);
          break;
        case "metadata":
          this.#mapper.metadata(event.values);
          break;
        case "media":
          for (const out of this.#mapper.media(event)) {
            if (!this.#ended) this.#sink?.push(out);
          }
          break;
        case "unpublish":
          this.#unpublished = true;
          this.#finish("info", "The encoder ended the broadcast.");
          break;
        case "refused":
          this.#finish("warn", event.reason);
          break;
        default:
          event satisfies never;
      }
    }
  }

  #publish(request: PublishRequest): void {
    clearTimeout(this.#deadline);
    // TCP holds back what comes while the answer is awaited.
    this.#socket.pause();
    void this.#authorize(request).then((decision) => {
      if (this.#ended) return;
      this.#guarded(() => this.#decide(request, decision));
    });
  }

  async #authorize({ key }: PublishRequest): Promise<IngestDecision> {
    const { remote, protocol } = this.#options;
    try {
      return await this.#options.authorize(key, { remote, protocol });
    } catch (error) {
      this.#log.error({ err: error }, "authorisation of a publisher failed");
      return { ok: false, reason: "unavailable", message: "The server cannot check the stream key now: try again." };
    }
  }

  #decide(request: PublishRequest, decision: IngestDecision): void {
    if (!decision.ok) {
      const code = decision.reason === "unknown_key" ? "NetStream.Publish.BadName" : "NetStream.Publish.Denied";
      return this.#refuse(code, decision.message, decision.reason);
    }
    const { grant } = decision;
    const { protocol, remote } = this.#options;
    const end = (reason: string): void => this.end(reason);
    const id = newId();
    const { encoder } = request;
    const publisher: Publisher = { id, grant, protocol, remote, encoder, connectedAt: this.#connectedAt, end };
    const opened = this.#options.openSource(publisher);
    if (!opened.ok) return this.#refuse("NetStream.Publish.BadName", opened.message, "second_publisher");
    this.#sink = opened.sink;
    this.#log.setBindings({ publisherId: id, broadcastId: grant.broadcastId });
    // The sink may have ended the publisher from inside of openSource().
    if (this.#ended) return opened.sink.closed("The connection ended.");
    this.#start(request);
  }

  #start({ encoder, enhanced }: PublishRequest): void {
    const { idleMs } = this.#options.limits;
    this.#deadline = this.#within(idleMs, `The encoder sent nothing for ${idleMs} ms.`);
    this.#log.info({ encoder, enhanced }, "publisher accepted");
    const events = this.#rtmp.accept();
    this.#flush();
    this.#handle(events);
    if (!this.#ended) this.#socket.resume();
  }

  #refuse(code: RefusalCode, message: string, reason: string): void {
    this.#rtmp.refuse(code, message);
    this.#finish("warn", message, { refused: reason });
  }

  #within(delayMs: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#rtmp.end(reason);
      this.#finish("warn", reason);
    }, delayMs);
  }

  #peerEnded(): void {
    // Port checks of load balancers and monitors connect and leave without a byte.
    this.#finish(this.#receivedBytes === 0 ? "debug" : "info", "The encoder closed the connection.");
  }

  /** The one end: log line, sink, last bytes, then the socket closes within the linger time. */
  #finish(level: Level, reason: string, more: Readonly<Record<string, string>> = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    const published = this.#sink !== undefined;
    const line = { ...more, reason, receivedBytes: this.#receivedBytes };
    this.#log[level](line, published ? "publisher left" : "RTMP connection closed without publishing");
    this.#sink?.closed(reason, this.#unpublished);
    this.#hangUp();
  }

  /** Reads on without parsing until the peer has closed: a reset would take the last answer away from it. */
  #hangUp(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.resume();
    socket.end(this.#rtmp.takeOutput());
    this.#linger = setTimeout(() => socket.destroy(), this.#options.limits.lingerMs);
  }

  #gone(): void {
    clearTimeout(this.#linger);
    this.#finish("info", "The connection was closed.");
  }

  #flush(): void {
    if (this.#ended) return;
    const output = this.#rtmp.takeOutput();
    if (output.byteLength > 0) this.#socket.write(output);
    if (this.#socket.writableLength <= this.#options.limits.unsentBytes) return;
    this.#finish("warn", "The encoder does not read the server's answers.");
    this.#socket.destroy();
  }
}
