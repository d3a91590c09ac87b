import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger } from "../lib/log.ts";
import { busContract } from "../ports/bus.contract.ts";
import { type Bus, type BusEvent, LagError } from "../ports/bus.ts";
import { key, PUBLISH } from "./bus-redis-scripts.ts";
import { Session } from "./bus-redis-session.ts";
import { openBus } from "./open-bus.ts";
import { REDIS_SKIPPED, TestRedis } from "./testing.ts";

const log = createLogger("silent", false);
const WITHIN = { timeout: 30_000, interval: 20 };

describe.skipIf(REDIS_SKIPPED !== null)("the bus on Redis", () => {
  let redis: TestRedis;
  let control: Redis;
  let buses: Bus[];
  let stop: AbortController;

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
    await control.flushall();
    buses = [];
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(buses.map((bus) => bus.close()));
  });

  async function open(): Promise<Bus> {
    const bus = await openBus(redis.url, log);
    buses.push(bus);
    return bus;
  }

  /** What arrives from now on, and how it ended. */
  function collect(
    bus: Bus,
    topic: string,
    after?: number,
  ): { seqs: number[]; data: unknown[]; end: Promise<unknown> } {
    const events = bus.subscribe(topic, { signal: stop.signal, ...(after === undefined ? {} : { after }) });
    const seqs: number[] = [];
    const data: unknown[] = [];
    const run = async (): Promise<void> => {
      for await (const event of events) {
        seqs.push(event.seq);
        data.push(event.data);
      }
    };
    return {
      seqs,
      data,
      end: run().then(
        () => "done",
        (error: unknown) => error,
      ),
    };
  }

  const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

  describe("contract", () => busContract(open));

  test("two processes' events are one order: nothing is missing, doubled or in another place", async () => {
    const [a, b] = [await open(), await open()];
    const [atA, atB] = [collect(a, "t"), collect(b, "t")];
    await Promise.all(upTo(400).flatMap((n) => [a.publish("t", `a${n}`), b.publish("t", `b${n}`)]));
    await vi.waitFor(() => expect([atA.seqs.length, atB.seqs.length]).toEqual([800, 800]), WITHIN);
    expect(atA.seqs).toEqual(upTo(800));
    expect(atB.data).toEqual(atA.data);
    expect(a.life).toBe(b.life);
  });

  test("a process of its own answers over the bus", async () => {
    const bus = await open();
    const module = new URL("open-bus.ts", import.meta.url).href;
    const logs = new URL("../lib/log.ts", import.meta.url).href;
    const source = `
      import { openBus } from ${JSON.stringify(module)};
      import { createLogger } from ${JSON.stringify(logs)};
      const bus = await openBus(${JSON.stringify(redis.url)}, createLogger("silent", false));
      const pings = bus.subscribe("ping", { signal: new AbortController().signal });
      console.log(bus.life);
      for await (const { seq, data } of pings) await bus.publish("pong", { seq, data });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [life] = (await once(createInterface(child.stdout), "line")) as [string];
      expect(life).toBe(bus.life);
      const pongs = collect(bus, "pong");
      for (const n of upTo(50)) await bus.publish("ping", n);
      await vi.waitFor(() => expect(pongs.data).toHaveLength(50), WITHIN);
      expect(pongs.data).toEqual(upTo(50).map((n) => ({ seq: n, data: n })));
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("connections that break again and again lose nothing and double nothing", async () => {
    const [a, b] = [await open(), await open()];
    const heard = collect(a, "t");
    const cutter = new Redis(redis.url);
    for (let round = 0; round < 8; round += 1) {
      const sent = Promise.all(upTo(40).map((n) => b.publish("t", `${round}.${n}`)));
      await cutter.call("CLIENT", "KILL", "TYPE", round % 2 === 0 ? "pubsub" : "normal", "SKIPME", "yes");
      await sent;
    }
    cutter.disconnect();
    await vi.waitFor(() => expect(heard.seqs.at(-1)).toBe(320), WITHIN);
    expect(heard.seqs).toEqual(upTo(320));
    expect(new Set(heard.data).size).toBe(320);
  }, 60_000);

  test("an answer that is lost with its connection: the event is found, not published again", async () => {
    let losesAnswers = false;
    const proxy = createServer((client) => {
      const server = connect(Number(new URL(redis.url).port));
      for (const socket of [client, server]) socket.on("error", () => undefined);
      client.on("close", () => server.destroy()).pipe(server);
      server
        .on("close", () => client.destroy())
        .on("data", (answer) => {
          // Only what is published is answered by a number.
          if (!losesAnswers || !answer.toString().endsWith(":2\r\n")) return void client.write(answer);
          losesAnswers = false;
          client.destroy();
        });
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const bus = await openBus(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`, log);
    try {
      const heard = collect(bus, "t");
      await bus.publish("t", 1);
      await vi.waitFor(() => expect(heard.data).toEqual([1]), WITHIN);
      losesAnswers = true;
      expect(await bus.publish("t", 2)).toBe(2);
      expect(losesAnswers).toBe(false);
      expect(await bus.publish("t", 3)).toBe(3);
      await vi.waitFor(() => expect(heard.data).toEqual([1, 2, 3]), WITHIN);
    } finally {
      await bus.close();
      proxy.close();
    }
  });

  test("what a connection that was given up still has to say is refused", async () => {
    const old = await Session.open(redis.url, "process");
    const anew = await Session.open(redis.url, "process");
    const publish = (session: Session, id: string): Promise<unknown> =>
      session.run(PUBLISH, [...session.keys, key.head("t"), key.log("t")], ...session.signature, "c", id, "1", "0");
    await expect(publish(old, "a")).rejects.toThrow("STALE");
    expect(await publish(anew, "b")).toBe(1);
    for (const session of [old, anew]) session.end(new Error("over"));
  });

  test("Redis dies and starts again: subscribers read anew, numbers go on, what waited is published once", async () => {
    const [a, b] = [await open(), await open()];
    const { life } = a;
    const heard = collect(a, "t");
    for (const n of upTo(5)) await b.publish("t", n);
    await redis.kill();
    const waiting = b.publish("t", "while it was away");
    await redis.start();
    expect(await waiting).toBe(6);
    expect(await heard.end).toBeInstanceOf(LagError);
    expect(heard.seqs).toEqual(upTo(5));
    await vi.waitFor(() => expect(a.life).not.toBe(life), WITHIN);
    expect((await a.recent("t", 10)).events.map(({ data }) => data)).toEqual([...upTo(5), "while it was away"]);
    const again = collect(a, "t", 6);
    await b.publish("t", "after");
    await vi.waitFor(() => expect(again.seqs).toEqual([7]), WITHIN);
  }, 60_000);

  test("while Redis stays away, callers hear so in time, and nothing else happens", async () => {
    const bus = await open();
    const heard = collect(bus, "t");
    await redis.kill();
    try {
      const away = { code: "unavailable", message: expect.stringMatching(/Redis is away|is not known/) };
      const calls = [bus.publish("t", 1), bus.recent("t", 1), bus.head("t")];
      for (const end of await Promise.allSettled(calls)) expect(end).toMatchObject({ reason: away });
      await expect(bus.health()).rejects.toMatchObject(away);
    } finally {
      await redis.start();
    }
    await vi.waitFor(() => bus.health(), WITHIN);
    expect(await bus.publish("t", 2)).toBe(1);
    expect(await heard.end).toBeInstanceOf(LagError);
    expect(heard.seqs).toEqual([]);
  }, 60_000);

  test("Redis stands still: what was not answered is published at most once, and subscribers go on", async () => {
    const [a, b] = [await open(), await open()];
    const heard = collect(a, "t");
    await a.publish("t", "before");
    redis.freeze();
    let ends: PromiseSettledResult<number>[];
    try {
      const asked = Promise.allSettled(upTo(20).map((n) => b.publish("t", `frozen ${n}`)));
      await vi.waitFor(() => expect(b.health()).rejects.toThrow("away"), WITHIN);
      ends = await asked;
    } finally {
      redis.thaw();
    }
    for (const end of ends)
      expect(end).toMatchObject({ reason: { code: "unavailable", message: expect.stringContaining("is not known") } });
    await vi.waitFor(() => Promise.all([a.health(), b.health()]), WITHIN);
    const last = await b.publish("t", "after");
    await vi.waitFor(() => expect(heard.seqs.at(-1)).toBe(last), WITHIN);
    expect(heard.seqs).toEqual(upTo(last));
    expect(new Set(heard.data).size).toBe(heard.data.length);
  }, 60_000);

  test("what waits while Redis stands still for a moment is published once, and answered with its number", async () => {
    const [a, b] = [await open(), await open()];
    const heard = collect(a, "t");
    // It has begun: what was asked before this, on the same connection, is answered.
    await a.head("t");
    redis.freeze();
    const asked = upTo(20).map((n) => b.publish("t", n));
    const thaw = setTimeout(() => redis.thaw(), 3200);
    const numbers = await Promise.all(asked).finally(() => clearTimeout(thaw));
    await vi.waitFor(() => expect(heard.seqs).toHaveLength(20), WITHIN);
    expect(heard.data.map((n, at) => [n, heard.seqs[at]])).toEqual(
      expect.arrayContaining(upTo(20).map((n) => [n, numbers[n - 1]])),
    );
    expect(heard.seqs).toEqual(upTo(20));
  }, 60_000);

  test("an emptied Redis is another life, for those who only listen, too", async () => {
    const [a, b] = [await open(), await open()];
    const { life } = a;
    for (const n of upTo(3)) await b.publish("t", n);
    const heard = collect(a, "t", 0);
    await vi.waitFor(() => expect(heard.seqs).toEqual(upTo(3)), WITHIN);
    await control.flushall();
    expect(await heard.end).toBeInstanceOf(LagError);
    expect(a.life).not.toBe(life);
    await expect(collect(a, "t", 3).end).resolves.toBeInstanceOf(LagError);
    const anew = collect(a, "t", 0);
    expect(await b.publish("t", "first")).toBe(1);
    await vi.waitFor(() => expect(anew.data).toEqual(["first"]), WITHIN);
  }, 60_000);

  test("a number that somebody removed from Redis begins another life instead of a wrong order", async () => {
    const bus = await open();
    const { life } = bus;
    for (const n of upTo(3)) await bus.publish("t", n);
    const heard = collect(bus, "t");
    await control.del("rostrum:bus:head:t");
    await bus.publish("t", "anew");
    expect(await heard.end).toBeInstanceOf(LagError);
    expect(bus.life).not.toBe(life);
    expect((await bus.recent("t", 10)).events.map(({ data }) => data)).toEqual(["anew"]);
  });

  test("two databases of one Redis are two buses", async () => {
    const [a, b] = await Promise.all([1, 2].map((n) => openBus(`${redis.url}/${n}`, log)));
    if (a === undefined || b === undefined) throw new Error("no buses");
    buses.push(a, b);
    const [atA, atB] = [collect(a, "t"), collect(b, "t")];
    await a.publish("t", "a");
    await b.publish("t", "b");
    await vi.waitFor(() => expect([atA.data, atB.data]).toEqual([["a"], ["b"]]), WITHIN);
  });

  test("a topic that is quiet for long goes, first its events, then its number", async () => {
    const bus = await open();
    await bus.publish("t", 1);
    expect(await control.ttl("rostrum:bus:log:t")).toBeGreaterThan(3000);
    expect(await control.ttl("rostrum:bus:head:t")).toBeGreaterThan(80 * 24 * 3600);
    await control.del("rostrum:bus:log:t");
    expect(await bus.publish("t", 2)).toBe(2);
    await expect(collect(bus, "t", 0).end).resolves.toBeInstanceOf(LagError);
    expect(await bus.recent("t", 10)).toMatchObject({ head: 2, events: [{ seq: 2 }] });
  });

  test("what others say on its channels does no harm", async () => {
    const bus = await open();
    const heard = collect(bus, "t");
    await bus.publish("t", 1);
    for (const text of ["", "hello", `${bus.life} 1 1 {`, `other:life 9 1 "x"`]) {
      await control.publish("rostrum:bus:0:t", text);
    }
    await bus.publish("t", 2);
    await vi.waitFor(() => expect(heard.data).toEqual([1, 2]), WITHIN);
  });

  test("topics that nobody follows any more are not heard any more", async () => {
    const bus = await open();
    const first = collect(bus, "t");
    const second = new AbortController();
    const other = bus.subscribe("t", { signal: second.signal })[Symbol.asyncIterator]() as AsyncGenerator<BusEvent>;
    const channels = async (): Promise<unknown> => control.pubsub("CHANNELS", "rostrum:*");
    await vi.waitFor(async () => expect(await channels()).toEqual(["rostrum:bus:0:t"]), WITHIN);
    second.abort();
    expect(await other.next()).toEqual({ done: true, value: undefined });
    expect(await channels()).toEqual(["rostrum:bus:0:t"]);
    stop.abort();
    expect(await first.end).toBe("done");
    await vi.waitFor(async () => expect(await channels()).toEqual([]), WITHIN);
  });

  test("a Redis with a password is used with it, and nobody else is let in", async () => {
    await control.config("SET", "requirepass", "secretpw");
    try {
      const url = (password: string): string => redis.url.replace("//", `//:${password}@`);
      const refusal = await openBus(url("wrong"), log, 500).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: "StartError", message: expect.stringContaining("WRONGPASS") });
      const bus = await openBus(url("secretpw"), log);
      expect(await bus.publish("t", 1)).toBe(1);
      await bus.close();
    } finally {
      await control.config("SET", "requirepass", "");
    }
  });

  test("a Redis that cannot be used is named at start, without its password", async () => {
    const url = new URL(redis.url);
    url.password = "secretpw";
    url.port = "1";
    const refusal = openBus(url.href, log, 300);
    await expect(refusal).rejects.toMatchObject({
      name: "StartError",
      message: expect.stringMatching(/^Cannot use Redis at 127\.0\.0\.1:1 \(REDIS_URL\): .*ECONNREFUSED.*\.$/),
    });
    await expect(refusal).rejects.not.toThrow(/secretpw/);
  });
});
