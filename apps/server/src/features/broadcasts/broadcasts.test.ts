/** Broadcasts over HTTP with the real store: rights, views, states, playback. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, openShow, type Person, published, type Show } from "./testing.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

const ROLES: readonly ChannelRole[] = ["owner", "admin", "producer", "moderator", "guest", "viewer"];
let handles = 0;
const nextChannel = () => show.channel(`show${(handles += 1)}`);

async function create(person: Person, body: Record<string, unknown>): Promise<string> {
  const answer = await person.call("POST", "/broadcasts", { title: "A show", ...body });
  expect(answer.status).toBe(201);
  return String(answer.body["id"]);
}

const connect = (broadcastId: string, slot: "primary" | "test" = "primary") =>
  show.doors.onProgramState({ type: "source_connected", broadcastId, slot });
const lose = (broadcastId: string) =>
  show.doors.onProgramState({ type: "source_lost", broadcastId, reason: "gone", stopped: false });
const stateOf = async (person: Person, id: string): Promise<unknown> =>
  (await person.call("GET", `/broadcasts/${id}`)).body["state"];

describe("who may do what with a broadcast", () => {
  const operators: ChannelRole[] = ["owner", "admin", "producer"];
  const crew: ChannelRole[] = ["owner", "admin", "producer", "moderator", "guest"];
  const cases = [
    ["see a draft", "GET", "", undefined, 200, crew, "not_found"],
    ["change it", "PATCH", "", { title: "Renamed" }, 200, operators, "forbidden"],
    ["go live without a source", "POST", "/live", undefined, 409, operators, "forbidden"],
    ["preview without a source", "POST", "/preview", undefined, 409, operators, "forbidden"],
    ["end what has not begun", "POST", "/end", undefined, 409, operators, "forbidden"],
    ["switch the test signal", "POST", "/test-signal", { on: false }, 204, operators, "forbidden"],
    ["remove the poster", "DELETE", "/poster", undefined, 200, operators, "forbidden"],
    ["remove the mark", "DELETE", "/watermark", undefined, 200, operators, "forbidden"],
    ["read its health", "GET", "/health", undefined, 200, [...operators, "moderator"], "forbidden"],
    [
      "read its health by the minute",
      "GET",
      "/health/minutes",
      undefined,
      200,
      [...operators, "moderator"],
      "forbidden",
    ],
    ["play a draft", "GET", "/playback", undefined, 409, crew, "not_found"],
  ] as const;
  let channel: Awaited<ReturnType<Show["channel"]>>;
  let id: string;
  beforeAll(async () => {
    channel = await nextChannel();
    id = await create(channel.people.owner, { channelId: channel.id });
  });

  test.each(cases)("%s", async (_, method, path, body, status, allowed, refusal) => {
    for (const role of ROLES) {
      const answer = await channel.people[role].call(method, `/broadcasts/${id}${path}`, body);
      const may = (allowed as readonly ChannelRole[]).includes(role);
      expect([role, may ? answer.status : answer.code]).toEqual([role, may ? status : refusal]);
    }
    const nobody = await show.anonymous(method, `/broadcasts/${id}${path}`, body);
    expect(nobody.code).toBe(refusal === "not_found" ? "not_found" : "unauthenticated");
  });

  test.each([
    ["create", "POST", operators, 201],
    ["delete", "DELETE", ["owner", "admin"], 204],
  ] as const)("%s", async (_, method, allowed, status) => {
    for (const role of ROLES) {
      const at =
        method === "POST"
          ? "/broadcasts"
          : `/broadcasts/${await create(channel.people.owner, { channelId: channel.id })}`;
      const body = method === "POST" ? { channelId: channel.id, title: "Mine" } : undefined;
      const answer = await channel.people[role].call(method, at, body);
      expect([role, answer.status]).toEqual([role, (allowed as readonly ChannelRole[]).includes(role) ? status : 403]);
    }
  });

  test("an API token without the scope may only read", async () => {
    const { id: accountId } = channel.people.owner;
    const token = "rst_a-token-of-this-test";
    const { sha256 } = await import("../../lib/ids.ts");
    await show.ctx.store.db
      .insertInto("api_token")
      .values({
        id: "0000000000000000000t",
        account_id: accountId,
        name: "reader",
        token_hash: sha256(token),
        scopes: JSON.stringify(["read"]),
        last_used_at: null,
        expires_at: null,
        revoked_at: null,
      })
      .execute();
    const headers = { authorization: `Bearer ${token}` };
    const read = await show.app.inject({ method: "GET", url: `/api/v1/broadcasts/${id}`, headers });
    const write = await show.app.inject({ method: "POST", url: `/api/v1/broadcasts/${id}/live`, headers });
    expect([read.statusCode, write.statusCode]).toEqual([200, 403]);
  });
});

describe("a new broadcast", () => {
  test("takes from the channel what is left out", async () => {
    const { id: channelId, people } = await nextChannel();
    await people.owner.call("PATCH", `/channels/${channelId}`, {
      category: "music",
      language: "de",
      tags: ["jazz"],
      settings: { autoLive: false, dvrWindowSec: 60, reconnectWindowSec: 7 },
    });
    const { body } = await people.producer.call("POST", "/broadcasts", { channelId, title: " Late show " });
    expect(body).toMatchObject({
      title: "Late show",
      category: "music",
      language: "de",
      tags: ["jazz"],
      autoLive: false,
      dvrWindowSec: 60,
      reconnectWindowSec: 7,
      state: "draft",
      visibility: "public",
      hasSource: false,
      viewers: null,
      role: "producer",
    });
    expect((await people.owner.call("POST", "/broadcasts", { channelId })).code).toBe("invalid_input");
  });

  test("is scheduled by a date and a draft again without it", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, startAt: "2030-01-01T20:00:00.000Z" });
    expect(await stateOf(people.owner, id)).toBe("scheduled");
    await people.owner.call("PATCH", `/broadcasts/${id}`, { startAt: null });
    expect(await stateOf(people.owner, id)).toBe("draft");
    expect((await show.anonymous("GET", `/broadcasts/${id}`)).code).toBe("not_found");
  });

  test("that is live keeps its date when the form is saved, and cannot be scheduled anew", async () => {
    const { id: channelId, people } = await nextChannel();
    const startAt = "2030-01-01T20:00:00.000Z";
    const id = await create(people.owner, { channelId, startAt });
    await connect(id);
    expect((await people.owner.call("PATCH", `/broadcasts/${id}`, { startAt, title: "Now" })).status).toBe(200);
    const later = await people.owner.call("PATCH", `/broadcasts/${id}`, { startAt: "2031-01-01T20:00:00.000Z" });
    expect(later.code).toBe("invalid_transition");
    expect(await stateOf(people.owner, id)).toBe("live");
  });
});

describe("states", () => {
  test("refusals name the reason", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId });
    const refused = async (action: string): Promise<unknown> => {
      const answer = await people.owner.call("POST", `/broadcasts/${id}/${action}`);
      expect(answer.code).toBe("invalid_transition");
      return (answer.body["error"] as { message: string }).message;
    };
    expect(await refused("live")).toBe("Connect an encoder or start the test signal first.");
    expect(await refused("end")).toBe("The broadcast has not begun; delete it instead.");
    await connect(id);
    expect(await refused("preview")).toBe("A live broadcast cannot go back to preview.");
    await people.owner.call("POST", `/broadcasts/${id}/end`);
    expect(await refused("live")).toBe("The broadcast is over (ended); start a new one.");
  });

  test("from preview to live to the end, told to everybody and audited", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, autoLive: false });
    await connect(id);
    expect(await stateOf(people.owner, id)).toBe("preview");
    const live = await people.producer.call("POST", `/broadcasts/${id}/live`);
    expect(live.body).toMatchObject({ state: "live", hasSource: true, viewers: 0 });
    expect((await people.producer.call("POST", `/broadcasts/${id}/live`)).status).toBe(200);
    await lose(id);
    expect((await people.owner.call("GET", `/broadcasts/${id}`)).body).toMatchObject({
      state: "interrupted",
      hasSource: false,
    });
    await connect(id);
    const ended = await people.owner.call("POST", `/broadcasts/${id}/end`);
    expect(ended.body).toMatchObject({ state: "ended", hasSource: false, interruptedAt: null });
    expect((await people.owner.call("POST", `/broadcasts/${id}/end`)).status).toBe(200);

    const changes = await published<{ type: string; state?: string }>(show, `broadcast:${id}`);
    expect(changes.filter((change) => change.type === "state").map((change) => change.state)).toEqual([
      "preview",
      "live",
      "interrupted",
      "live",
      "ended",
    ]);
    const commands = await published<{ broadcastId?: string }>(show, "media");
    expect(commands.filter(({ broadcastId }) => broadcastId === id)).toEqual([
      { type: "begin_show", broadcastId: id, from: "next_keyframe" },
      { type: "end_broadcast", broadcastId: id },
    ]);
    const audit = await people.owner.call("GET", `/channels/${channelId}/audit`);
    expect(audit.body.items.map((item) => item["action"])).toEqual([
      "broadcast.end",
      "broadcast.live",
      "broadcast.create",
    ]);
  });

  test("the test signal is a rehearsal: it never goes live by itself", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId });
    expect((await people.owner.call("POST", `/broadcasts/${id}/test-signal`, { on: true })).status).toBe(204);
    expect(show.plane.calls.at(-1)).toBe(`startTestSignal(${id}, ${channelId}, 3600)`);
    await connect(id, "test");
    expect(await stateOf(people.owner, id)).toBe("preview");
    await connect(id);
    expect(await stateOf(people.owner, id)).toBe("live");
    const begin = { type: "begin_show", broadcastId: id, from: "source" };
    expect(await published(show, "media")).toContainEqual(begin);
  });

  test("the test signal is refused for what is over, while another one runs, and when the media plane says no", async () => {
    const { id: channelId, people } = await nextChannel();
    const first = await create(people.owner, { channelId });
    const second = await create(people.owner, { channelId });
    const start = (id: string) => people.owner.call("POST", `/broadcasts/${id}/test-signal`, { on: true });
    show.plane.refuse = "An encoder is connected.";
    expect((await start(second)).code).toBe("conflict");
    show.plane.refuse = null;
    await connect(first);
    expect((await start(second)).code).toBe("conflict");
    await people.owner.call("POST", `/broadcasts/${first}/end`);
    expect((await start(first)).code).toBe("conflict");
  });

  test("a channel has one broadcast on the air", async () => {
    const { id: channelId, people } = await nextChannel();
    const first = await create(people.owner, { channelId });
    const second = await create(people.owner, { channelId });
    await connect(first);
    await connect(second);
    expect(await stateOf(people.owner, second)).toBe("draft");
    const cut = { type: "cut_sources", broadcastId: second };
    expect(await published(show, "media")).toContainEqual(expect.objectContaining(cut));
  });

  test("what runs cannot be deleted; what is over takes its window along", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId });
    await connect(id);
    expect((await people.owner.call("DELETE", `/broadcasts/${id}`)).code).toBe("conflict");
    await people.owner.call("POST", `/broadcasts/${id}/end`);
    expect((await people.owner.call("DELETE", `/broadcasts/${id}`)).status).toBe(204);
    expect((await people.owner.call("GET", `/broadcasts/${id}`)).code).toBe("not_found");
    expect(await published(show, "media")).toContainEqual({ type: "remove_broadcast", broadcastId: id });
  });
});

describe("what strangers see", () => {
  const PUBLIC = [
    "ageRestricted",
    "category",
    "channel",
    "description",
    "endedAt",
    "id",
    "kidMode",
    "language",
    "latencyMode",
    "liveAt",
    "minimumAge",
    "posterUrl",
    "recordingId",
    "registration",
    "startAt",
    "state",
    "tags",
    "thumbnailUrl",
    "title",
    "viewers",
    "visibility",
    "watermark",
  ];
  const keysOf = (answer: Answer): string[] => Object.keys(answer.body).toSorted();

  test("a private broadcast is forbidden, without details", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, title: "Board meeting", visibility: "private" });
    await connect(id);
    for (const path of ["", "/playback", "/thumbnail.jpg"]) {
      const answer = await people.viewer.call("GET", `/broadcasts/${id}${path}`);
      expect(answer.code).toBe("forbidden");
      expect(answer.raw.toString()).not.toContain("Board");
    }
    expect((await people.guest.call("GET", `/broadcasts/${id}`)).body["title"]).toBe("Board meeting");
  });

  test("the public view has nothing of the crew's", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, visibility: "unlisted" });
    await connect(id);
    const answer = await show.anonymous("GET", `/broadcasts/${id}`);
    expect(keysOf(answer)).toEqual(PUBLIC);
    expect(answer.body).toMatchObject({ state: "live", viewers: 0 });
    expect(answer.body["thumbnailUrl"]).toMatch(new RegExp(`^/api/v1/broadcasts/${id}/thumbnail.jpg\\?t=`));
  });

  test("a rehearsal of a scheduled show still looks scheduled", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, startAt: "2030-01-01T20:00:00.000Z" });
    await connect(id, "test");
    expect((await show.anonymous("GET", `/broadcasts/${id}`)).body["state"]).toBe("scheduled");
    expect((await show.anonymous("GET", `/broadcasts/${id}/playback`)).code).toBe("conflict");
    expect(await stateOf(people.guest, id)).toBe("preview");
  });

  test("a thumbnail is shared while live, and only the crew's in preview", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, startAt: "2030-01-01T20:00:00.000Z" });
    await connect(id, "test");
    show.plane.jpeg = new Uint8Array([0xff, 0xd8, 0xff]);
    const at = `/broadcasts/${id}/thumbnail.jpg`;
    expect((await show.anonymous("GET", at)).status).toBe(404);
    const own = await people.guest.call("GET", at);
    expect(own.headers).toMatchObject({
      "content-type": "image/jpeg",
      "cache-control": "private, no-store",
      "cross-origin-resource-policy": "same-origin",
    });
    await people.owner.call("POST", `/broadcasts/${id}/live`);
    const shared = await show.anonymous("GET", at);
    expect(shared.headers).toMatchObject({
      "cache-control": "public, max-age=5",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "cross-origin",
    });
    expect([...shared.raw]).toEqual([0xff, 0xd8, 0xff]);
    show.plane.jpeg = null;
    expect((await show.anonymous("GET", at)).code).toBe("not_found");
  });
});

describe("playback", () => {
  test("needs no token for what is public, and one for what is not", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId, autoLive: false });
    await connect(id);
    const preview = await people.guest.call("GET", `/broadcasts/${id}/playback`);
    const url = new URL(String(preview.body["hlsUrl"]), "http://localhost");
    const token = url.searchParams.get("t") ?? "";
    expect(url.pathname).toBe(`/live/${id}/index.m3u8`);
    expect(await show.doors.verifyPlaybackToken(token, id)).toBe(true);
    expect(preview.body["realtimeUrl"]).toBe(`/live/${id}/realtime?token=${token}`);
    expect(preview.body["whepUrl"]).toBe(`/whep/${id}?token=${token}`);
    expect(await show.doors.playbackPolicy(id)).toMatchObject({
      state: "preview",
      needsToken: true,
      dvrWindowSec: 3600,
    });

    await people.owner.call("POST", `/broadcasts/${id}/live`);
    const live = await show.anonymous("GET", `/broadcasts/${id}/playback`);
    const hlsUrl = `/live/${id}/index.m3u8`;
    const realtimeUrl = `/live/${id}/realtime`;
    const urls = { hlsUrl, realtimeUrl, whepUrl: `/whep/${id}` };
    expect(live.body).toEqual({ ...urls, latencyMode: "balanced", mayClip: false, tokenExpiresAt: null });
    expect(await show.doors.playbackPolicy(id)).toMatchObject({ state: "live", needsToken: false });

    await people.owner.call("PATCH", `/broadcasts/${id}`, { visibility: "private" });
    expect(await show.doors.playbackPolicy(id)).toMatchObject({ needsToken: true });
    expect((await show.anonymous("GET", `/broadcasts/${id}/playback`)).code).toBe("forbidden");
    expect((await people.guest.call("GET", `/broadcasts/${id}/playback`)).body["tokenExpiresAt"]).toEqual(
      expect.any(String),
    );
  });

  test("of an ended broadcast works while its window is kept", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId });
    await connect(id);
    await people.owner.call("POST", `/broadcasts/${id}/end`);
    const at = `/broadcasts/${id}/playback`;
    expect((await show.anonymous("GET", at)).status).toBe(200);
    const long = new Date(Date.now() - 25 * 60 * 60_000);
    await show.ctx.store.db.updateTable("broadcast").set({ ended_at: long }).where("id", "=", id).execute();
    expect((await show.anonymous("GET", at)).code).toBe("conflict");
  });

  test("a policy is known for nothing that does not exist", async () => {
    expect(await show.doors.playbackPolicy("00000000000000000000")).toBeNull();
    expect(await show.doors.verifyPlaybackToken("1.2", "00000000000000000000")).toBe(false);
  });
});
