/** When frame by frame is left, and who is blamed for it, by literal times; the browser and the server are played by the test. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Delivery } from "./delivery.ts";
import { TestVideo, stubBrowser } from "./testing.ts";
import { WatchLog } from "./watch-log.ts";

/** A viewer who watches frame by frame. */
async function player() {
  const { sockets } = stubBrowser();
  const log = new WatchLog();
  log.joinMs = 100;
  const video = new TestVideo();
  video.paused = false;
  const delivery = new Delivery(
    video.element,
    { url: "/live.m3u8", realtimeUrl: "/realtime", mode: "lowest", live: true, autoplay: true },
    log,
    { onOpened: () => undefined, onTrouble: () => undefined, onShowEnded: () => undefined },
  );
  const tick = (): void => {
    log.tick(performance.now(), true, 0);
    delivery.tick(performance.now());
  };
  const pass = async (ms: number, act: () => void = () => undefined): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      await vi.advanceTimersByTimeAsync(100);
      act();
      tick();
    }
  };
  delivery.start({ at: "edge" });
  const [socket] = sockets;
  socket!.begins();
  await pass(2000, () => socket!.frame());
  expect([delivery.mode, delivery.isRealtime, sockets.length]).toEqual(["lowest", true, 1]);
  return { delivery, video, sockets, socket: socket!, pass, tick };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a second without a frame is trouble: it is tried again after 15 s", async () => {
  const { delivery, sockets, pass } = await player();
  await pass(1500);
  expect([delivery.mode, delivery.isRealtime]).toEqual(["balanced", false]);
  await pass(13_000);
  expect(sockets).toHaveLength(1);
  await pass(3000);
  expect([delivery.mode, sockets.length]).toEqual(["lowest", 2]);
  delivery.close();
});

type Player = Awaited<ReturnType<typeof player>>;

test.each([
  ["plays", "without a word", () => undefined],
  ["plays", "and its socket broke off", ({ socket }: Player) => socket.breaksOff()],
  ["plays", "and was handed over", ({ socket, tick }: Player) => (socket.frame(), tick(), socket.handsOver())],
  ["has paused", "without a word", ({ video }: Player) => void (video.paused = true)],
])("who %s in a page that was kept, frozen or asleep (%s) blames nobody", async (_what, _how, comeBack) => {
  const it = await player();
  const { delivery, video, sockets, socket, pass } = it;
  await vi.advanceTimersByTimeAsync(60_000);
  comeBack(it);
  await pass(1500);
  expect([delivery.mode, socket.isClosed]).toEqual(["lowest", true]);
  video.paused = false;
  await pass(1500);
  expect([delivery.mode, sockets.length]).toEqual(["lowest", 2]);
  delivery.close();
});
