/** From figures to a level and sentences that a creator can act on. Pure. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { HealthNote, HealthSample, LadderHealth, SourceHealth } from "@rostrum/contract/health";
import type { BitrateFall } from "./bitrate-fall.ts";
import { ladderNotes } from "./ladder-notes.ts";
import { type SlateFacts, slateNote } from "./slate-note.ts";

/**
 * `nominalFps` is the frame rate that the source should keep, null when nobody knows.
 * `droppedSamples` counts the last 5 s. `stallRatio` is stalled time over watched time of all present viewers, `rebufferedShare` how many
 * of them had to wait within the last minute.
 */
export type HealthFacts = Readonly<{
  state: BroadcastState;
  source: SourceHealth | null;
  nominalFps: number | null;
  droppedSamples: number;
  viewers: number;
  stallRatio: number | null;
  rebufferedShare?: number | null;
  /** The source sends much less than it did. */
  fall?: BitrateFall | null;
  /** Left out: only the source is shown. */
  ladder?: LadderHealth | null;
  /** What is wrong with the recording, a sentence. */
  recordNote?: string | null;
  /** Left out: viewers do not see the slate. */
  slate?: SlateFacts | null;
}>;

export type Verdict = Pick<HealthSample, "level" | "notes">;

type Check = (source: SourceHealth, facts: HealthFacts) => HealthNote | null;

/** Notes come worst first; the level is the worst note's, `offline` when no source is connected. */
export function judgeHealth(facts: HealthFacts): Verdict {
  if (facts.slate) {
    const about = slateNote(facts.slate);
    const others = [recordingNote(facts), ...ladderNotes(facts.ladder ?? null)].filter((one) => one !== null);
    return { level: about.level === "info" ? "healthy" : "offline", notes: [about, ...others] };
  }
  if (facts.source === null || facts.source.kind === "slate") {
    return { level: "offline", notes: [noSource(facts.state)] };
  }
  const { source } = facts;
  const found = CHECKS.map((check) => check(source, facts)).filter((note) => note !== null);
  const notes = [...found, ...ladderNotes(facts.ladder ?? null)].toSorted((a, b) => RANK[a.level] - RANK[b.level]);
  const worst = notes[0]?.level ?? "info";
  return { level: worst === "info" ? "healthy" : worst, notes };
}

const RANK = { bad: 0, degraded: 1, info: 2 } as const;

const note = (level: HealthNote["level"], code: string, text: string): HealthNote => ({ level, code, text });
const seconds = (value: number): string => `${Math.round(value * 10) / 10} s`;
const rate = (value: number): string => String(Math.round(value * 10) / 10);

function noSource(state: BroadcastState): HealthNote {
  if (state === "live" || state === "interrupted") {
    const text =
      "No source is connected, so viewers are waiting. Reconnect the encoder: the broadcast goes on where it stopped.";
    return note("bad", "no_source", text);
  }
  if (state === "ended" || state === "archived") return note("info", "no_source", "The broadcast is over.");
  return note("info", "no_source", "No encoder is connected yet. Start streaming in your encoder, or the test signal.");
}

function recordingNote({ state, recordNote = null }: HealthFacts): HealthNote | null {
  const isOnAir = state === "live" || state === "interrupted";
  return recordNote !== null && isOnAir ? note("degraded", "recording", recordNote) : null;
}

const CHECKS: readonly Check[] = [
  (_, facts) => recordingNote(facts),
  (source) =>
    source.videoBitrateBps === null && source.audioBitrateBps === null
      ? note("info", "measuring", "The source has only just connected. The first figures come in a few seconds.")
      : null,
  (source) =>
    source.videoBitrateBps === 0 && source.audioBitrateBps === 0
      ? note("bad", "no_data", "The encoder is connected but sends nothing. Check its network connection.")
      : null,
  (source) =>
    source.videoCodec !== null && source.videoBitrateBps === 0 && source.audioBitrateBps !== 0
      ? note(
          "bad",
          "video_stopped",
          "Sound arrives, but the picture has stopped. Check the encoder's load and network.",
        )
      : null,
  (source) =>
    source.audioCodec !== null && source.audioBitrateBps === 0 && source.videoBitrateBps !== 0
      ? note("bad", "audio_stopped", "The picture arrives, but the sound has stopped. Check the encoder's audio.")
      : null,
  (source) =>
    source.videoCodec === null && source.audioCodec !== null
      ? note("degraded", "video_missing", "There is sound but no picture. Add a video source unless this is radio.")
      : null,
  (source) =>
    source.audioCodec === null && source.videoCodec !== null
      ? note("degraded", "audio_missing", "There is a picture but no sound. Add an audio source in the encoder.")
      : null,
  checkKeyframes,
  checkFrameRate,
  checkFall,
  checkOffset,
  (_, facts) =>
    facts.droppedSamples > 0
      ? note(
          "degraded",
          "drops",
          `${facts.droppedSamples} frames of the last 5 s were dropped on arrival. The server or the connection is overloaded.`,
        )
      : null,
  checkViewers,
  (source) =>
    source.bFrames === true
      ? note(
          "info",
          "b_frames",
          "The encoder uses B-frames, which add some delay. Set them to 0 for the lowest latency.",
        )
      : null,
];

