/** What is audited and its entry are one: neither is there without the other. */
import { sql } from "kysely";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, published, type Show } from "../broadcasts/testing.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

async function picture(): Promise<FormData> {
  const png = await sharp({ create: { width: 64, height: 36, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(png)], { type: "image/png" }), "poster.png");
  return form;
}

/** Everything that the requests below would change. */
async function stored(): Promise<unknown> {
  const { db } = show.ctx.store;
  return {
    channels: await db.selectFrom("channel").selectAll().orderBy("id").execute(),
    members: await db.selectFrom("channel_member").selectAll().orderBy("account_id").execute(),
    keys: await db.selectFrom("stream_key").selectAll().orderBy("last4").execute(),
    broadcasts: await db.selectFrom("broadcast").selectAll().orderBy("id").execute(),
    commands: await published(show, "media"),
  };
}

test("what cannot be audited does not happen, and no encoder is told of it", async () => {
  const { id, people } = await show.channel("atomic");
  const { owner, guest } = people;
  await show.person("newcomer");
  const broadcast = await owner.call("POST", "/broadcasts", { channelId: id, title: "A show" });
  const posters = [`/channels/${id}/poster`, `/broadcasts/${String(broadcast.body["id"])}/poster`];
  const shown = await Promise.all(
    posters.map(async (path) => String((await owner.call("PUT", path, await picture())).body["posterUrl"])),
  );
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no entry'; end $$`.execute(
    show.ctx.store.db,
  );
  await sql`create trigger refuse before insert on audit for each row execute function refuse()`.execute(
    show.ctx.store.db,
  );
  const before = await stored();
  const at = `/channels/${id}`;
  const answers = [
    await owner.call("POST", "/channels", { handle: "another", title: "Another" }),
    await owner.call("PATCH", at, { title: "Changed" }),
    await owner.call("POST", `${at}/keys/primary/rotate`),
    await owner.call("POST", `${at}/members`, { handle: "newcomer", role: "guest" }),
    await owner.call("PATCH", `${at}/members/${guest.id}`, { role: "moderator" }),
    await owner.call("DELETE", `${at}/members/${guest.id}`),
    ...(await Promise.all(posters.map((path) => owner.call("DELETE", path)))),
    await owner.call("DELETE", at, { confirm: "atomic" }),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 500));
  expect(await stored()).toEqual(before);
  for (const url of shown) expect((await show.anonymous("GET", url)).status).toBe(200);
});
