/** Guests behind bad networks: sound stays, pictures become smaller and come back, and nothing stands still for good. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { allGetAll, type Guest, seesWidth } from "../lib/guest.ts";
import type { Seen } from "../lib/guest-page.ts";
import { startLossyRelay } from "../lib/lossy-relay.ts";
import { isLong, type Meeting, useRooms } from "../lib/meeting.ts";
import { roomKinds } from "../lib/rooms.ts";
import { until } from "../lib/wait.ts";

const LOSS = 0.05;
const NARROW_BPS = 500_000;
const WATCH_MS = isLong ? 120_000 : 15_000;
/** A key frame that was lost is asked for again within this, also when that is lost, too. */
const LONGEST_GAP_MS = 3_000;
const BACK_WITHIN_MS = 90_000;
const LARGE_PX = 960;

async function publishAll(guests: readonly Guest[]): Promise<void> {
  for (const one of guests) {
    await one.microphone();
    await one.camera("vp8");
  }
}

const cameraOf = async (viewer: Guest, identity: string): Promise<Seen | undefined> =>
  (await viewer.seen()).find((one) => one.identity === identity && one.source === "camera");

describe("guests of the embedded SFU behind a bad network", () => {
  const [embedded] = roomKinds();
  if (embedded === undefined) throw new Error("there is always the embedded one");
  const meeting = useRooms(embedded);

  /** Two with a good network, and one whose packets all go by a relay. */
  async function withRelay({ rooms, join }: Meeting, loss: number) {
    const from = rooms.server?.ready.ports["sfu"];
    if (from === undefined) throw new Error("the ready line names no port of the SFU");
    const relay = await startLossyRelay(from, loss);
    const guests = [await join("ada"), await join("bob")];
    const far = await join("far", { relay: { from, to: relay.port } });
    await publishAll([...guests, far]);
    return { relay, far, all: [...guests, far] };
  }

  test(
    "with 5 % of all packets lost both ways everybody goes on to see and hear everybody",
    meeting(async (room) => {
      const { relay, far, all } = await withRelay(room, LOSS);
      await using _ = relay;
      await allGetAll(all, 60_000);
      for (const one of all) await one.forgetGaps();
      await delay(WATCH_MS);
      const seen = [...(await far.seen()), ...(await all[0]!.seen()).filter(({ identity }) => identity === "far")];
      const worstMs = Math.max(...seen.filter(({ source }) => source === "camera").map((it) => it.longestGapMs));
      console.log(`${relay.lost} of ${relay.lost + relay.passed} packets lost, longest gap ${Math.round(worstMs)} ms`);
      expect(relay.lost).toBeGreaterThan(100);
      expect(worstMs).toBeLessThan(LONGEST_GAP_MS);
      await allGetAll(all);
    }),
  );

  test(
    "on a line of 500 kbps the picture becomes smaller and the sound stays; both come back",
    meeting(async (room) => {
      const { relay, far, all } = await withRelay(room, 0);
      await using _ = relay;
      await far.show(LARGE_PX, "ada");
      await seesWidth(far, "ada", LARGE_PX);
      relay.downBps = NARROW_BPS;
      await until("a smaller picture", async () => {
        const camera = await cameraOf(far, "ada");
        return camera !== undefined && camera.widthPx > 0 && camera.widthPx < LARGE_PX;
      });
      const soundOf = async (): Promise<number[]> =>
        (await far.seen()).filter(({ source }) => source === "microphone").map(({ progress }) => progress);
      const before = await soundOf();
      await delay(5_000);
      const after = await soundOf();
      expect(after.length).toBe(2);
      for (const [index, energy] of after.entries()) expect(energy).toBeGreaterThan(before[index] ?? 0);
      relay.downBps = undefined;
      await until(
        "the large picture again",
        async () => (await cameraOf(far, "ada"))?.widthPx === LARGE_PX,
        BACK_WITHIN_MS,
      );
      await allGetAll(all);
    }),
  );
});
