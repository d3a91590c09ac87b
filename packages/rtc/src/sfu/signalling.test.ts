import {
  AddTrackRequest,
  LeaveRequest_Action as Action,
  DisconnectReason as Reason,
  ParticipantInfo_State as State,
  Ping,
  RequestResponse_Reason,
  SignalRequest,
  SignalResponse,
  SimulateScenario,
  SubscriptionError,
  TrackSource,
  TrackType,
  UpdateParticipantMetadata,
  UpdateSubscription,
} from "@livekit/protocol";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { Sfu } from "./sfu.ts";
import { TestClient } from "./testing/client.ts";
import { joinUrl, KEY, openSocket, SECRET, tokenFor } from "./testing/door.ts";
import { openedPerTest, startTestSfu } from "./testing/sfu.ts";

const { start, join } = openedPerTest();

async function validate(sfu: Sfu, path: string, token: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${sfu.ports.http}${path}?access_token=${token}`);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  return `${response.status} ${await response.text()}`;
}

function expired(): Promise<string> {
  return new SignJWT({ sub: "a", video: { roomJoin: true, room: "show" }, exp: 1_000 })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(KEY)
    .sign(new TextEncoder().encode(SECRET));
}

test.each([
  ["none", () => Promise.resolve(""), "401 No access token"],
  [
    "one of another secret",
    async () => (await tokenFor("a", "show")).slice(0, -4) + "AAAA",
    "401 The access token's signature is wrong",
  ],
  ["an expired one", expired, "401 The access token has expired."],
  [
    "one that does not let join",
    () => tokenFor("a", "show", { roomJoin: false }),
    "401 The access token does not grant `roomJoin`.",
  ],
  ["one for no room", () => tokenFor("a", ""), "400 The token's room is empty."],
  ["one for a long room", () => tokenFor("a", "r".repeat(300)), "400 The token's room has 300 characters"],
])("with a token, %s, nobody comes in, and validate says why", async (_, make, words) => {
  const sfu = await start();
  const token = await make();
  for (const version of ["v0", "v1"] as const) {
    await expect(openSocket(joinUrl(sfu, token, version))).rejects.toThrow(words);
    expect(await validate(sfu, version === "v0" ? "/rtc/validate" : "/rtc/v1/validate", token)).toContain(words);
  }
  expect(sfu.rooms.participantCount).toBe(0);
});

test("a token for another room than the address names is refused", async () => {
  const sfu = await start();
  const url = joinUrl(sfu, await tokenFor("a", "show"));
  url.searchParams.set("room", "other");
  await expect(openSocket(url)).rejects.toThrow("403 The access token is for another room.");
});

test("a good token is a success, also as a bearer token", async () => {
  const sfu = await start();
  const token = await tokenFor("a", "show");
  expect(await validate(sfu, "/rtc/v1/validate", token)).toBe("200 success");
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${sfu.ports.http}/rtc/validate`, { headers });
  expect(await response.text()).toBe("success");
});

test.each([
  ["no join request", undefined],
  ["garbage", "AAAA"],
  ["a bomb", Buffer.from([8, 1, 18, 4, 1, 2, 3, 4]).toString("base64url")],
])("v1 with %s is refused", async (_, text) => {
  const sfu = await start();
  const url = joinUrl(sfu, await tokenFor("a", "show"));
  if (text === undefined) url.searchParams.delete("join_request");
  else url.searchParams.set("join_request", text);
  await expect(openSocket(url)).rejects.toThrow(/^400 /);
});

test("other addresses are not found", async () => {
  const sfu = await start();
  const base = `127.0.0.1:${sfu.ports.http}`;
  await expect(openSocket(new URL(`ws://${base}/other`))).rejects.toThrow("404");
  expect((await fetch(`http://${base}/other`)).status).toBe(404);
  expect((await fetch(`http://${base}/rtc`)).status).toBe(426);
  expect(await (await fetch(`http://${base}/healthz`)).text()).toBe("OK");
});

