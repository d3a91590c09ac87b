import { AddTrackRequest, SubscriptionPermission, TrackType, VideoQuality } from "@livekit/protocol";
import { expect, test } from "vitest";
import { SubscriptionRules } from "./subscription-rules.ts";
import { announcedTrack, layersOf, settleTrack, wantedVideoCodec } from "./track-info.ts";

const LAYERS = [
  { quality: VideoQuality.LOW, width: 320, height: 180, bitrate: 150_000 },
  { quality: VideoQuality.MEDIUM, width: 640, height: 360, bitrate: 500_000 },
  { quality: VideoQuality.HIGH, width: 1280, height: 720, bitrate: 1_700_000 },
];

const camera = (change: object = {}): AddTrackRequest =>
  new AddTrackRequest({
    cid: "c",
    type: TrackType.VIDEO,
    width: 1280,
    height: 720,
    layers: LAYERS,
    ...change,
  } as never);

test.each([
  [[], "VP8"],
  [["h264"], "H264"],
  [["video/H264", "vp8"], "H264"],
  [["vp9", "h264"], "H264"],
  [["av1"], "VP8"],
])("of %j is taken %s", (codecs, wanted) => {
  expect(wantedVideoCodec(camera({ simulcastCodecs: codecs.map((codec) => ({ codec })) }))).toBe(wanted);
});

test("an announced track tells which codec to send, a settled one which is sent", () => {
  const info = announcedTrack(camera({ simulcastCodecs: [{ codec: "h264" }] }), "TR_1", 1_000);
  expect(info).toMatchObject({ sid: "TR_1", simulcast: true, mid: "", codecs: [{ mimeType: "video/H264", cid: "c" }] });
  expect(info.version?.unixMicro).toBe(1_000_000n);
  settleTrack(info, "3", "VP8");
  expect(info).toMatchObject({ mid: "3", mimeType: "video/VP8", codecs: [{ mimeType: "video/VP8", mid: "3" }] });
});

test("what is told to everybody is bounded", () => {
  const many = Array.from({ length: 50 }, () => ({ ...LAYERS[0], rid: "r".repeat(1_000) }));
  const info = announcedTrack(camera({ layers: many, audioFeatures: Array.from({ length: 500 }, () => 1) }), "TR_1", 0);
  expect([info.layers.length, info.audioFeatures.length, info.toBinary().length < 300]).toEqual([3, 16, true]);
});

test("layers by their rid, with the sizes that were announced", () => {
  const info = announcedTrack(camera(), "TR_1", 0);
  expect(layersOf(info, ["q", "h", "f"])).toEqual([
    { rid: "q", quality: 0, width: 320, height: 180, bitrateBps: 150_000 },
    { rid: "h", quality: 1, width: 640, height: 360, bitrateBps: 500_000 },
    { rid: "f", quality: 2, width: 1280, height: 720, bitrateBps: 1_700_000 },
  ]);
  expect(layersOf(info, ["0", "1"]).map(({ rid, quality }) => [rid, quality])).toEqual([
    ["0", 0],
    ["1", 1],
  ]);
});

test("without simulcast there is one layer of the whole size", () => {
  const info = announcedTrack(camera({ layers: [LAYERS[2]] }), "TR_1", 0);
  expect(layersOf(info, [])).toEqual([{ rid: "", quality: 2, width: 1280, height: 720, bitrateBps: 1_700_000 }]);
  expect(layersOf(announcedTrack(new AddTrackRequest({ type: TrackType.AUDIO }), "TR_2", 0), [])).toEqual([]);
});

test("a publisher's rules: everybody, nobody, some by identity or sid, all tracks or named ones", () => {
  const rules = new SubscriptionRules();
  const bob = { sid: "PA_b", identity: "bob" };
  expect(rules.allows(bob, "TR_1")).toBe(true);
  rules.set(new SubscriptionPermission());
  expect(rules.allows(bob, "TR_1")).toBe(false);
  const set = (entry: object): void => rules.set(new SubscriptionPermission({ trackPermissions: [entry] } as never));
  set({ participantIdentity: "bob", trackSids: ["TR_1"] });
  expect([rules.allows(bob, "TR_1"), rules.allows(bob, "TR_2")]).toEqual([true, false]);
  set({ participantSid: "PA_b", allTracks: true });
  expect([rules.allows(bob, "TR_2"), rules.allows({ ...bob, sid: "PA_new" }, "TR_2")]).toEqual([true, false]);
  set({ participantSid: "PA_b", participantIdentity: "eve", allTracks: true });
  expect(rules.allows(bob, "TR_2")).toBe(false);
});
