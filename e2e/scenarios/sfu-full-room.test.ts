/**
 * A full room: eleven guests with camera and microphone, two of them with their screens as well, half with VP8 and half with H.264. All
 * see and hear all, and with LONG=1 no picture stands still for a second in five minutes; else it is a short look.
 * Eleven browsers are too much for a small machine: BROWSERS of them are pages with livekit-client, the others guests without a browser.
 */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { allGetAll, type Guest } from "../lib/guest.ts";
import { LightGuest } from "../lib/light-guest.ts";
import { isLong, type Meeting, useRooms } from "../lib/meeting.ts";
import { roomKinds } from "../lib/rooms.ts";
import { type RtpSource, startRtpSource } from "../lib/rtp-source.ts";

const NAMES = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kay"];
const BROWSERS = Number(process.env["BROWSERS"] ?? 4);
/** They share their screens. */
const SHARERS = 2;
const WATCH_MS = isLong ? 300_000 : 15_000;
/** After all have come: layers are chosen, and those that nobody shows end. */
const SETTLE_MS = 10_000;
const LOOK_EVERY_MS = 15_000;
/** In a short look one late picture of a busy machine weighs more. */
const LONGEST_GAP_MS = isLong ? 1_000 : 3_000;
const FPS = 10;
const SHOWN_PX = 100;

const codecOf = (index: number): "vp8" | "h264" => (index % 2 === 0 ? "vp8" : "h264");

async function openPages({ join }: Meeting): Promise<Guest[]> {
  const guests: Guest[] = [];
  for (const [index, name] of NAMES.slice(0, BROWSERS).entries()) {
    const guest = await join(name);
    await guest.show(SHOWN_PX);
    await guest.microphone();
    await guest.camera(codecOf(index), { fps: FPS });
    if (index < SHARERS) await guest.screen(codecOf(index));
    guests.push(guest);
  }
  return guests;
}

/** @param opened gets them one by one, so that they are closed whatever happens */
async function openOthers({ rooms, room }: Meeting, source: RtpSource, opened: LightGuest[]): Promise<void> {
  for (const [index, name] of NAMES.slice(BROWSERS).entries())
    opened.push(await LightGuest.join(rooms, room, name, { source, codec: codecOf(index) }));
}

const sidsOf = (seen: ReadonlyArray<{ sid: string }>): string[] => [...new Set(seen.map(({ sid }) => sid))].toSorted();

describe("a full room", () => {
  const [embedded] = roomKinds();
  if (embedded === undefined) throw new Error("there is always the embedded one");
  const meeting = useRooms(embedded, FPS);

  test(
    "all see and hear all, and nothing stands still",
    meeting(async (room) => {
      await using source = await startRtpSource();
      const others: LightGuest[] = [];
      try {
        await openOthers(room, source, others);
        const guests = [...(await openPages(room)), ...others];
        await allGetAll(guests, 60_000);
        await delay(SETTLE_MS);
        await Promise.all(guests.map((one) => one.forgetGaps()));
        let worstMs = 0;
        const sids = sidsOf((await Promise.all(guests.map((one) => one.seen()))).flat());
        for (let left = WATCH_MS; left > 0; left -= LOOK_EVERY_MS) {
          await delay(Math.min(left, LOOK_EVERY_MS));
          const seen = (await Promise.all(guests.map((one) => one.seen()))).flat();
          const pictures = seen.filter(({ source: from }) => from !== "microphone");
          expect(pictures.length).toBe((NAMES.length + SHARERS) * (NAMES.length - 1));
          // None came anew.
          expect(sidsOf(seen)).toEqual(sids);
          worstMs = Math.max(worstMs, ...pictures.map((one) => one.longestGapMs));
        }
        console.log(`${guests.length} guests, ${BROWSERS} browsers: longest gap ${Math.round(worstMs)} ms`);
        await allGetAll(guests, 60_000);
        expect(worstMs).toBeLessThan(LONGEST_GAP_MS);
      } finally {
        for (const one of others) one.close();
      }
    }),
    WATCH_MS + 180_000,
  );
});
