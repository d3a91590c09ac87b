import { createHttp } from "@rostrum/client/http";
import { createRealtime } from "@rostrum/client/realtime";
import { afterEach, expect, test, vi } from "vitest";
import { PageConnection } from "./connection.ts";

type Asked = Readonly<{ type: string; id?: string; topic?: string }>;

/** The far end: it lets everybody in, gives every topic, and takes whatever is sent. */
class ServerSocket extends EventTarget {
  static readonly opened: ServerSocket[] = [];
  readyState = 0;

  constructor() {
    super();
    ServerSocket.opened.push(this);
    queueMicrotask(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }

  send(text: string): void {
    const asked = JSON.parse(text) as Asked;
    queueMicrotask(() => this.#answer(asked));
  }

  close(): void {
    this.readyState = 3;
  }

  #answer({ type, id, topic }: Asked): void {
    if (type === "ping") this.say({ type: "pong" });
    if (type === "subscribe") this.say({ type: "reset", topic, cursor: "life.0", snapshot: null });
    if (type === "send") this.say({ type: "ack", id, result: "done" });
  }

  say(message: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify([message]) }));
  }
}

afterEach(() => {
  ServerSocket.opened.length = 0;
  vi.useRealTimers();
});

function start() {
  const page = new PageConnection((onState) =>
    createRealtime({
      url: "ws://server.example/realtime",
      http: createHttp({ baseUrl: "" }),
      WebSocket: ServerSocket as unknown as typeof WebSocket,
      onState,
    }),
  );
  const told: string[] = [];
  const follow = (person: string | null, topic: string) =>
    page.follow(person, topic, { onReset: () => told.push(topic), onEvent: (event) => told.push(String(event)) });
  return { page, told, follow };
}

test("somebody else who signs in gets a connection of their own, and what is said for the former does not end it", async () => {
  const { page, told, follow } = start();
  const leave = follow(null, "chat:one");
  expect(await page.send(null, "chat.send", {})).toBe("done");
  leave();
  const stop = follow("ada", "chat:two");
  expect(await page.send("ada", "chat.send", {})).toBe("done");
  // It was on its way when she signed in.
  await expect(page.send(null, "chat.send", {})).rejects.toMatchObject({ code: "unauthenticated" });
  expect(ServerSocket.opened.map(({ readyState }) => readyState)).toEqual([3, 1]);
  ServerSocket.opened[1]?.say({ type: "events", topic: "chat:two", cursor: "life.1", events: ["said"] });
  expect(told).toEqual(["chat:one", "chat:two", "said"]);
  stop();
});

test("a connection that nobody uses any more is closed, also when it was only sent on", async () => {
  vi.useFakeTimers();
  const { page, follow } = start();
  const leave = follow(null, "chat:one");
  leave();
  const again = follow(null, "chat:one");
  await vi.advanceTimersByTimeAsync(20_000);
  expect([ServerSocket.opened.length, page.state().kind]).toEqual([1, "live"]);
  again();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([ServerSocket.opened[0]?.readyState, page.state().kind]).toEqual([3, "connecting"]);
  expect(await page.send(null, "chat.send", {})).toBe("done");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ServerSocket.opened.map(({ readyState }) => readyState)).toEqual([3, 3]);
});
