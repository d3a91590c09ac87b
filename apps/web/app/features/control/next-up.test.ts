import type { ConnectedSource, SourceSlot } from "@rostrum/contract/sources";
import { expect, test } from "vitest";
import { nextUp } from "./next-up.ts";

const source = (id: SourceSlot, state: ConnectedSource["state"] = "healthy"): ConnectedSource => ({
  id,
  kind: id,
  state,
  protocol: "rtmp",
  encoder: null,
  connectedAt: "2026-11-20T18:00:00.000Z",
  videoCodec: null,
  audioCodec: null,
  widthPx: null,
  heightPx: null,
  fps: null,
  videoBitrateBps: null,
  audioBitrateBps: null,
  thumbnailUrl: null,
});

const primary = source("primary");
const backup = source("backup");
const pattern = source("test");

test.each([
  [
    "the best other source that has a picture",
    [primary, backup, pattern],
    "primary",
    null,
    { kind: "spare", source: backup },
  ],
  [
    "what somebody chose comes before it",
    [primary, backup, pattern],
    "primary",
    "test",
    { kind: "cued", source: pattern },
  ],
  ["what is shown is not next", [primary, backup], "primary", "primary", { kind: "spare", source: backup }],
  ["what was chosen and has gone is not next", [primary], "primary", "backup", { kind: "slate" }],
  ["a frozen source takes over nothing", [primary, source("backup", "frozen")], "primary", null, { kind: "slate" }],
  ["behind the slate is what comes back", [source("backup", "frozen")], "slate", null, { kind: "nothing" }],
] as const)("%s", (_, items, selected, cued, expected) => {
  expect(nextUp({ items: [...items], selected }, cued, true)).toEqual(expected);
});

test("before the show nothing stands behind the source", () => {
  expect(nextUp({ items: [primary], selected: "primary" }, null, false)).toEqual({ kind: "nothing" });
});
