/** What is done to guests and what they tell each other: muted, renamed, sent data, sent away, allowed more and less. */
import { setTimeout as delay } from "node:timers/promises";
import { DataPacket_Kind } from "livekit-server-sdk";
import { describe, expect, test } from "vitest";
import { allGetAll, type Guest } from "../lib/guest.ts";
import { isLong, skipByName, useRooms } from "../lib/meeting.ts";
import { LIVEKIT_IS_MISSING, roomKinds, sfuMetric } from "../lib/rooms.ts";
import { until } from "../lib/wait.ts";

/** LiveKit's `DisconnectReason`. */
const REASON = { duplicateIdentity: 2, participantRemoved: 4, roomDeleted: 5 } as const;

const soundOf = async (viewer: Guest, identity: string): Promise<number> => {
  const seen = await viewer.seen();
  return seen.find((one) => one.identity === identity && one.source === "microphone")?.progress ?? -1;
};

for (const kind of roomKinds()) {
  describe(`control of ${kind.name}`, () => {
    const meeting = useRooms(kind);

    test(
      "who mutes itself is not heard, and is heard again; the server may mute as well",
      meeting(async ({ join, rooms, room }) => {
        const ada = await join("ada");
        const bob = await join("bob");
        const sid = await ada.microphone();
        await allGetAll([ada, bob]);
        await ada.page.evaluate(() => guest.room.localParticipant.setMicrophoneEnabled(false));
        await bob.hears("muted ada microphone");
        const silent = await soundOf(bob, "ada");
        // What was on its way is heard; then a second of nothing.
        await until("it is silent", async () => {
          const before = await soundOf(bob, "ada");
          await delay(1_000);
          return (await soundOf(bob, "ada")) === before;
        });
        await ada.page.evaluate(() => guest.room.localParticipant.setMicrophoneEnabled(true));
        await bob.hears("unmuted ada microphone");
        await until("it is heard again", async () => (await soundOf(bob, "ada")) > silent);
        await rooms.service.mutePublishedTrack(room, "ada", sid, true);
        await ada.hears("muted ada microphone");
        await until("bob is told, too", async () => (await bob.seen())[0]?.isMuted);
      }),
    );

    test(
      "names, metadata and attributes reach everybody, whoever sets them",
      meeting(async ({ join, rooms, room }) => {
        const ada = await join("ada", { token: { name: "Ada", metadata: "first" } });
        const bob = await join("bob");
        expect(await bob.page.evaluate(() => [...guest.room.remoteParticipants.values()].map((it) => it.name))).toEqual(
          ["Ada"],
        );
        await ada.page.evaluate(async () => {
          const { localParticipant } = guest.room;
          await localParticipant.setMetadata("second");
          await localParticipant.setName("Ada L.");
          await localParticipant.setAttributes({ seat: "3" });
        });
        await bob.hears("metadata ada second");
        await bob.hears("name ada Ada L.");
        await bob.hears('attributes ada {"seat":"3"}');
        // LiveKit tells of those who publish nothing with a delay: what changed before they are known is no change.
        await ada.hears("came bob");
        await rooms.service.updateParticipant(room, "bob", { metadata: "by the server" });
        await ada.hears("metadata bob by the server");
        await rooms.service.updateRoomMetadata(room, "on air");
        await ada.hears("room metadata on air");
        const eve = await join("eve");
        expect(await eve.page.evaluate(() => guest.room.metadata)).toBe("on air");
        await until("ada counts three", () => ada.page.evaluate(() => guest.room.numParticipants === 3));
      }),
    );

    test(
      "who may not change itself is told so",
      meeting(async ({ join }) => {
        const ada = await join("ada", { token: { grant: { canUpdateOwnMetadata: false } } });
        const refused = ada.page.evaluate(() =>
          guest.room.localParticipant.setMetadata("mine").then(
            () => "taken",
            (error: unknown) => String(error),
          ),
        );
        expect(await refused).not.toBe("taken");
      }),
    );

    test(
      "data reaches all, or those it is for; words, calls and the server's data as well",
      meeting(async ({ join, rooms, room }) => {
        const [ada, bob, eve] = [await join("ada"), await join("bob"), await join("eve")];
        await ada.send("to all", { reliable: true, topic: "t" });
        await ada.send("to bob", { reliable: true, to: ["bob"] });
        await ada.send("last", { reliable: true });
        for (const one of [bob, eve]) await one.hears("data ada last");
        const heard = async (guest: Guest): Promise<string[]> =>
          (await guest.told()).filter((line) => line.startsWith("data "));
        expect(await heard(bob)).toEqual(["data ada t to all", "data ada to bob", "data ada last"]);
        expect(await heard(eve)).toEqual(["data ada t to all", "data ada last"]);
        expect(await heard(ada)).toEqual([]);
        // A lossy packet may be lost, also on a loopback.
        await until("quick data", async () => {
          await bob.send("quick", { reliable: false, to: ["eve"] });
          return (await eve.told()).includes("data bob quick");
        });
        await ada.page.evaluate(async () => {
          await guest.room.localParticipant.sendText("a text of many words ".repeat(2_000), { topic: "words" });
        });
        await until("a long text", async () => (await bob.told()).some((it) => it.length > 40_000));
        const answer = await eve.page.evaluate(() =>
          guest.room.localParticipant.performRpc({ destinationIdentity: "ada", method: "shout", payload: "hello" }),
        );
        expect(answer).toBe("eve: HELLO");
        await rooms.service.sendData(room, new TextEncoder().encode("attention"), DataPacket_Kind.RELIABLE, {
          destinationIdentities: ["eve"],
          topic: "server",
        });
        await eve.hears("data the server server attention");
        expect(await heard(ada)).toEqual([]);
      }),
    );

    test(
      "what one may do is changed while it is there",
      meeting(async ({ join, rooms, room }) => {
        const ada = await join("ada");
        const bob = await join("bob");
        await ada.microphone();
        await allGetAll([ada, bob]);
        const permission = { canSubscribe: true, canPublish: true, canPublishData: true };
        await rooms.service.updateParticipant(room, "ada", { permission: { ...permission, canPublish: false } });
        await ada.hears("may publish ada false");
        await bob.hears("unpublished ada microphone");
        const again = await ada.page.evaluate(() => guest.microphone().then(() => "published", String));
        expect(again).toMatch(/permission/i);
        await rooms.service.updateParticipant(room, "ada", { permission });
        await ada.hears("may publish ada true");
        await ada.microphone();
        await allGetAll([ada, bob]);
        await rooms.service.updateParticipant(room, "bob", { permission: { ...permission, canSubscribe: false } });
        await until("bob gets nothing any more", async () => (await bob.seen()).every((it) => !it.isSubscribed));
      }),
    );

    test(
      "who is sent away is told, and gone for the others",
      meeting(async ({ join, rooms, room }) => {
        const ada = await join("ada");
        const bob = await join("bob");
        await ada.microphone();
        await allGetAll([ada, bob]);
        await rooms.service.removeParticipant(room, "ada");
        await ada.hears(`disconnected ${REASON.participantRemoved}`);
        await bob.hears("left ada");
        expect(await bob.seen()).toEqual([]);
        expect((await rooms.service.listParticipants(room)).map(({ identity }) => identity)).toEqual(["bob"]);
        await rooms.service.deleteRoom(room);
        await bob.hears(`disconnected ${REASON.roomDeleted}`);
      }),
    );

    test(
      "who comes a second time takes its own place",
      meeting(async ({ join }) => {
        const bob = await join("bob");
        const first = await join("ada");
        await first.microphone();
        await allGetAll([bob, first]);
        const second = await join("ada");
        await first.hears(`disconnected ${REASON.duplicateIdentity}`);
        await second.microphone();
        await allGetAll([bob, second]);
        // The first one does not come back for its place.
        expect((await second.told()).some((line) => line.startsWith("disconnected"))).toBe(false);
      }),
    );

    test(
      "who may not come in is refused",
      meeting(async ({ join, rooms, room }) => {
        await rooms.service.createRoom({ name: room, maxParticipants: 2 });
        await expect(join("late", { token: { ttl: "-1 hour" } })).rejects.toThrow();
        await expect(join("stranger", { token: { grant: { roomJoin: false } } })).rejects.toThrow();
        await join("ada");
        await join("bob");
        await expect(join("eve")).rejects.toThrow();
        expect((await rooms.service.listParticipants(room)).length).toBe(2);
      }),
    );
  });
}

