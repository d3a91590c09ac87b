import { describe, expect, test } from "vitest";
import { BroadcastState, transition, type BroadcastEvent } from "./broadcast-state.ts";

const EVENTS: Record<string, BroadcastEvent> = {
  schedule: { type: "schedule" },
  unschedule: { type: "unschedule" },
  preview: { type: "preview" },
  go_live: { type: "go_live" },
  end: { type: "end" },
  connect_auto: { type: "source_connected", autoLive: true },
  connect_manual: { type: "source_connected", autoLive: false },
  source_lost: { type: "source_lost" },
  window_expired: { type: "window_expired" },
  archived: { type: "archived" },
};

/** One line per state, one column per event. A dash is a refusal. */
const WITHOUT_SOURCE = `
state        schedule   unschedule  preview  go_live      end       connect_auto  connect_manual  source_lost  window_expired  archived
draft        scheduled  draft       -        -            -         live          preview         draft        -               -
scheduled    scheduled  draft       -        -            -         live          preview         draft        -               -
preview      -          -           -        -            ended     live          preview         draft        -               -
live         -          -           -        live         ended     live          live            interrupted  -               -
interrupted  -          -           -        interrupted  ended     live          live            interrupted  ended           -
ended        -          -           -        -            ended     -             -               -            -               archived
archived     -          -           -        -            archived  -             -               -            -               archived
`;

/** A source may be connected in every state: an encoder that stays on after the end is drained. */
const WITH_SOURCE = `
state        schedule   unschedule  preview  go_live      end       connect_auto  connect_manual  source_lost  window_expired  archived
draft        scheduled  draft       preview  live         -         live          preview         draft        -               -
scheduled    scheduled  draft       preview  live         -         live          preview         draft        -               -
preview      -          -           preview  live         ended     live          preview         draft        -               -
live         -          -           -        live         ended     live          live            interrupted  -               -
interrupted  -          -           -        interrupted  ended     live          live            interrupted  ended           -
ended        -          -           -        -            ended     -             -               -            -               archived
archived     -          -           -        -            archived  -             -               -            -               archived
`;

type Case = [event: string, state: BroadcastState, expected: string];

function cases(table: string): Case[] {
  const [head, ...lines] = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return lines.flatMap(([state, ...cells]) =>
    cells.map((cell, i): Case => [head?.[i + 1] ?? "", BroadcastState.parse(state), cell]),
  );
}

function outcome(state: BroadcastState, event: string, hasSource: boolean, startAt: Date | null): string {
  const decided = transition({ state, hasSource, startAt }, EVENTS[event]!);
  return decided.ok ? decided.state : "-";
}

describe.each([
  ["without a source", WITHOUT_SOURCE, false],
  ["with a source", WITH_SOURCE, true],
])("%s", (_, table, hasSource) => {
  test("the table has every state and every event", () => {
    const all = BroadcastState.options.flatMap((state) => Object.keys(EVENTS).map((event) => `${state} ${event}`));
    expect(cases(table).map(([event, state]) => `${state} ${event}`)).toEqual(all);
  });

  test.each(cases(table))("%s in %s → %s", (event, state, expected) => {
    expect(outcome(state, event, hasSource, null)).toBe(expected);
  });

  test.each(cases(table))("%s in %s with a start time → %s (waiting is scheduled)", (event, state, expected) => {
    const waiting = event === "source_lost" && expected === "draft" ? "scheduled" : expected;
    expect(outcome(state, event, hasSource, new Date("2026-01-01T20:00:00Z"))).toBe(waiting);
  });
});

test.each<[BroadcastState, BroadcastEvent, boolean, string]>([
  ["draft", { type: "go_live" }, false, "Connect an encoder or start the test signal first."],
  ["draft", { type: "preview" }, false, "Connect an encoder or start the test signal first."],
  ["draft", { type: "end" }, false, "The broadcast has not begun; delete it instead."],
  ["live", { type: "preview" }, true, "A live broadcast cannot go back to preview."],
  ["live", { type: "schedule" }, true, "A broadcast that has a source cannot be scheduled."],
  ["preview", { type: "unschedule" }, true, "A broadcast that has a source cannot be unscheduled."],
  ["ended", { type: "go_live" }, true, "The broadcast is over (ended); start a new one."],
  [
    "archived",
    { type: "source_connected", autoLive: true },
    true,
    "The broadcast is over (archived); start a new one.",
  ],
  ["live", { type: "window_expired" }, true, "Only an interrupted broadcast can run out of its window."],
  ["live", { type: "archived" }, true, "Only an ended broadcast can be archived."],
])("a %s broadcast refuses %o and says why", (state, event, hasSource, reason) => {
  expect(transition({ state, hasSource, startAt: null }, event)).toEqual({ ok: false, reason });
});

test("`changed` is false when the broadcast is in the wanted state already", () => {
  expect(transition({ state: "live", hasSource: true, startAt: null }, { type: "go_live" })).toEqual({
    ok: true,
    state: "live",
    changed: false,
  });
  expect(transition({ state: "preview", hasSource: true, startAt: null }, { type: "go_live" })).toEqual({
    ok: true,
    state: "live",
    changed: true,
  });
});