test.each(["v0", "v1"] as const)("who joins is told what there is, and the others of it, %s", async (version) => {
  const sfu = await start();
  const ada = await join(sfu, "ada", { version });
  const bob = await join(sfu, "bob", { version });
  expect(await ada.next("join")).toMatchObject({
    room: { name: "show", maxParticipants: 11 },
    participant: { identity: "ada", sid: ada.sid, permission: { canPublish: true, canSubscribe: true } },
    otherParticipants: [],
    subscriberPrimary: version === "v0",
    pingInterval: 5,
    pingTimeout: 15,
    fastPublish: true,
    serverInfo: { protocol: 16 },
  });
  const { otherParticipants, enabledPublishCodecs } = await bob.next("join");
  expect(otherParticipants.map(({ identity }) => identity)).toEqual(["ada"]);
  expect(enabledPublishCodecs.map(({ mime }) => mime)).toEqual(["video/VP8", "video/H264", "audio/opus"]);
  await ada.next(
    "update",
    (value) => value.participants[0]?.identity === "bob" && value.participants[0].state === State.JOINED,
  );
  await bob.connect();
  await ada.next(
    "update",
    (value) => value.participants[0]?.identity === "bob" && value.participants[0].state === State.ACTIVE,
  );
  await bob.leave();
  const { participants } = await ada.next("update", (value) => value.participants[0]?.state === State.DISCONNECTED);
  expect(participants[0]).toMatchObject({ identity: "bob", disconnectReason: Reason.CLIENT_INITIATED });
});

test("pings are answered with their time", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  ada.send({ case: "ping", value: 5n });
  ada.send({ case: "pingReq", value: new Ping({ timestamp: 7n }) });
  expect(Number(await ada.next("pong"))).toBeGreaterThan(1e12);
  expect(await ada.next("pongResp")).toMatchObject({ lastPingTimestamp: 7n });
});

test("a client that speaks JSON is answered in JSON", async () => {
  const sfu = await start();
  const socket = await openSocket(joinUrl(sfu, await tokenFor("ada", "show")));
  const text = new Promise<string>((resolve) => {
    socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) resolve(data.toString());
    });
  });
  socket.resume();
  socket.send(new SignalRequest({ message: { case: "ping", value: 1n } }).toJsonString());
  expect(SignalResponse.fromJsonString(await text).message.case).toBe("pong");
  socket.terminate();
});

test("what is no message closes the socket", async () => {
  const sfu = await start();
  const [ada, bob] = [await join(sfu, "ada"), await join(sfu, "bob")];
  ada.sendRaw(Uint8Array.of(0xff, 0xff, 0xff));
  bob.sendRaw("{");
  await ada.until(() => ada.closeCode === 1003);
  await bob.until(() => bob.closeCode === 1003);
});

test("a message that is too long, or too many of them, close the socket", async () => {
  const sfu = await start();
  const [ada, bob] = [await join(sfu, "ada"), await join(sfu, "bob")];
  ada.sendRaw(new Uint8Array(300 * 1024));
  await ada.until(() => ada.closeCode === 1009);
  for (let count = 0; count < 1_000; count++) bob.send({ case: "ping", value: 1n });
  await bob.until(() => bob.closeCode === 1008);
});

test("an offer that is none sends its client away", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  ada.send({ case: "offer", value: { type: "offer", sdp: "v=0\r\n\r\nm=", id: 1 } as never });
  expect(await ada.next("leave")).toMatchObject({ reason: Reason.STATE_MISMATCH, action: Action.DISCONNECT });
});

test("the same identity again: the older one leaves", async () => {
  const sfu = await start();
  const bob = await join(sfu, "bob");
  const older = await join(sfu, "ada");
  const newer = await join(sfu, "ada");
  expect(await older.next("leave")).toMatchObject({ reason: Reason.DUPLICATE_IDENTITY, action: Action.DISCONNECT });
  await bob.next(
    "update",
    (value) => value.participants[0]?.sid === older.sid && value.participants[0].state === State.DISCONNECTED,
  );
  await bob.next(
    "update",
    (value) => value.participants[0]?.sid === newer.sid && value.participants[0].state === State.JOINED,
  );
  expect(sfu.rooms.participantCount).toBe(2);
});

