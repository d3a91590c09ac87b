/** What somebody may try who has a token, or none: it harms nobody else, and nothing grows by it. */
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import {
  AddTrackRequest,
  DataPacket,
  DataPacket_Kind as Kind,
  DisconnectReason as Reason,
  JoinRequest,
  MuteTrackRequest,
  type ParticipantInfo,
  ParticipantInfo_State as State,
  RequestResponse_Reason as Why,
  SignalResponse,
  TrackSource,
  TrackType,
  UpdateParticipantMetadata,
  UpdateSubscription,
  UpdateTrackSettings,
  UserPacket,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression as Compression,
} from "@livekit/protocol";
import { SignJWT } from "jose";
import { TrackSource as SdkSource } from "livekit-server-sdk";
import { expect, test, vi } from "vitest";
import type { Sfu } from "./sfu.ts";
import { TestClient } from "./testing/client.ts";
import { joinUrl, KEY, openSocket, SECRET, tokenFor, roomServiceOf } from "./testing/door.ts";
import { openedPerTest } from "./testing/sfu.ts";

const { start, join, keep } = openedPerTest();

/** The address of a client that asks for this when it joins. */
function urlWith(sfu: Sfu, token: string, joinRequest: Uint8Array): URL {
  const url = joinUrl(sfu, token);
  const wrapped = new WrappedJoinRequest({ compression: Compression.GZIP, joinRequest: gzipSync(joinRequest) });
  url.searchParams.set("join_request", Buffer.from(wrapped.toBinary()).toString("base64url"));
  return url;
}

const isRtp = (packet: Uint8Array): boolean => packet[1]! < 192 || packet[1]! > 223;

/** What is told of this identity in a message from the server. */
function updatedBy(bytes: Uint8Array, identity: string): ParticipantInfo[] {
  const { message } = SignalResponse.fromBinary(bytes);
  return message.case === "update" ? message.value.participants.filter((one) => one.identity === identity) : [];
}

/** Waits until all that was sent before has been acted on. */
async function settled(client: TestClient, timestamp: bigint): Promise<void> {
  client.send({ case: "pingReq", value: { timestamp } as never });
  await client.next("pongResp", (value) => value.lastPingTimestamp === timestamp);
}

test.each([
  ["metadata", { metadata: "m".repeat(70_000) }, "400 The metadata has 70000 bytes"],
  ["attributes", { participantAttributes: { a: "m".repeat(70_000) } }, "400 The attributes have 70001 bytes"],
])("a join request with more %s than may be is refused", async (_, change, words) => {
  const sfu = await start();
  const token = await tokenFor("ada", "show", { canUpdateOwnMetadata: true });
  await expect(openSocket(urlWith(sfu, token, new JoinRequest(change).toBinary()))).rejects.toThrow(words);
  // Without the grant what it says of itself does not count, and does no harm.
  const url = urlWith(sfu, await tokenFor("bob", "show"), new JoinRequest(change).toBinary());
  (await openSocket(url)).terminate();
});

test("of who has no good token the join request is not even unpacked", async () => {
  const sfu = await start();
  const bomb = new Uint8Array(20_000_000);
  await expect(openSocket(urlWith(sfu, await tokenFor("ada", "show"), bomb))).rejects.toThrow("400 The join request");
  await expect(openSocket(urlWith(sfu, "none", bomb))).rejects.toThrow("401 The access token");
});

test.each(["v0", "v1"] as const)("with an expired token nobody gets media, %s", async (version) => {
  const sfu = await start();
  const ada = await (await join(sfu, "ada")).connect();
  await ada.publish("audio");
  const token = await new SignJWT({ sub: "eve", video: { roomJoin: true, room: "show" }, exp: 1_000 })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(KEY)
    .sign(new TextEncoder().encode(SECRET));
  for (const reconnect of [false, true]) {
    await expect(openSocket(joinUrl(sfu, token, version, true, reconnect))).rejects.toThrow("401 The access token");
  }
  expect([...sfu.rooms.get("show")!.members].map(({ identity }) => identity)).toEqual(["ada"]);
  expect(ada.messages.some((message) => message.case === "trackSubscribed")).toBe(false);
});

