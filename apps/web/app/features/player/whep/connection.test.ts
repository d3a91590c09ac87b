/** One connection from its offer to its end, by literal times; the browser and the server are played by the test. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WhepConnection } from "./connection.ts";
import { Target, TestPeer, TestStream } from "./testing.ts";

type Asked = Readonly<{ method: string; url: string; keepalive: boolean; isGivenUp: () => boolean }>;

const CREATED = { status: 201, headers: { location: "/whep/show/1" } };

/** A browser in which one connection is opened, and a server that answers like this. */
function browser(
  answer: () => Response | Promise<Response> = () => new Response("v=0\r\n", CREATED),
  isAwaited = true,
) {
  const page = new Target();
  const asked: Asked[] = [];
  const told: string[] = [];
  const peer = new TestPeer();
  const video = { muted: false, srcObject: null as unknown, play: () => Promise.resolve() };
  vi.stubGlobal("RTCPeerConnection", function RTCPeerConnection() {
    return peer;
  });
  vi.stubGlobal("MediaStream", TestStream);
  vi.stubGlobal("document", { createElement: () => video });
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("fetch", async (url: string, { method, keepalive = false, signal }: RequestInit) => {
    asked.push({ method: String(method), url, keepalive, isGivenUp: () => signal?.aborted === true });
    const givenUp = new Promise<never>((_, reject) => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
    givenUp.catch(() => undefined);
    const response = await Promise.race([givenUp, method === "DELETE" ? new Response(null) : answer()]);
    return Object.defineProperty(response, "url", { value: "https://live.example/whep/show" });
  });
  const connection = new WhepConnection("/whep/show", () => isAwaited, {
    onReady: () => told.push("ready"),
    onTrouble: ({ kind, reason }) => told.push(`${kind}: ${reason}`),
    onEnd: () => told.push("end"),
  });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const connects = async (): Promise<void> => {
    await pass(200);
    peer.become("connected");
    peer.counted = { framesReceived: 1, framesDecoded: 1 };
    await pass(100);
  };
  const listeners = (): string[] => [page, peer, peer.channel].flatMap((target) => target.listeners);
  return { page, peer, video, asked, told, connection, pass, connects, listeners };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it is ready with its first picture, and leaves nothing when it is closed", async () => {
  const { connection, peer, video, asked, told, pass, connects, listeners } = browser();
  await pass(1000);
  expect(told).toEqual([]);
  await connects();
  expect(told).toEqual(["ready"]);
  await pass(600_000);
  expect([told, vi.getTimerCount()]).toEqual([["ready"], 0]);
  connection.close();
  // The server is told first: it would not know the session any more.
  expect(peer.isClosed).toBe(false);
  await pass(0);
  expect(peer.isClosed).toBe(true);
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST /whep/show",
    "DELETE https://live.example/whep/show/1",
  ]);
  expect([listeners(), video.srcObject, vi.getTimerCount(), connection.isClosed]).toEqual([[], null, 0, true]);
  peer.become("closed");
  peer.tell({ type: "end" });
  expect(told).toEqual(["ready"]);
});

test.each([
  [400, "refused"],
  [401, "refused"],
  [403, "refused"],
  [404, "refused"],
  [415, "refused"],
  [422, "refused"],
  [409, "declined"],
  [500, "declined"],
  [503, "declined"],
])("an answer of %i means that it is %s", async (status, kind) => {
  const { told, pass, listeners, peer } = browser(() => new Response("", { status }));
  await pass(10_000);
  expect(told).toEqual([`${kind}: answered ${status}`]);
  expect([listeners(), peer.isClosed, vi.getTimerCount()]).toEqual([[], true, 0]);
});

test.each([
  ["cannot be asked", new TypeError("Failed to fetch")],
  ["answers too late", new DOMException("signal timed out", "TimeoutError")],
])("of a server that %s nobody knows whether packets get through", async (_, error) => {
  const { told, pass, listeners, peer } = browser(() => Promise.reject(error));
  await pass(0);
  expect([told, listeners(), peer.isClosed]).toEqual([[`unanswered: ${error.message}`], [], true]);
});

test("an answer that the browser cannot use is no matter of the line", async () => {
  const { told, peer, pass, listeners } = browser();
  peer.setRemoteDescription = () => Promise.reject(new TypeError("no such codec"));
  await pass(0);
  expect([told, listeners(), peer.isClosed]).toEqual([["poor: no such codec"], [], true]);
});