test("a room takes as many as it may, and one who is in it again", async () => {
  const sfu = await start({ limits: { ...DEFAULT_LIMITS, maxParticipantsPerRoom: 2 } });
  await join(sfu, "ada");
  await join(sfu, "bob");
  const token = await tokenFor("eve", "show");
  await expect(openSocket(joinUrl(sfu, token))).rejects.toThrow("403 The room is full: 2 participants are possible.");
  expect(await validate(sfu, "/rtc/v1/validate", token)).toContain("403 The room is full");
  await join(sfu, "ada");
});

test("a node takes as many participants and rooms as it may", async () => {
  const sfu = await start({ limits: { ...DEFAULT_LIMITS, maxParticipants: 2, maxRooms: 1 } });
  await join(sfu, "ada");
  await expect(openSocket(joinUrl(sfu, await tokenFor("ada", "other")))).rejects.toThrow(
    "503 This server holds 1 rooms",
  );
  await join(sfu, "bob");
  await expect(openSocket(joinUrl(sfu, await tokenFor("eve", "show")))).rejects.toThrow(
    "503 This server holds 2 participants",
  );
});

test.each(["v0", "v1"] as const)("who wants to go on as before is told to come anew, %s", async (version) => {
  const sfu = await start();
  await join(sfu, "ada", { version });
  const socket = new WebSocket(joinUrl(sfu, await tokenFor("ada", "show"), version, true, true));
  const first = await new Promise<SignalResponse>((resolve, reject) => {
    socket.on("message", (data: Buffer) => resolve(SignalResponse.fromBinary(data)));
    socket.on("error", reject);
  });
  expect(first.message).toMatchObject({ case: "leave", value: { action: Action.RECONNECT, canReconnect: true } });
  const again = await join(sfu, "ada", { version });
  await again.connect();
  expect(sfu.rooms.participantCount).toBe(1);
});

test("an offer with other ICE credentials asks for a new connection", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  await ada.connect();
  ada.restartIce();
  expect(await ada.next("leave")).toMatchObject({ action: Action.RECONNECT });
});

test("a socket that breaks keeps its place for a while; a clean end does not", async () => {
  const sfu = await start();
  const [ada, bob] = [await join(sfu, "ada"), await join(sfu, "bob")];
  ada.drop();
  await ada.until(() => ada.closeCode !== undefined);
  bob.send({ case: "ping", value: 1n });
  await bob.next("pong");
  expect(sfu.rooms.participantCount).toBe(2);
  await join(sfu, "ada");
  expect(sfu.rooms.participantCount).toBe(2);
});

test("a track is announced, and refused where the permission does not include it", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada", { grant: { canPublishSources: [TrackSource.MICROPHONE] as never } });
  await ada.connect();
  const add = (cid: string, change: Partial<AddTrackRequest>): void =>
    ada.send({ case: "addTrack", value: new AddTrackRequest({ cid, ...change }) });
  add("mic", { type: TrackType.AUDIO, source: TrackSource.MICROPHONE, name: "voice" });
  expect(await ada.next("trackPublished")).toMatchObject({
    cid: "mic",
    track: { name: "voice", source: TrackSource.MICROPHONE },
  });
  const refused = (cid: string) =>
    ada.next("requestResponse", (value) => value.request.case === "addTrack" && value.request.value.cid === cid);
  add("cam", { type: TrackType.VIDEO, source: TrackSource.CAMERA });
  expect(await refused("cam")).toMatchObject({ reason: RequestResponse_Reason.NOT_ALLOWED });
  add("more", { type: TrackType.AUDIO, source: TrackSource.MICROPHONE, sid: "TR_x" });
  expect(await refused("more")).toMatchObject({ reason: RequestResponse_Reason.UNSUPPORTED_TYPE });
  add("long", { type: TrackType.AUDIO, source: TrackSource.MICROPHONE, name: "n".repeat(300) });
  expect(await refused("long")).toMatchObject({ reason: RequestResponse_Reason.LIMIT_EXCEEDED });
  add("data", { type: TrackType.DATA });
  expect(await refused("data")).toMatchObject({ reason: RequestResponse_Reason.UNSUPPORTED_TYPE });
});

