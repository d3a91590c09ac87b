/** Tells the server that somebody watches, how fast it began and how often it stopped. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { BeaconAnswer, type ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { PlayerEngine } from "./engine.ts";
import { referrerOf } from "./referrer.ts";

const FIRST_MS = 1500;
const FALLBACK_SEC = 10;
/** The most that the server takes. */
const MAX_JOIN_MS = 600_000;
const MAX_LATENCY_MS = 86_400_000;

export type BeaconNews = Readonly<{ viewers: number; state: BroadcastState }>;

/** Runs until `signal` aborts; then one last message is sent even if the page is going away. */
export function startBeacon(
  broadcastId: string,
  engine: PlayerEngine,
  signal: AbortSignal,
  onNews: (news: BeaconNews) => void,
): void {
  const url = `/api/v1/broadcasts/${broadcastId}/beacon`;
  const sessionId = newSessionId();
  const visit = visitOf();
  let seq = -1;
  let timer: ReturnType<typeof setTimeout>;
  const body = (ended: boolean): string => {
    seq += 1;
    return JSON.stringify({ ...beaconOf(sessionId, engine, ended), ...visit, seq } satisfies ViewerBeacon);
  };
  const send = async (): Promise<void> => {
    let nextSec = FALLBACK_SEC;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: body(false),
        signal,
      });
      const answer = BeaconAnswer.safeParse(response.ok ? await response.json() : undefined);
      if (answer.success) {
        onNews(answer.data);
        nextSec = answer.data.nextBeaconSec;
      }
    } catch {
      // The next beacon carries the totals again: nothing is lost.
    }
    if (!signal.aborted) timer = setTimeout(() => void send(), nextSec * 1000);
  };
  const last = (): void => {
    navigator.sendBeacon(url, new Blob([body(true)], { type: "application/json" }));
  };
  timer = setTimeout(() => void send(), FIRST_MS);
  addEventListener("pagehide", last, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    last();
  });
}

function beaconOf(sessionId: string, engine: PlayerEngine, ended: boolean): ViewerBeacon {
  const totals = engine.totals();
  const { latencySec, live, source, shownHeightPx } = engine.state();
  return {
    sessionId,
    joinMs: totals.joinMs === null ? null : Math.min(totals.joinMs, MAX_JOIN_MS),
    watchedMs: totals.watchedMs,
    stalls: totals.stalls,
    stalledMs: totals.stalledMs,
    latencyMs: latencySec === null ? null : Math.min(Math.round(latencySec * 1000), MAX_LATENCY_MS),
    bitrateBps: totals.bitrateBps,
    droppedFrames: totals.droppedFrames,
    error: totals.lastError?.slice(0, 100) ?? null,
    ended,
    delivery: live ? (source === "realtime" || source === "webrtc" ? "realtime" : "hls") : "vod",
    heightPx: shownHeightPx,
  };
}

/** What does not change while the page is open. */
function visitOf(): Pick<ViewerBeacon, "timeZone" | "referrer"> {
  return {
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    referrer: referrerOf(document.referrer, location.host, window.parent !== window),
  };
}

function newSessionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
