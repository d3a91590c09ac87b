/** Who may see and take the sources of a broadcast, and what is handed to the media plane. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, type Show } from "../broadcasts/testing.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

const HEALTH = {
  kind: "backup",
  protocol: "rtmp",
  connectedAt: "2026-01-01T00:00:00.000Z",
  encoder: "OBS",
  videoCodec: "avc1.64001f",
  audioCodec: "mp4a.40.2",
  widthPx: 1280,
  heightPx: 720,
  fps: 30,
  videoBitrateBps: 3_000_000,
  audioBitrateBps: 128_000,
  keyframeIntervalSec: 2,
  bFrames: false,
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  droppedSamples: 0,
  avOffsetMs: 0,
} as const;
let handles = 0;

async function broadcast() {
  const { id: channelId, people } = await show.channel(`sources${(handles += 1)}`);
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "A show" });
  return { id: String(body["id"]), channelId, people };
}

test("only operators see and take sources", async () => {
  const { id, people } = await broadcast();
  for (const role of ["moderator", "guest", "viewer"] as const) {
    expect((await people[role].call("GET", `/broadcasts/${id}/sources`)).status).toBe(403);
    expect((await people[role].call("POST", `/broadcasts/${id}/sources/take`, { sourceId: null })).status).toBe(403);
    const picture = await people[role].call("GET", `/broadcasts/${id}/sources/primary/thumbnail.jpg`);
    expect(picture.status).toBe(403);
  }
  expect((await show.anonymous("GET", `/broadcasts/${id}/sources`)).status).toBe(401);
  expect((await people.owner.call("GET", "/broadcasts/00000000000000000000/sources")).status).toBe(404);
});

test("what is connected is shown with its picture", async () => {
  const { id, people } = await broadcast();
  show.plane.connected = null;
  const nobody = { items: [], selected: null, override: null, slateSince: null };
  expect((await people.producer.call("GET", `/broadcasts/${id}/sources`)).body).toEqual(nobody);
  const one = { slot: "backup", health: HEALTH, isHealthy: false, hasPicture: true } as const;
  const slateSince = new Date(1_000_000);
  show.plane.connected = { items: [one], selected: "slate", taken: "backup", slateSince };
  const { body } = await people.producer.call("GET", `/broadcasts/${id}/sources`);
  const thumbnailUrl = `/api/v1/broadcasts/${id}/sources/backup/thumbnail.jpg`;
  expect(body).toMatchObject({
    items: [{ id: "backup", state: "frozen", encoder: "OBS", widthPx: 1280, thumbnailUrl }],
    selected: "slate",
    override: "backup",
    slateSince: slateSince.toISOString(),
  });
  show.plane.jpeg = null;
  const path = `/broadcasts/${id}/sources/backup/thumbnail.jpg`;
  expect((await people.producer.call("GET", path)).status).toBe(204);
  show.plane.jpeg = Uint8Array.of(0xff, 0xd8);
  const picture = await people.producer.call("GET", path);
  expect([picture.status, picture.headers["cache-control"], picture.raw.length]).toEqual([200, "private, no-store", 2]);
  expect((await people.producer.call("GET", `/broadcasts/${id}/sources/slate/thumbnail.jpg`)).status).toBe(400);
});

test("a taken source is told to the media plane and noted; a refusal says why and is not", async () => {
  const { id, channelId, people } = await broadcast();
  const take = (sourceId: unknown) => people.producer.call("POST", `/broadcasts/${id}/sources/take`, { sourceId });
  show.plane.calls.length = 0;
  show.plane.refuse = null;
  expect([(await take("slate")).status, (await take(null)).status]).toEqual([200, 200]);
  expect(show.plane.calls).toEqual([`takeSource(${id}, slate)`, `takeSource(${id}, )`]);
  expect((await take("nothing")).status).toBe(400);
  show.plane.refuse = "This source is not connected any more.";
  const refused = await take("backup");
  show.plane.refuse = null;
  expect([refused.status, refused.body["error"]]).toMatchObject([
    409,
    { code: "conflict", message: "This source is not connected any more." },
  ]);
  const { body } = await people.owner.call("GET", `/channels/${channelId}/audit`);
  const noted = body.items.filter((one) => one["action"] === "broadcast.take_source");
  expect(noted.map((one) => one["details"])).toEqual([{ source: null }, { source: "slate" }]);
});