test.each(["v0", "v1"] as const)(
  "one whose certificate is not the one it named never gets nor sends media, %s",
  async (version) => {
    const sfu = await start();
    const ada = await (await join(sfu, "ada")).connect();
    const voice = await ada.publish("audio");
    const eve = await join(sfu, "eve", { version, fingerprint: Array.from({ length: 32 }, () => "AB").join(":") });
    // In v0 the connection on which it gets things comes up by the server's offer.
    if (version === "v1") eve.offer();
    const left = eve.next("leave");
    for (let sequence = 1; !eve.messages.some(({ case: kind }) => kind === "leave"); sequence++) {
      ada.sendRtp(voice, sequence, Uint8Array.of(1, 2, 3));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await left).toMatchObject({ reason: Reason.CONNECTION_TIMEOUT });
    expect(eve.packets.filter(isRtp)).toEqual([]);
    const told = ada.messages.flatMap((message) => (message.case === "update" ? message.value.participants : []));
    expect(told.filter((one) => one.identity === "eve").map(({ state }) => state)).toEqual([
      State.JOINED,
      State.DISCONNECTED,
    ]);
  },
);

test("one who comes again and again is let wait, and others are not", async () => {
  const sfu = await start();
  const url = joinUrl(sfu, await tokenFor("ada", "show"));
  const answers: string[] = [];
  for (let count = 0; count < 25; count++) {
    const socket = await openSocket(url);
    const first = new Promise<Buffer>((resolve) => socket.once("message", resolve));
    socket.resume();
    const { message } = SignalResponse.fromBinary(await first);
    answers.push(message.case === "leave" ? Reason[message.value.reason] : (message.case ?? ""));
    socket.terminate();
  }
  expect(new Set(answers)).toEqual(new Set(["join", "JOIN_FAILURE"]));
  expect(answers.indexOf("JOIN_FAILURE")).toBeGreaterThanOrEqual(20);
  await join(sfu, "bob");
});

test("one who reads nothing of what it is told is cut off", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const [ada, bob] = [await join(sfu, "ada"), await join(sfu, "bob")];
  bob.pause();
  const memberOf = (identity: string) => sfu.rooms.get("show")?.member(identity);
  for (let count = 0; count < 1_000 && memberOf("bob")?.absentSinceMs === undefined; count++) {
    await service.updateRoomMetadata("show", String(count).padEnd(64_000));
  }
  expect(memberOf("bob")?.absentSinceMs).toBeDefined();
  expect(memberOf("ada")?.absentSinceMs).toBeUndefined();
  await settled(ada, 1n);
});

