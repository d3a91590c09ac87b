import { beforeEach, expect, test } from "vitest";
import { newId } from "../lib/ids.ts";
import { acquireLease, findHolder, releaseForeignLeases, releaseLeasesOf } from "./leases.ts";
import { errorCode } from "./store-error.ts";
import { onEachStore } from "./store.suite.ts";

onEachStore((store) => {
  let broadcastId: string;
  const ask = (nodeId: string, ttlMs = 60_000) =>
    acquireLease(store().db, { broadcastId, nodeId, address: `http://${nodeId}`, ttlMs });

  beforeEach(async () => {
    const text = {
      title: "t",
      description: "",
      category: "other",
      tags: "[]",
      language: "en",
      poster_key: null,
    } as const;
    const channelId = newId();
    broadcastId = newId();
    await store()
      .db.insertInto("channel")
      .values({ ...text, id: channelId, handle: "ada" })
      .execute();
    await store()
      .db.insertInto("broadcast")
      .values({
        ...text,
        id: broadcastId,
        channel_id: channelId,
        state: "live",
        visibility: "public",
        latency_mode: "lowest",
        auto_live: true,
        dvr_window_sec: 0,
        reconnect_window_sec: 60,
        start_at: null,
        created_by: null,
        live_at: null,
        interrupted_at: null,
        ended_at: null,
      })
      .execute();
  });

  test("there is no lease of a broadcast that does not exist", async () => {
    const request = { broadcastId: newId(), nodeId: "a", address: "", ttlMs: 1000 };
    const error: unknown = await acquireLease(store().db, request).catch((cause: unknown) => cause);
    expect(errorCode(error)).toBe("23503");
  });

  test("a held lease is refused to others, who learn who holds it", async () => {
    expect(await ask("a")).toEqual({ ok: true, fence: "1" });
    expect(await ask("b")).toMatchObject({ ok: false, holder: { nodeId: "a", address: "http://a" } });
  });

  test("of many nodes that ask at once one gets it", async () => {
    const answers = await Promise.all(["a", "b", "c", "d", "e"].map((node) => ask(node)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  });

  test("the holder asks again under the same fence", async () => {
    await ask("a");
    expect(await ask("a")).toEqual({ ok: true, fence: "1" });
  });

  test("a released lease is free, and the fence rises with the next holder, the same node too", async () => {
    await ask("a");
    await releaseLeasesOf(store().db, "b");
    expect((await findHolder(store().db, broadcastId))?.nodeId).toBe("a");
    await releaseLeasesOf(store().db, "a");
    expect(await findHolder(store().db, broadcastId)).toBeNull();
    expect(await ask("a")).toEqual({ ok: true, fence: "2" });
  });

  test("who lost the lease does not get it back while another one holds it", async () => {
    await ask("a", 0);
    expect(await ask("b")).toEqual({ ok: true, fence: "2" });
    expect(await ask("a")).toMatchObject({ ok: false, holder: { nodeId: "b" } });
    await releaseLeasesOf(store().db, "a");
    expect((await findHolder(store().db, broadcastId))?.nodeId).toBe("b");
  });

  test("at its start a node that is alone lets go of what others held", async () => {
    await ask("before-the-crash");
    await releaseForeignLeases(store().db, "now");
    expect(await ask("now")).toEqual({ ok: true, fence: "2" });
    await releaseForeignLeases(store().db, "now");
    expect((await findHolder(store().db, broadcastId))?.nodeId).toBe("now");
  });
});
