/** Gateways of several processes on one Redis are one for clients. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ServerFrame } from "@rostrum/contract/realtime";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { openBus } from "../adapters/open-bus.ts";
import { REDIS_SKIPPED, TestRedis } from "../adapters/testing.ts";
import type { TopicRules } from "../http/realtime-rules.ts";
import { systemClock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { publishToClients } from "../ports/bus-events.ts";
import type { Bus } from "../ports/bus.ts";
import { Gateway } from "./gateway.ts";

const log = createLogger("silent", false);
const WITHIN = { timeout: 30_000, interval: 20 };

/** What a second process would have: a bus, a gateway and a port of its own. */
class Process {
  readonly bus: Bus;
  readonly #gateway: Gateway;
  readonly #server: Server;

  private constructor(bus: Bus, rules: TopicRules) {
    this.bus = bus;
    this.#gateway = new Gateway({
      bus,
      clock: systemClock,
      log,
      metrics: createMetrics(),
      rules: { topics: { chat: rules }, actions: {} },
      identify: async () => ({ viewer: { kind: "anonymous" }, address: "127.0.0.1" }),
      networkOf: () => undefined,
    });
    this.#server = createServer();
    this.#server.on("upgrade", (req, socket, head) => this.#gateway.handleUpgrade(req, socket, head));
  }

  static async start(redisUrl: string, rules: TopicRules): Promise<Process> {
    const process = new Process(await openBus(redisUrl, log), rules);
    process.#server.listen(0, "127.0.0.1");
    await once(process.#server, "listening");
    return process;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/realtime`;
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.bus.close();
  }
}

/** A page that follows one topic and takes its cursor along to whatever process it comes to next. */
class Page {
  readonly heard: unknown[] = [];
  readonly answers: string[] = [];
  /** Numbers that were left out. */
  holes = 0;
  readonly #topic: string;
  #cursor: string | undefined;
  #ws: WebSocket | undefined;

  constructor(topic: string) {
    this.#topic = topic;
  }

  async connect(url: string): Promise<void> {
    const ws = new WebSocket(url);
    this.#ws = ws;
    ws.on("message", (data) => this.#take(ServerFrame.parse(JSON.parse((data as Buffer).toString()))));
    await once(ws, "open");
    const asked = this.answers.length;
    ws.send(JSON.stringify({ type: "subscribe", topic: this.#topic, cursor: this.#cursor }));
    await vi.waitFor(() => expect(this.answers.length).toBeGreaterThan(asked), WITHIN);
  }

  async cut(): Promise<void> {
    const ws = this.#ws;
    if (ws === undefined || ws.readyState === ws.CLOSED) return;
    const closed = once(ws, "close");
    ws.terminate();
    await closed;
  }

  #take(frame: ServerFrame): void {
    for (const message of frame) {
      if (message.type === "reset" || message.type === "subscribed") {
        this.answers.push(message.type);
        if (message.type === "reset") this.#cursor = message.cursor;
      }
      if (message.type !== "events") continue;
      const known = numberOf(this.#cursor);
      const before = numberOf(message.cursor) - message.events.length;
      if (before > known) this.holes += before - known;
      this.heard.push(...message.events.slice(Math.max(0, known - before)));
      if (numberOf(message.cursor) > known) this.#cursor = message.cursor;
    }
  }
}

const numberOf = (cursor: string | undefined): number => Number(cursor?.split(".")[1] ?? 0);

describe.skipIf(REDIS_SKIPPED !== null)("two gateways on one Redis", () => {
  let redis: TestRedis;
  let control: Redis;
  let a: Process;
  let b: Process;
  let pages: Page[];
  let snapshots: number;
  let topic: string;

  beforeAll(async () => {
    redis = await TestRedis.start();
    control = new Redis(redis.url);
    control.on("error", () => undefined);
  });
  afterAll(async () => {
    control.disconnect();
    await redis.close();
  });
  beforeEach(async () => {
    snapshots = 0;
    const rules: TopicRules = {
      admit: async () => undefined,
      snapshot: async () => {
        snapshots += 1;
        return { snapshots };
      },
    };
    [a, b] = await Promise.all([Process.start(redis.url, rules), Process.start(redis.url, rules)]);
    topic = `chat:${newId()}`;
    pages = [];
  });
  afterEach(async () => {
    await Promise.all(pages.map((page) => page.cut()));
    await Promise.all([a.close(), b.close()]);
  });

  function open(): Page {
    const page = new Page(topic);
    pages.push(page);
    return page;
  }

  const say = (at: Process, n: number): Promise<void> =>
    publishToClients(at.bus, topic, { type: "chat.message", n } as { type: string });
  const said = (...numbers: number[]): unknown[] => numbers.map((n) => ({ type: "chat.message", n }));
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

  test("what is said at one is heard at both, in the same order", async () => {
    const [atA, atB] = [open(), open()];
    await Promise.all([atA.connect(a.url), atB.connect(b.url)]);
    await Promise.all(upTo(100).map((n) => say(n % 2 === 0 ? a : b, n)));
    await vi.waitFor(() => expect([atA.heard.length, atB.heard.length]).toEqual([100, 100]), WITHIN);
    expect(atB.heard).toEqual(atA.heard);
    expect(atA.heard).toEqual(expect.arrayContaining(said(...upTo(100))));
    expect([atA.holes, atB.holes]).toEqual([0, 0]);
  });

  test("who comes back at the other one goes on where he was", async () => {
    const page = open();
    await page.connect(a.url);
    for (const n of [1, 2, 3]) await say(a, n);
    await vi.waitFor(() => expect(page.heard).toEqual(said(1, 2, 3)), WITHIN);
    await page.cut();
    for (const n of [4, 5]) await say(a, n);
    await page.connect(b.url);
    await say(a, 6);
    await say(b, 7);
    await vi.waitFor(() => expect(page.heard).toEqual(said(1, 2, 3, 4, 5, 6, 7)), WITHIN);
    expect(page.answers).toEqual(["reset", "subscribed"]);
    expect(snapshots).toBe(1);
  });

  test("pages that go from one to the other, and a bus whose connections break, lose nothing and double nothing", async () => {
    await Promise.all(upTo(20).map((n) => open().connect(n % 2 === 0 ? a.url : b.url)));
    const all = upTo(300);
    const move = async (page: Page, rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await page.cut();
        await page.connect(round % 2 === 0 ? a.url : b.url);
      }
    };
    const moving = pages.slice(0, 8).map((page, at) => move(page, 3 + at));
    for (const n of all) {
      await say(n % 3 === 0 ? a : b, n);
      if (n % 75 === 0)
        await control.call("CLIENT", "KILL", "TYPE", n % 2 === 0 ? "normal" : "pubsub", "SKIPME", "yes");
    }
    await Promise.all(moving);
    for (const page of pages) {
      await vi.waitFor(() => expect(page.heard.length).toBeGreaterThanOrEqual(all.length), WITHIN);
      expect(page.heard).toEqual(said(...all));
      expect(page.holes).toBe(0);
      expect(page.answers.filter((answer) => answer === "reset")).toHaveLength(1);
    }
  }, 60_000);

  test("after Redis died, or was emptied, everybody is told the state anew and hears what comes", async () => {
    const [atA, atB] = [open(), open()];
    await Promise.all([atA.connect(a.url), atB.connect(b.url)]);
    await say(a, 1);
    await vi.waitFor(() => expect([atA.heard, atB.heard]).toEqual([said(1), said(1)]), WITHIN);
    await redis.kill();
    await redis.start();
    for (const page of pages) await vi.waitFor(() => expect(page.answers).toEqual(["reset", "reset"]), WITHIN);
    await say(b, 2);
    await vi.waitFor(() => expect([atA.heard, atB.heard]).toEqual([said(1, 2), said(1, 2)]), WITHIN);
    await control.flushall();
    for (const page of pages) await vi.waitFor(() => expect(page.answers).toHaveLength(3), WITHIN);
    await say(a, 3);
    await vi.waitFor(() => expect([atA.heard.at(-1), atB.heard.at(-1)]).toEqual(said(3, 3)), WITHIN);
    expect([atA.holes, atB.holes]).toEqual([0, 0]);
  }, 60_000);
});

describe.skipIf(REDIS_SKIPPED !== null)("three gateways on one Redis", () => {
  let redis: TestRedis;
  let processes: Process[];
  beforeAll(async () => {
    redis = await TestRedis.start();
    const rules: TopicRules = { admit: async () => undefined, snapshot: async () => ({}) };
    processes = await Promise.all([1, 2, 3].map(() => Process.start(redis.url, rules)));
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.close()));
    await redis.close();
  });

  const MESSAGES = 900;
  const PAGES = 45;
  /** Of the pages, cut again and again. */
  const RESTLESS = PAGES / 5;

  test("with a fifth of the sockets cut at random, every page hears everything once, in one order", async () => {
    const random = randomOf(20_261_122);
    const anyUrl = (): string => processes[random(processes.length)]?.url ?? "";
    const topic = `chat:${newId()}`;
    const pages = Array.from({ length: PAGES }, () => new Page(topic));
    await Promise.all(pages.map((page) => page.connect(anyUrl())));
    let isOver = false;
    let cuts = 0;
    const wander = async (page: Page): Promise<void> => {
      while (!isOver) {
        await page.cut();
        cuts += 1;
        await page.connect(anyUrl());
        for (let steps = random(20); steps > 0; steps -= 1) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const wandering = pages.slice(0, RESTLESS).map(wander);
    // Nine speak at the same time, three at each process: what was resolved counts as said.
    const speakers = Array.from({ length: 9 }, async (_, speaker) => {
      for (let n = speaker; n < MESSAGES; n += 9) {
        const event = { type: "chat.message", n } as { type: string };
        await publishToClients(processes[speaker % 3]!.bus, topic, event);
      }
    });
    await Promise.all(speakers);
    isOver = true;
    await Promise.all(wandering);
    for (const page of pages)
      await vi.waitFor(() => expect(page.heard.length).toBeGreaterThanOrEqual(MESSAGES), WITHIN);
    const [{ heard: told } = { heard: [] }] = pages;
    const numbers = told.map((event) => (event as { n: number }).n);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: MESSAGES }, (_, n) => n));
    for (const page of pages) expect([page.holes, page.heard]).toEqual([0, told]);
    expect(cuts).toBeGreaterThan(RESTLESS);
    await Promise.all(pages.map((page) => page.cut()));
  }, 120_000);
});

/** The same numbers in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
