/** The RTMP and RTMPS ports: counts connections, gives each to a session, closes them all. */
import net, { type AddressInfo, type Server, type Socket } from "node:net";
import tls from "node:tls";
import { addressKey } from "../../../lib/address.ts";
import type { Logger } from "../../../lib/log.ts";
import { listenError, StartError } from "../../../lib/start-error.ts";
import type { IngestDecision, MediaDoors } from "../../plane.ts";
import type { OpenSource } from "../publisher.ts";
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from "./limits.ts";
import { RtmpSession } from "./session.ts";

/** With `tls` the port speaks RTMPS only. Port 0 takes any free one. */
export type RtmpOptions = Readonly<{
  host: string;
  port: number;
  tls?: { cert: string | Buffer; key: string | Buffer };
  log: Logger;
  authorize: MediaDoors["authorizeIngest"];
  openSource: OpenSource;
  limits?: Partial<RtmpLimits>;
}>;

export interface RtmpListener {
  readonly port: number;
  /** Open sockets, those that are still in the handshake included. */
  readonly connections: number;
  /** Stops accepting, tells every encoder, and waits for their sockets to be gone. */
  close(): Promise<void>;
}

/** @throws {StartError} the port cannot be opened, or certificate and key do not fit */
export async function listenRtmp(options: RtmpOptions): Promise<RtmpListener> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

class Listener implements RtmpListener {
  readonly #options: RtmpOptions;
  readonly #limits: RtmpLimits;
  readonly #server: Server;
  readonly #sessions = new Set<RtmpSession>();
  readonly #sockets = new Set<Socket>();
  /** Sockets that do not publish, by what their address counts as. */
  readonly #waiting = new Map<string, number>();
  #publishers = 0;
  #closing = false;

  constructor(options: RtmpOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_RTMP_LIMITS, ...options.limits };
    const secure = options.tls === undefined ? undefined : this.#tlsServer(options.tls);
    this.#server = net.createServer((socket) => {
      if (!this.#admit(socket)) return;
      // Only admitted sockets reach TLS, which costs far more than the refusal.
      if (secure === undefined) this.#serve(socket);
      else secure.emit("connection", socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async open(): Promise<void> {
    const { host, port, tls: secure } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const [what, variable] = secure === undefined ? ["RTMP", "RTMP_PORT"] : ["RTMPS", "RTMPS_PORT"];
      this.#server.once("error", (cause) => reject(listenError(cause, what, port, variable)));
      this.#server.listen(port, host, resolve);
    });
    this.#server.removeAllListeners("error");
    this.#server.on("error", (err) => this.#options.log.error({ err }, "RTMP port failed"));
  }

  async close(): Promise<void> {
    this.#closing = true;
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const sessions = [...this.#sessions];
    for (const session of sessions) session.end("The server is shutting down.");
    await Promise.all(sessions.map((session) => session.closed));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  /** Never listens: it is given sockets. */
  #tlsServer(secure: NonNullable<RtmpOptions["tls"]>): tls.Server {
    const { cert, key } = secure;
    const server = createTlsServer({ cert, key, minVersion: "TLSv1.2", handshakeTimeout: this.#limits.handshakeMs });
    server.on("secureConnection", (socket) => this.#serve(socket));
    server.on("tlsClientError", (error, socket) => {
      const code = (error as NodeJS.ErrnoException).code ?? error.message;
      this.#log(socket, `no TLS handshake: ${code}`);
      socket.destroy();
    });
    return server;
  }

  /** Counts the socket; over the limits it is closed at once and the answer is false. */
  #admit(socket: Socket): boolean {
    const network = addressKey(addressOf(socket));
    const { waiting, waitingPerAddress } = this.#limits;
    this.#sockets.add(socket);
    this.#countWaiting(network, 1);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#countWaiting(network, -1);
    });
    if (this.#closing) return this.#reject(socket, "the server is shutting down");
    if (this.#sockets.size - this.#publishers > waiting) {
      return this.#reject(socket, `over ${waiting} connections that do not publish`);
    }
    if ((this.#waiting.get(network) ?? 0) <= waitingPerAddress) return true;
    return this.#reject(socket, `over ${waitingPerAddress} connections of one address that do not publish`);
  }

  #reject(socket: Socket, reason: string): false {
    socket.on("error", () => {});
    this.#log(socket, reason);
    socket.destroy();
    return false;
  }

  #serve(socket: Socket): void {
    const { log, tls: secure } = this.#options;
    const protocol = secure === undefined ? "rtmp" : "rtmps";
    const remote = addressOf(socket);
    const session: RtmpSession = new RtmpSession(socket, {
      protocol,
      remote,
      limits: this.#limits,
      log,
      authorize: (key, peer) => this.#authorize(key, peer),
      openSource: (publisher) => {
        const opened = this.#options.openSource(publisher);
        if (opened.ok) this.#leavesWaiting(addressKey(remote), session);
        return opened;
      },
    });
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
  }

  async #authorize(...[key, peer]: Parameters<MediaDoors["authorizeIngest"]>): Promise<IngestDecision> {
    const { publishers } = this.#limits;
    if (this.#publishers < publishers) return this.#options.authorize(key, peer);
    const message = `This server takes ${publishers} encoders at once, and as many are connected. Try again later.`;
    return { ok: false, reason: "unavailable", message };
  }

  /** From now until its end the session is counted as a publisher. */
  #leavesWaiting(network: string, session: RtmpSession): void {
    this.#publishers += 1;
    this.#countWaiting(network, -1);
    void session.closed.then(() => {
      this.#publishers -= 1;
      this.#countWaiting(network, 1); // the end of its socket takes this one away
    });
  }

  #countWaiting(network: string, change: 1 | -1): void {
    const count = (this.#waiting.get(network) ?? 0) + change;
    if (count === 0) this.#waiting.delete(network);
    else this.#waiting.set(network, count);
  }

  #log(socket: Socket, reason: string): void {
    this.#options.log.warn({ remote: addressOf(socket), reason }, "RTMP connection refused");
  }
}

function createTlsServer(options: tls.TlsOptions): tls.Server {
  try {
    return tls.createServer(options);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`The RTMPS certificate and key cannot be used: ${problem}.`, { cause });
  }
}

function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "");
}
