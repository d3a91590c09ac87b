/** Media and data through a whole SFU: real sockets, real pipes, both versions of the protocol. */
import {
  DataPacket,
  DataPacket_Kind as Kind,
  MuteTrackRequest,
  SpeakerInfo,
  SubscriptionPermission,
  TrackSource,
  UpdateSubscription,
  UpdateTrackSettings,
  UserPacket,
  VideoQuality,
} from "@livekit/protocol";
import { expect, test } from "vitest";
import { TestClient } from "./testing/client.ts";
import { openedPerTest } from "./testing/sfu.ts";

const { start, connect } = openedPerTest();

const ssrcOf = (packet: Uint8Array): number => new DataView(packet.buffer, packet.byteOffset).getUint32(8);
const isRtp = (packet: Uint8Array): boolean => packet[1]! < 192 || packet[1]! > 223;
/** Without header and extensions. */
const payloadOf = (packet: Uint8Array): string => {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const hasExtension = (packet[0]! & 0x10) !== 0;
  return Buffer.from(packet.subarray(hasExtension ? 16 + view.getUint16(14) * 4 : 12)).toString();
};
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));

/** Sends packets until `done`, each 20 ms as a microphone does: the first ones may come before the other side is ready. */
async function speak(client: TestClient, sid: string, done: () => boolean): Promise<void> {
  for (let sequence = 1; !done(); sequence++) {
    client.sendRtp(sid, sequence, text(`packet ${sequence}`));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const user = (words: string, change: Partial<DataPacket> = {}): DataPacket =>
  new DataPacket({
    ...change,
    value: { case: "user", value: new UserPacket({ payload: text(words), participantIdentity: "forged" }) },
  });

test.each([
  ["v1", "v1"],
  ["v0", "v0"],
  ["v1", "v0"],
  ["v0", "v1"],
] as const)("what one publishes the other one gets, %s to %s", async (from, to) => {
  const sfu = await start();
  const ada = await connect(sfu, "ada", { version: from });
  const bob = await connect(sfu, "bob", { version: to });
  const sid = await ada.publish("audio", { source: TrackSource.MICROPHONE, name: "voice" });
  expect(sid).toMatch(/^TR_/);
  await bob.until(() => bob.receiving.has(sid));
  const { participants } = await bob.next("update", (value) => value.participants[0]?.tracks.length === 1);
  expect(participants[0]).toMatchObject({
    identity: "ada",
    isPublisher: true,
    tracks: [{ sid, name: "voice", mimeType: "audio/opus" }],
  });
  const section = bob.receiving.get(sid)!;
  expect(section.remote.msids).toEqual([{ stream: `${ada.sid}|${sid}`, track: sid }]);
  await speak(ada, sid, () => bob.packets.some(isRtp));
  const got = bob.packets.find(isRtp)!;
  expect(ssrcOf(got)).toBe(section.remote.sources[0]!.ssrc);
  expect(payloadOf(got)).toMatch(/^packet \d+$/);
  expect(await ada.next("trackSubscribed")).toMatchObject({ trackSid: sid });
  expect(ada.packets.some(isRtp)).toBe(false);
});

test.each(["v0", "v1"] as const)(
  "who comes later gets what is there, more tracks than it has sections for, %s",
  async (version) => {
    const sfu = await start();
    const ada = await connect(sfu, "ada");
    const sids = [
      await ada.publish("audio"),
      await ada.publish("video"),
      await ada.publish("video"),
      await ada.publish("audio"),
    ];
    const bob = await connect(sfu, "bob", { version, slots: 1 });
    await bob.until(() => sids.every((sid) => bob.receiving.has(sid)));
    expect(new Set([...bob.receiving.values()].map(({ mid }) => mid)).size).toBe(4);
  },
);

test.each(["v0", "v1"] as const)("a section is used again after its track has ended, %s", async (version) => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob", { version });
  const first = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(first));
  const mid = bob.midOf(first);
  await ada.unpublish(first);
  await bob.until(() => !bob.receiving.has(first));
  await bob.next(
    "update",
    (value) => value.participants[0]?.identity === "ada" && value.participants[0].tracks.length === 0,
  );
  const second = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(second));
  expect(bob.midOf(second)).toBe(mid);
  await speak(ada, second, () => bob.packets.some(isRtp));
});

