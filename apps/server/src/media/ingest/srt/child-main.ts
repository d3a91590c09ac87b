/** The SRT child: listens with libsrt, lets in who is known, hands on media in frames. Native code must not take the server with it. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Socket } from "node:net";
import { type FromSrtChild, mediaFrameHead, type SrtEntry, type ToSrtChild, wordsFrame } from "./messages.ts";
import type { Srt } from "./native.ts";
import { readSocketAddress, writeSocketAddress } from "./socket-address.ts";
import { publishedName } from "./stream-id.ts";

/** Numbers of srt.h. */
const SRT = {
  passphrase: 26,
  rcvKmState: 41,
  enforcedEncryption: 53,
  kmSecured: 2,
  /** Of an encrypted caller, when no passphrase is known here. */
  kmNoSecret: 3,
  epollIn: 0x1,
  epollErr: 0x8,
} as const;
const FRAMES_FD = 3;
const BACKLOG = 64;
const WAIT_MS = 500;
const READ_BYTES = 64 * 1024;
/** Connected and not yet accepted by the server; more are refused. */
const MAX_WAITING = 200;
const STATISTICS_MS = 5000;
/** A caller that had a passphrase has it next time too. */
const REMEMBER_MS = 10 * 60_000;

type Session = { readonly id: number; readonly socket: number; accepted: boolean };

/** One listener with its callers. Sessions are numbered by their sockets' order. */
class SrtChild {
  readonly #srt: Srt;
  readonly #out: Socket;
  readonly #entries = new Map<string, SrtEntry>();
  readonly #ofChannel = new Map<string, readonly SrtEntry[]>();
  readonly #sessions = new Map<number, Session>();
  readonly #byId = new Map<number, Session>();
  /**
   * By hash, until when: the last caller of these stream ids encrypted although it need not. For one try: one that was to
   * encrypt and did not is refused, and the next one need not again.
   */
  readonly #encrypting = new Map<string, number>();
  /** What the hook decided about sockets that are not accepted yet. */
  readonly #admitted = new Map<number, { name: string; hash: string; atMs: number }>();
  #listener = -1;
  #nextId = 1;

  constructor(srt: Srt, out: Socket) {
    this.#srt = srt;
    this.#out = out;
  }

