import { ApiError } from "@rostrum/client/api-error";
import type { ChatMessage } from "@rostrum/contract/chat";
import { expect, test, vi } from "vitest";
import { createReplay, type ReplayRange, wantedRange } from "./replay.ts";

test.each([
  ["at the beginning", null, 0, { fromMs: 0, toMs: 60_000 }],
  ["in the middle", null, 600_000, { fromMs: 480_000, toMs: 660_000 }],
  ["enough is there", { fromMs: 0, toMs: 60_000 }, 30_000, null],
  ["the end of what is there comes near", { fromMs: 0, toMs: 60_000 }, 50_000, { fromMs: 60_000, toMs: 110_000 }],
  ["a jump back", { fromMs: 480_000, toMs: 660_000 }, 10_000, { fromMs: 0, toMs: 70_000 }],
  ["a jump ahead", { fromMs: 0, toMs: 60_000 }, 300_000, { fromMs: 180_000, toMs: 360_000 }],
])("%s", (_, loaded, atMs, expected) => {
  expect(wantedRange(loaded, atMs)).toEqual(expected);
});

function said(mediaTimeMs: number): ChatMessage {
  return { id: `m${mediaTimeMs}`, mediaTimeMs } as ChatMessage;
}

/** Somebody says something every ten seconds of an hour. */
function start() {
  const asked: ReplayRange[] = [];
  const replay = createReplay(async (range) => {
    asked.push(range);
    const all = Array.from({ length: 360 }, (_, index) => said(index * 10_000));
    const items = all.filter(({ mediaTimeMs }) => mediaTimeMs! >= range.fromMs && mediaTimeMs! < range.toMs);
    return { items, nextCursor: null };
  });
  return { replay, asked, ids: () => replay.state().shown.map(({ id }) => id) };
}

test("chat comes with the picture, and what was said later is not shown", async () => {
  const { replay, ids } = start();
  replay.moveTo(25_000);
  await vi.waitFor(() => expect(ids()).toEqual(["m0", "m10000", "m20000"]));
  replay.moveTo(30_000);
  expect(ids().at(-1)).toBe("m30000");
});

test("playing on loads on, without asking twice", async () => {
  const { replay, asked, ids } = start();
  for (let atMs = 0; atMs <= 200_000; atMs += 1000) {
    replay.moveTo(atMs);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(ids().length).toBe(21);
  expect(new Set(ids()).size).toBe(21);
  expect(asked.length).toBeLessThan(8);
});

test("a jump forgets what was shown and begins there", async () => {
  const { replay, ids } = start();
  replay.moveTo(0);
  await vi.waitFor(() => expect(ids()).toEqual(["m0"]));
  replay.moveTo(3_000_000);
  await vi.waitFor(() => expect(ids()[0]).toBe("m2880000"));
  expect(ids().at(-1)).toBe("m3000000");
});

test("what is deleted is gone, also where it is quoted", async () => {
  const quoting = { ...said(2000), replyTo: { id: "m1000", author: null, excerpt: "bad" } };
  const replay = createReplay(async () => ({ items: [said(1000), quoting], nextCursor: null }));
  replay.moveTo(5000);
  await vi.waitFor(() => expect(replay.state().shown).toHaveLength(2));
  replay.drop(["m1000"]);
  expect(replay.state().shown).toEqual([{ ...quoting, replyTo: { ...quoting.replyTo, excerpt: "" } }]);
});

test("a refusal says why, and is not asked for again", async () => {
  const load = vi.fn(() => Promise.reject(new ApiError("conflict", "The chat of this show is off.", { status: 409 })));
  const replay = createReplay(load);
  replay.moveTo(0);
  await vi.waitFor(() => expect(replay.state().phase).toBe("refused"));
  replay.moveTo(600_000);
  expect([replay.state().refusal, load.mock.calls.length]).toEqual(["The chat of this show is off.", 1]);
});

test("a failure says so", async () => {
  const replay = createReplay(() => Promise.reject(new Error("no")));
  replay.moveTo(0);
  await vi.waitFor(() => expect(replay.state().phase).toBe("failed"));
});
