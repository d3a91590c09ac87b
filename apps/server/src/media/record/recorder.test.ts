import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import type { Blobs } from "../../ports/blobs.ts";
import { show, tracks } from "../deliver/testing.ts";
import {
  filesIn,
  indexIn,
  journaled,
  leftOver,
  readOrEmpty,
  recorded,
  RECORDING,
  Rows,
  settle,
  SHOW,
  startNode,
  when,
} from "./testing.ts";

vi.setConfig({ testTimeout: 120_000 });
const MEDIA = [tracks(), ...show({ gopFrames: 60, seconds: 9 })];
const LATER = [tracks(), ...show({ gopFrames: 60, fromSec: 30, seconds: 5 })];

test("every segment of the show is among the blobs with its index; nothing stays on the node", async () => {
  await using node = await startNode();
  await node.feed(MEDIA);
  await node.origin.end(SHOW);
  await when(() => node.rows.stored !== undefined && leftOver(node.dir).length === 0);
  const names = await recorded(node.blobs);
  expect(names.toSorted()).toEqual(journaled(node.dir).toSorted());
  expect(node.rows.stored).toMatchObject({ recordingId: RECORDING, durationMs: 9000, missingMs: 0, note: null });
  expect(node.rows.stored?.timeline).toEqual([{ mediaMs: 0, atMs: 0, durationMs: 9000 }]);
  expect(node.rows.stored?.renditions.map(({ name, complete }) => [name, complete])).toEqual([
    ["v0", true],
    ["a0", true],
  ]);
});

test("a show that is not to be recorded leaves nothing, and is asked about once", async () => {
  const rows = new Rows();
  rows.isRecorded = false;
  await using node = await startNode({ rows });
  await node.feed(MEDIA);
  await node.origin.end(SHOW);
  await when(() => leftOver(node.dir).length === 0 && rows.asked > 0);
  for await (const { key } of node.blobs.list("recordings/")) expect.fail(`${key} was stored`);
  expect(rows.asked).toBe(1);
});

test("what came before the show is not recorded", async () => {
  await using node = await startNode();
  const { ProgramHub } = await import("../hub/program-hub.ts");
  const hub = new ProgramHub();
  node.origin.attach(SHOW, hub, { dvrWindowSec: 3600 });
  const publish = async (events: typeof MEDIA): Promise<void> => {
    for (const event of events) hub.publish(event);
    await settle();
  };
  await publish(MEDIA);
  await when(() => journaled(node.dir).length >= 8);
  expect(existsSync(path.join(node.dir, "recording", SHOW))).toBe(false);
  node.origin.beginShow(SHOW, "next_keyframe");
  await publish(show({ gopFrames: 60, fromSec: 9, seconds: 6 }));
  hub.close();
  await node.origin.end(SHOW);
  await when(() => node.rows.stored !== undefined);
  const [video] = (await indexIn(node.blobs)).renditions;
  expect((video?.segments[0]?.startTicks ?? 0) / 90_000).toBeGreaterThanOrEqual(9);
});

/** Blobs that call `at` before and after each put. */
const watched =
  (at: () => void) =>
  (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (...args) => {
      at();
      await blobs.put(...args);
      at();
    },
  });

/** Rows that call `at` before and after each step. */
class WatchedRows extends Rows {
  at: () => void = () => {};
  override async recordingStored(stored: Parameters<Rows["recordingStored"]>[0]) {
    this.at();
    await super.recordingStored(stored);
    this.at();
  }
}

test("killed between any two steps, nothing that was on disk is lost", async () => {
  const rows = new WatchedRows();
  const moments: { dir: string; isStored: boolean }[] = [];
  const seen = new Set<string>();
  let take = (): void => {};
  const node = await startNode({ rows, wrap: watched(() => take()) });
  take = () => {
    const manifest = path.join(node.dir, "recording", SHOW, "manifest.jsonl");
    const files = filesIn(path.dirname(manifest));
    const now = JSON.stringify([readOrEmpty(manifest), files, journaled(node.dir).length, rows.stored !== undefined]);
    if (seen.has(now)) return;
    seen.add(now);
    moments.push({ dir: node.snapshot(), isStored: rows.stored !== undefined });
  };
  rows.at = take;
  let over = false;
  // Between the steps too, as often as the event loop comes by.
  const watching = (async () => {
    while (!over) {
      take();
      await settle();
    }
  })();
  await node.feed(MEDIA);
  await node.origin.end(SHOW);
  await when(() => rows.stored !== undefined && leftOver(node.dir).length === 0);
  over = true;
  await watching;
  await node[Symbol.asyncDispose]();
  expect(moments.length).toBeGreaterThan(20);

  for (const { dir, isStored } of moments) {
    const known = journaled(dir);
    const again = new Rows();
    if (isStored) again.isRecorded = false;
    await using revived = await startNode({ dir, rows: again });
    // The show had begun if anything of it was to be recorded.
    if (!isStored && known.length > 0) revived.origin.beginShow(SHOW, "next_keyframe");
    await revived.origin.end(SHOW);
    if (!isStored && known.length === 0) continue;
    await when(() => leftOver(dir).length === 0 && (isStored || again.stored !== undefined));
    const names = new Set(await recorded(revived.blobs));
    expect(known.filter((name) => !names.has(name))).toEqual([]);
  }
});