test("the codec that is asked for is answered, and VP8 for one that is not taken", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  await ada.connect();
  for (const codec of ["h264", "vp9"]) {
    const simulcastCodecs = [{ codec, cid: codec }] as never;
    ada.send({ case: "addTrack", value: new AddTrackRequest({ cid: codec, type: TrackType.VIDEO, simulcastCodecs }) });
  }
  expect((await ada.next("trackPublished", ({ cid }) => cid === "h264")).track?.codecs[0]?.mimeType).toBe("video/H264");
  expect((await ada.next("trackPublished", ({ cid }) => cid === "vp9")).track?.codecs[0]?.mimeType).toBe("video/VP8");
});

test("a track that is announced before the connection is up is confirmed with it, or a little later", async () => {
  const sfu = await start();
  const [ada, bob] = [await join(sfu, "ada"), await join(sfu, "bob")];
  for (const client of [ada, bob])
    client.send({ case: "addTrack", value: new AddTrackRequest({ cid: "mic", type: TrackType.AUDIO }) });
  await ada.connect();
  await ada.next("trackPublished");
  const order = ada.messages.map((message) => message.case);
  expect(order.indexOf("trackPublished")).toBeGreaterThan(order.indexOf("answer"));
  await bob.next("trackPublished");
});

test("own metadata needs its grant", async () => {
  const sfu = await start();
  const [ada, bob] = [await join(sfu, "ada"), await join(sfu, "bob", { grant: { canUpdateOwnMetadata: true } })];
  const request = (requestId: number, metadata = "m"): UpdateParticipantMetadata =>
    new UpdateParticipantMetadata({ requestId, metadata, attributes: { a: "1" } });
  ada.send({ case: "updateMetadata", value: request(3) });
  expect(await ada.next("requestResponse")).toMatchObject({ requestId: 3, reason: RequestResponse_Reason.NOT_ALLOWED });
  bob.send({ case: "updateMetadata", value: request(4) });
  await ada.next(
    "update",
    (value) => value.participants[0]?.identity === "bob" && value.participants[0].attributes["a"] === "1",
  );
  bob.send({ case: "updateMetadata", value: request(5, "m".repeat(70_000)) });
  expect(await bob.next("requestResponse", ({ requestId }) => requestId === 5)).toMatchObject({
    reason: RequestResponse_Reason.LIMIT_EXCEEDED,
  });
});

test("a track that is not there cannot be subscribed to", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  ada.send({ case: "subscription", value: new UpdateSubscription({ trackSids: ["TR_none"], subscribe: true }) });
  expect(await ada.next("subscriptionResponse")).toMatchObject({
    trackSid: "TR_none",
    err: SubscriptionError.SE_TRACK_NOTFOUND,
  });
});

test("faults that a client orders for itself", async () => {
  const sfu = await start();
  const order = (client: TestClient, scenario: SimulateScenario["scenario"]): void =>
    client.send({ case: "simulate", value: new SimulateScenario({ scenario }) });
  const [ada, bob, eve] = [await join(sfu, "ada"), await join(sfu, "bob"), await join(sfu, "eve")];
  order(ada, { case: "speakerUpdate", value: 3 });
  expect((await ada.next("speakersChanged")).speakers).toHaveLength(3);
  order(ada, { case: "leaveRequestFullReconnect", value: true });
  expect(await ada.next("leave")).toMatchObject({ action: Action.RECONNECT });
  order(bob, { case: "serverLeave", value: true });
  expect(await bob.next("leave")).toMatchObject({ action: Action.DISCONNECT, reason: Reason.SERVER_SHUTDOWN });
  order(eve, { case: "nodeFailure", value: true });
  await eve.until(() => eve.closeCode === 1006);
});

test("a stopping server tells its clients", async () => {
  const sfu = await startTestSfu();
  const ada = await join(sfu, "ada");
  await sfu.close();
  expect(await ada.next("leave")).toMatchObject({ reason: Reason.SERVER_SHUTDOWN });
});
