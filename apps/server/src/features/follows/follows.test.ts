/** Following over HTTP with the real store. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, published, type Show } from "../broadcasts/testing.ts";
import { followRoutes } from "./routes.ts";
import { isFollower } from "./service.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow({ plugins: (ctx) => [(app) => followRoutes(app, ctx)], limits: { apiPerMin: 100_000 } });
});
afterAll(() => show.close());

test("only somebody who is signed in follows, and only a channel that exists", async () => {
  const { id, people } = await show.channel("nobody");
  for (const method of ["GET", "PUT", "DELETE"] as const) {
    expect((await show.anonymous(method, `/channels/${id}/follow`)).code).toBe("unauthenticated");
  }
  for (const method of ["GET", "PUT"] as const) {
    expect((await people.viewer.call(method, "/channels/00000000000000000000/follow")).code).toBe("not_found");
  }
  expect((await people.viewer.call("PUT", `/channels/${id}/follow`, { mail: "yes" })).code).toBe("invalid_input");
  expect((await show.anonymous("GET", "/me/follows")).code).toBe("unauthenticated");
});

test("everybody with an account may follow: it is counted once and told once", async () => {
  const { id, people } = await show.channel("liked");
  const at = `/channels/${id}/follow`;
  expect((await people.viewer.call("GET", at)).body).toMatchObject({ following: false, since: null, followers: 0 });
  const first = await people.viewer.call("PUT", at);
  expect(first.body).toMatchObject({ following: true, mail: true, push: true, followers: 1 });
  const again = await people.viewer.call("PUT", at, { mail: false });
  expect(again.body).toEqual({ ...first.body, mail: false });
  expect((await people.owner.call("PUT", at, { push: false })).body).toMatchObject({ push: false, followers: 2 });
  for (const caller of [show.anonymous, people.owner.call]) {
    expect((await caller("GET", `/channels/${id}`)).body["followers"]).toBe(2);
  }
  const told = await published<{ channelId: string; accountId: string }>(show, "follows");
  expect(told.filter((one) => one.channelId === id).map((one) => one.accountId)).toEqual([
    people.viewer.id,
    people.owner.id,
  ]);
});

test("since when somebody follows is forgotten when it ends", async () => {
  const { id, people } = await show.channel("left");
  const { viewer } = people;
  expect(await isFollower(show.ctx, viewer.id, id)).toBeNull();
  const { body } = await viewer.call("PUT", `/channels/${id}/follow`);
  expect((await isFollower(show.ctx, viewer.id, id))?.toISOString()).toBe(body["since"]);
  expect((await viewer.call("DELETE", `/channels/${id}/follow`)).status).toBe(204);
  expect((await viewer.call("DELETE", `/channels/${id}/follow`)).status).toBe(204);
  expect(await isFollower(show.ctx, viewer.id, id)).toBeNull();
  expect((await viewer.call("GET", `/channels/${id}`)).body["followers"]).toBe(0);
});

test("the channels one follows come in pages, newest first", async () => {
  const ids: string[] = [];
  const fan = await show.person("fan");
  for (const name of ["fan_a", "fan_b", "fan_c"]) {
    const { id } = await show.channel(name);
    ids.unshift(id);
    await fan.call("PUT", `/channels/${id}/follow`);
  }
  const first = await fan.call("GET", "/me/follows?limit=2");
  const second = await fan.call("GET", `/me/follows?limit=2&cursor=${first.body.nextCursor}`);
  expect([...first.body.items, ...second.body.items].map((one) => one["channelId"])).toEqual(ids);
  expect(second.body.nextCursor).toBeNull();
});
