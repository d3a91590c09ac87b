/** What the control room shows about a broadcast's source and its viewers, one sample every 5 s. */
import { z } from "zod";
import { BroadcastState } from "./broadcast-state.ts";
import { LadderMode } from "./channels.ts";
import { Instant } from "./common.ts";

export const SourceKind = z.enum(["primary", "backup", "studio", "test", "file", "slate"]);
export type SourceKind = z.infer<typeof SourceKind>;

/** One sentence a creator can act on. `degraded` is amber, `bad` is red. */
export const HealthNote = z.object({ level: z.enum(["info", "degraded", "bad"]), code: z.string(), text: z.string() });
export type HealthNote = z.infer<typeof HealthNote>;

/** Rates over the last 5 s. Null is "not known", never zero. */
export const SourceHealth = z.object({
  kind: SourceKind,
  protocol: z.enum(["rtmp", "rtmps", "srt", "websocket", "whip", "internal"]),
  connectedAt: Instant,
  encoder: z.string().nullable(),
  videoCodec: z.string().nullable(),
  audioCodec: z.string().nullable(),
  widthPx: z.number().int().nullable(),
  heightPx: z.number().int().nullable(),
  fps: z.number().nullable(),
  /** What the encoder or the bitstream promises; left out when nobody says. */
  nominalFps: z.number().nullable().optional(),
  videoBitrateBps: z.number().nullable(),
  audioBitrateBps: z.number().nullable(),
  keyframeIntervalSec: z.number().nullable(),
  bFrames: z.boolean().nullable(),
  audioSampleRateHz: z.number().int().nullable(),
  audioChannels: z.number().int().nullable(),
  droppedSamples: z.number().int(),
  avOffsetMs: z.number().nullable(),
  /** Of SRT and WHIP, which measure their way: round-trip time, and packets that were lost and had to be sent again. Left out for others. */
  rttMs: z.number().nullable().optional(),
  lossPercent: z.number().nullable().optional(),
});
export type SourceHealth = z.infer<typeof SourceHealth>;

/**
 * A transcoded rendition. `shed`: the machine is too small for it at the moment. `starting`: its first media is not there yet.
 * `reason`: a sentence on why it does not run; null while it does.
 */
export const RungHealth = z.object({
  name: z.string(),
  heightPx: z.number().int(),
  videoBitrateBps: z.number().int(),
  state: z.enum(["running", "shed", "starting", "off"]),
  reason: z.string().nullable(),
});

/** The ladder of a program. `encoder` null: it cannot be transcoded here; `encoderReason` says why, or why this encoder was chosen. */
export const LadderHealth = z.object({
  mode: LadderMode,
  encoder: z.string().nullable(),
  encoderReason: z.string(),
  /** Highest first; empty when there is no rung below the source. */
  rungs: z.array(RungHealth),
  /** Times that transcoding broke off and was started again. */
  restarts: z.number().int(),
});
export type LadderHealth = z.infer<typeof LadderHealth>;

export const HealthSample = z.object({
  at: Instant,
  state: BroadcastState,
  level: z.enum(["healthy", "degraded", "bad", "offline"]),
  source: SourceHealth.nullable(),
  notes: z.array(HealthNote),
  viewers: z.number().int(),
  joinMsP50: z.number().nullable(),
  latencyMsP50: z.number().nullable(),
  stallRatio: z.number().nullable(),
  /** Of the present viewers, the share that had to wait within the last minute. */
  rebufferedShare: z.number().nullable().optional(),
  mediaTimeMs: z.number().nullable(),
  /** Left out when only the source is shown. */
  ladder: LadderHealth.nullable().optional(),
});
export type HealthSample = z.infer<typeof HealthSample>;

/** With `after` only what is newer than that sample: a page that asks every 5 s need not get an hour each time. */
export const HealthQuery = z.object({ after: Instant.optional() });

/** `GET /api/v1/broadcasts/:id/health`: newest last, at most an hour. */
export const HealthHistory = z.object({ samples: z.array(HealthSample) });

const MinuteFigure = z.object({ average: z.number(), lowest: z.number(), highest: z.number() }).nullable();

/** One minute of a show. Null is "not known", never zero. `level` is the worst, `notes` are what was degraded or bad, the first words of each. */
export const HealthMinute = z.object({
  at: Instant,
  bitrateBps: MinuteFigure,
  fps: MinuteFigure,
  viewers: z.number().int(),
  level: HealthSample.shape.level,
  notes: z.array(HealthNote),
});
export type HealthMinute = z.infer<typeof HealthMinute>;

/** `GET /api/v1/broadcasts/:id/health/minutes`: of the whole show, oldest first, at most a day; the running minute is not in it. */
export const HealthMinutes = z.object({ minutes: z.array(HealthMinute) });

/** Told on `health:<id>`, every 5 s while a node has the program. */
export const HealthSampleEvent = z.object({ type: z.literal("health.sample"), sample: HealthSample });
export type HealthSampleEvent = z.infer<typeof HealthSampleEvent>;
