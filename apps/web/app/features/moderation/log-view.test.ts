import type { LogEntry } from "@rostrum/contract/moderation";
import { expect, test } from "vitest";
import { isWaiting, LOG_DESK, REFUSED } from "./log-desk.ts";
import { detailsOf, handleOf, logView, mayUndo } from "./log-view.ts";

const person = (handle: string) => ({ id: handle, handle, displayName: handle });
const entry = (id: string, values: Partial<LogEntry> = {}): LogEntry => ({
  ...{ id, at: "2026-11-20T20:00:00.000Z", act: "timeout", by: person("mod"), account: person("ann") },
  ...{ broadcastId: null, messageId: null, messageText: null, banId: null, text: "", details: {} },
  ...{ undoes: null, undone: false, ...values },
});
const ALL = { act: null, person: null };
const idsOf = (entries: readonly LogEntry[]) => entries.map(({ id }) => id);

test("what was heard and what was loaded stand once each, newest first", () => {
  expect(idsOf(logView([entry("3"), entry("2")], [entry("2"), entry("1")], ALL))).toEqual(["3", "2", "1"]);
});

test.each([
  [{ act: "ban", person: null }, ["2"]],
  [{ act: null, person: "ben" }, ["2", "1"]],
  [{ act: "timeout", person: "mod" }, ["3"]],
  [{ act: null, person: "nobody" }, []],
] as const)("narrowed by %j", (filter, ids) => {
  const log = [
    entry("3"),
    entry("2", { act: "ban", account: person("ben") }),
    entry("1", { act: "note", by: person("ben") }),
  ];
  expect(idsOf(logView(log, [], filter))).toEqual(ids);
});

test("an undo marks what it takes back, also where the two were heard apart", () => {
  const [undo, done] = logView([entry("2", { act: "undo", undoes: "1" })], [entry("1")], ALL);
  expect([undo?.undone, done?.undone]).toEqual([false, true]);
  expect(done && mayUndo(done)).toBe(false);
  // The mark stays when the filter leaves the undo itself out.
  const [alone] = logView([entry("2", { act: "undo", undoes: "1" }), entry("1")], [], { act: "timeout", person: null });
  expect(alone?.undone).toBe(true);
});

test.each([
  ["timeout", true],
  ["ban", true],
  ["delete", true],
  ["approve", true],
  ["dismiss", true],
  ["warn", false],
  ["unban", true],
  ["note", true],
  ["keep", false],
  ["undo", false],
] as const)("whether %s can be undone: %s", (act, may) => {
  expect(mayUndo(entry("1", { act }))).toBe(may);
});

test("details that are not there are left out", () => {
  expect(detailsOf(entry("1", { details: { until: 5, removed: "x" } }))).toEqual({
    ...{ until: null, isShared: false, removed: 0, lifted: false },
  });
  const details = { until: "2026-11-21T20:00:00.000Z", scope: "owner", removed: ["a"], removedHeld: ["b"] };
  expect(detailsOf(entry("1", { details }))).toMatchObject({ until: details.until, isShared: true, removed: 2 });
});

test.each([
  ["@Kim ", "kim"],
  ["  ", null],
  ["ann_2", "ann_2"],
])("%j is the handle %j", (typed, handle) => {
  expect(handleOf(typed)).toBe(handle);
});

test("the desk keeps what it hears by id, and so much of it", () => {
  const logged = (id: string) => ({ type: "moderation.logged", entry: entry(id) });
  const refused = { type: "moderation.refused", account: person("ann"), text: "x", reason: "y", at: "" };
  const many = Array.from({ length: 400 }, (_, n) => logged(String(n)));
  const desk = LOG_DESK.apply(LOG_DESK.initial, [...many, logged("399"), { type: "something.new" }]);
  expect([desk.log.length, desk.log[0]?.id]).toEqual([300, "399"]);
  expect(LOG_DESK.reset({ appeals: [], log: [entry("1")] }, desk)).toMatchObject({ log: [{ id: "1" }] });
  const twice = [{ ...refused, text: "first" }, { type: "chat.held" }, { ...refused, text: "second" }];
  const heard = REFUSED.apply(REFUSED.initial, twice);
  expect(heard.map(({ text }) => text)).toEqual(["second", "first"]);
  expect(REFUSED.reset({ held: [] }, heard)).toBe(heard);
});

test.each([
  ["open", true, true],
  ["open", false, false],
  ["kept", true, false],
  ["lifted", false, false],
] as const)("an appeal that is %s (its ban counts: %s) waits: %s", (state, active, waits) => {
  const appeal = { id: "1", banId: "2", account: person("ann"), text: "", answer: null, at: "", answeredAt: null };
  expect(isWaiting({ ...appeal, state, active })).toBe(waits);
});