test("who is in stays in when its token expires, and comes back with the one that it was given", async () => {
  const sfu = await start();
  const expSec = Math.floor(Date.now() / 1000) - 8; // ten seconds are let pass
  const token = await new SignJWT({ sub: "ada", video: { roomJoin: true, room: "show" }, exp: expSec })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(KEY)
    .sign(new TextEncoder().encode(SECRET));
  const ada = await join(sfu, "ada", { token });
  const later = await ada.next("refreshToken");
  const status = async (text: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${sfu.ports.http}/rtc/validate?access_token=${text}`)).status;
  await vi.waitFor(async () => expect(await status(token)).toBe(401), { timeout: 10_000 });
  await settled(ada, 1n);
  expect(await status(later)).toBe(200);
});

test("large messages, one after the other, close the socket", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  const value = new UpdateSubscription({ trackSids: ["TR_".padEnd(200_000, "x")], subscribe: false });
  for (let count = 0; count < 40; count++) ada.send({ case: "subscription", value });
  await ada.until(() => ada.closeCode === 1008);
});

test("of many tracks that are not there a few are told, and the same ones count once", async () => {
  const sfu = await start();
  const ada = await join(sfu, "ada");
  const trackSids = Array.from({ length: 10_000 }, (_, index) => `TR_${index}`);
  ada.send({ case: "subscription", value: new UpdateSubscription({ trackSids, subscribe: true }) });
  ada.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids }) });
  await settled(ada, 1n);
  expect(ada.messages.filter(({ case: kind }) => kind === "subscriptionResponse").length).toBeLessThan(50);
  const same = new UpdateSubscription({ trackSids: Array.from({ length: 1_000 }, () => "TR_x"), subscribe: true });
  ada.send({ case: "subscription", value: same });
  await settled(ada, 2n);
  const told = ada.messages.filter(
    (message) => message.case === "subscriptionResponse" && message.value.trackSid === "TR_x",
  );
  expect(told).toHaveLength(1);
});

test("one who changes itself all the time does not cut off others who read slowly, and its last word arrives", async () => {
  const sfu = await start();
  const ada = await (await join(sfu, "ada", { grant: { canUpdateOwnMetadata: true } })).connect();
  const bob = await (await join(sfu, "bob")).connect();
  const metadata = "m".repeat(60_000);
  ada.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ metadata }) });
  const sid = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(sid));
  bob.pause();
  for (let count = 1; count <= 301; count++) {
    ada.send({ case: "mute", value: new MuteTrackRequest({ sid, muted: count % 2 === 1 }) });
  }
  await settled(ada, 1n);
  bob.resume();
  await settled(bob, 2n);
  expect(bob.closeCode).toBeUndefined();
  const isLast = ({ participants: [one] }: { participants: { tracks: { muted: boolean }[]; version: number }[] }) =>
    one?.tracks[0]?.muted === true && one.version > 300;
  await bob.next("update", isLast);
});

test("one who comes again and again with much to tell of itself does not fill the sockets of others", async () => {
  const sfu = await start();
  const bob = await join(sfu, "bob");
  const beganMs = performance.now();
  const token = await tokenFor("ada", "show", { canUpdateOwnMetadata: true });
  const url = urlWith(sfu, token, new JoinRequest({ metadata: "m".repeat(60_000) }).toBinary());
  const toldItself: ParticipantInfo[] = [];
  for (let count = 0; count < 20; count++) {
    const socket = await openSocket(url);
    keep({ close: () => socket.terminate() });
    socket.on("message", (bytes: Buffer) => toldItself.push(...updatedBy(bytes, "ada")));
    const first = once(socket, "message");
    socket.resume();
    await first;
  }
  await settled(bob, 1n);
  const told = bob.messages.flatMap((message) => (message.case === "update" ? message.value.participants : []));
  let bytes = 0;
  for (const { metadata } of told) bytes += metadata.length;
  // Clients drop the tracks of those whom they do not know.
  const comings = told.filter(({ identity, state }) => identity === "ada" && state === State.JOINED);
  expect(new Set(comings.map((one) => one.sid)).size).toBe(20);
  // What there is at once, what has come since, and the last one, for which there was not quite enough.
  expect(bytes).toBeLessThan(512 * 1024 + 131.072 * (performance.now() - beganMs) + 64 * 1024);
  // Who stays is known in the end.
  const { sid } = sfu.rooms.get("show")!.member("ada")!;
  await bob.next("update", ({ participants: [one] }) => one?.sid === sid && one.metadata.length === 60_000);
  // Its own client would take an empty profile for its own.
  await vi.waitFor(() => expect(toldItself.at(-1)?.sid).toBe(sid));
  expect(new Set(toldItself.map((one) => one.metadata.length))).toEqual(new Set([60_000]));
});

test("one who is hidden and changes itself all the time is told of it later, not that it has nothing", async () => {
  const sfu = await start();
  const spy = await join(sfu, "spy", { grant: { hidden: true, canUpdateOwnMetadata: true } });
  const metadata = "m".repeat(60_000);
  for (let count = 0; count < 20; count++) {
    const change = new UpdateParticipantMetadata({ metadata, attributes: { count: String(count) } });
    spy.send({ case: "updateMetadata", value: change });
  }
  await spy.next("update", ({ participants: [one] }) => one?.attributes["count"] === "19");
  const told = spy.messages.flatMap((message) => (message.case === "update" ? message.value.participants : []));
  // After the first one, that it has come.
  expect(new Set(told.slice(1).map((one) => one.metadata.length))).toEqual(new Set([60_000]));
});

test("a track that was announced while it was allowed is not published afterwards", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await (await join(sfu, "ada")).connect();
  ada.send({
    case: "addTrack",
    value: new AddTrackRequest({ cid: "ada-video-3", type: TrackType.VIDEO, source: TrackSource.CAMERA }),
  });
  await ada.next("trackPublished");
  await service.updateParticipant("show", "ada", undefined, {
    canPublish: true,
    canSubscribe: true,
    canPublishSources: [SdkSource.MICROPHONE],
  });
  await ada.offerUnannounced("video", "ada-video-3");
  expect([...sfu.rooms.get("show")!.member("ada")!.publications.live]).toEqual([]);
});

test("tracks cannot be announced faster and faster, also when the system's clock is set", async () => {
  const sfu = await start();
  const ada = await (await join(sfu, "ada")).connect();
  const announce = (count: number): void => {
    for (let left = count; left > 0; left--)
      ada.send({ case: "addTrack", value: new AddTrackRequest({ cid: `c${left}`, type: TrackType.AUDIO }) });
  };
  announce(100);
  expect(await ada.next("requestResponse")).toMatchObject({ reason: Why.LIMIT_EXCEEDED });
  expect(ada.closeCode).toBeUndefined();
  await settled(ada, 1n);
  const refused = (): number => ada.messages.filter((message) => message.case === "requestResponse").length;
  const before = refused();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  try {
    announce(20);
    await settled(ada, 2n);
  } finally {
    vi.useRealTimers();
  }
  expect(refused()).toBeGreaterThan(before);
});

test("of a flood of data a part is dropped, also of one who comes again, and what comes later arrives", async () => {
  const sfu = await start();
  const [first, bob] = [await (await join(sfu, "ada")).connect(), await (await join(sfu, "bob")).connect()];
  await Promise.all([first.dataOpen(), bob.dataOpen()]);
  const packet = (byte: number) =>
    new DataPacket({ value: { case: "user", value: new UserPacket({ payload: Uint8Array.of(byte) }) } });
  const counted = async (way: "in" | "out"): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${sfu.ports.http}/metrics`)).text();
    return Number(new RegExp(`^sfu_data_packets_${way}_total (\\d+)$`, "m").exec(text)?.[1]);
  };
  const beganMs = performance.now();
  const flood = async (client: TestClient): Promise<void> => {
    for (let sent = 0; sent < 6_000;) {
      if (client.sendData(Kind.RELIABLE, packet(1))) sent += 1;
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await flood(first);
  await vi.waitFor(async () => expect(await counted("in")).toBe(6_000), { timeout: 20_000 });
  const ada = await (await join(sfu, "ada")).connect();
  await ada.dataOpen();
  await flood(ada);
  await vi.waitFor(async () => expect(await counted("in")).toBe(12_000), { timeout: 20_000 });
  const out = await counted("out");
  expect(out).toBeLessThanOrEqual(5_000 + performance.now() - beganMs);
  await vi.waitFor(
    () => {
      ada.sendData(Kind.RELIABLE, packet(2));
      expect(bob.data.some(([, { value }]) => value.case === "user" && value.value.payload[0] === 2)).toBe(true);
    },
    { timeout: 20_000 },
  );
});
