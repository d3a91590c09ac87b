/** A gateway on a real port, and clients with real sockets, for tests. Time stands still until it is told to go on. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerMessage } from "@rostrum/contract/realtime";
import { WebSocket } from "ws";
import { createMemoryBus } from "../adapters/bus-memory.ts";
import type { Viewer } from "../http/auth.ts";
import type { Caller, RealtimeRules } from "../http/realtime-rules.ts";
import { AppError } from "../lib/app-error.ts";
import { createManualClock, type ManualClock } from "../lib/clock.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics, type Metrics } from "../lib/metrics.ts";
import type { Bus } from "../ports/bus.ts";
import { publishToClients } from "../ports/bus-events.ts";
import { Gateway } from "./gateway.ts";

export type TestGateway = Readonly<{
  gateway: Gateway;
  bus: Bus;
  clock: ManualClock;
  metrics: Metrics;
  url: string;
  /** Accounts whose sessions have ended. */
  ended: Set<string>;
  /** Publishes, and sees to it that this process has heard it. */
  publish(topic: string, ...events: readonly Readonly<{ type: string }>[]): Promise<void>;
  /** What is pending goes out. */
  tick(): void;
  /** @param who an account's id; left out: nobody in particular */
  connect(who?: string, options?: { autoPong: boolean }): Promise<TestClient>;
  close(): Promise<void>;
}>;

/** All that is under way in this process comes to rest, as far as no socket is needed for it. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

export async function openGateway(
  rules: RealtimeRules,
  { bus = createMemoryBus(), maxConnections = 100 }: { bus?: Bus; maxConnections?: number } = {},
): Promise<TestGateway> {
  const [clock, metrics, ended] = [createManualClock(), createMetrics(), new Set<string>()];
  const gateway = new Gateway({
    bus,
    clock,
    metrics,
    rules,
    maxConnections,
    log: createLogger("silent", false),
    identify: async (req) => callerOf(req, ended),
    networkOf: () => undefined,
  });
  const server = createServer();
  server.on("upgrade", (req, socket, head) => gateway.handleUpgrade(req, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/realtime`;
  const clients: TestClient[] = [];
  return {
    gateway,
    bus,
    clock,
    metrics,
    url,
    ended,
    async publish(topic, ...events) {
      for (const event of events) await publishToClients(bus, topic, event);
      await turn();
    },
    tick: () => clock.advance(50),
    async connect(who, options) {
      const client = new TestClient(url, who === undefined ? {} : { authorization: `Bearer ${who}` }, options);
      clients.push(client);
      await client.opened;
      return client;
    },
    async close() {
      for (const client of clients) client.ws.terminate();
      await gateway.close();
      await bus.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function callerOf({ headers }: IncomingMessage, ended: ReadonlySet<string>): Caller {
  const accountId = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (accountId === undefined) return { viewer: { kind: "anonymous" }, address: "127.0.0.1" };
  if (ended.has(accountId)) throw new AppError("unauthenticated", "The session is over.");
  const scopes = accountId.startsWith("reader") ? (["read"] as const) : "all";
  const viewer: Viewer = { kind: "account", accountId, owner: false, via: "bearer", scopes };
  return { viewer, address: "127.0.0.1" };
}

/** A client that remembers what it was sent. */
export class TestClient {
  readonly ws: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<number>;
  /** Text frames as they came. */
  readonly frames: string[] = [];
  /** What `next` has not given out. */
  readonly messages: ServerMessage[] = [];
  #wake: () => void = () => {};

  constructor(url: string, headers: Record<string, string> = {}, options: { autoPong?: boolean } = {}) {
    this.ws = new WebSocket(url, { headers, ...options });
    this.opened = new Promise((resolve, reject) => {
      this.ws.once("open", resolve);
      this.ws.once("error", reject);
    });
    this.opened.catch(() => {});
    this.ws.on("error", () => {});
    this.closed = new Promise((resolve) => this.ws.once("close", resolve));
    this.ws.on("close", () => this.#wake());
    this.ws.on("message", (data) => {
      const text = (data as Buffer).toString();
      this.frames.push(text);
      this.messages.push(...(JSON.parse(text) as ServerMessage[]));
      this.#wake();
    });
  }

  send(message: unknown): void {
    this.ws.send(JSON.stringify(message));
  }

  /** Asks for a topic. */
  subscribe(topic: string, cursor?: string): void {
    this.send({ type: "subscribe", topic, ...(cursor === undefined ? {} : { cursor }) });
  }

  /** The next message, taken away. @throws {Error} the connection is over before it came */
  async next(): Promise<ServerMessage> {
    for (;;) {
      const message = this.messages.shift();
      if (message !== undefined) return message;
      if (this.ws.readyState === this.ws.CLOSED) throw new Error("The connection is over.");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** All that was sent before an answer that is asked for now. */
  async rest(): Promise<ServerMessage[]> {
    this.send({ type: "ping" });
    const found: ServerMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message.type === "pong") return found;
      found.push(message);
    }
  }
}