test("where no packet comes through it is given up after 4 s", async () => {
  const { told, pass, asked, listeners, peer } = browser();
  peer.become("connecting");
  await pass(3900);
  expect(told).toEqual([]);
  await pass(200);
  expect(told).toEqual(["blocked: no way through by UDP"]);
  expect([asked.at(-1)?.method, listeners(), peer.isClosed, vi.getTimerCount()]).toEqual(["DELETE", [], true, 0]);
});

test("a connection by which no picture comes is given up after 6 s", async () => {
  const { told, pass, peer } = browser();
  await pass(100);
  peer.become("connected");
  await pass(5800);
  expect(told).toEqual([]);
  await pass(200);
  expect(told).toEqual(["poor: no picture came"]);
});

test.each([
  ["failed", false, "blocked"],
  ["failed", true, "poor"],
  ["disconnected", true, "poor"],
  ["closed", true, "poor"],
])("%s (connected before: %s) is %s", async (state, wasConnected, kind) => {
  const { told, pass, peer, connects } = browser();
  if (wasConnected) await connects();
  else await pass(100);
  peer.become(state);
  expect(told.at(-1)).toBe(`${kind}: connection ${state}`);
});

test.each([
  [{ type: "handover", reason: "unauthorized" }, "refused: handed over: unauthorized"],
  [{ type: "handover", reason: "slow" }, "poor: handed over: slow"],
  [{ type: "handover", reason: "mode" }, "declined: handed over: mode"],
  [{ type: "handover", reason: "stopping" }, "declined: handed over: stopping"],
  [{ type: "end" }, "end"],
])("%o is told once, and ends it", async (message, word) => {
  const { told, peer, connects, connection, listeners } = browser();
  await connects();
  peer.tell(message);
  peer.tell(message);
  peer.channel.dispatchEvent(new Event("close"));
  expect([told, connection.isClosed, listeners()]).toEqual([["ready", word], true, []]);
});

test("a channel that the server closes is the end of it", async () => {
  const { told, peer, connects } = browser();
  await connects();
  peer.channel.dispatchEvent(new Event("close"));
  expect(told).toEqual(["ready", "declined: closed by the server"]);
});

test("what plays already is not left for an older picture", async () => {
  const { told, peer, pass } = browser(undefined, false);
  await pass(200);
  peer.become("connected");
  for (const framesReceived of [20, 40, 60]) {
    peer.counted = { framesReceived, framesDecoded: framesReceived - 15 };
    await pass(50);
  }
  expect(told).toEqual([]);
  peer.counted = { framesReceived: 61, framesDecoded: 60 };
  await pass(100);
  expect(told).toEqual(["ready"]);
});

test("a show without pictures is ready with its first sound, and has no track for pictures", async () => {
  const { told, peer, connection, pass } = browser();
  await pass(100);
  peer.bring({ kind: "video" });
  peer.bring({ kind: "audio" });
  const { tracks } = connection.stream as unknown as TestStream;
  expect(tracks.size).toBe(2);
  peer.tell({ type: "tracks", video: false, audio: true, transcoded: false });
  expect([...tracks]).toEqual([{ kind: "audio" }]);
  peer.counted = { packetsReceived: 3 };
  await pass(100);
  expect(told).toEqual(["ready"]);
});

test("a page that is left has no connection from that moment on, so that a browser may keep it", async () => {
  const { page, peer, asked, told, connects, connection } = browser();
  await connects();
  page.dispatchEvent(new Event("pagehide"));
  expect([peer.isClosed, connection.isClosed, told]).toEqual([true, true, ["ready"]]);
  expect(asked.at(-1)).toMatchObject({ method: "DELETE", keepalive: true });
});

test("one that is closed before the server is asked tells it nothing", async () => {
  const { connection, peer, told, pass, listeners } = browser();
  connection.close();
  await pass(10_000);
  expect([peer.isClosed, told, listeners(), vi.getTimerCount()]).toEqual([true, [], [], 0]);
});

test("one that is closed before the answer comes does not wait for it", async () => {
  let answer: ((response: Response) => void) | undefined;
  const { connection, peer, asked, told, pass, listeners } = browser(
    () => new Promise<Response>((resolve) => (answer = resolve)),
  );
  await pass(1000);
  expect(asked.map(({ method, isGivenUp }) => [method, isGivenUp()])).toEqual([["POST", false]]);
  connection.close();
  await pass(0);
  expect([asked[0]?.isGivenUp(), peer.isClosed, told]).toEqual([true, true, []]);
  answer?.(new Response("v=0\r\n", CREATED));
  await pass(10_000);
  // There is no session to end: the server ends what nobody connects to.
  expect([asked.length, told, listeners(), vi.getTimerCount()]).toEqual([1, [], [], 0]);
});
