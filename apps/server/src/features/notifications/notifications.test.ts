/** Followers are told over the real store, bus and jobs: mails as files, push messages to a push service on this machine. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openPushService, type PushService } from "../../adapters/push-web.suite.ts";
import { accountRoutes } from "../accounts/routes.ts";
import { createSetup } from "../accounts/service.ts";
import { openShow, type Person, type Show } from "../broadcasts/testing.ts";
import { followRoutes } from "../follows/routes.ts";
import { orderMissed, registerNotificationJobs, removeOld, runNotifications, tellFollowers } from "./jobs.ts";
import { notificationRoutes } from "./routes.ts";

let show: Show;
let service: PushService;
const { signal } = new AbortController();
beforeAll(async () => {
  service = await openPushService();
  show = await openShow({
    config: { OUTBOUND_ALLOW: "127.0.0.1, port:1024-65535" },
    plugins: (ctx) => [
      async (app) => accountRoutes(app, ctx, await createSetup(ctx)),
      (app) => followRoutes(app, ctx),
      (app) => notificationRoutes(app, ctx),
    ],
  });
});
afterAll(async () => {
  await show.close();
  service.close();
});

let names = 0;
const HOSTILE = 'Win\r\nBcc: all@example.org <img src=x onerror="alert(1)"> \u202egnp';

/** A channel, its people, and a function that makes a show that has been live for `ageMs`. */
async function open() {
  const { id, people } = await show.channel(`told${(names += 1)}`);
  const { db } = show.ctx.store;
  const live = async (values: object = {}, ageMs = 11_000): Promise<string> => {
    const { body } = await people.owner.call("POST", "/broadcasts", { channelId: id, title: "A show" });
    const row = { state: "live", live_at: new Date(Date.now() - ageMs), title: HOSTILE, ...values } as const;
    await db
      .updateTable("broadcast")
      .set({ state: "ended" })
      .where("channel_id", "=", id)
      .where("state", "=", "live")
      .execute();
    await db.updateTable("broadcast").set(row).where("id", "=", String(body["id"])).execute();
    return String(body["id"]);
  };
  return { id, people, live };
}

async function mailsTo({ handle }: Person): Promise<string[]> {
  const dir = path.join(show.ctx.config.DATA_DIR, "mail");
  const files = (await readdir(dir).catch(() => [])).filter((file) => file.endsWith(".eml")).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(path.join(dir, file), "utf8")));
  return texts.filter((text) => text.includes(`To: ${handle}@example.org`));
}

/** The header as a mail program reads it. */
function header(mail: string, name: string): string {
  const [head = ""] = mail.split("\n\n", 1);
  return new RegExp(`^${name}:[ ]*(.*)`, "mi").exec(head.replace(/\n[ \t]/g, " "))?.[1] ?? "";
}

/** The parts, decoded. */
function content(mail: string): string {
  const joined = mail.replace(/=\n/g, "");
  return joined.replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll("=", ""), "hex").toString());
}

async function browserOf(person: Person, at: string): Promise<string> {
  const { endpoint, p256dh, auth } = service.subscribe(at);
  const answer = await person.call("POST", "/me/push-subscriptions", { endpoint, keys: { p256dh, auth } });
  expect(answer.status).toBe(201);
  return String(answer.body["id"]);
}

const pushedTo = (at: string) =>
  service.got.filter((one) => one.path === at).map((one) => JSON.parse(one.text) as object);

test("followers who wish it are told once, and nobody else", async () => {
  const { id, people, live } = await open();
  const { viewer, guest, producer, moderator, admin } = people;
  await viewer.call("PUT", `/channels/${id}/follow`);
  await guest.call("PUT", `/channels/${id}/follow`, { mail: false });
  await producer.call("PUT", `/channels/${id}/follow`, { push: false });
  await moderator.call("PUT", `/channels/${id}/follow`);
  await moderator.call("DELETE", `/channels/${id}/follow`);
  for (const [name, person] of Object.entries({ viewer, guest, producer, moderator, admin })) {
    await browserOf(person, `/${id}/${name}`);
  }
  const broadcastId = await live();
  // Two processes at once, and once more.
  await Promise.all([1, 2].map(() => tellFollowers(show.ctx, broadcastId, { signal })));
  await tellFollowers(show.ctx, broadcastId, { signal });
  const mails = await Promise.all(
    [viewer, guest, producer, moderator, admin].map(async (one) => (await mailsTo(one)).length),
  );
  expect(mails).toEqual([1, 0, 1, 0, 0]);
  const pushed = ["viewer", "guest", "producer", "moderator", "admin"].map((name) => pushedTo(`/${id}/${name}`).length);
  expect(pushed).toEqual([1, 1, 0, 0, 0]);
  // Who follows now is not told of what has begun before.
  await admin.call("PUT", `/channels/${id}/follow`);
  await tellFollowers(show.ctx, broadcastId, { signal });
  expect(await mailsTo(admin)).toEqual([]);
});

