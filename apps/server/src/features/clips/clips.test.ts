/** Who may have how many clips made at a time; making them is tested with real media in roles/. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import { openShow, type Show } from "../broadcasts/testing.ts";
import { insertClip } from "./queries.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

test("those without an account share three places, and leave the others to those who have one", async () => {
  const { id: channelId, people } = await show.channel("places");
  await people.owner.call("PATCH", `/channels/${channelId}`, { settings: { clips: "everyone" } });
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "Show" });
  const broadcastId = String(body["id"]);
  const onAir = { state: "live", live_at: new Date() } as const;
  await show.ctx.store.db.updateTable("broadcast").set(onAir).where("id", "=", broadcastId).execute();
  const wanted = { title: "A moment", fromMs: 0, toMs: 10_000 };
  const ask = (caller: typeof show.anonymous) => caller("POST", `/broadcasts/${broadcastId}/clips`, wanted);
  // Nothing is on the air here: who has a place is told so.
  expect((await ask(show.anonymous)).code).toBe("conflict");
  for (let n = 0; n < 3; n += 1) {
    const span = { from_ms: 0, duration_ms: 10_000, state: "making", created_by: null } as const;
    const row = { id: newId(), broadcast_id: broadcastId, channel_id: channelId, title: "x" };
    await insertClip(show.ctx.store.db, { ...row, ...span });
  }
  expect((await ask(show.anonymous)).code).toBe("rate_limited");
  expect((await ask(people.viewer.call)).code).toBe("conflict");
});
