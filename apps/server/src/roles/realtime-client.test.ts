/** The realtime client against a gateway on a real port: what it tells a page while connections break, and when none passes. */
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createHttp, type Http } from "@rostrum/client/http";
import { createRealtime, type Realtime, type RealtimeOptions, type RealtimeState } from "@rostrum/client/realtime";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { action, type RealtimeRules } from "../http/realtime-rules.ts";
import { openTestApp, type TestApp } from "../http/testing.ts";
import { AppError } from "../lib/app-error.ts";
import { systemClock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { createMetrics } from "../lib/metrics.ts";
import { publishToClients } from "../ports/bus-events.ts";
import { Gateway } from "../realtime/gateway.ts";
import { realtimeRoutes } from "../realtime/routes.ts";

/** A machine that is busy takes its time. */
const PATIENT = { timeout: 20_000 };

/** What becomes of a socket that wants in. */
type Door = "open" | "blocked" | "silent" | "expired";

let app: TestApp;
let gateway: Gateway;
let url: string;
let door: Door = "open";
let knocks = 0;
const sockets = new Set<Duplex>();
const silence = new WebSocketServer({ noServer: true });
/** What was sent, by its id; runs of it, also in vain. */
const done = new Map<string, string>();
let runs: string[] = [];
/** Called while something is being done. */
let meanwhile: () => void | Promise<void> = () => {};
let refuseTopic: AppError | null = null;
let topic: string;
const open: Realtime[] = [];

const rules: RealtimeRules = {
  topics: {
    chat: {
      admit: async () => {
        const refusal = refuseTopic;
        refuseTopic = null;
        if (refusal !== null) throw refusal;
      },
      snapshot: async () => ({ state: "whole" }),
    },
  },
  actions: {
    "chat.send": action(z.object({ text: z.string() }), async (_caller, { text }, sendId) => {
      runs.push(sendId);
      if (text === "forbidden") throw new AppError("forbidden", "You may not say that.");
      if (text === "who" && runs.length === 1) throw new AppError("unauthenticated", "Sign in first.");
      done.set(sendId, text);
      await meanwhile();
      return { text };
    }),
  },
};

beforeAll(async () => {
  app = await openTestApp({
    limits: { watchPerMin: 100_000 },
    plugins: (ctx) => {
      gateway = new Gateway({
        bus: ctx.bus,
        clock: systemClock,
        log: ctx.log,
        metrics: createMetrics(),
        rules,
        identify: async () => ({ viewer: { kind: "anonymous" }, address: "127.0.0.1" }),
        networkOf: () => undefined,
      });
      return [(one) => realtimeRoutes(one, { entrance: gateway.entrance, rules, log: ctx.log })];
    },
  });
  await app.app.listen({ port: 0, host: "127.0.0.1" });
  app.app.server.on("upgrade", (req, socket, head) => {
    knocks += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    if (door === "open") gateway.handleUpgrade(req, socket, head);
    else if (door === "silent") silence.handleUpgrade(req, socket, head, () => {});
    else if (door === "expired") silence.handleUpgrade(req, socket, head, (ws) => ws.close(4401));
    else socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  url = `http://127.0.0.1:${(app.app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await gateway.close();
  cut();
  app.app.server.closeAllConnections();
  await app.close();
});
beforeEach(() => {
  [door, knocks, runs, refuseTopic, meanwhile] = ["open", 0, [], null, () => {}];
  done.clear();
  topic = `chat:${newId()}`;
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function connect(options: Partial<RealtimeOptions> & { http?: Http } = {}) {
  const states: RealtimeState["kind"][] = [];
  const waiting = new Set<() => void>();
  const realtime = createRealtime({
    url: `${url.replace("http", "ws")}/realtime`,
    http: createHttp({ baseUrl: url }),
    onState: ({ kind }) => {
      states.push(kind);
      for (const look of waiting) look();
    },
    ...options,
    timing: { pauseMs: () => 5, pollEveryMs: 20, trySocketEveryMs: 60_000, ...options.timing },
  });
  open.push(realtime);
  return {
    realtime,
    states,
    /** Resolves when it is in this state. */
    reaches: (kind: RealtimeState["kind"]) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (realtime.state.kind !== kind) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** What a page is told, as words; `until` waits for so many. */
function listen(realtime: Realtime, name = topic) {
  const told: unknown[] = [];
  let look: () => void = () => {};
  const tell = (what: unknown): void => {
    told.push(what);
    look();
  };
  const stop = realtime.follow(name, {
    onReset: () => tell("reset"),
    onEvent: (event) => tell((event as { n: number }).n),
    onRefused: ({ code }) => tell(code),
  });
  const until = (enough: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => enough() && resolve();
      look();
    });
  return { told, stop, until };
}

const publish = (n: number, name = topic) => publishToClients(app.ctx.bus, name, { type: "chat.message", n } as never);
const cut = (): void => {
  for (const socket of sockets) socket.destroy();
};

test("a topic begins with its state, then its events; who follows it second gets the state, too", async () => {
  const { realtime, states } = connect();
  const first = listen(realtime);
  await first.until(() => first.told.length === 1);
  await publish(1);
  await first.until(() => first.told.includes(1));
  const second = listen(realtime);
  await second.until(() => second.told.length === 1);
  first.stop();
  await publish(2);
  await second.until(() => second.told.includes(2));
  expect([first.told.slice(0, 2), first.told.includes(2), second.told]).toEqual([["reset", 1], false, ["reset", 2]]);
  second.stop();
  expect(states).toEqual(["live"]);
});

test("connections that break again and again lose nothing and tell nothing twice", async () => {
  const { realtime } = connect();
  const page = listen(realtime);
  await page.until(() => page.told.length === 1);
  for (let n = 1; n <= 200; n += 1) {
    await publish(n);
    if (n % 20 === 10) cut();
    if (n % 20 === 0) await page.until(() => page.told.includes(n - 10));
  }
  await page.until(() => page.told.includes(200));
  expect(page.told).toEqual(["reset", ...Array.from({ length: 200 }, (_, at) => at + 1)]);
  expect(knocks).toBeGreaterThan(5);
});

test("what is sent while the connection breaks is done once and answered", async () => {
  const { realtime, reaches } = connect();
  await reaches("live");
  let hasBroken = false;
  // It is stored, but the answer never arrives.
  meanwhile = () => {
    if (!hasBroken) cut();
    hasBroken = true;
  };
  expect(await realtime.send("chat.send", { text: "hello" })).toEqual({ text: "hello" });
  expect([runs.length, new Set(runs).size, [...done.values()]]).toEqual([2, 1, ["hello"]]);
  await expect(realtime.send("chat.send", { text: "forbidden" })).rejects.toMatchObject({
    code: "forbidden",
    message: "You may not say that.",
  });
});

test("where no WebSocket passes, the same comes by polling, and what is sent goes by HTTP, once", async () => {
  door = "blocked";
  const { realtime, states, reaches } = connect();
  const page = listen(realtime);
  await reaches("polling");
  await page.until(() => page.told.length === 1);
  for (let n = 1; n <= 5; n += 1) {
    await publish(n);
    await page.until(() => page.told.includes(n));
  }
  expect(page.told).toEqual(["reset", 1, 2, 3, 4, 5]);
  expect(await realtime.send("chat.send", { text: "hello" })).toEqual({ text: "hello" });
  await expect(realtime.send("chat.send", { text: "forbidden" })).rejects.toMatchObject({ code: "forbidden" });
  expect(runs).toHaveLength(2);
  expect([states.includes("live"), knocks]).toEqual([false, expect.any(Number)]);
});

test("from polling it goes over to the socket when one passes, and misses nothing", async () => {
  door = "blocked";
  const { realtime, reaches } = connect({ timing: { pauseMs: () => 5, pollEveryMs: 20, trySocketEveryMs: 30 } });
  const page = listen(realtime);
  await reaches("polling");
  await page.until(() => page.told.length === 1);
  await publish(1);
  door = "open";
  await reaches("live");
  await publish(2);
  await page.until(() => page.told.includes(2));
  expect(page.told).toEqual(["reset", 1, 2]);
  door = "blocked";
  cut();
  await publish(3);
  await reaches("polling");
  await page.until(() => page.told.includes(3));
  expect(page.told).toEqual(["reset", 1, 2, 3]);
});

test("where sockets open and nothing comes through, polling goes on until something does", async () => {
  door = "silent";
  const { realtime, states, reaches } = connect({
    timing: { pauseMs: () => 5, answerWithinMs: 20, trySocketEveryMs: 30 },
  });
  const page = listen(realtime);
  await reaches("polling");
  await page.until(() => page.told.length === 1);
  for (let n = 1; n <= 5; n += 1) {
    await publish(n);
    expect(await realtime.send("chat.send", { text: String(n) })).toEqual({ text: String(n) });
    await page.until(() => page.told.includes(n));
  }
  const before = knocks;
  await expect.poll(() => knocks, PATIENT).toBeGreaterThan(before + 1);
  expect([states.includes("live"), realtime.state.kind, runs.length]).toEqual([false, "polling", 5]);
  door = "open";
  await reaches("live");
  await publish(6);
  await page.until(() => page.told.includes(6));
  expect(page.told).toEqual(["reset", 1, 2, 3, 4, 5, 6]);
});

test("a poll or a send that nobody answers is made again", async () => {
  door = "blocked";
  const http = createHttp({ baseUrl: url });
  const hung: string[] = [];
  const hangOnce: Http["call"] = (path, call) => {
    if (hung.includes(path)) return http.call(path, call);
    hung.push(path);
    return new Promise((_, reject) => {
      call?.signal?.addEventListener("abort", () => reject(new Error("given up")));
    });
  };
  const { realtime } = connect({ http: { ...http, call: hangOnce }, timing: { requestWithinMs: 30 } });
  const page = listen(realtime);
  await page.until(() => page.told.length === 1);
  expect(await realtime.send("chat.send", { text: "hello" })).toEqual({ text: "hello" });
  expect([page.told, hung]).toEqual([["reset"], ["/realtime/poll", "/realtime/send"]]);
});

test("what is sent while polling stays in order, also when the first try is in vain", async () => {
  door = "blocked";
  const http = createHttp({ baseUrl: url });
  let failures = 0;
  const call: Http["call"] = (path, options) => {
    if (path === "/realtime/send" && (failures += 1) === 1) return Promise.reject(new Error("lost on the way"));
    return http.call(path, options);
  };
  const { realtime, reaches } = connect({ http: { ...http, call } });
  listen(realtime);
  await reaches("polling");
  await Promise.all(["one", "two", "three"].map((text) => realtime.send("chat.send", { text })));
  expect([...done.values()]).toEqual(["one", "two", "three"]);
});

test("each try in vain makes the next pause longer; one that brings something begins anew", async () => {
  door = "blocked";
  const asked: number[] = [];
  const pauseMs = (failures: number): number => {
    asked.push(failures);
    return 2;
  };
  // Nobody answers polls either: the server is away.
  const http = { call: async () => Promise.reject(new Error("away")), renew: async () => false };
  const { realtime, reaches } = connect({ http, timing: { pauseMs, pollEveryMs: 10_000 } });
  await expect.poll(() => asked.length, PATIENT).toBeGreaterThan(4);
  expect(asked.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
  door = "open";
  await reaches("live");
  const page = listen(realtime);
  await page.until(() => page.told.length === 1);
  asked.length = 0;
  cut();
  await expect.poll(() => asked[0], PATIENT).toBe(0);
});

test("a connection on which nobody answers is given up, and another one made", async () => {
  door = "silent";
  const { realtime, states, reaches } = connect({ timing: { pauseMs: () => 5, quietMs: 20, answerWithinMs: 500 } });
  const page = listen(realtime);
  await reaches("waiting");
  door = "open";
  await page.until(() => page.told.length === 1);
  expect(states.slice(0, 2)).toEqual(["waiting", "live"]);
  // It is quiet here, but somebody is there.
  const before = knocks;
  await publish(1);
  await page.until(() => page.told.includes(1));
  expect(knocks).toBe(before);
});

test("a refusal stands until the topic is followed anew; one that passes is asked again", async () => {
  const { realtime } = connect();
  refuseTopic = new AppError("forbidden", "Not for you.");
  const first = listen(realtime);
  await first.until(() => first.told.length === 1);
  expect(first.told).toEqual(["forbidden"]);
  const second = listen(realtime);
  await second.until(() => second.told.length === 1);
  expect(second.told).toEqual(["reset"]);
  refuseTopic = new AppError("unavailable", "Try again soon.");
  const third = listen(realtime, `chat:${newId()}`);
  await third.until(() => third.told.length === 1);
  expect(third.told).toEqual(["reset"]);
});

test("an expired session is renewed, and what was refused is sent again", async () => {
  let renewals = 0;
  const renew = async (): Promise<boolean> => {
    renewals += 1;
    return true;
  };
  const { realtime, reaches } = connect({ http: { ...createHttp({ baseUrl: url }), renew } });
  await reaches("live");
  expect(await realtime.send("chat.send", { text: "who" })).toEqual({ text: "who" });
  expect([renewals, runs.length, new Set(runs).size, knocks]).toEqual([1, 2, 1, 2]);
});

test("a connection that ends with its session comes back when that is renewed, not before", async () => {
  door = "expired";
  let knocksBefore = 0;
  const renew = async (): Promise<boolean> => {
    // Longer than the pause before the next try.
    await new Promise((resolve) => setTimeout(resolve, 100));
    knocksBefore = knocks;
    door = "open";
    return true;
  };
  const { realtime } = connect({ http: { ...createHttp({ baseUrl: url }), renew } });
  const page = listen(realtime);
  await page.until(() => page.told.length === 1);
  expect([page.told, knocksBefore, knocks]).toEqual([["reset"], 1, 2]);
});

test("a session that has ended is said so", async () => {
  const { realtime, reaches } = connect({ http: { ...createHttp({ baseUrl: url }), renew: async () => false } });
  await reaches("live");
  await expect(realtime.send("chat.send", { text: "who" })).rejects.toMatchObject({ code: "unauthenticated" });
  expect(knocks).toBe(1);
});

test("what gets no answer is given up after its time, and too much at once is refused", async () => {
  door = "silent";
  const { realtime } = connect({ timing: { pauseMs: () => 5, sendWithinMs: 50 } });
  await expect.poll(() => knocks, PATIENT).toBe(1);
  const sent = Array.from({ length: 33 }, (_, n) => realtime.send("chat.send", { text: String(n) }));
  const ends = await Promise.allSettled(sent);
  const codes = ends.map((end) => (end.status === "rejected" ? (end.reason as { code: string }).code : "done"));
  expect([codes.filter((code) => code === "offline").length, codes.at(-1)]).toEqual([32, "rate_limited"]);
});

test("closing ends it for good", async () => {
  const { realtime, states, reaches } = connect();
  const page = listen(realtime);
  await page.until(() => page.told.length === 1);
  meanwhile = () => new Promise(() => {});
  const sending = realtime.send("chat.send", { text: "hello" });
  realtime.close();
  await expect(sending).rejects.toMatchObject({ code: "offline" });
  await reaches("closed");
  await expect.poll(() => sockets.size, PATIENT).toBe(0);
  await publish(1);
  expect([page.told, states.at(-1), knocks]).toEqual([["reset"], "closed", 1]);
});
