/** When the player goes over to WebRTC and back, by literal times; the connections are played by the test. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WatchLog } from "../watch-log.ts";
import type { Connection, ConnectionEvents, WhepTrouble } from "./connection.ts";
import { type ConnectionTotals, NOTHING } from "./flow-watch.ts";
import { ShowTime } from "./show-time.ts";
import { type LeftAt, WhepStep } from "./step.ts";

const CLOCK = { rtp: 0, rateHz: 90_000, mediaSec: 100, wallZeroMs: 0 };

/** The far end: brings 30 pictures a second until the test says otherwise. */
class TestConnection implements Connection {
  readonly url: string;
  readonly isAwaited: () => boolean;
  readonly events: ConnectionEvents;
  readonly stream = {} as MediaStream;
  readonly time = new ShowTime();
  readonly hasVideo = true;
  readonly newestRtp = undefined;
  readonly #beganAtMs = performance.now();
  isClosed = false;
  brings = (sec: number): Partial<ConnectionTotals> => ({ packets: 200 * sec, frames: 30 * sec });

  constructor(url: string, isAwaited: () => boolean, events: ConnectionEvents) {
    this.url = url;
    this.isAwaited = isAwaited;
    this.events = events;
  }

  totals(): Promise<ConnectionTotals> {
    return Promise.resolve({ ...NOTHING, ...this.brings((performance.now() - this.#beganAtMs) / 1000) });
  }
  close(): void {
    this.isClosed = true;
  }
  /** As a connection does: it is closed before it tells. */
  fail(kind: WhepTrouble["kind"], reason = "it fails"): void {
    this.close();
    this.events.onTrouble({ kind, reason });
  }
}

type ShownFrame = (nowMs: number, frame: Readonly<{ rtpTimestamp: number; receiveTime: number }>) => void;

/** As much of a <video> as the step uses: it has no size, so that no still is drawn of it. */
class TestVideo {
  srcObject: MediaStream | null = null;
  playbackRate = 1;
  currentTime = 0;
  paused = false;
  readonly dataset: Record<string, string> = {};
  readonly videoWidth = 0;
  #shown: ShownFrame | undefined;

  requestVideoFrameCallback(shown: ShownFrame): void {
    this.#shown = shown;
  }
  show(sec: number): void {
    const shown = this.#shown;
    this.#shown = undefined;
    shown?.(performance.now(), { rtpTimestamp: sec * CLOCK.rateHz, receiveTime: performance.now() });
  }
}

/** A player that wants WebRTC at the address `/a`. */
function player() {
  const video = new TestVideo();
  const log = new WatchLog();
  const wants = { url: "/a" as string | null, lowest: true, play: true, interrupted: false };
  const told: string[] = [];
  const left: LeftAt[] = [];
  const made: TestConnection[] = [];
  const step = new WhepStep(
    {
      video: video as unknown as HTMLVideoElement,
      log,
      url: () => wants.url,
      isWanted: () => wants.lowest,
      isToPlay: () => wants.play,
      isInterrupted: () => wants.interrupted,
      onTakeOver: () => told.push("takes over"),
      onOpened: () => told.push("opened"),
      onLeft: (at) => {
        told.push("left");
        left.push(at);
      },
      onShowEnded: () => told.push("ended"),
    },
    (...how) => {
      const connection = new TestConnection(...how);
      made.push(connection);
      return connection;
    },
  );
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      await vi.advanceTimersByTimeAsync(100);
      log.tick(performance.now(), true, 0);
      step.tick(performance.now());
    }
    // What was looked at is told in the next turn.
    await vi.advanceTimersByTimeAsync(0);
  };
  /** Those that are open. */
  const open = (): string[] => made.flatMap(({ isClosed, url }) => (isClosed ? [] : [url]));
  const last = (): TestConnection => made.at(-1)!;
  /** It plays, and knows where: at 99.8 s when 100 s are live. */
  const plays = (): TestConnection => {
    step.begin(performance.now());
    const connection = last();
    connection.time.told(CLOCK, performance.now());
    connection.events.onReady();
    video.show(99.8);
    return connection;
  };
  return { step, video, log, wants, told, left, made, pass, open, last, plays };
}

beforeEach(() => {
  vi.useFakeTimers();
  // The ladder counts from the page's begin.
  vi.advanceTimersByTime(1000);
  vi.stubGlobal("RTCPeerConnection", class {});
  vi.stubGlobal("document", { hidden: false });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it begins first, and plays when it is ready", async () => {
  const { step, video, told, pass, open, last } = player();
  expect(step.begin(performance.now())).toBe(true);
  await pass(600);
  expect([told, last().isAwaited()]).toEqual([[], true]);
  last().events.onReady();
  await pass(30_000);
  expect([told, open(), step.isPlaying, step.lack]).toEqual([["takes over", "opened"], ["/a"], true, null]);
  expect(video.srcObject).toBe(last().stream);
});

test("who has lost the head start may still take over", async () => {
  const { step, told, left, pass, open, last } = player();
  step.begin(performance.now());
  await pass(1000);
  expect([told, left, open(), last().isAwaited()]).toEqual([["left"], [undefined], ["/a"], false]);
  last().events.onReady();
  expect(told).toEqual(["left", "takes over", "opened"]);
});

test.each([
  ["a server that does not answer", "unanswered"],
  ["a path that is blocked", "blocked"],
  ["a server that has no place", "declined"],
  ["a picture that does not come", "poor"],
] as const)("%s: something else goes on, and it is tried again after 15 s", async (_, kind) => {
  const { step, told, pass, made, last, log } = player();
  step.begin(performance.now());
  await pass(500);
  last().fail(kind, "so it was");
  expect([told, step.lack, log.lastError]).toEqual([["left"], kind, "webrtc: so it was"]);
  await pass(14_900);
  expect(made).toHaveLength(1);
  await pass(200);
  expect([made.length, step.lack]).toEqual([2, null]);
  last().events.onReady();
  expect(told).toEqual(["left", "takes over", "opened"]);
});

test("a picture that stands for 4 s while sound goes on is left, and the place is handed on", async () => {
  const { step, video, told, left, pass, open, plays } = player();
  const connection = plays();
  await pass(5000);
  video.show(104.8);
  connection.brings = (sec) => ({ packets: 200 * sec, frames: 150 });
  await pass(3500);
  expect(step.isPlaying).toBe(true);
  await pass(1500);
  expect([told.at(-1), open(), step.lack]).toEqual(["left", [], "poor"]);
  expect([video.srcObject, video.dataset]).toEqual([null, {}]);
  expect(left[0]?.shownSec).toBeCloseTo(104.8);
  // Live has gone on meanwhile; more than 2 s of it are not guessed.
  expect(left[0]?.edgeSec).toBeCloseTo(106.8);
});

test("three freezes in 12 s are too many, and each is counted", async () => {
  const { step, log, pass, plays } = player();
  const connection = plays();
  let freezes = 0;
  connection.brings = (sec) => ({ packets: 200 * sec, frames: 30 * sec, freezes, freezesMs: 400 * freezes });
  // The first two are 14 s apart.
  for (const ms of [1000, 14_000, 5000]) {
    await pass(ms);
    freezes += 1;
  }
  await pass(1000);
  expect([step.isPlaying, log.stalls, Math.round(log.stalledMs)]).toEqual([true, 3, 1200]);
  freezes += 1;
  await pass(1000);
  expect([step.isPlaying, step.lack, log.stalls]).toEqual([false, "poor", 4]);
});

test("a freeze is not taken for the stall of what played before", async () => {
  const { log, pass, plays } = player();
  await pass(100);
  log.stallBegan();
  await pass(300);
  log.stallEnded();
  const connection = plays();
  await pass(100);
  connection.brings = (sec) => ({ packets: 200 * sec, frames: 30 * sec, freezes: 1, freezesMs: 200 });
  await pass(600);
  expect([log.stalls, Math.round(log.stalledMs)]).toEqual([2, 500]);
});

test("what broke off while the machine slept is tried again at once; what fails then is blamed", async () => {
  const { step, told, pass, open, made, last, plays } = player();
  const connection = plays();
  await pass(2000);
  connection.brings = () => ({ packets: 400, frames: 60 });
  await vi.advanceTimersByTimeAsync(60_000);
  await pass(2500);
  expect([told.at(-1), open(), made.length, step.lack]).toEqual(["left", ["/a"], 2, null]);
  last().fail("unanswered");
  await pass(2000);
  expect([made.length, step.lack]).toEqual([2, "unanswered"]);
});

test.each([
  ["the address changes", ({ wants, step }: ReturnType<typeof player>) => ((wants.url = "/b"), step.renewed())],
  ["the viewer chooses, or the source comes back", ({ step }: ReturnType<typeof player>) => step.startOver()],
])("a refusal is not repeated before %s", async (_, change) => {
  const it = player();
  it.step.begin(performance.now());
  it.last().fail("refused", "answered 403");
  await it.pass(600_000);
  expect([it.made.length, it.step.lack, it.told]).toEqual([1, "refused", ["left"]]);
  change(it);
  await it.pass(200);
  expect([it.made.length, it.step.lack]).toEqual([2, null]);
});

test("tries that are in vain come later and later, up to 4 min; whoever chooses anew need not wait", async () => {
  const { step, made, pass, last } = player();
  step.begin(performance.now());
  const waitsSec: number[] = [];
  for (let n = 1; n <= 6; n += 1) {
    // It takes the connection 4 s to see that nothing gets through.
    await pass(4000);
    last().fail("blocked");
    const failedAtMs = performance.now();
    while (made.length === n) await pass(100);
    waitsSec.push(Math.round((performance.now() - failedAtMs) / 1000));
  }
  expect(waitsSec).toEqual([15, 30, 60, 120, 240, 240]);
  last().fail("blocked");
  step.startOver();
  await pass(100);
  expect(made).toHaveLength(8);
});

test("one with a newer token takes over before the older one is closed", async () => {
  const { step, video, wants, told, pass, open, made, plays } = player();
  plays();
  wants.url = "/a?token=newer";
  step.renewed();
  await pass(800);
  expect([open(), step.isPlaying]).toEqual([["/a", "/a?token=newer"], true]);
  expect(video.srcObject).toBe(made[0]!.stream);
  told.length = 0;
  made[1]!.events.onReady();
  expect([open(), told]).toEqual([["/a?token=newer"], ["takes over", "opened"]]);
  expect(video.srcObject).toBe(made[1]!.stream);
  await pass(5000);
  expect([made.length, told.includes("left")]).toEqual([2, false]);
});

test.each(["refused", "declined", "poor"] as const)(
  "an older one that ends (%s) while the newer one opens ends nothing but itself",
  async (kind) => {
    const { step, wants, told, left, pass, open, made, plays } = player();
    plays();
    wants.url = "/a?token=newer";
    step.renewed();
    await pass(300);
    told.length = 0;
    made[0]!.fail(kind);
    expect([told, open()]).toEqual([["left"], ["/a?token=newer"]]);
    expect(left.at(-1)?.shownSec).toBeCloseTo(99.8);
    await pass(1000);
    made[1]!.events.onReady();
    await pass(5000);
    expect([told, open(), made.length]).toEqual([["left", "takes over", "opened"], ["/a?token=newer"], 2]);
  },
);

test.each([
  ["refused", Infinity],
  ["blocked", 15_000],
] as const)("a newer one that fails (%s) does not end the older one, which plays", async (kind, againMs) => {
  const { step, wants, told, pass, open, made, plays } = player();
  plays();
  wants.url = "/a?token=newer";
  step.renewed();
  await pass(300);
  told.length = 0;
  made[1]!.fail(kind);
  await pass(14_000);
  expect([told, open(), step.isPlaying, step.lack, made.length]).toEqual([[], ["/a"], true, null, 2]);
  await pass(2000);
  expect(made.length).toBe(againMs < 16_000 ? 3 : 2);
});

test("a page that comes back from where the browser kept it tries again at once", async () => {
  const { step, told, pass, open, made, plays } = player();
  const connection = plays();
  await pass(2000);
  // As `pagehide` does, without a word.
  connection.close();
  await vi.advanceTimersByTimeAsync(60_000);
  await pass(200);
  expect([told.at(-1), open(), made.length, step.lack]).toEqual(["left", ["/a"], 2, null]);
  // It was not there yet, either.
  made[1]!.close();
  await pass(200);
  expect([open(), made.length]).toEqual([["/a"], 3]);
});

test("who pauses for 20 s is not sent the show, until it is to go on", async () => {
  const { step, wants, told, left, pass, open, made, plays } = player();
  plays();
  wants.play = false;
  await pass(19_000);
  expect([step.isPlaying, open()]).toEqual([true, ["/a"]]);
  await pass(60_000);
  expect([told.at(-1), open(), made.length]).toEqual(["left", [], 1]);
  expect(left.at(-1)?.shownSec).toBeCloseTo(99.8);
  wants.play = true;
  await pass(200);
  expect(open()).toEqual(["/a"]);
});

test("what comes too late for a viewer who has paused is not taken", async () => {
  const { step, wants, told, pass, open, last } = player();
  step.begin(performance.now());
  await pass(1000);
  wants.play = false;
  last().events.onReady();
  await pass(5000);
  expect([told, open()]).toEqual([["left"], []]);
});

test("while the source is gone nothing is tried, and no line is blamed", async () => {
  const { step, wants, pass, made, plays } = player();
  const connection = plays();
  wants.interrupted = true;
  connection.brings = () => ({ packets: 200, frames: 30 });
  await pass(60_000);
  expect([step.isPlaying, step.lack, made.length]).toEqual([false, null, 1]);
  wants.interrupted = false;
  await pass(200);
  expect(made).toHaveLength(2);
});

test("whoever wants to be elsewhere, or less close to live, is not followed", async () => {
  const { step, wants, told, pass, open, plays } = player();
  plays();
  told.length = 0;
  step.leaveQuietly();
  wants.lowest = false;
  await pass(60_000);
  expect([told, open(), step.lack]).toEqual([[], [], null]);
  wants.lowest = true;
  await pass(200);
  expect(open()).toEqual(["/a"]);
  wants.lowest = false;
  await pass(200);
  expect([told, open()]).toEqual([[], []]);
});

test("the end of the show is told before anything else goes on", async () => {
  const { told, pass, open, plays, wants, step } = player();
  const connection = plays();
  wants.url = "/a?token=newer";
  step.renewed();
  await pass(200);
  told.length = 0;
  connection.close();
  connection.events.onEnd();
  expect([told, open()]).toEqual([["ended", "left"], []]);
});

test("a browser without WebRTC, a show without", async () => {
  const without = player();
  without.wants.url = null;
  expect([without.step.begin(performance.now()), without.step.lack]).toEqual([false, null]);
  vi.stubGlobal("RTCPeerConnection", undefined);
  const { step, pass, made } = player();
  expect(step.begin(performance.now())).toBe(false);
  await pass(60_000);
  expect([made.length, step.lack]).toEqual([0, "missing"]);
});

test("nothing is left behind", async () => {
  const { step, video, wants, told, pass, open, made, plays } = player();
  plays();
  wants.url = "/a?token=newer";
  step.renewed();
  await pass(700);
  expect(video.dataset["mediaOffset"]).toBeDefined();
  told.length = 0;
  step.close();
  expect([open(), video.srcObject, video.dataset, vi.getTimerCount()]).toEqual([[], null, {}, 0]);
  // What was on its way changes nothing any more.
  made[1]!.events.onReady();
  video.show(101);
  await vi.advanceTimersByTimeAsync(1000);
  expect([told, video.srcObject, video.dataset]).toEqual([[], null, {}]);
});
