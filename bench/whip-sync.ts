/**
 * Whether sound and picture that a browser publishes by WHIP come out of LL-HLS together, and in stereo. A page of Chromium flashes and beeps each
 * `--every` seconds, with another tone on each side; FFmpeg plays index.m3u8 for `--seconds`, and the recording afterwards.
 *
 * An offset is how much later the flash is than its beep, by the times that the media carries, less what it was when both left their tracks in the
 * page (`pageMs`, measured for each event). It has in it what the browser's encoders and sender reports get wrong, the server, the AAC encoder with
 * its first frame, and FFmpeg's decoders; pictures are 33 ms apart, but a flash is dated by its own picture. Not in it is what a player's output
 * devices add. Options: --seconds 600, --every 5, --loss-percent 0 (of UDP packets, both ways).
 */
import { openBrowser } from "../e2e/lib/browser.ts";
import { startLossyRelay } from "../e2e/lib/lossy-relay.ts";
import { broadcastIn, openShow, type Show } from "../e2e/lib/show.ts";
import { driftMsPerMin, matchEvents, type SyncEvent } from "../e2e/lib/sync-onsets.ts";
import { startSyncReader, type SyncReading } from "../e2e/lib/sync-reader.ts";
import { type Mark, prepareSync, readMarks } from "../e2e/lib/sync-source.ts";
import { until } from "../e2e/lib/wait.ts";
import { publishByWhip } from "../e2e/lib/whip-publisher.ts";
import { median, option, report, round } from "./lib/report.ts";

const seconds = option("seconds", 600);
const everySec = option("every", 5);
const lossPercent = option("loss-percent", 0);
const MAX_OFFSET_MS = 45;
/** Of the events that the page made; the browser may drop a picture. */
const MIN_MATCHED = 0.9;
const MIN_SEPARATION_DB = 20;

const browser = await openBrowser();
try {
  await using show = await openShow({ env: { LOG_LEVEL: "warn" } });
  const { url, ports } = show.server.ready;
  await using relay = await startLossyRelay(ports["rtc"] ?? 0, lossPercent / 100);
  const publisher = await publishByWhip(await browser.newContext(), url, show.owner.key, {
    prepare: prepareSync(everySec * 1000),
    ...(lossPercent > 0 ? { relayPort: relay.port } : {}),
  });
  const { id } = await broadcastIn(show.owner, "live");
  const address = `${url}/live/${id}/index.m3u8`;
  await until("sound for every player", async () => (await (await fetch(address)).text()).includes("mp4a"));
  const reader = startSyncReader(address);
  await Promise.race([publisher.page.waitForTimeout(seconds * 1000), reader.ended]);
  const live = await reader.stop();
  const marks = await readMarks(publisher.page);
  await publisher.stop();
  const lost = relay.lost / Math.max(1, relay.lost + relay.passed);
  tell("ll-hls", live, marks, { lostPercent: round(lost * 100, 1) });
  await show.owner.call("POST", `/broadcasts/${id}/end`);
  tell("recording", await startSyncReader(await recordingOf(show, id)).ended, marks, {});
} finally {
  await browser.close();
}

async function recordingOf({ owner, server }: Show, id: string): Promise<string> {
  type Answer = { items: Array<{ state: string; vodUrl: string | null }> };
  return until("the recording", async () => {
    const { items } = await owner.call<Answer>("GET", `/recordings?broadcastId=${id}`);
    const [one] = items;
    return one?.state === "ready" && one.vodUrl !== null && `${server.ready.url}${one.vodUrl}`;
  });
}

function tell(
  row: string,
  reading: SyncReading,
  marks: readonly Mark[],
  more: Readonly<Record<string, unknown>>,
): void {
  const events = matchEvents(marks, reading.flashesSec, reading.beeps, everySec * 1000);
  for (const { flashSec, beepSec, pageMs, offsetMs, separationDb } of events) {
    const times = `flash ${flashSec.toFixed(3)} s, beep ${beepSec.toFixed(3)} s, ${pageMs.toFixed(1)} ms apart in the page`;
    process.stderr.write(
      `${row}: ${times}: offset ${offsetMs.toFixed(1)} ms, sides ${separationDb.map((db) => round(db)).join(" and ")} dB\n`,
    );
  }
  const offsets = events.map(({ offsetMs }) => offsetMs);
  const separation = ([0, 1] as const).map((side) => Math.min(...events.map((one) => one.separationDb[side])));
  const worstMs = Math.max(...offsets.map(Math.abs));
  report("whip-sync", {
    row,
    seconds,
    lossPercent,
    ...more,
    events: {
      page: marks.length,
      flashes: reading.flashesSec.length,
      beeps: reading.beeps.length,
      matched: events.length,
    },
    offsetMs: {
      min: round(Math.min(...offsets), 1),
      median: round(median(offsets), 1),
      max: round(Math.max(...offsets), 1),
    },
    outside: offsets.filter((ms) => Math.abs(ms) > MAX_OFFSET_MS).length,
    // Before the first sender reports where nothing was missed.
    first: { flashSec: round(events[0]?.flashSec ?? Number.NaN, 1), offsetMs: round(offsets[0] ?? Number.NaN, 1) },
    pageMs: pageRange(events),
    driftMsPerMin: round(driftMsPerMin(events), 2),
    separationDb: { left: round(separation[0] ?? 0), right: round(separation[1] ?? 0) },
    target: { offsetMs: MAX_OFFSET_MS, separationDb: MIN_SEPARATION_DB },
    held:
      events.length >= marks.length * MIN_MATCHED &&
      worstMs <= MAX_OFFSET_MS &&
      Math.min(...separation) >= MIN_SEPARATION_DB,
  });
}

function pageRange(events: readonly SyncEvent[]) {
  const values = events.map(({ pageMs }) => pageMs);
  return { min: round(Math.min(...values), 1), max: round(Math.max(...values), 1) };
}