test.each(["v0", "v1"] as const)(
  "without automatic subscription it gets what it asks for, as long as it wants, %s",
  async (version) => {
    const sfu = await start();
    const ada = await connect(sfu, "ada");
    const bob = await connect(sfu, "bob", { version, autoSubscribe: false });
    const sid = await ada.publish("audio");
    await bob.next("update", (value) => value.participants[0]?.tracks[0]?.sid === sid);
    expect(bob.receiving.size).toBe(0);
    bob.send({ case: "subscription", value: new UpdateSubscription({ trackSids: [sid], subscribe: true }) });
    await bob.until(() => bob.receiving.has(sid));
    bob.send({ case: "subscription", value: new UpdateSubscription({ trackSids: [sid], subscribe: false }) });
    await bob.until(() => !bob.receiving.has(sid));
  },
);

test("answers name the tracks of their sections", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const sid = await ada.publish("video");
  const { midToTrackId } = await bob.next("answer", (value) => Object.values(value.midToTrackId).includes(sid));
  expect(midToTrackId).toEqual({ [bob.midOf(sid)!]: sid });
});

test("the codec that was asked for is answered, whatever the offer lists first", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const sid = await ada.publish("video", { simulcastCodecs: [{ codec: "h264" }] as never });
  await bob.until(() => bob.receiving.has(sid));
  expect(bob.receiving.get(sid)!.codecs.map(({ name }) => name)).toEqual(["H264"]);
  const { participants } = await bob.next("update", (value) => value.participants[0]?.tracks.length === 1);
  expect(participants[0]!.tracks[0]).toMatchObject({
    mimeType: "video/H264",
    mid: expect.stringMatching(/\d/) as string,
  });
});

test("nothing of a muted track is forwarded, and all are told", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const sid = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(sid));
  await speak(ada, sid, () => bob.packets.some(isRtp));
  ada.send({ case: "mute", value: new MuteTrackRequest({ sid, muted: true }) });
  const muted = await bob.next("update", (value) => value.participants[0]?.tracks[0]?.muted === true);
  const mutedAt = muted.participants[0]!.version;
  ada.send({ case: "mute", value: new MuteTrackRequest({ sid, muted: false }) });
  await bob.next(
    "update",
    (value) => (value.participants[0]?.version ?? 0) > mutedAt && value.participants[0]?.tracks[0]?.muted === false,
  );
});

test("a publisher chooses who gets its tracks", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const eve = await connect(sfu, "eve");
  const sid = await ada.publish("audio");
  await Promise.all([bob, eve].map((client) => client.until(() => client.receiving.has(sid))));
  const rules = new SubscriptionPermission({
    trackPermissions: [{ participantIdentity: "bob", allTracks: true }] as never,
  });
  ada.send({ case: "subscriptionPermission", value: rules });
  expect(await eve.next("subscriptionPermissionUpdate")).toMatchObject({
    participantSid: ada.sid,
    trackSid: sid,
    allowed: false,
  });
  await eve.until(() => !eve.receiving.has(sid));
  expect(bob.receiving.has(sid)).toBe(true);
  ada.send({ case: "subscriptionPermission", value: new SubscriptionPermission({ allParticipants: true }) });
  await eve.next("subscriptionPermissionUpdate", ({ allowed }) => allowed);
  await eve.until(() => eve.receiving.has(sid));
});

test("a publisher is told which qualities are wanted", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const sid = await ada.publish("video", { simulcastCodecs: [{ codec: "h264" }] as never });
  await bob.until(() => bob.receiving.has(sid));
  const { trackSid, subscribedCodecs } = await ada.next("subscribedQualityUpdate");
  expect(trackSid).toBe(sid);
  expect(subscribedCodecs.map(({ codec, qualities }) => [codec, qualities.map(({ enabled }) => enabled)])).toEqual([
    ["h264", [true, true, true]],
  ]);
  bob.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids: [sid], quality: VideoQuality.LOW }) });
  await ada.next(
    "subscribedQualityUpdate",
    ({ subscribedQualities }) => subscribedQualities.map(({ enabled }) => enabled).join() === "true,false,false",
  );
  bob.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids: [sid], disabled: true }) });
  await ada.next("subscribedQualityUpdate", (value) => value.subscribedQualities.every(({ enabled }) => !enabled));
});

