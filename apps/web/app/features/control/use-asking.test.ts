import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { expect, test } from "vitest";
import { type Asked, stillAsked } from "./use-asking.ts";

test.each<[string, Asked, BroadcastState, boolean]>([
  ["ending a rehearsal that is one still", { kind: "end", onAir: false }, "preview", true],
  ["ending a rehearsal that has become the show", { kind: "end", onAir: false }, "live", false],
  ["going live, when the encoder has done so by itself", { kind: "live", onAir: false }, "live", false],
  ["ending a show whose source has gone meanwhile", { kind: "end", onAir: true }, "interrupted", true],
  ["ending a show that is over", { kind: "end", onAir: true }, "ended", false],
  ["taking a source, when the show is over", { kind: "take", wish: "backup", onAir: true }, "archived", false],
])("%s", (_, asked, state, isAsked) => {
  expect(stillAsked(asked, { state })).toBe(isAsked ? asked : null);
});
