import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { TestClient } from "./testing/client.ts";
import { startTestSfu } from "./testing/sfu.ts";

test(
  "of five hundred guests who come, publish, get what is there and go nothing stays",
  { timeout: 180_000 },
  async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const afterGc = () => {
      collect();
      const { rss, heapUsed, external } = process.memoryUsage();
      return { ownMb: (heapUsed + external) / 1e6, rssMb: rss / 1e6 };
    };
    const sfu = await startTestSfu();
    const host = await (await TestClient.join(sfu, "host", "show")).connect();
    const voice = await host.publish("audio");
    let guests = 0;
    const guest = async (): Promise<void> => {
      const client = await TestClient.join(sfu, `guest ${(guests += 1)}`, "show", {
        version: guests % 4 === 0 ? "v0" : "v1",
      });
      await client.connect();
      const sid = await client.publish("video");
      await client.until(() => client.receiving.has(voice));
      await host.until(() => host.receiving.has(sid));
      await client.leave();
      await host.until(() => !host.receiving.has(sid));
    };
    const guestsOf = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left -= 5) await Promise.all(Array.from({ length: 5 }, guest));
      // What the host was told is kept by its client.
      host.messages.length = 0;
    };
    // What V8 and the C library keep grows in steps for more than a thousand joins, and then no more: docs/rtc.md has the figures.
    await guestsOf(300);
    const before = afterGc();
    await guestsOf(200);
    expect(sfu.rooms.participantCount).toBe(1);
    await vi.waitFor(() => expect(afterGc().ownMb - before.ownMb).toBeLessThan(10), { timeout: 30_000, interval: 200 });
    // 200 that stay would be some 75 MB on our side alone.
    expect(afterGc().rssMb - before.rssMb).toBeLessThan(45);
    host.close();
    await sfu.close();
  },
);

test("a room that is over is forgotten, and so is its clock", async () => {
  const sfu = await startTestSfu();
  expect(
    sfu.rooms.create("brief", { emptyTimeout: 1, departureTimeout: 0, maxParticipants: 0, metadata: "" }),
  ).toMatchObject({ name: "brief" });
  await vi.waitFor(() => expect([...sfu.rooms.list()]).toEqual([]), { timeout: 5_000 });
  const ada = await TestClient.join(sfu, "ada", "show");
  await ada.leave();
  expect(sfu.rooms.get("show")?.size).toBe(0);
  await sfu.close();
});