  listen(host: string, port: number): void {
    const srt = this.#srt;
    this.#listener = srt.create();
    const done = srt.listen(this.#listener, writeSocketAddress(host, port), BACKLOG, (socket, streamId) =>
      this.#admit(socket, streamId),
    );
    if (done < 0) return this.#say({ type: "failed", code: srt.lastError });
    srt.watch(this.#listener, SRT.epollIn | SRT.epollErr, true);
    this.#say({
      type: "listening",
      port: readSocketAddress(srt.nameOf(this.#listener)).port,
      version: srt.version,
    });
  }

  setKeys(channelId: string, entries: readonly SrtEntry[]): void {
    for (const { hash } of this.#ofChannel.get(channelId) ?? []) this.#entries.delete(hash);
    for (const entry of entries) this.#entries.set(entry.hash, entry);
    if (entries.length === 0) this.#ofChannel.delete(channelId);
    else this.#ofChannel.set(channelId, entries);
  }

  accept(id: number): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.accepted = true;
    this.#srt.watch(session.socket, SRT.epollIn | SRT.epollErr, false);
  }

  end(id: number, reason: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    this.#byId.delete(id);
    this.#sessions.delete(session.socket);
    this.#srt.close(session.socket);
    this.#say({ type: "closed", session: id, reason });
  }

  endAll(): void {
    for (const id of this.#byId.keys()) this.end(id, "The server is restarting.");
    this.#srt.close(this.#listener);
  }

  async serve(): Promise<never> {
    let toldMs = performance.now();
    for (;;) {
      for (const { socket } of await this.#srt.wait(WAIT_MS)) {
        if (socket === this.#listener) this.#takeCallers();
        else this.#read(socket);
      }
      // The server is behind: what comes meanwhile waits in libsrt, which drops what is too old.
      if (this.#out.writableNeedDrain) await once(this.#out, "drain");
      if (performance.now() - toldMs < STATISTICS_MS) continue;
      toldMs = performance.now();
      this.#tellStatistics();
    }
  }

  /** In the handshake, while libsrt waits: a look-up and nothing else. It may run more than once for one caller. */
  #admit(socket: number, streamId: string | null): boolean {
    const name = publishedName(streamId);
    if (name === undefined || this.#byId.size - this.#acceptedCount() >= MAX_WAITING) return false;
    const hash = createHash("sha256").update(name).digest("hex");
    const entry = this.#entries.get(hash);
    if (entry === undefined) return false;
    const isEncrypted = entry.required || (this.#encrypting.get(hash) ?? 0) > performance.now();
    this.#encrypting.delete(hash);
    this.#srt.setFlag(socket, SRT.enforcedEncryption, isEncrypted);
    if (isEncrypted) this.#srt.setText(socket, SRT.passphrase, entry.passphrase);
    this.#forgetOld();
    this.#admitted.set(socket, { name, hash, atMs: performance.now() });
    return true;
  }

  #takeCallers(): void {
    for (let next = this.#srt.accept(this.#listener); next !== undefined; next = this.#srt.accept(this.#listener)) {
      const { socket, address } = next;
      const admitted = this.#admitted.get(socket);
      this.#admitted.delete(socket);
      const remote = readSocketAddress(address).host;
      if (admitted === undefined) this.#srt.close(socket);
      else if (this.#expects(socket, admitted.hash)) this.#connected(socket, admitted, remote);
      else {
        // It gives up by itself and does not say so: what is left here would hold the place for seconds.
        this.#srt.close(socket);
        this.#say({ type: "encrypts", remote });
      }
    }
  }

  /** False: it encrypts, and the handshake was made without a passphrase. A passphrase has to be set before one knows that. */
  #expects(socket: number, hash: string): boolean {
    const state = this.#srt.getNumber(socket, SRT.rcvKmState);
    const encrypts = state === SRT.kmNoSecret || state === SRT.kmSecured;
    if (encrypts) this.#encrypting.set(hash, performance.now() + REMEMBER_MS);
    return state !== SRT.kmNoSecret;
  }

  #connected(socket: number, { name }: { name: string }, remote: string): void {
    const session: Session = { id: this.#nextId++, socket, accepted: false };
    this.#sessions.set(socket, session);
    this.#byId.set(session.id, session);
    this.#srt.watch(socket, SRT.epollErr, true);
    this.#say({ type: "connected", session: session.id, id: name, remote });
  }

  #read(socket: number): void {
    const session = this.#sessions.get(socket);
    if (session === undefined) return this.#srt.close(socket);
    const messages: Buffer[] = [];
    let bytes = 0;
    while (session.accepted && bytes < READ_BYTES) {
      const message = this.#srt.receive(socket);
      if (message === undefined) break;
      messages.push(Buffer.from(message));
      bytes += message.length;
    }
    if (bytes > 0) this.#out.write(Buffer.concat([mediaFrameHead(session.id, bytes), ...messages]));
    else if (!this.#srt.isConnected(socket)) this.end(session.id, "The encoder closed the connection, or it was lost.");
  }

  #tellStatistics(): void {
    for (const { id, socket, accepted } of this.#byId.values()) {
      if (accepted) this.#say({ type: "statistics", session: id, values: this.#srt.statistics(socket) });
    }
  }

  #acceptedCount(): number {
    let count = 0;
    for (const { accepted } of this.#byId.values()) if (accepted) count += 1;
    return count;
  }

  /** Callers that went away between the hook and the accept. */
  #forgetOld(): void {
    const nowMs = performance.now();
    for (const [socket, { atMs }] of this.#admitted) if (nowMs - atMs > 10_000) this.#admitted.delete(socket);
    for (const [hash, untilMs] of this.#encrypting) if (untilMs < nowMs) this.#encrypting.delete(hash);
  }

  #say(message: FromSrtChild): void {
    this.#out.write(wordsFrame(message));
  }
}

function start(): void {
  const out = new Socket({ fd: FRAMES_FD, readable: false, writable: true });
  out.on("error", () => process.exit(0)); // the server is gone
  process.on("disconnect", () => process.exit(0));
  // The server ends its child itself; a Ctrl-C reaches both.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  let child: SrtChild | undefined;
  process.on("message", (message: ToSrtChild) => {
    if (message.type === "listen") void open(message, out).then((opened) => (child = opened));
    else if (message.type === "keys") child?.setKeys(message.channelId, message.entries);
    else if (message.type === "accept") child?.accept(message.session);
    else if (message.type === "end") child?.end(message.session, "ended");
    else {
      child?.endAll();
      out.end(() => process.exit(0));
    }
  });
}

type Listen = Extract<ToSrtChild, { type: "listen" }>;

async function open({ host, port, library }: Listen, out: Socket): Promise<SrtChild | undefined> {
  let srt: Srt;
  try {
    // Not earlier: there may be no binary of the bridge to C for this machine.
    srt = (await import("./native.ts")).loadSrt(library);
  } catch (error) {
    out.write(wordsFrame({ type: "missing", problem: error instanceof Error ? error.message : String(error) }));
    return undefined;
  }
  const child = new SrtChild(srt, out);
  child.listen(host, port);
  void child.serve();
  return child;
}

start();