describe("the embedded SFU by itself", () => {
  const [embedded] = roomKinds();
  if (embedded === undefined) throw new Error("there is always the embedded one");
  const meeting = useRooms(embedded);

  test(
    "when its process is killed guests come back by themselves, and the server goes on",
    meeting(async ({ join, rooms }) => {
      const { server } = rooms;
      if (server === undefined) throw new Error("these rooms are ours");
      const guests = [await join("ada"), await join("bob")];
      for (const one of guests) {
        await one.microphone();
        await one.camera("vp8");
      }
      await allGetAll(guests);
      const began = server.lines.find((line) => line.includes("the rooms' SFU serves"));
      const { pid } = JSON.parse(began ?? "{}") as { pid?: number };
      if (pid === undefined) throw new Error("the log does not name the SFU's process");
      process.kill(pid, "SIGKILL");
      for (const one of guests) await one.hears("reconnected");
      await allGetAll(guests);
      const ready = await fetch(`${server.ready.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([200, { status: "ok", rooms: "ok" }]);
      expect(await sfuMetric(server, "sfu_starts_total")).toBe(2);
    }),
  );

  test(
    "guests who have gone leave nothing behind",
    meeting(async ({ join, rooms, browser, room }) => {
      const { server } = rooms;
      if (server === undefined) throw new Error("these rooms are ours");
      // With LONG=1 five hundred joins, and memory is looked at.
      const host = await join("host");
      await host.microphone();
      const page = await browser.openPage();
      const url = rooms.url;
      const comeAndGo = async (count: number): Promise<void> => {
        const tokens = await Promise.all(Array.from({ length: count }, (_, at) => rooms.token(`guest ${at}`, room)));
        await page.evaluate(
          async (arg) => {
            const { LivekitClient } = globalThis as unknown as { LivekitClient: typeof import("livekit-client") };
            for (const token of arg.tokens) {
              const one = new LivekitClient.Room();
              await one.connect(arg.url, token);
              await one.localParticipant.setMicrophoneEnabled(true);
              await one.disconnect();
            }
          },
          { url, tokens },
        );
      };
      const settled = async (): Promise<number> => {
        await until("the host is alone", async () => (await sfuMetric(server, "sfu_participants")) === 1);
        return sfuMetric(server, "sfu_process_resident_memory_bytes");
      };
      await comeAndGo(isLong ? 100 : 5);
      const before = await settled();
      await comeAndGo(isLong ? 500 : 15);
      const grownMb = ((await settled()) - before) / 1024 / 1024;
      console.log(`${isLong ? 500 : 15} joins: the SFU's memory grew by ${grownMb.toFixed(1)} MB`);
      // Five hundred that stay would be some 200 MB.
      if (isLong) expect(grownMb).toBeLessThan(40);
      expect(await sfuMetric(server, "sfu_tracks_published")).toBe(1);
    }),
    600_000,
  );
});

if (roomKinds().length === 1) skipByName(LIVEKIT_IS_MISSING);
