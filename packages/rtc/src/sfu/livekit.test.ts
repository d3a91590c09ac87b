/** What LiveKit's own server does and clients rely on; each was seen there (v1.9.12) and is the same here. */
import { DataPacket, DataPacket_Kind as Kind, ParticipantUpdate, Transcription, UserPacket } from "@livekit/protocol";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { roomServiceOf } from "./testing/door.ts";
import { openedPerTest } from "./testing/sfu.ts";

const { start, join } = openedPerTest();

test("all are told how many are there and how many publish", async () => {
  const sfu = await start();
  const ada = await (await join(sfu, "ada")).connect();
  const bob = await (await join(sfu, "bob")).connect();
  await ada.next("roomUpdate", ({ room }) => room?.numParticipants === 2 && room.numPublishers === 0);
  await bob.publish("audio");
  await ada.next("roomUpdate", ({ room }) => room?.numParticipants === 2 && room.numPublishers === 1);
  await bob.leave();
  await ada.next("roomUpdate", ({ room }) => room?.numParticipants === 1 && room.numPublishers === 0);
});

test("who has published is a publisher, also when its tracks have ended", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await (await join(sfu, "ada")).connect();
  await ada.unpublish(await ada.publish("audio"));
  expect(await service.getParticipant("show", "ada")).toMatchObject({ isPublisher: true, tracks: [] });
  await service.updateParticipant("show", "ada", undefined, { canPublish: false, canSubscribe: true });
  expect(await service.getParticipant("show", "ada")).toMatchObject({ isPublisher: false });
});

test("a new token comes soon after the join and after each change, and brings its holder back as what it is now", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  expect(decodeJwt(await ada.next("refreshToken")).sub).toBe("ada");
  await service.updateParticipant("show", "ada", { name: "Ada", metadata: "m", attributes: { seat: "3" } });
  const token = await ada.next("refreshToken", (text) => decodeJwt(text)["name"] === "Ada");
  const again = await join(sfu, "ada", { token });
  expect((await again.next("join")).participant).toMatchObject({
    name: "Ada",
    metadata: "m",
    attributes: { seat: "3" },
  });
});

test("the new token of one with much metadata still lets it come back", async () => {
  const sfu = await start();
  const service = roomServiceOf(sfu);
  const ada = await join(sfu, "ada");
  await service.updateParticipant("show", "ada", { name: "Ada", metadata: "m".repeat(60_000) });
  const token = await ada.next("refreshToken", (text) => decodeJwt(text)["name"] === "Ada");
  expect((await (await join(sfu, "ada", { token })).next("join")).participant?.name).toBe("Ada");
});

test("data of one who is hidden comes from nobody, and its subscriptions are told to nobody", async () => {
  const sfu = await start();
  const ada = await (await join(sfu, "ada")).connect();
  const spy = await (await join(sfu, "spy", { grant: { hidden: true } })).connect();
  await Promise.all([ada.dataOpen(), spy.dataOpen()]);
  const track = await ada.publish("audio");
  await spy.until(() => spy.receiving.has(track));
  const value = { case: "user", value: new UserPacket({ payload: Uint8Array.of(1), participantIdentity: "bob" }) };
  spy.sendData(Kind.RELIABLE, new DataPacket({ participantIdentity: "bob", value: value as never }));
  await ada.until(() => ada.data.length === 1);
  expect(ada.data[0]![1].toJson()).toEqual({ user: { payload: "AQ==" } });
  expect(ada.messages.some((message) => message.case === "trackSubscribed")).toBe(false);
  const told = ada.messages.flatMap(({ value: one }) => (one instanceof ParticipantUpdate ? one.participants : []));
  expect(told.filter(({ identity }) => identity !== "ada")).toEqual([]);
});

test("what others are said to have said comes from agents only", async () => {
  const sfu = await start();
  const ada = await (await join(sfu, "ada")).connect();
  const bob = await (await join(sfu, "bob")).connect();
  const agent = await (await join(sfu, "agent", { grant: { agent: true } })).connect();
  await Promise.all([ada, bob, agent].map((one) => one.dataOpen()));
  const words = new Transcription({ transcribedParticipantIdentity: "ada" });
  const value = { case: "transcription", value: words } as const;
  bob.sendData(Kind.RELIABLE, new DataPacket({ value }));
  bob.sendData(Kind.RELIABLE, new DataPacket({ value: { case: "user", value: new UserPacket() } }));
  await ada.until(() => ada.data.length === 1);
  agent.sendData(Kind.RELIABLE, new DataPacket({ value }));
  await ada.until(() => ada.data.length === 2);
  expect(ada.data.map(([, packet]) => [packet.participantIdentity, packet.value.case])).toEqual([
    ["bob", "user"],
    ["agent", "transcription"],
  ]);
});