test("who speaks is told, and when it has stopped", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const sid = await ada.publish("audio", { source: TrackSource.MICROPHONE });
  await bob.until(() => bob.receiving.has(sid));
  const speaks = (active: boolean) => (value: { speakers: SpeakerInfo[] }) =>
    value.speakers.some((speaker) => speaker.sid === ada.sid && speaker.active === active);
  const told = bob.next("speakersChanged", speaks(true));
  let done = false;
  void told.then(() => (done = true));
  for (let sequence = 1; !done; sequence++) {
    ada.sendLoud(sid, sequence);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await bob.next("speakersChanged", speaks(false));
});

test.each(["v0", "v1"] as const)(
  "data goes to all others, or to those it names, under its sender's true name, %s",
  async (version) => {
    const sfu = await start();
    const clients = await Promise.all(["ada", "bob", "eve"].map((identity) => connect(sfu, identity, { version })));
    const [ada, bob, eve] = clients as [TestClient, TestClient, TestClient];
    await Promise.all(clients.map((client) => client.dataOpen()));
    expect(ada.sendData(Kind.RELIABLE, user("to all", { sequence: 9 }))).toBe(true);
    expect(ada.sendData(Kind.RELIABLE, user("to bob", { destinationIdentities: ["bob"] }))).toBe(true);
    expect(ada.sendData(Kind.RELIABLE, user("to all again"))).toBe(true);
    await Promise.all([bob.until(() => bob.data.length === 3), eve.until(() => eve.data.length === 2)]);
    const words = (client: TestClient): string[] =>
      client.data.map(([, { value }]) => (value.case === "user" ? Buffer.from(value.value.payload).toString() : ""));
    expect([words(bob), words(eve), words(ada)]).toEqual([
      ["to all", "to bob", "to all again"],
      ["to all", "to all again"],
      [],
    ]);
    const [kind, packet] = bob.data[0]!;
    expect([kind, packet.participantIdentity, packet.participantSid, packet.sequence]).toEqual([
      Kind.RELIABLE,
      "ada",
      ada.sid,
      9,
    ]);
    expect(packet.value).toMatchObject({ value: { participantIdentity: "ada", participantSid: ada.sid } });
    expect(ada.sendData(Kind.LOSSY, user("quick"))).toBe(true);
    await bob.until(() => bob.data.some(([one]) => one === Kind.LOSSY));
  },
);

test("data of one who may not send it goes nowhere", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada", { grant: { canPublishData: false } });
  const [bob, eve] = [await connect(sfu, "bob"), await connect(sfu, "eve")];
  await Promise.all([ada, bob, eve].map((client) => client.dataOpen()));
  expect(ada.sendData(Kind.RELIABLE, user("forbidden"))).toBe(true);
  expect(bob.sendData(Kind.RELIABLE, new DataPacket({ value: { case: "speaker", value: {} as never } }))).toBe(true);
  expect(bob.sendData(Kind.RELIABLE, user("allowed"))).toBe(true);
  await eve.until(() => eve.data.length > 0);
  expect(eve.data.map(([, { participantIdentity }]) => participantIdentity)).toEqual(["bob"]);
});

test("the end of a participant ends its tracks for others", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const sid = await ada.publish("audio");
  await bob.until(() => bob.receiving.has(sid));
  await ada.leave();
  await bob.until(() => !bob.receiving.has(sid));
});

test("a participant that comes back publishes and gets everything again", async () => {
  const sfu = await start();
  const bob = await connect(sfu, "bob");
  const before = await connect(sfu, "ada");
  const first = await before.publish("audio");
  await bob.until(() => bob.receiving.has(first));
  const after = await connect(sfu, "ada");
  const second = await after.publish("audio");
  await bob.until(() => bob.receiving.has(second) && !bob.receiving.has(first));
  await speak(after, second, () => bob.packets.some(isRtp));
});

test("how well each is connected is told to all", async () => {
  const sfu = await start();
  const ada = await connect(sfu, "ada");
  const bob = await connect(sfu, "bob");
  const { updates } = await ada.next("connectionQuality", (value) => value.updates.length === 2);
  expect(updates.map(({ participantSid }) => participantSid).toSorted()).toEqual([ada.sid, bob.sid].toSorted());
});