test("a hostile title is harmless text in the mail and in the push message", async () => {
  const { id, people, live } = await open();
  const { db } = show.ctx.store;
  await people.viewer.call("PUT", `/channels/${id}/follow`);
  await browserOf(people.viewer, `/${id}/hostile`);
  await db
    .updateTable("channel")
    .set({ title: `<b>Evil</b>\r\nX-Evil: 1 ${"x".repeat(10_000)}` })
    .where("id", "=", id)
    .execute();
  const broadcastId = await live();
  await tellFollowers(show.ctx, broadcastId, { signal });
  const [mail = ""] = await mailsTo(people.viewer);
  expect(header(mail, "Bcc")).toBe("");
  expect(header(mail, "X-Evil")).toBe("");
  expect(mail.split("\n").every((line) => line.length < 1000)).toBe(true);
  const html = content(mail).slice(content(mail).indexOf("<!doctype"));
  expect(html).not.toMatch(/<(img|script|b)\b|\u202e/);
  expect(html).toContain("&#60;b&#62;Evil");
  const [pushed] = pushedTo(`/${id}/hostile`);
  expect(JSON.stringify(pushed).length).toBeLessThan(600);
  expect(pushed).toMatchObject({ type: "broadcast.live", url: `/watch/${broadcastId}`, tag: broadcastId });
  expect(JSON.stringify(pushed)).not.toMatch(/\\r|\\n|\u202e/);
});

test.each([
  ["over already", { state: "ended", ended_at: new Date() }, 11_000],
  ["live for less than ten seconds", {}, 5_000],
  ["interrupted", { state: "interrupted", interrupted_at: new Date() }, 11_000],
  ["private", { visibility: "private" }, 11_000],
  ["unlisted", { visibility: "unlisted" }, 11_000],
  ["live for hours", {}, 2 * 3_600_000],
])("nobody is told of a show that is %s", async (_, values, ageMs) => {
  const { id, people, live } = await open();
  await people.viewer.call("PUT", `/channels/${id}/follow`);
  await tellFollowers(show.ctx, await live(values, ageMs), { signal });
  expect(await mailsTo(people.viewer)).toEqual([]);
});

test("browsers that have gone are forgotten; those that are away are tried again, three times at most", async () => {
  const { id, people, live } = await open();
  const { viewer, guest } = people;
  for (const person of [viewer, guest]) await person.call("PUT", `/channels/${id}/follow`, { mail: false });
  for (const [status, name] of [
    [410, "gone"],
    [404, "lost"],
    [201, "here"],
  ] as const) {
    await browserOf(viewer, `/${id}/${name}`);
    if (status !== 201) service.answers.set(`/${id}/${name}`, status);
  }
  await browserOf(guest, `/${id}/away`);
  service.answers.set(`/${id}/away`, 503);
  const broadcastId = await live();
  const attempt = () => tellFollowers(show.ctx, broadcastId, { signal });
  await expect(attempt()).rejects.toThrow("1 followers");
  expect(pushedTo(`/${id}/here`)).toHaveLength(1);
  const { body } = await viewer.call("GET", "/me/push-subscriptions");
  expect(body.items).toHaveLength(1);
  await expect(attempt()).rejects.toThrow("1 followers");
  await attempt();
  service.answers.delete(`/${id}/away`);
  await attempt();
  expect([pushedTo(`/${id}/away`).length, pushedTo(`/${id}/here`).length]).toEqual([0, 1]);
});

