import type { HealthMinute, HealthNote, HealthSample, SourceHealth } from "@rostrum/contract/health";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, type Show } from "../broadcasts/testing.ts";
import { createHealthMinutes, type Minute, withSample } from "./minutes.ts";

const BEGIN = Date.UTC(2026, 10, 20, 18);
const note = (code: string, level: HealthNote["level"] = "degraded"): HealthNote => ({ level, code, text: code });

function sample(sec: number, change: Partial<HealthSample> = {}, source: Partial<SourceHealth> = {}): HealthSample {
  return {
    at: new Date(BEGIN + sec * 1000).toISOString(),
    state: "live",
    level: "healthy",
    source: {
      ...{ kind: "primary", protocol: "rtmp", connectedAt: new Date(BEGIN).toISOString(), encoder: null },
      ...{ videoCodec: null, audioCodec: null, widthPx: null, heightPx: null, fps: 30 },
      ...{ videoBitrateBps: 2_000_000, audioBitrateBps: 100_000, keyframeIntervalSec: null, bFrames: null },
      ...{ audioSampleRateHz: null, audioChannels: null, droppedSamples: 0, avOffsetMs: null },
      ...source,
    },
    notes: [],
    viewers: 0,
    joinMsP50: null,
    latencyMsP50: null,
    stallRatio: null,
    mediaTimeMs: null,
    ...change,
  };
}

const fold = (samples: readonly HealthSample[]): Minute | null =>
  samples.reduce<Minute | null>((minute, one) => withSample(minute, one), null);

test("samples of a minute are folded: sums, ends, the most viewers, the worst level", () => {
  const minute = fold([
    sample(0, { viewers: 3 }),
    sample(5, { viewers: 7, level: "bad" }, { fps: 20, videoBitrateBps: 900_000 }),
    sample(10, { viewers: 5, source: null, level: "degraded" }),
  ]);
  expect(minute).toEqual({
    at: BEGIN,
    bitrate: { count: 2, sum: 3_100_000, min: 1_000_000, max: 2_100_000 },
    fps: { count: 2, sum: 50, min: 20, max: 30 },
    viewers: 7,
    level: "bad",
    notes: [],
  });
});

test("the slate is no source, and a new minute begins anew", () => {
  expect(fold([sample(0), sample(59, {}, { kind: "slate" })])?.bitrate.count).toBe(1);
  expect(fold([sample(0), sample(60, { source: null })])).toMatchObject({ at: BEGIN + 60_000, fps: { count: 0 } });
});

test("each trouble is noted once, information is not, and there is an end to it", () => {
  const notes = ["a", "b", "c", "d", "e", "f"].map((code) => note(code));
  const minute = fold([sample(0, { notes: [note("i", "info"), note("a")] }), sample(5, { notes })]);
  expect(minute?.notes.map(({ code }) => code)).toEqual(["a", "b", "c", "d", "e"]);
});

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

test("minutes are told when they are over, and two nodes that held the show in one minute add up", async () => {
  const { id: channelId, people } = await show.channel("minutes");
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "A long show" });
  const id = String(body["id"]);
  const told = async (): Promise<HealthMinute[]> =>
    (await people.moderator.call("GET", `/broadcasts/${id}/health/minutes`)).body["minutes"] as HealthMinute[];

  const one = createHealthMinutes(show.ctx);
  await one.add(id, sample(0, { notes: [note("uplink")] }));
  expect(await told()).toEqual([]);
  await one.add(id, sample(60));
  await one.close();
  const other = createHealthMinutes(show.ctx);
  await other.add(id, sample(65, { viewers: 4 }, { fps: 10 }));
  await other.close();

  const bitrateBps = { average: 2_100_000, lowest: 2_100_000, highest: 2_100_000 };
  expect(await told()).toEqual([
    {
      at: new Date(BEGIN).toISOString(),
      ...{ bitrateBps, fps: { average: 30, lowest: 30, highest: 30 } },
      ...{ viewers: 0, level: "healthy", notes: [note("uplink")] },
    },
    {
      at: new Date(BEGIN + 60_000).toISOString(),
      ...{ bitrateBps, fps: { average: 20, lowest: 10, highest: 30 } },
      ...{ viewers: 4, level: "healthy", notes: [] },
    },
  ]);
});

test("a show that is gone has no minutes, and nothing fails", async () => {
  const minutes = createHealthMinutes(show.ctx);
  await minutes.add("00000000000000000000", sample(0));
  await minutes.close();
  const { count } = await show.ctx.store.db
    .selectFrom("health_minute")
    .select((eb) => eb.fn.countAll<string>().as("count"))
    .where("broadcast_id", "=", "00000000000000000000")
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(0);
});
