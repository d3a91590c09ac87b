import { expect, test } from "vitest";
import { testSignalOn } from "./test-signal.ts";

test.each([
  ["nothing was asked for", null, null, false],
  ["it is the source", null, "test", true],
  ["an encoder is the source", null, "primary", false],
  ["it was just switched on", { on: true, kind: null }, null, true],
  ["it was just switched off", { on: false, kind: "test" }, "test", false],
  ["an encoder came before it", { on: true, kind: "test" }, "primary", true],
  ["it was switched off and is gone", { on: false, kind: "test" }, null, false],
  ["it was switched on and has failed", { on: true, kind: "test" }, null, false],
] as const)("%s", (_, wish, kind, on) => {
  expect(testSignalOn(wish, kind)).toBe(on);
});