test("a show that begins is told of by the jobs, also when nobody listened", async () => {
  const stop = new AbortController();
  await registerNotificationJobs(show.ctx);
  const running = Promise.all([1, 2].map(() => runNotifications(show.ctx, stop.signal)));
  const missed = await open();
  await missed.people.viewer.call("PUT", `/channels/${missed.id}/follow`);
  await missed.live({}, 25_000);
  const heard = await open();
  const { viewer, owner } = heard.people;
  await viewer.call("PUT", `/channels/${heard.id}/follow`);
  const { body } = await owner.call("POST", "/broadcasts", { channelId: heard.id, title: "Heard" });
  const broadcastId = String(body["id"]);
  await show.doors.onProgramState({ type: "source_connected", broadcastId, slot: "primary" });
  await owner.call("POST", `/broadcasts/${broadcastId}/live`);
  await orderMissed(show.ctx);
  for (const person of [missed.people.viewer, viewer]) {
    await vi.waitFor(async () => expect(await mailsTo(person)).toHaveLength(1), { timeout: 40_000, interval: 250 });
  }
  await orderMissed(show.ctx);
  stop.abort();
  await running;
  const row = await show.ctx.store.db
    .selectFrom("live_notice")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .execute();
  expect(row).toMatchObject([{ account_id: viewer.id, via: "mail", state: "sent", attempts: 1 }]);
}, 90_000);

test("whom a show was told to is forgotten after a week; that they were told is not", async () => {
  const { id, people, live } = await open();
  const { db } = show.ctx.store;
  await people.viewer.call("PUT", `/channels/${id}/follow`);
  const broadcastId = await live();
  await tellFollowers(show.ctx, broadcastId, { signal });
  const kept = () =>
    db.selectFrom("live_notice").select("account_id").where("broadcast_id", "=", broadcastId).execute();
  await removeOld(show.ctx);
  expect(await kept()).toHaveLength(1);
  await removeOld(show.ctx, Date.now() + 8 * 86_400_000);
  expect(await kept()).toEqual([]);
  await tellFollowers(show.ctx, broadcastId, { signal });
  expect(await mailsTo(people.viewer)).toHaveLength(1);
});

test("browsers whose push service never answers are asked at the same time", async () => {
  const { id, people, live } = await open();
  await people.viewer.call("PUT", `/channels/${id}/follow`, { mail: false });
  const names = ["a", "b", "c", "d"];
  for (const name of names) await browserOf(people.viewer, `/${id}/slow/${name}`);
  // None is answered before all have asked.
  const asked = service.hold(names.map((name) => `/${id}/slow/${name}`));
  await tellFollowers(show.ctx, await live(), { signal });
  await asked;
  expect(names.map((name) => pushedTo(`/${id}/slow/${name}`).length)).toEqual([1, 1, 1, 1]);
});