/** Shares from which on it is said. */
const STALLED_TIME = 0.02;
const REBUFFERED = 0.1;
/** Of fewer viewers it is only told: those who wait may have a poor connection of their own. */
const ENOUGH_VIEWERS = 5;
/** What the encoder may keep of its bitrate so that those who wait now can follow, and below what no picture is worth it. */
const LOWER_TO = 0.7;
const LOWEST_BPS = 500_000;

function checkViewers(
  { videoBitrateBps }: SourceHealth,
  { viewers, stallRatio, rebufferedShare = null }: HealthFacts,
): HealthNote | null {
  if (viewers === 0) return null;
  const many = rebufferedShare !== null && rebufferedShare >= REBUFFERED;
  const long = stallRatio !== null && stallRatio > STALLED_TIME;
  if (!many && !long) return null;
  if (viewers < ENOUGH_VIEWERS) {
    const text = many
      ? `${Math.max(1, Math.round(rebufferedShare * viewers))} of ${viewers} viewers had to wait in the last minute.`
      : "Viewers had to wait again and again.";
    return note("info", "viewers_stall", text);
  }
  const seen = [
    ...(many ? [`${Math.round(rebufferedShare * 100)} % of viewers rebuffered in the last minute.`] : []),
    ...(long ? [`Viewers wait ${rate(stallRatio * 100)} % of the time.`] : []),
  ];
  const wantedBps = (videoBitrateBps ?? 0) * LOWER_TO;
  const lower = wantedBps > 0 ? ` to ${bitrate(wantedBps)}` : "";
  const further = "a latency mode further behind live.";
  const isLowest = wantedBps > 0 && wantedBps < LOWEST_BPS;
  const advice = isLowest ? `Choose ${further}` : `Lower the bitrate${lower} or choose ${further}`;
  return note("degraded", "viewers_stall", `${seen.join(" ")} ${advice}`);
}

function bitrate(bps: number): string {
  return bps >= 1_000_000 ? `${rate(bps / 1_000_000)} Mbps` : `${Math.round(bps / 10_000) * 10} kbps`;
}

function checkKeyframes({ keyframeIntervalSec }: SourceHealth): HealthNote | null {
  if (keyframeIntervalSec === null || keyframeIntervalSec <= 4) return null;
  const text = `A key frame comes every ${seconds(keyframeIntervalSec)}. Set the key frame interval to 2 s: viewers join faster and closer to live.`;
  return note(keyframeIntervalSec > 10 ? "bad" : "degraded", "keyframe_interval", text);
}

function checkFrameRate({ fps, videoBitrateBps }: SourceHealth, { nominalFps }: HealthFacts): HealthNote | null {
  if (fps === null || nominalFps === null || nominalFps <= 0 || videoBitrateBps === 0) return null;
  if (fps >= nominalFps * 0.9) return null;
  const text = `Only ${rate(fps)} of ${rate(nominalFps)} frames per second arrive. The encoder's computer or its upload is too slow: lower resolution or bitrate.`;
  return note(fps < nominalFps / 2 ? "bad" : "degraded", "fps_low", text);
}

/** A quiet picture needs less, too: without anybody who suffers from it, it is only told. */
function checkFall(source: SourceHealth, facts: HealthFacts): HealthNote | null {
  const { fall = null } = facts;
  if (fall === null) return null;
  const harms = checkFrameRate(source, facts) !== null || checkViewers(source, facts) !== null;
  const text = `The encoder's upload fell from ${bitrate(fall.fromBps)} to ${bitrate(fall.toBps)} at ${fall.at.slice(11, 19)} UTC.`;
  const advice = harms ? " Check its network connection, or lower its bitrate." : "";
  return note(harms ? "degraded" : "info", "bitrate_fell", text + advice);
}

function checkOffset({ avOffsetMs }: SourceHealth): HealthNote | null {
  if (avOffsetMs === null || Math.abs(avOffsetMs) <= 100) return null;
  const who = avOffsetMs > 0 ? "The picture is ahead of the sound" : "The sound is ahead of the picture";
  const text = `${who} by ${Math.round(Math.abs(avOffsetMs))} ms. Correct the sync offset in the encoder.`;
  return note(Math.abs(avOffsetMs) > 500 ? "bad" : "degraded", "av_offset", text);
}
