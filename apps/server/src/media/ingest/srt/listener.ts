/** The SRT port: a child process with libsrt, started again when it dies, and a session for each caller. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Ffmpeg } from "../../../lib/ffmpeg.ts";
import { sha256 } from "../../../lib/ids.ts";
import type { Logger } from "../../../lib/log.ts";
import { listenError } from "../../../lib/start-error.ts";
import type { MediaDoors, StreamKeyEntry } from "../../plane.ts";
import type { OpenSource } from "../publisher.ts";
import { type RunningChild, startChild } from "./child.ts";
import type { Frame, FromSrtChild, SrtEntry, SrtStatistics } from "./messages.ts";
import { SrtSession } from "./session.ts";

/** Port 0 takes any free one. `library` is the libsrt to load; undefined: where it usually stands. */
export type SrtOptions = Readonly<{
  host: string;
  port: number;
  library: string | undefined;
  log: Logger;
  ffmpeg: Ffmpeg;
  authorize: MediaDoors["authorizeIngest"];
  /** Of one channel, or of all. */
  streamKeys: MediaDoors["streamKeys"];
  openSource: OpenSource;
  idleMs?: number;
}>;

export type SrtOpened =
  | { readonly ok: true; readonly listener: SrtListener }
  /** Why SRT is not served, and what would serve it. */
  | { readonly ok: false; readonly missing: string };

export interface SrtListener {
  readonly port: number;
  /** Of the child; another one after it was started again. */
  readonly pid: number | undefined;
  /** Keys of this channel came, went or changed. */
  refreshKeys(channelId: string): Promise<void>;
  close(): Promise<void>;
}

const IDLE_MS = 10_000;
/** An encoder that was killed says nothing, and SRT finds out after 5 s. When it is back, what was silent for so long was it. */
const SAME_ENCODER_MS = 1_000;
const START_WITHIN_MS = 15_000;
const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 10_000;
const GOOD_MS = 30_000;
const CHILD_DIED = "The part of the server that speaks SRT stopped. It is started again: connect again.";
const STOPPING = "The server is restarting. Connect again in a moment.";
const ENCRYPTS =
  "An encoder has the stream key in its stream id and a passphrase beside it: it is let in when it tries again. To be let in at once it needs the stream id that the channel's settings show with the passphrase (publish:srt_…), or no passphrase.";
const HOW_TO_INSTALL =
  "Install it (Debian and Ubuntu: apt-get install libsrt1.5-gnutls; Fedora: dnf install srt-libs; macOS: brew install srt) and start the server again.";

/** @throws {StartError} the port cannot be opened */
export async function listenSrt(options: SrtOptions): Promise<SrtOpened> {
  const listener = new Listener(options);
  const problem = await listener.open();
  if (problem === null) return { ok: true, listener };
  await listener.close();
  options.log.warn({ problem }, "SRT is not served: libsrt was not found");
  return { ok: false, missing: `SRT is not served: libsrt was not found. ${HOW_TO_INSTALL}` };
}