describe("leaving by the link of a mail", () => {
  async function told() {
    const opened = await open();
    const { viewer } = opened.people;
    await viewer.call("PUT", `/channels/${opened.id}/follow`);
    await tellFollowers(show.ctx, await opened.live(), { signal });
    const [mail = ""] = await mailsTo(viewer);
    const link = /<([^>]*)>/.exec(header(mail, "List-Unsubscribe"))?.[1] ?? "";
    return { ...opened, mail, link: link.replace("http://localhost:3000", "") };
  }
  const wish = async (one: Awaited<ReturnType<typeof told>>) =>
    (await one.people.viewer.call("GET", `/channels/${one.id}/follow`)).body["mail"];

  test("one click of a mail program ends it, for this channel only", async () => {
    const one = await told();
    expect(header(one.mail, "List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
    const other = await told();
    const answer = await show.app.inject({
      method: "POST",
      url: one.link,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: "List-Unsubscribe=One-Click",
    });
    expect([answer.statusCode, await wish(one), await wish(other)]).toEqual([200, false, true]);
  });

  test("as a multipart form, too, and twice", async () => {
    const one = await told();
    for (let i = 0; i < 2; i += 1) {
      const answer = await show.app.inject({
        method: "POST",
        url: one.link,
        headers: { "content-type": "multipart/form-data; boundary=x" },
        payload: '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
      });
      expect(answer.statusCode).toBe(200);
    }
    expect(await wish(one)).toBe(false);
  });

  test("looking at it changes nothing and shows a button, with the title as text", async () => {
    const one = await told();
    await show.ctx.store.db
      .updateTable("channel")
      .set({ title: "<script>alert(1)</script>" })
      .where("id", "=", one.id)
      .execute();
    const answer = await show.app.inject({ method: "GET", url: one.link });
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    // A browser that sends no referrer sends its form from nowhere, which the origin check refuses.
    expect(answer.headers["referrer-policy"]).toBe("same-origin");
    expect(answer.body).toContain("<button>");
    expect(answer.body).not.toContain("<script");
    expect(await wish(one)).toBe(true);
  });

  test("a changed link is refused", async () => {
    const one = await told();
    const other = await open();
    const stolen = one.link.replace(one.id, other.id);
    const short = one.link.slice(0, -2);
    for (const url of [stolen, short, "/api/v1/unsubscribe?t=", "/api/v1/unsubscribe"]) {
      for (const method of ["GET", "POST"] as const) {
        const { statusCode } = await show.app.inject({ method, url });
        expect([url, [400, 401].includes(statusCode)]).toEqual([url, true]);
      }
    }
    expect(await wish(one)).toBe(true);
  });
});

describe("push subscriptions", () => {
  const ROLES: readonly ChannelRole[] = ["owner", "admin", "producer", "moderator", "guest", "viewer"];

  test("everybody has their own, whatever their role; nobody another's", async () => {
    const { people } = await open();
    const ids = new Map<ChannelRole, string>();
    for (const role of ROLES) ids.set(role, await browserOf(people[role], `/own/${people[role].id}`));
    for (const role of ROLES) {
      const { body, raw } = await people[role].call("GET", "/me/push-subscriptions");
      expect(body.items.map((one) => one["id"])).toEqual([ids.get(role)]);
      expect(raw.toString()).not.toContain("/own/");
      const other = ids.get(role === "owner" ? "viewer" : "owner");
      expect((await people[role].call("DELETE", `/me/push-subscriptions/${other}`)).code).toBe("not_found");
      expect((await people[role].call("DELETE", `/me/push-subscriptions/${ids.get(role)}`)).status).toBe(204);
    }
    for (const method of ["GET", "POST"] as const) {
      const body = method === "POST" ? { endpoint: "https://a.example/", keys: { p256dh: "a", auth: "b" } } : undefined;
      expect((await show.anonymous(method, "/me/push-subscriptions", body)).code).toBe("unauthenticated");
    }
    expect((await show.anonymous("DELETE", `/me/push-subscriptions/${ids.get("owner")}`)).code).toBe("unauthenticated");
    expect((await show.anonymous("GET", "/push/key")).body).toEqual({ publicKey: show.ctx.push.publicKey });
  });

  test("end where somebody signs out everywhere", async () => {
    const [one, other] = [await show.person("leaver"), await show.person("stayer")];
    await browserOf(one, "/leaver/0");
    await browserOf(other, "/stayer/0");
    expect((await one.call("POST", "/auth/logout-all")).status).toBe(204);
    const left = await show.ctx.store.db.selectFrom("push_subscription").select("account_id").execute();
    expect(left.filter(({ account_id }) => account_id === one.id)).toEqual([]);
    expect(left.filter(({ account_id }) => account_id === other.id)).toHaveLength(1);
  });

  test("are the same when they are added again, and at most twenty", async () => {
    const person = await show.person("many");
    const target = service.subscribe("/many/0");
    const body = { endpoint: target.endpoint, keys: { p256dh: target.p256dh, auth: target.auth } };
    const [first, again] = [
      await person.call("POST", "/me/push-subscriptions", body),
      await person.call("POST", "/me/push-subscriptions", body),
    ];
    expect(first.body["id"]).toBe(again.body["id"]);
    for (let i = 1; i <= 22; i += 1) await browserOf(person, `/many/${i}`);
    const { body: list } = await person.call("GET", "/me/push-subscriptions");
    expect([list.items.length, list.items.some((one) => one["id"] === first.body["id"])]).toEqual([20, false]);
  });

  test.each([
    ["a private address", { endpoint: "http://10.0.0.1/" }],
    ["another scheme", { endpoint: "ftp://example.org/" }],
    ["a password in it", { endpoint: "https://a:b@example.org/" }],
    ["no address", { endpoint: "push" }],
    ["a key that is none", { keys: { p256dh: "AAAA", auth: "AAAA" } }],
    ["a key that is no base64", { keys: { p256dh: "<script>", auth: "\n" } }],
  ])("are refused for %s", async (_, wrong) => {
    const person = await show.person(`wrong${(names += 1)}`);
    const { endpoint, p256dh, auth } = service.subscribe("/wrong");
    const answer = await person.call("POST", "/me/push-subscriptions", { endpoint, keys: { p256dh, auth }, ...wrong });
    expect(answer.code).toBe("invalid_input");
  });
});
