/** The SFU of our own, for the rooms of guests when no LIVEKIT_URL is set: a child process, started again when it dies. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Counter, Gauge } from "prom-client";
import type { Logger } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { listenError, StartError } from "../lib/start-error.ts";
import { logSfuLine } from "./sfu-log.ts";
import { type SfuChild, type SfuPorts, startSfuChild, type SfuStarted } from "./sfu-child.ts";
import { sfuEnv, type SfuSettings, sfuUdpPort } from "./sfu-env.ts";

export type EmbeddedOptions = SfuSettings & Readonly<{ log: Logger; metrics: Metrics }>;

const START_WITHIN_MS = 15_000;
const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 10_000;
/** One that lived as long died of something else than the one before. */
const GOOD_MS = 30_000;

const NOT_HERE =
  "no rooms for guests: the WebRTC library cannot be loaded on this machine (node-datachannel is installed for Linux with glibc, macOS and Windows)";

export class EmbeddedSfu {
  /** Fulfils when it serves for the first time, or never will because of the machine. Rejects with a StartError. */
  readonly ready: Promise<void>;
  readonly #options: EmbeddedOptions;
  readonly #starts: Counter;
  #bindAddress = "127.0.0.1";
  #child: SfuChild | undefined;
  /** Where it serves, or served last. */
  #ports: SfuPorts | undefined;
  #isUp = false;
  #restarts = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#starts = this.#register(options.metrics);
    this.ready = this.#open();
    // Who waits for it is told; until then it may have failed already.
    this.ready.catch(() => undefined);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Undefined until it has served. While it is started again: the ports of the last one. */
  get ports(): SfuPorts | undefined {
    return this.#ports;
  }

  /** Of the process that is there now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Lets clients know that it stops, and ends the process. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#isUp = false;
    clearTimeout(this.#timer);
    await this.#child?.stop();
  }

  async #open(): Promise<void> {
    this.#bindAddress = await addressOf(this.#options.config.HOST);
    const started = this.#isClosing ? undefined : await this.#start();
    if (started === undefined || this.#isClosing) throw new StartError("The server is stopping.");
    if (!started.ok && isLibraryMissing(started.message)) {
      this.#options.log.warn({ how: started.message }, NOT_HERE);
      return;
    }
    if (!started.ok) throw startProblem(started.message, this.#options.config.RTC_UDP_PORT);
    const { http, udp } = started.ports;
    this.#options.log.info({ pid: this.pid, udpPort: udp, httpPort: http }, "the rooms' SFU serves");
  }

  /** Never rejects. A process that does not serve in time is ended. */
  async #start(): Promise<SfuStarted> {
    const child = this.#spawn();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<SfuStarted>((resolve) => {
      const message = `it did not answer within ${START_WITHIN_MS / 1000} s`;
      timer = setTimeout(() => resolve({ ok: false, message }), START_WITHIN_MS);
    });
    const started = await Promise.race([child.started, late]);
    clearTimeout(timer);
    if (started.ok) {
      this.#ports = started.ports;
      this.#isUp = this.#child === child && !this.#isClosing;
    } else await child.stop();
    return started;
  }

  #spawn(): SfuChild {
    const { log } = this.#options;
    const startedMs = performance.now();
    // The same UDP port again: it is what a firewall lets through.
    const env = sfuEnv(this.#options, this.#bindAddress, this.#ports?.udp);
    const child = startSfuChild(env, (line) => logSfuLine(log, line));
    this.#child = child;
    this.#starts.inc();
    void child.closed.then((how) => this.#died(child, how, performance.now() - startedMs));
    return child;
  }

  /** The media plane knows nothing of it: rooms are empty afterwards, and their clients come back by themselves. */
  #died(child: SfuChild, how: string, livedMs: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#isUp = false;
    // One that never served is told to whoever opened it.
    if (this.#isClosing || this.#ports === undefined) return;
    if (livedMs > GOOD_MS) this.#restarts = 0;
    const delayMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#restarts);
    this.#restarts += 1;
    this.#options.log.error({ how, delayMs }, "the rooms' SFU died; it is started again");
    this.#timer = setTimeout(() => void this.#startAgain(), delayMs);
  }

  async #startAgain(): Promise<void> {
    const started = await this.#start();
    // One that does not serve has ended: `died` tries again later.
    if (started.ok) this.#options.log.info({ pid: this.pid }, "the rooms' SFU serves again");
  }

  #register(metrics: Metrics): Counter {
    const isUp = (): number => Number(this.#isUp);
    metrics.registerMetric(
      new Gauge({
        name: "sfu_up",
        help: "Whether the SFU of guests' rooms serves",
        registers: [],
        collect() {
          this.set(isUp());
        },
      }),
    );
    const help = "Starts of the SFU's process; more than one: it died";
    return new Counter({ name: "sfu_starts_total", help, registers: [metrics] });
  }
}

/** @throws {StartError} the name is unknown */
async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw new StartError(`HOST is "${host}", and that name could not be looked up: use an IP address.`, { cause });
  }
}

/** Like SRT without libsrt: the rest of the server is as good as before. */
function isLibraryMissing(message: string): boolean {
  return /datachannel/i.test(message) && /Cannot find|cannot open shared|ERR_DLOPEN|invalid ELF/i.test(message);
}

function startProblem(message: string, rtcUdpPort: number): StartError {
  const port = sfuUdpPort(rtcUdpPort);
  // In the words of the library, which knows no other trouble with a port.
  if (port !== 0 && /mux listener|EADDRINUSE/i.test(message)) {
    const taken = Object.assign(new Error(message), { code: "EADDRINUSE" });
    return listenError(taken, "Rooms' UDP", port, "RTC_UDP_PORT (rooms use the port after it)");
  }
  return new StartError(
    `The SFU of guests' rooms did not start: ${message}. Mend that, or set LIVEKIT_URL to a LiveKit server.`,
  );
}