class Listener implements SrtListener {
  readonly #options: SrtOptions;
  readonly #sessions = new Map<number, SrtSession>();
  /** Who called with which key, by session. */
  readonly #callers = new Map<number, string>();
  /** By the name in a stream id. */
  readonly #keys = new Map<string, StreamKeyEntry>();
  #child: RunningChild | undefined;
  #port: number;
  #restarts = 0;
  #restart: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(options: SrtOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Null, or why libsrt cannot be loaded. */
  async open(): Promise<string | null> {
    const first = await this.#start();
    if (first.type === "listening") {
      this.#options.log.info({ version: first.version, port: first.port }, "SRT port opened");
      return null;
    }
    if (first.type === "missing") return first.problem;
    await this.close();
    const code = first.type === "failed" ? first.code : first.type;
    throw listenError(Object.assign(new Error(code), { code }), "SRT", this.#options.port, "SRT_PORT");
  }

  async refreshKeys(channelId: string): Promise<void> {
    this.#setKeys(channelId, await this.#options.streamKeys(channelId));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    this.#endAll(STOPPING);
    await this.#child?.stop();
  }

  /** Resolves with the first thing that the child says of its port. */
  async #start(): Promise<FromSrtChild> {
    const { host, library, log, streamKeys } = this.#options;
    const first = Promise.withResolvers<FromSrtChild>();
    const startedMs = performance.now();
    const child = startChild((frame) => this.#take(frame, first.resolve));
    this.#child = child;
    void child.closed.then((how) => {
      first.resolve({ type: "failed", code: how });
      this.#died(child, how, performance.now() - startedMs);
    });
    const timer = setTimeout(() => first.resolve({ type: "failed", code: "no answer" }), START_WITHIN_MS);
    const address = isIP(host) === 0 ? (await lookup(host)).address : host;
    child.send({ type: "listen", host: address, port: this.#port, library });
    const said = await first.promise;
    clearTimeout(timer);
    if (said.type !== "listening") return said;
    this.#port = said.port;
    try {
      for (const [channelId, entries] of Map.groupBy(await streamKeys(), (one) => one.channelId)) {
        this.#setKeys(channelId, entries);
      }
    } catch (error) {
      log.error({ err: error }, "stream keys could not be read for SRT");
      await child.stop(); // and tried again with the next child
    }
    return said;
  }

  #died(child: RunningChild, how: string, livedMs: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#endAll(CHILD_DIED);
    if (this.#isClosing || this.#port === 0) return;
    if (livedMs > GOOD_MS) this.#restarts = 0;
    const delayMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#restarts);
    this.#restarts += 1;
    this.#options.log.error({ how, delayMs }, "the SRT child died; it is started again");
    this.#restart = setTimeout(() => void this.#startAgain(), delayMs);
  }

  async #startAgain(): Promise<void> {
    const said = await this.#start().catch((error: unknown) => ({ type: "failed" as const, code: String(error) }));
    if (said.type === "listening") this.#options.log.info("the SRT child serves again");
    // Gone or unusable: `died` tries again later.
    else await this.#child?.stop();
  }

  #take(frame: Frame, first: (message: FromSrtChild) => void): void {
    if (frame.kind === "media") return this.#sessions.get(frame.session)?.push(frame.data);
    const { message } = frame;
    switch (message.type) {
      case "connected":
        return this.#connected(message);
      case "closed":
        this.#sessions.get(message.session)?.end(message.reason);
        this.#forget(message.session);
        return;
      case "encrypts":
        return this.#options.log.warn({ remote: message.remote, protocol: "srt" }, ENCRYPTS);
      case "statistics":
        return this.#note(message.session, message.values);
      case "listening":
      case "missing":
      case "failed":
        return first(message);
      default:
        message satisfies never;
    }
  }

  #connected({ session, id, remote }: Extract<FromSrtChild, { type: "connected" }>): void {
    const { log, ffmpeg, authorize, openSource, idleMs = IDLE_MS } = this.#options;
    const child = this.#child;
    // A name that was just taken away is asked about like a wrong key.
    const key = this.#keys.get(id)?.key ?? id;
    this.#replaceSilent(`${remote} ${key}`, session);
    this.#sessions.set(
      session,
      new SrtSession({
        ...{ remote, log, ffmpeg, idleMs, openSource },
        authorize: () => authorize(key, { remote, protocol: "srt" }),
        accept: () => child?.send({ type: "accept", session }),
        hangUp: () => child?.send({ type: "end", session }),
      }),
    );
  }

  #replaceSilent(caller: string, session: number): void {
    for (const [id, other] of this.#callers) {
      const present = other === caller ? this.#sessions.get(id) : undefined;
      if (present !== undefined && present.silentMs > SAME_ENCODER_MS) present.end("The encoder connected anew.");
    }
    this.#callers.set(session, caller);
  }

  #forget(session: number): void {
    this.#sessions.delete(session);
    this.#callers.delete(session);
  }

  #note(session: number, values: SrtStatistics): void {
    this.#options.log.debug({ session, ...values }, "SRT connection");
    this.#sessions.get(session)?.measured(values);
  }

  #setKeys(channelId: string, entries: readonly StreamKeyEntry[]): void {
    for (const [name, entry] of this.#keys) if (entry.channelId === channelId) this.#keys.delete(name);
    for (const entry of entries) this.#keys.set(entry.srtName, entry);
    this.#child?.send({ type: "keys", channelId, entries: entries.flatMap(namesOf) });
  }

  #endAll(reason: string): void {
    for (const session of this.#sessions.values()) session.end(reason);
    this.#sessions.clear();
    this.#callers.clear();
  }
}

/** The key itself, which an eavesdropper can read; and a name that is worth nothing without its passphrase. */
function namesOf({ key, srtName, srtPassphrase: passphrase }: StreamKeyEntry): SrtEntry[] {
  return [
    { hash: sha256(key), passphrase, required: false },
    { hash: sha256(srtName), passphrase, required: true },
  ];
}
