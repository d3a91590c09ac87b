/** For tests of realtime delivery: a server on a port of its own, hubs to publish into, and viewers that note what they get. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket } from "ws";
import { createManualClock, type ManualClock } from "../../../lib/clock.ts";
import { createLogger } from "../../../lib/log.ts";
import { createMetrics, type Metrics } from "../../../lib/metrics.ts";
import { ProgramHub } from "../../hub/program-hub.ts";
import type { PlaybackPolicy } from "../../plane.ts";
import { OPEN } from "../testing.ts";
import { type RealtimeOptions, RealtimeServer } from "./server.ts";
import { KEYFRAME_FLAG, type ServerMessage } from "./wire.ts";

/** A text message, or a binary one as its kind and the media in it. */
export type Received = ServerMessage | Readonly<{ type: "media"; kind: number; key: boolean; media: Buffer }>;

export class TestViewer {
  readonly ws: WebSocket;
  readonly received: Received[] = [];
  /** The close code. */
  readonly closed: Promise<number>;
  readonly #looks = new Set<() => void>();
  pings = 0;

  constructor(url: string) {
    this.ws = new WebSocket(url, { perMessageDeflate: true });
    this.ws.on("message", (data, isBinary) => this.#take(parse(data as Buffer, isBinary)));
    this.ws.on("ping", () => {
      this.pings += 1;
      for (const look of this.#looks) look();
    });
    this.ws.on("error", () => {});
    this.closed = new Promise((resolve) => this.ws.once("close", resolve));
  }

  /** Resolves when the condition holds for what has come; rejects when the socket closes before. */
  until(holds: (received: readonly Received[]) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!holds(this.received)) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      void this.closed.then((code) => reject(new Error(`closed with ${code} after ${this.words()}`)));
      look();
    });
  }

  /** Resolves when the server has taken everything that was sent to it. */
  async roundTrip(): Promise<void> {
    const back = new Promise((resolve) => this.ws.once("pong", resolve));
    this.ws.ping();
    await back;
  }

  /** One word per message: `I1` video init, `V!` video with a key frame, `a` audio, else the type. */
  words(): string {
    const kinds = ["", "I1", "I2", "v", "a"];
    return this.received
      .map((one) => (one.type === "media" ? `${kinds[one.kind]}${one.key ? "!" : ""}` : one.type))
      .join(" ");
  }

  /** All media of a track: init segments and fragments in the order in which they came. */
  track(kind: "video" | "audio"): Buffer {
    const wanted = kind === "video" ? [1, 3] : [2, 4];
    const media = this.received.filter((one) => one.type === "media");
    return Buffer.concat(media.filter((one) => wanted.includes(one.kind)).map((one) => one.media));
  }

  #take(received: Received): void {
    this.received.push(received);
    for (const look of this.#looks) look();
  }
}

export interface TestRealtime extends AsyncDisposable {
  readonly server: RealtimeServer;
  readonly clock: ManualClock;
  readonly metrics: Metrics;
  /** Of every broadcast; the test may change it. */
  policy: PlaybackPolicy;
  /** The only right one. */
  readonly token: string;
  readonly hub: ProgramHub;
  /** Resolves when the socket is open. `query` begins with `?`. */
  view(query?: string, broadcastId?: string): Promise<TestViewer>;
  /** Lets the time go on by the interval of pings, and waits until every viewer given has answered. */
  ping(...viewers: readonly TestViewer[]): Promise<void>;
}

/** Serves the broadcast `show`. */
export async function startRealtime(options: Partial<RealtimeOptions> = {}): Promise<TestRealtime> {
  const clock = createManualClock(0);
  const metrics = createMetrics();
  const hub = new ProgramHub();
  const viewers: TestViewer[] = [];
  const test = { policy: OPEN as PlaybackPolicy, token: "right" };
  const server = new RealtimeServer({
    log: createLogger("silent", false),
    clock,
    metrics,
    doors: {
      playbackPolicy: () => Promise.resolve(test.policy),
      verifyPlaybackToken: (token) => Promise.resolve(token === test.token),
    },
    hubOf: (id) => (id === "show" ? hub : undefined),
    trustProxy: false,
    ...options,
  });
  const http = createServer();
  http.on("upgrade", (req, socket, head: Buffer) => server.handleUpgrade(req, socket, head));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return Object.assign(test, {
    server,
    clock,
    metrics,
    hub,
    async view(query = "", broadcastId = "show") {
      const viewer = new TestViewer(`ws://127.0.0.1:${port}/live/${broadcastId}/realtime${query}`);
      viewers.push(viewer);
      await new Promise<void>((resolve, reject) => viewer.ws.once("open", resolve).once("error", reject));
      return viewer;
    },
    async ping(...those: readonly TestViewer[]) {
      const before = those.map(({ pings }) => pings);
      clock.advance(500);
      await Promise.all(those.map((one, index) => one.until(() => one.pings > (before[index] ?? 0))));
      await Promise.all(those.map((one) => one.roundTrip()));
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      for (const { ws } of viewers) ws.terminate();
      await new Promise((resolve) => http.close(resolve));
    },
  });
}

function parse(data: Buffer, isBinary: boolean): Received {
  if (!isBinary) return JSON.parse(data.toString()) as ServerMessage;
  const kind = data[0] ?? 0;
  return { type: "media", kind: kind & ~KEYFRAME_FLAG, key: (kind & KEYFRAME_FLAG) !== 0, media: data.subarray(1) };
}
