/** Tracks of one sender on one clock. */
import { expect, test } from "vitest";
import { ntpFromUnixMs, type SenderClock } from "./ntp.ts";
import { SharedClock, type TrackClock } from "./shared-clock.ts";

const SENDER_EPOCH_MS = 1_790_000_000_000;

/** A track of a sender: what it captures at `ms` since the sender began. `rate` is what its clock really does. */
type Source = Readonly<{ clock: TrackClock; rate: number; firstTicks: number }>;

const ticksAt = ({ rate, firstTicks }: Source, ms: number): number => firstTicks + Math.round((ms * rate) / 1000);
const reportAt = (source: Source, ms: number): SenderClock => ({
  ntp: ntpFromUnixMs(SENDER_EPOCH_MS + ms),
  rtpTimestamp: ticksAt(source, ms) % 2 ** 32,
});

test("before reports tracks lie side by side by what came soonest", () => {
  const shared = new SharedClock();
  const video = shared.addTrack(90_000);
  expect(video.place(900_000, 1_000)).toBe(1_000);
  // 40 ms later in capture, 70 ms later here: it waited.
  expect(video.place(903_600, 1_070)).toBe(1_040);
  // 80 ms later in capture, 60 ms later here: the first one had waited 20 ms.
  expect(video.place(907_200, 1_060)).toBe(1_060);
  const audio = shared.addTrack(48_000);
  expect(audio.place(5, 1_060)).toBeCloseTo(1_060);
});

test("reports bring tracks together that came apart on the way, without a jump", () => {
  const shared = new SharedClock();
  const video: Source = { clock: shared.addTrack(90_000), rate: 90_000, firstTicks: 0xffff_0000 };
  const audio: Source = { clock: shared.addTrack(48_000), rate: 48_000, firstTicks: 7 };
  let before = { video: 0, audio: 0 };
  let apartMs = 0;
  for (let ms = 0; ms <= 6_000; ms += 20) {
    // Encoding a picture takes 60 ms longer than encoding sound.
    const at = {
      video: video.clock.place(ticksAt(video, ms), ms + 80),
      audio: audio.clock.place(ticksAt(audio, ms), ms + 20),
    };
    if (ms === 0) expect(at.video - at.audio).toBeCloseTo(60);
    else {
      for (const kind of ["video", "audio"] as const) {
        expect(at[kind] - before[kind]).toBeGreaterThan(19.5);
        expect(at[kind] - before[kind]).toBeLessThan(20.5);
      }
    }
    apartMs = at.video - at.audio;
    before = at;
    if (ms === 1_000) video.clock.report(reportAt(video, ms - 10), ms);
    if (ms === 2_000) audio.clock.report(reportAt(audio, ms - 10), ms);
  }
  expect(apartMs).toBeCloseTo(0, 1);
});

test.each([
  ["fast", 1.0002],
  ["slow", 0.9998],
])("a sound card that runs %s stays with the picture for ten minutes", (_, pace) => {
  const shared = new SharedClock();
  const video: Source = { clock: shared.addTrack(90_000), rate: 90_000, firstTicks: 1_000 };
  // 200 parts in a million: 120 ms in ten minutes.
  const audio: Source = { clock: shared.addTrack(48_000), rate: 48_000 * pace, firstTicks: 99 };
  let most = 0;
  for (let ms = 0; ms <= 600_000; ms += 20) {
    const apartMs = video.clock.place(ticksAt(video, ms), ms) - audio.clock.place(ticksAt(audio, ms), ms);
    most = Math.max(most, Math.abs(apartMs));
    if (ms % 5_000 === 0) for (const source of [video, audio]) source.clock.report(reportAt(source, ms), ms);
  }
  expect(most).toBeLessThan(5);
});

test("a sender that set its clock is followed at once", () => {
  const shared = new SharedClock();
  const track: Source = { clock: shared.addTrack(90_000), rate: 90_000, firstTicks: 0 };
  const other: Source = { clock: shared.addTrack(90_000), rate: 90_000, firstTicks: 0 };
  for (const { clock } of [track, other]) clock.place(0, 0);
  track.clock.report(reportAt(track, 0), 0);
  const { ntp } = reportAt(other, 3_000);
  other.clock.report({ ntp, rtpTimestamp: 0 }, 0);
  expect(other.clock.place(1_800, 20)).toBe(3_020);
});

test("a report before the first frame tells nothing", () => {
  const shared = new SharedClock();
  const track: Source = { clock: shared.addTrack(90_000), rate: 90_000, firstTicks: 0 };
  track.clock.report(reportAt(track, 50_000), 0);
  expect(track.clock.place(0, 10)).toBe(10);
});

/**
 * As browsers publish: a packet of sound is sent when it is full or up to 12 ms later, some much later, and each report says that the newest one began
 * when it was sent. @param networkMs at a time
 */
function browser(seconds: number, networkMs: (ms: number) => number) {
  const shared = new SharedClock();
  const video: Source = { clock: shared.addTrack(90_000), rate: 90_000, firstTicks: 1_000 };
  const audio: Source = { clock: shared.addTrack(48_000), rate: 48_000, firstTicks: 99 };
  const apartMs: number[] = [];
  for (let ms = 0; ms <= seconds * 1_000; ms += 20) {
    const waitedMs = ms % 4_000 > 3_700 ? 250 : (ms / 20) % 13;
    const sentMs = ms + 20 + waitedMs;
    const videoMs = video.clock.place(ticksAt(video, ms), ms + networkMs(ms));
    const audioMs = audio.clock.place(ticksAt(audio, ms), sentMs + networkMs(ms), 20);
    apartMs.push(videoMs - audioMs);
    if (ms % 1_000 === 500) video.clock.report(reportAt(video, ms), ms + networkMs(ms));
    if (ms % 2_740 === 700) {
      const { ntp } = reportAt(audio, sentMs);
      audio.clock.report({ ntp, rtpTimestamp: ticksAt(audio, ms) }, sentMs + networkMs(ms));
    }
  }
  return apartMs;
}

test("sound whose reports say that it began when it was sent is laid where it was heard", () => {
  const apartMs = browser(60, () => 15);
  // What came soonest of a few packets is good enough before the first report.
  expect(Math.max(...apartMs.slice(50).map(Math.abs))).toBeLessThan(1);
});

test("a network that becomes slow and fast again does not bring sound and picture apart", () => {
  const apartMs = browser(120, (ms) => (ms > 30_000 && ms < 75_000 ? 215 : 15));
  expect(Math.max(...apartMs.slice(50).map(Math.abs))).toBeLessThan(45);
  expect(Math.max(...apartMs.slice(-500).map(Math.abs))).toBeLessThan(1);
});