test("a show that goes on after kill -9 is one recording with a discontinuity", async () => {
  const first = await startNode();
  await first.feed(MEDIA);
  await when(() => journaled(first.dir).length >= 8);
  const dir = first.snapshot();
  const before = journaled(dir);
  await first[Symbol.asyncDispose]();
  await using node = await startNode({ dir });
  await node.feed(LATER);
  await node.origin.end(SHOW);
  await when(() => node.rows.stored !== undefined);
  const names = await recorded(node.blobs);
  expect(before.filter((name) => !names.includes(name))).toEqual([]);
  const [video] = (await indexIn(node.blobs)).renditions;
  expect(new Set(video?.segments.map(({ discontinuity }) => discontinuity))).toEqual(new Set([0, 1]));
  expect(node.rows.stored?.timeline).toHaveLength(2);
});

test("storage that is away costs nothing: what waits is put when it is back, and the crew is told meanwhile", async () => {
  let isAway = true;
  const wrap = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (...args) => {
      if (isAway) throw new Error("the storage is away");
      await blobs.put(...args);
    },
  });
  await using node = await startNode({ wrap });
  await node.feed(MEDIA);
  await node.origin.end(SHOW);
  await when(() => node.logged.join().includes("cannot be stored"));
  expect(leftOver(node.dir).filter((name) => name.endsWith(".m4s")).length).toBeGreaterThan(5);
  expect(node.rows.stored).toBeUndefined();
  isAway = false;
  await when(() => node.rows.stored !== undefined);
  expect((await recorded(node.blobs)).toSorted()).toEqual(journaled(node.dir).toSorted());
  expect(node.logged.filter((line) => line.includes("cannot be stored"))).toHaveLength(1);
});

test("a full disk while storage is away: the recording has a gap and says so, the live window goes on", async () => {
  let isAway = true;
  let freeBytes = 1024 ** 4;
  const wrap = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (...args) => {
      if (isAway) throw new Error("the storage is away");
      await blobs.put(...args);
    },
  });
  await using node = await startNode({ wrap, freeBytes: () => Promise.resolve(freeBytes) });
  for (const fromSec of [0, 36]) {
    await node.feed([tracks(), ...show({ gopFrames: 60, fromSec, seconds: 36 })]);
    await when(() => leftOver(node.dir).length > fromSec + 30);
  }
  freeBytes = 1024 ** 2;
  await node.feed([tracks(), ...show({ gopFrames: 60, fromSec: 72, seconds: 20 })]);
  await node.origin.end(SHOW);
  freeBytes = 1024 ** 4;
  isAway = false;
  await when(() => node.rows.stored !== undefined);
  expect(node.rows.stored?.missingMs).toBeGreaterThan(15_000);
  expect(node.rows.stored?.durationMs).toBeGreaterThan(50_000);
  expect(journaled(node.dir).length).toBeGreaterThan((await recorded(node.blobs)).length);
});

test("what the live window cannot write is missing from the recording, which says so", async () => {
  let freeBytes = 1024 ** 2;
  await using node = await startNode({ freeDvrBytes: () => Promise.resolve(freeBytes) });
  await node.feed(MEDIA);
  await when(() => node.logged.join().includes("cannot be written to disk") && node.rows.reports.length > 0);
  freeBytes = 1024 ** 4;
  await node.feed(LATER);
  await node.origin.end(SHOW);
  await when(() => node.rows.stored !== undefined);
  const { durationMs = 0, missingMs = 0 } = node.rows.stored ?? {};
  expect([missingMs >= 6000, durationMs >= 5000, durationMs + missingMs]).toEqual([true, true, 14_000]);
});

test("a segment that is gone from the folder is missing, and the rest is recorded", async () => {
  let isAway = true;
  const wrap = (blobs: Blobs): Blobs => ({
    ...blobs,
    put: async (...args) => {
      if (isAway) throw new Error("the storage is away");
      await blobs.put(...args);
    },
  });
  await using node = await startNode({ wrap });
  await node.feed(MEDIA);
  await node.origin.end(SHOW);
  await when(() => node.logged.join().includes("cannot be stored"));
  const [victim] = leftOver(node.dir).filter((name) => /v0-.*-1\.m4s$/.test(name));
  rmSync(path.join(node.dir, "recording", SHOW, victim ?? ""));
  isAway = false;
  await when(() => node.rows.stored !== undefined);
  expect((await recorded(node.blobs)).length).toBe(journaled(node.dir).length - 1);
  expect(node.rows.stored?.missingMs).toBeGreaterThan(1000);
});

test("the quota stops the recording where it is; what is there stays", async () => {
  const rows = new Rows();
  rows.order = { type: "stop", reason: "Nothing more is recorded." };
  await using node = await startNode({ rows });
  node.recorder.begun(SHOW);
  await when(() => rows.reports.length > 0);
  await node.feed(MEDIA);
  await node.origin.end(SHOW);
  await when(() => rows.stored !== undefined);
  expect(rows.stored).toMatchObject({ durationMs: 0, note: "Nothing more is recorded." });
});

test("a recording that was deleted while it was stored leaves nothing on the node", async () => {
  const rows = new Rows();
  await using node = await startNode({ rows });
  await node.feed(MEDIA);
  await when(() => rows.reports.length > 0);
  rows.isRecorded = false;
  await node.origin.remove(SHOW);
  await when(() => leftOver(node.dir).length === 0);
  expect(rows.stored).toBeUndefined();
});

test("a show that ended while this node was away is finished without anybody saying so", async () => {
  const first = await startNode();
  await first.feed(MEDIA);
  await when(() => journaled(first.dir).length >= 8);
  const dir = first.snapshot();
  await first[Symbol.asyncDispose]();
  const rows = new Rows();
  rows.isOver = true;
  rmSync(path.join(dir, "live"), { recursive: true });
  await using node = await startNode({ dir, rows });
  await when(() => rows.stored !== undefined && leftOver(node.dir).length === 0);
  expect(rows.stored?.durationMs).toBeGreaterThan(5000);
});
