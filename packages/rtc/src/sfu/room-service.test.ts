import { DataPacket_Kind, ParticipantInfo_State as State, TrackSource } from "@livekit/protocol";
import { AccessToken, DataPacket_Kind as SdkKind, TrackSource as SdkSource } from "livekit-server-sdk";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { Sfu } from "./sfu.ts";
import { TestClient } from "./testing/client.ts";
import { KEY, SECRET, roomServiceOf } from "./testing/door.ts";
import { openedPerTest } from "./testing/sfu.ts";

const { start, join } = openedPerTest();

const hostOf = (sfu: Sfu): string => `http://127.0.0.1:${sfu.ports.http}`;

/** A call with a token of ours. */
async function call(
  host: string,
  method: string,
  body: unknown,
  video: Record<string, unknown>,
): Promise<[number, unknown]> {
  const token = new AccessToken(KEY, SECRET, { identity: "server", ttl: 60 });
  token.addGrant(video);
  const response = await fetch(`${host}/twirp/livekit.RoomService/${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${await token.toJwt()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

test.each([
  ["CreateRoom", { name: "r" }, { roomList: true }, "roomCreate"],
  ["ListRooms", {}, { roomCreate: true }, "roomList"],
  ["DeleteRoom", { room: "r" }, { roomAdmin: true, room: "r" }, "roomCreate"],
  ["ListParticipants", { room: "r" }, { roomCreate: true, room: "r" }, "roomAdmin"],
  ["GetParticipant", { room: "r", identity: "a" }, { room: "r" }, "roomAdmin"],
  ["RemoveParticipant", { room: "r", identity: "a" }, { roomAdmin: true, room: "other" }, "another room"],
  ["MutePublishedTrack", { room: "r", identity: "a" }, { roomAdmin: true }, "another room"],
  ["UpdateParticipant", { room: "r", identity: "a" }, { roomJoin: true, room: "r" }, "roomAdmin"],
  ["UpdateSubscriptions", { room: "r", identity: "a" }, { room: "r" }, "roomAdmin"],
  ["UpdateRoomMetadata", { room: "r" }, { roomAdmin: true, room: "R" }, "another room"],
  ["SendData", { room: "r" }, { roomAdmin: true, room: "r2" }, "another room"],
])("%s without its grant is refused", async (method, body, video, words) => {
  const host = hostOf(await start());
  const [status, error] = await call(host, method, body, video);
  expect(status).toBe(401);
  expect(error).toEqual({ code: "unauthenticated", msg: expect.stringContaining(words) as string });
});

test("calls that are none are refused with Twirp's codes", async () => {
  const host = hostOf(await start());
  const post = async (path: string, init: RequestInit): Promise<[number, string]> => {
    const response = await fetch(`${host}${path}`, { method: "POST", ...init });
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  const json = { "content-type": "application/json" };
  const service = "/twirp/livekit.RoomService";
  expect(await post(`${service}/ListRooms`, { headers: json, body: "{}" })).toEqual([401, "unauthenticated"]);
  expect(await post(`${service}/Sing`, { headers: json, body: "{}" })).toEqual([404, "bad_route"]);
  expect(await post(`${service}/ListRooms`, { headers: { "content-type": "text/plain" } })).toEqual([404, "bad_route"]);
  expect((await call(host, "ListRooms", { names: "r" }, { roomList: true }))[0]).toBe(400);
  const [status, error] = await call(host, "SendData", { data: "A".repeat(2_000_000) }, {});
  expect([status, (error as { code: string }).code]).toEqual([429, "resource_exhausted"]);
});

test("rooms are made, listed, changed and deleted", async () => {
  const service = roomServiceOf(await start());
  const made = await service.createRoom({ name: "show", emptyTimeout: 77, maxParticipants: 5, metadata: "m" });
  expect(made).toMatchObject({
    name: "show",
    emptyTimeout: 77,
    departureTimeout: 20,
    maxParticipants: 5,
    metadata: "m",
    numParticipants: 0,
  });
  expect(made.sid).toMatch(/^RM_\w{12}$/);
  expect((await service.createRoom({ name: "show" })).sid).toBe(made.sid);
  await service.createRoom({ name: "other" });
  expect((await service.listRooms()).map(({ name }) => name)).toEqual(["show", "other"]);
  expect((await service.listRooms(["other", "none"])).map(({ name }) => name)).toEqual(["other"]);
  expect((await service.updateRoomMetadata("show", "new")).metadata).toBe("new");
  await service.deleteRoom("show");
  expect((await service.listRooms()).map(({ name }) => name)).toEqual(["other"]);
  await expect(service.deleteRoom("show")).rejects.toMatchObject({ code: "not_found", status: 404 });
  await expect(service.updateRoomMetadata("show", "")).rejects.toMatchObject({ code: "not_found" });
  await expect(service.createRoom({ name: "" })).rejects.toMatchObject({ code: "invalid_argument" });
  await expect(service.createRoom({ name: "n".repeat(300) })).rejects.toMatchObject({ code: "invalid_argument" });
});

test("the same in protobuf", async () => {
  const host = hostOf(await start());
  const token = new AccessToken(KEY, SECRET, { ttl: 60 });
  token.addGrant({ roomList: true });
  const response = await fetch(`${host}/twirp/livekit.RoomService/ListRooms`, {
    method: "POST",
    headers: { authorization: `Bearer ${await token.toJwt()}`, "content-type": "application/protobuf" },
    body: new Uint8Array(),
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/protobuf"]);
  expect((await response.arrayBuffer()).byteLength).toBe(0);
});

test("a node holds no more rooms than it may", async () => {
  const service = roomServiceOf(await start({ limits: { ...DEFAULT_LIMITS, maxRooms: 1 } }));
  await service.createRoom({ name: "one" });
  await expect(service.createRoom({ name: "two" })).rejects.toMatchObject({ code: "resource_exhausted" });
  await service.createRoom({ name: "one", metadata: "again" });
});

test("participants are listed, looked up and removed", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const bob = await join(sfu, "bob", { version: "v0" });
  expect((await service.listParticipants("show")).map(({ identity }) => identity)).toEqual(["ada", "bob"]);
  expect(await service.listParticipants("none")).toEqual([]);
  expect(await service.getParticipant("show", "ada")).toMatchObject({ identity: "ada", sid: ada.sid });
  await expect(service.getParticipant("show", "eve")).rejects.toMatchObject({ code: "not_found" });
  await service.removeParticipant("show", "ada");
  expect(await ada.next("leave")).toMatchObject({ reason: 4, action: 0 });
  const gone = ({ participants }: { participants: { identity: string; state: State }[] }): boolean =>
    participants.some(({ identity, state }) => identity === "ada" && state === State.DISCONNECTED);
  await bob.next("update", gone);
  await expect(service.removeParticipant("show", "ada")).rejects.toMatchObject({ code: "not_found" });
  await join(sfu, "ada");
});

test("one whose tokens are revoked does not come back with them", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  await join(sfu, "eve");
  await service.removeParticipant("show", "eve", { revokeTokenTs: BigInt(Math.floor(Date.now() / 1000) + 60) });
  await expect(TestClient.join(sfu, "eve", "show")).rejects.toThrow("401 The access token was revoked.");
  await join(sfu, "eve", {}, "other");
});

test("name, metadata and attributes are changed, and all are told", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const bob = await join(sfu, "bob");
  await service.updateParticipant("show", "ada", {
    name: "Ada",
    metadata: "m",
    attributes: { role: "host", gone: "x" },
  });
  const changed = await service.updateParticipant("show", "ada", { attributes: { gone: "" } });
  expect(changed).toMatchObject({ name: "Ada", metadata: "m", attributes: { role: "host" } });
  for (const client of [ada, bob]) {
    const { participants } = await client.next(
      "update",
      (value) => value.participants[0]?.attributes["role"] === "host",
    );
    expect(participants[0]).toMatchObject({ identity: "ada", name: "Ada" });
  }
  const long = "m".repeat(70_000);
  await expect(service.updateParticipant("show", "ada", long)).rejects.toMatchObject({ code: "invalid_argument" });
});

test("versions of a participant rise", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const bob = await join(sfu, "bob");
  await join(sfu, "ada");
  for (const name of ["one", "two", "three"]) await service.updateParticipant("show", "ada", { name });
  await bob.next("update", (value) => value.participants[0]?.name === "three");
  const versions = bob.messages.flatMap((message) =>
    message.case === "update" ? message.value.participants.filter(({ identity }) => identity === "ada") : [],
  );
  for (const [index, { version }] of versions.entries()) {
    if (index > 0) expect(version).toBeGreaterThan(versions[index - 1]!.version);
  }
});

test("a permission that is taken ends what it allowed, and a new token follows", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const bob = await join(sfu, "bob");
  await Promise.all([ada.connect(), bob.connect()]);
  const microphone = await ada.publish("audio", { source: TrackSource.MICROPHONE });
  const camera = await ada.publish("video", { source: TrackSource.CAMERA });
  await bob.until(() => bob.receiving.has(camera) && bob.receiving.has(microphone));
  await service.updateParticipant("show", "ada", undefined, {
    canPublish: true,
    canSubscribe: true,
    canPublishSources: [SdkSource.MICROPHONE],
  });
  expect(await ada.next("trackUnpublished")).toMatchObject({ trackSid: camera });
  await bob.until(() => !bob.receiving.has(camera));
  expect(bob.receiving.has(microphone)).toBe(true);
  expect((await service.getParticipant("show", "ada")).tracks.map(({ sid }) => sid)).toEqual([microphone]);
  // Another one may have come before: who joins gets one soon.
  const token = await ada.next("refreshToken", (one) => JSON.stringify(decodeJwt(one)).includes('"canPublishSources"'));
  const again = await join(sfu, "ada", { token });
  expect((await again.next("join")).participant?.permission?.canPublishSources).toEqual([TrackSource.MICROPHONE]);
});

test("who may not subscribe any more gets nothing, and everything again when it may", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const bob = await join(sfu, "bob");
  await Promise.all([ada.connect(), bob.connect()]);
  const track = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(track));
  await service.updateParticipant("show", "bob", undefined, { canSubscribe: false });
  await bob.until(() => !bob.receiving.has(track));
  await service.updateParticipant("show", "bob", undefined, { canSubscribe: true });
  await bob.until(() => bob.receiving.has(track));
});

test("one who is hidden is neither seen nor heard by others, and is when it is shown", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const spy = await join(sfu, "spy", { grant: { hidden: true } });
  await Promise.all([ada.connect(), spy.connect()]);
  const track = await spy.publish("audio");
  await service.updateParticipant("show", "ada", { name: "Ada" });
  await ada.next("update", (value) => value.participants[0]?.name === "Ada");
  const isSpy = ({ identity }: { identity: string }): boolean => identity === "spy";
  const seen = ada.messages.some((message) => message.case === "update" && message.value.participants.some(isSpy));
  expect([seen, ada.receiving.has(track)]).toEqual([false, false]);
  expect((await service.listRooms(["show"]))[0]).toMatchObject({ numParticipants: 1 });
  await service.updateParticipant("show", "spy", undefined, { canPublish: true, canSubscribe: true });
  await ada.next("update", (value) => value.participants.some(isSpy));
  await ada.until(() => ada.receiving.has(track));
  await service.updateParticipant("show", "spy", undefined, { canPublish: true, canSubscribe: true, hidden: true });
  await ada.next("update", (value) => value.participants.some((one) => isSpy(one) && one.state === State.DISCONNECTED));
  await ada.until(() => !ada.receiving.has(track));
});

test("a track is muted for all; unmuting it is its publisher's", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const bob = await join(sfu, "bob");
  await Promise.all([ada.connect(), bob.connect()]);
  const track = await ada.publish("audio");
  expect(await service.mutePublishedTrack("show", "ada", track, true)).toMatchObject({ sid: track, muted: true });
  expect(await ada.next("mute")).toMatchObject({ sid: track, muted: true });
  await bob.next("update", (value) => value.participants[0]?.tracks[0]?.muted === true);
  await expect(service.mutePublishedTrack("show", "ada", track, false)).rejects.toMatchObject({
    code: "failed_precondition",
  });
  await expect(service.mutePublishedTrack("show", "ada", "TR_none", true)).rejects.toMatchObject({ code: "not_found" });
});

test("subscriptions are set for others", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  const bob = await join(sfu, "bob", { autoSubscribe: false });
  await Promise.all([ada.connect(), bob.connect()]);
  const track = await ada.publish("audio");
  await service.updateSubscriptions("show", "bob", [track], true);
  await bob.until(() => bob.receiving.has(track));
  await service.updateSubscriptions("show", "bob", [track], false);
  await bob.until(() => !bob.receiving.has(track));
});

test.each(["v0", "v1"] as const)("data is sent to all or to some, %s", async (version) => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada", { version });
  const bob = await join(sfu, "bob", { version });
  await Promise.all([ada.connect(), bob.connect()]);
  await Promise.all([ada.dataOpen(), bob.dataOpen()]);
  const bytes = Uint8Array.of(1, 2, 3);
  await service.sendData("show", bytes, SdkKind.RELIABLE, { destinationIdentities: ["bob"], topic: "t" });
  await service.sendData("show", bytes, SdkKind.RELIABLE, {});
  await ada.until(() => ada.data.length === 1);
  await bob.until(() => bob.data.length === 2);
  const [kind, packet] = bob.data[0]!;
  expect(kind).toBe(DataPacket_Kind.RELIABLE);
  expect(packet.value).toMatchObject({ case: "user", value: { topic: "t" } });
  expect(packet.value.case === "user" && [...packet.value.value.payload]).toEqual([1, 2, 3]);
  await expect(service.sendData("show", new Uint8Array(70_000), SdkKind.LOSSY, {})).rejects.toMatchObject({
    code: "invalid_argument",
  });
  await expect(service.sendData("none", bytes, SdkKind.LOSSY, {})).rejects.toMatchObject({ code: "not_found" });
});

test("deleting a room sends everybody away", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  await service.deleteRoom("show");
  expect(await ada.next("leave")).toMatchObject({ reason: 5, action: 0 });
  await ada.until(() => ada.closeCode === 1000);
});

test("moving and forwarding are refused in words", async () => {
  const service = roomServiceOf(await start());
  await expect(service.moveParticipant("a", "b", "c")).rejects.toMatchObject({ code: "unimplemented", status: 501 });
  await expect(service.forwardParticipant("a", "b", "c")).rejects.toMatchObject({ code: "unimplemented" });
});
