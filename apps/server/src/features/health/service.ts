/** Health of a broadcast: samples are made where the media is, travel on the bus, and the bus's log is the history. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { HealthSample, HealthSampleEvent } from "@rostrum/contract/health";
import type { Context } from "../../context.ts";
import type { ProgramStateEvent } from "../../media/plane.ts";
import { LagError } from "../../ports/bus.ts";
import { publishToClients, type ViewerFigures } from "../../ports/bus-events.ts";
import { bitrateFall, FALL_SAMPLES } from "./bitrate-fall.ts";
import { judgeHealth } from "./judge.ts";

/** For who makes the samples: kept by the minute. */
export { createHealthMinutes } from "./minutes.ts";

/** An hour of samples, one every 5 s. */
const KEPT_SAMPLES = 720;
const KEPT_MS = 60 * 60_000;
/** A newest sample older than this says nothing about now. */
const STALE_MS = 12_000;

type Event = Extract<ProgramStateEvent, { type: "health" }>;
type Facts = Pick<Event, "source" | "mediaTimeMs" | "ladder"> & Partial<Pick<Event, "slate">>;

/** A broadcast's state; `endsAt` is when its reconnect window runs out, null: none runs. */
export type ShowState = Readonly<{ state: BroadcastState; endsAt: Date | null }>;

const topicOf = (broadcastId: string): string => `health:${broadcastId}`;

/** Judges what the program tells and publishes it as a sample on `health:<id>`, for the log and for clients. `recordNote`: what is wrong with the recording. */
export async function reportHealth(
  ctx: Context,
  show: ShowState,
  event: Event,
  viewers: ViewerFigures,
  recordNote: string | null = null,
): Promise<HealthSample> {
  const { events } = await ctx.bus.recent<HealthSample>(topicOf(event.broadcastId), FALL_SAMPLES);
  const known = events.map(({ data }) => data);
  const sample = sampleOf(show, event, viewers, { recordNote, known });
  await ctx.bus.publish(topicOf(event.broadcastId), sample);
  const told: HealthSampleEvent = { type: "health.sample", sample };
  await publishToClients(ctx.bus, topicOf(event.broadcastId), told);
  return sample;
}

/** The last hour, newest last. The last one is about now, also when nothing reports. */
export async function healthHistory(
  ctx: Context,
  broadcastId: string,
  state: BroadcastState,
  viewers: ViewerFigures,
): Promise<HealthSample[]> {
  const samples = await readLog(ctx, topicOf(broadcastId));
  const recent = samples.filter((sample) => Date.now() - Date.parse(sample.at) < KEPT_MS);
  const newest = recent.at(-1);
  const fresh = newest !== undefined && Date.now() - Date.parse(newest.at) < STALE_MS;
  return fresh ? recent : [...recent, sampleOf({ state, endsAt: null }, { source: null, mediaTimeMs: null }, viewers)];
}

/** The program's media time as the newest reading has it, in ms; null when nothing was read lately. */
export async function mediaTimeNow(ctx: Context, broadcastId: string): Promise<number | null> {
  const { events } = await ctx.bus.recent<HealthSample>(topicOf(broadcastId), 1);
  const newest = events.at(-1)?.data;
  if (newest === undefined || newest.mediaTimeMs === null) return null;
  const ageMs = Date.now() - Date.parse(newest.at);
  return ageMs > STALE_MS ? null : newest.mediaTimeMs + Math.max(0, ageMs);
}

function sampleOf(
  { state, endsAt }: ShowState,
  { source, mediaTimeMs, slate = null, ladder = null }: Facts,
  viewers: ViewerFigures,
  { recordNote = null, known = [] }: { recordNote?: string | null; known?: readonly HealthSample[] } = {},
): HealthSample {
  const nowMs = Date.now();
  const at = new Date(nowMs).toISOString();
  const verdict = judgeHealth({
    state,
    source,
    nominalFps: source?.nominalFps ?? null,
    droppedSamples: source?.droppedSamples ?? 0,
    viewers: viewers.viewers,
    stallRatio: viewers.stallRatio,
    rebufferedShare: viewers.rebufferedShare ?? null,
    fall: bitrateFall(known, source, at),
    ladder,
    recordNote,
    slate: slate && {
      why: slate.why,
      sinceSec: (nowMs - slate.since.getTime()) / 1000,
      endsInSec: endsAt === null ? null : (endsAt.getTime() - nowMs) / 1000,
    },
  });
  return { at, state, ...verdict, source, ...viewers, mediaTimeMs, ladder };
}

async function readLog(ctx: Context, topic: string): Promise<HealthSample[]> {
  const head = await ctx.bus.head(topic);
  if (head === 0) return [];
  const samples: HealthSample[] = [];
  const stop = new AbortController();
  try {
    const after = Math.max(0, head - KEPT_SAMPLES);
    for await (const event of ctx.bus.subscribe<HealthSample>(topic, { after, signal: stop.signal })) {
      samples.push(event.data);
      if (event.seq >= head) break;
    }
  } catch (error) {
    // The topic was quiet for so long that its events were dropped.
    if (!(error instanceof LagError)) throw error;
  } finally {
    stop.abort();
  }
  return samples;
}
