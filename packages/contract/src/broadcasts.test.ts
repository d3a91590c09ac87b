import { expect, test } from "vitest";
import { Broadcast, CreateBroadcastBody, ListBroadcastsQuery, OwnBroadcast, ViewerBeacon } from "./broadcasts.ts";
import { CreateChannelBody, UpdateChannelBody } from "./channels.ts";

const id = "0000000000abcdefghjk";

test.each([
  ["a title of blanks", { channelId: id, title: "   " }],
  ["a title over 140 characters", { channelId: id, title: "x".repeat(141) }],
  ["an unknown category", { channelId: id, title: "Show", category: "cooking" }],
  ["eleven tags", { channelId: id, title: "Show", tags: "abcdefghijk".split("") }],
  ["a DVR window over twelve hours", { channelId: id, title: "Show", dvrWindowSec: 43_201 }],
  ["a start that is no instant", { channelId: id, title: "Show", startAt: "tomorrow" }],
  ["no channel", { title: "Show" }],
  ["a NUL in the title", { channelId: id, title: "Sh\0w" }],
  ["half a surrogate pair in a tag", { channelId: id, title: "Show", tags: ["\ud83c"] }],
])("a new broadcast with %s is refused", (_, body) => {
  expect(CreateBroadcastBody.safeParse(body).success).toBe(false);
});

test("a new broadcast needs a channel and a title only; the text stays as it was typed", () => {
  expect(CreateBroadcastBody.parse({ channelId: id, title: " <script>alert(1)</script> " })).toEqual({
    channelId: id,
    title: "<script>alert(1)</script>",
  });
});

test("a list is 24 long unless the caller says so, and 100 at most", () => {
  expect(ListBroadcastsQuery.parse({})).toEqual({ limit: 24 });
  expect(ListBroadcastsQuery.safeParse({ limit: "101" }).success).toBe(false);
});

test.each([
  ["a short session id", { sessionId: "abc" }],
  ["a negative watch time", { watchedMs: -1 }],
  ["half a stall", { stalls: 0.5 }],
  ["a NUL in its error", { error: "\0" }],
  ["more than a year of stalls", { stalledMs: 1e300 }],
])("a beacon with %s is refused", (_, wrong) => {
  expect(ViewerBeacon.safeParse({ ...beacon, ...wrong }).success).toBe(false);
});

test("a beacon is taken as the player sends it", () => {
  expect(ViewerBeacon.parse(beacon)).toEqual(beacon);
});

const beacon = {
  sessionId: "abcdefghijklmnop",
  joinMs: 420,
  watchedMs: 10_000,
  stalls: 0,
  stalledMs: 0,
  latencyMs: 900,
  bitrateBps: 2_500_000,
  droppedFrames: 0,
  error: null,
  ended: false,
};

test("the public view has no field that only the crew may see", () => {
  const crewOnly = Object.keys(OwnBroadcast.shape).filter((field) => !(field in Broadcast.shape));
  expect(crewOnly).toEqual([
    "role",
    "hasSource",
    "dvrWindowSec",
    "reconnectWindowSec",
    "autoLive",
    "record",
    "recordNote",
    "watermarkCorner",
    "interruptedAt",
    "createdAt",
  ]);
});

test("a handle is compared in lower case", () => {
  expect(CreateChannelBody.parse({ handle: "Ada_Live", title: "Ada" })).toEqual({
    handle: "ada_live",
    title: "Ada",
    description: "",
    category: "other",
    tags: [],
    language: "en",
  });
  expect(CreateChannelBody.safeParse({ handle: "a-b", title: "Ada" }).success).toBe(false);
});

test("changing one setting of a channel leaves the others out", () => {
  expect(UpdateChannelBody.parse({ settings: { autoLive: false } })).toEqual({ settings: { autoLive: false } });
});
