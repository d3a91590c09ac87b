/** Webhooks over HTTP with the real store, bus, jobs and a real receiver. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { publishToClients } from "../../ports/bus-events.ts";
import { openShow, type Person, type Show } from "../broadcasts/testing.ts";
import { createRecordingDoors } from "../recordings/doors.ts";
import { followRoutes } from "../follows/routes.ts";
import { newId } from "../../lib/ids.ts";
import { insertTip } from "../tips/queries.ts";
import { announce } from "./announce.ts";
import { RETRY_AFTER_MS } from "./deliver.ts";
import type { Fact } from "./fact.ts";
import { registerWebhookJobs, runWebhooks, wakeDue } from "./jobs.ts";
import { webhookRoutes } from "./routes.ts";
import { ALLOW_RECEIVER, isSigned, openReceiver, type Receiver } from "./testing.ts";
import { catchUp } from "./watch.ts";

let show: Show;
let receiver: Receiver;
const stop = new AbortController();
let running: Promise<unknown>;
let names = 0;

beforeAll(async () => {
  show = await openShow({
    config: { OUTBOUND_ALLOW: ALLOW_RECEIVER },
    plugins: (ctx) => [(app) => followRoutes(app, ctx), (app) => webhookRoutes(app, ctx)],
  });
  await registerWebhookJobs(show.ctx);
  // As if three processes followed the bus.
  running = Promise.all([1, 2, 3].map(() => runWebhooks(show.ctx, stop.signal)));
});
afterAll(async () => {
  stop.abort();
  await running;
  await show.close();
});
beforeEach(async () => {
  receiver?.close();
  receiver = await openReceiver();
});
afterAll(() => receiver.close());

type Made = { id: string; secret: string; at: string; channelId: string; people: Record<ChannelRole, Person> };

async function make(body: object = {}): Promise<Made> {
  const { id: channelId, people } = await show.channel(`hooks${(names += 1)}`);
  const made = await people.owner.call("POST", `/channels/${channelId}/webhooks`, { url: receiver.url, ...body });
  expect(made.status).toBe(201);
  const id = String(made.body["id"]);
  return { id, secret: String(made.body["secret"]), at: `/channels/${channelId}/webhooks/${id}`, channelId, people };
}

async function deliveries({ at, people }: Made): Promise<Record<string, unknown>[]> {
  return (await people.owner.call("GET", `${at}/deliveries`)).body.items;
}

/** The log as it is once nothing is being sent any more. */
async function settled(made: Made, count: number): Promise<Record<string, unknown>[]> {
  return vi.waitFor(
    async () => {
      const items = await deliveries(made);
      expect(items.filter((one) => one["attemptedAt"] !== null)).toHaveLength(count);
      return items;
    },
    { timeout: 10_000 },
  );
}

/** Makes what waits for its next attempt due now. */
async function retryNow({ id }: Made): Promise<void> {
  const { db } = show.ctx.store;
  await db.updateTable("webhook_delivery").set({ next_at: new Date() }).where("webhook_id", "=", id).execute();
  await wakeDue(show.ctx);
}

async function goLive(channelId: string, owner: Person, title = "A show"): Promise<string> {
  const { body } = await owner.call("POST", "/broadcasts", { channelId, title });
  const broadcastId = String(body["id"]);
  await show.doors.onProgramState({ type: "source_connected", broadcastId, slot: "primary" });
  await owner.call("POST", `/broadcasts/${broadcastId}/live`);
  return broadcastId;
}

describe("who may", () => {
  const ROLES: readonly ChannelRole[] = ["owner", "admin", "producer", "moderator", "guest", "viewer"];
  let made: Made;
  let deliveryId: string;
  beforeAll(async () => {
    receiver = await openReceiver();
    made = await make();
    const { body } = await made.people.owner.call("POST", `${made.at}/test`);
    deliveryId = String(body["id"]);
  });

  test.each([
    ["list", "GET", (): string => "", undefined, 200],
    ["create", "POST", (): string => "", { url: "https://example.org/" }, 201],
    ["change", "PATCH", (): string => `/${made.id}`, { description: "x" }, 200],
    ["rotate", "POST", (): string => `/${made.id}/rotate`, undefined, 200],
    ["test", "POST", (): string => `/${made.id}/test`, undefined, 202],
    ["read the log", "GET", (): string => `/${made.id}/deliveries`, undefined, 200],
    ["read a delivery", "GET", (): string => `/${made.id}/deliveries/${deliveryId}`, undefined, 200],
    ["replay", "POST", (): string => `/${made.id}/deliveries/${deliveryId}/replay`, undefined, 202],
    ["delete", "DELETE", (): string => "/00000000000000000000", undefined, 404],
  ] as const)("%s: owner and admins", async (_, method, rest, body, good) => {
    const url = `/channels/${made.channelId}/webhooks${rest()}`;
    const answers = await Promise.all(
      ROLES.map(async (role) => [role, (await made.people[role].call(method, url, body)).status]),
    );
    expect(answers).toEqual(ROLES.map((role) => [role, role === "owner" || role === "admin" ? good : 403]));
    expect((await show.anonymous(method, url, body)).status).toBe(401);
  });

  test("nobody reaches a webhook through another channel", async () => {
    const mine = await make();
    const through = `/channels/${mine.channelId}/webhooks/${made.id}`;
    for (const [method, rest] of [
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/rotate"],
      ["POST", "/test"],
      ["GET", "/deliveries"],
      ["GET", `/deliveries/${deliveryId}`],
      ["POST", `/deliveries/${deliveryId}/replay`],
    ] as const) {
      const body = method === "PATCH" ? { enabled: false } : undefined;
      expect((await mine.people.owner.call(method, through + rest, body)).code).toBe("not_found");
    }
    expect((await mine.people.owner.call("GET", `${mine.at}/deliveries/${deliveryId}`)).code).toBe("not_found");
  });
});

test("an address that the guard does not let out is refused with a sentence", async () => {
  const { id, people } = await show.channel("bad_urls");
  const bad = [
    "ftp://example.org/",
    "http://10.0.0.1/",
    "https://a:b@example.org/",
    "http://[::1]/",
    "https://8.8.8.8:22/",
  ];
  for (const url of bad) {
    const answer = await people.owner.call("POST", `/channels/${id}/webhooks`, { url });
    expect([url, answer.code]).toEqual([url, "invalid_input"]);
  }
  const none = await people.owner.call("POST", `/channels/${id}/webhooks`, { url: receiver.url, events: [] });
  expect(none.code).toBe("invalid_input");
  const unknown = await people.owner.call("POST", `/channels/${id}/webhooks`, { url: receiver.url, events: ["x"] });
  expect(unknown.code).toBe("invalid_input");
});

test("the secret is shown once, stored sealed, and never in the audit log", async () => {
  const made = await make();
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const { body, raw } = await made.people.owner.call("GET", `/channels/${made.channelId}/webhooks`);
  expect(body.items).toHaveLength(1);
  expect(raw.toString()).not.toContain(made.secret);
  const row = await show.ctx.store.db.selectFrom("webhook").selectAll().where("id", "=", made.id).executeTakeFirst();
  expect(JSON.stringify(row)).not.toContain(made.secret.slice(6));
  const audit = await made.people.owner.call("GET", `/channels/${made.channelId}/audit`);
  expect(audit.body.items[0]).toMatchObject({ action: "webhook.create", target: made.id });
  expect(audit.raw.toString()).not.toMatch(/whsec_|token=abc/);
});

test("a show is told of once, from its beginning to its end, although three processes heard of it", async () => {
  const made = await make();
  const hostile = 'Live <script>alert("x")</script> \u202egnp.exe';
  const id = await goLive(made.channelId, made.people.owner, hostile);
  await receiver.received(1);
  await show.doors.onProgramState({ type: "source_lost", broadcastId: id, reason: "gone", stopped: false });
  await receiver.received(2);
  await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
  await receiver.received(3);
  await made.people.owner.call("POST", `/broadcasts/${id}/end`);
  await receiver.received(4);
  await settled(made, 4);
  await catchUp(show.ctx);
  await wakeDue(show.ctx);
  expect(receiver.types()).toEqual(["broadcast.live", "broadcast.interrupted", "broadcast.live", "broadcast.ended"]);
  expect(receiver.got.every((one) => isSigned(one, made.secret))).toBe(true);
  expect(new Set(receiver.got.map((one) => one.headers["webhook-id"])).size).toBe(4);
  expect(receiver.got.some((one) => isSigned(one, "whsec_AAAA"))).toBe(false);
  const [first, , third] = receiver.got;
  expect(first?.body).not.toMatch(/[<>\u202e]/);
  expect(JSON.parse(first!.body)).toMatchObject({
    type: "broadcast.live",
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    // Titles are kept without what turns the direction of text.
    data: { resumed: false, broadcast: { id, title: hostile.replace("\u202e", ""), state: "live" } },
  });
  expect(JSON.parse(third!.body)).toMatchObject({ data: { resumed: true } });
  expect(await deliveries(made)).toHaveLength(4);
});

test("what happened while nobody listened is caught up, but not what was before the webhook", async () => {
  const { id: channelId, people } = await show.channel("late");
  const { db } = show.ctx.store;
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "Missed" });
  const id = String(body["id"]);
  const made = { ...(await make()), channelId, people } as Made;
  await db.updateTable("webhook").set({ channel_id: channelId }).where("id", "=", made.id).execute();
  made.at = `/channels/${channelId}/webhooks/${made.id}`;
  const [liveAt, endedAt] = [new Date(Date.now() - 3_600_000 * 2), new Date()];
  await db
    .updateTable("broadcast")
    .set({ state: "ended", live_at: liveAt, ended_at: endedAt })
    .where("id", "=", id)
    .execute();
  await catchUp(show.ctx);
  await catchUp(show.ctx);
  await settled(made, 1);
  expect(receiver.types()).toEqual(["broadcast.ended"]);
});

test("a recording that can be played, and a follower, are told of", async () => {
  const made = await make({ events: ["recording.ready", "broadcast.archived", "follow"] });
  const { viewer, owner } = made.people;
  await viewer.call("PUT", `/channels/${made.channelId}/follow`);
  await receiver.received(1);
  await viewer.call("DELETE", `/channels/${made.channelId}/follow`);
  await viewer.call("PUT", `/channels/${made.channelId}/follow`);
  const id = await goLive(made.channelId, owner);
  const recordings = createRecordingDoors(show.ctx);
  const recordingId = (await recordings.openRecording(id))!.recordingId;
  await owner.call("POST", `/broadcasts/${id}/end`);
  const media = { renditions: [], timeline: [], durationMs: 61_000, missingMs: 0, sizeBytes: 5_000, note: null };
  await recordings.recordingStored({ recordingId, ...media });
  await receiver.received(3);
  await settled(made, 3);
  expect(receiver.types().toSorted()).toEqual(["broadcast.archived", "follow", "recording.ready"]);
  const bodies = receiver.got.map((one) => JSON.parse(one.body) as { type: string; data: Record<string, unknown> });
  expect(bodies.find((one) => one.type === "follow")?.data).toMatchObject({ follower: { handle: viewer.handle } });
  expect(bodies.find((one) => one.type === "recording.ready")?.data).toMatchObject({ recording: { id: recordingId } });
});

test("chat only goes to who asked for it; chat and tips are told once by their ids", async () => {
  const made = await make({ events: ["chat.message", "tip.received"] });
  const plain = await show.ctx.store.db.selectFrom("webhook").select("events").where("id", "!=", made.id).execute();
  expect(plain.every((row) => !row.events.includes("chat.message"))).toBe(true);
  const id = await goLive(made.channelId, made.people.owner);
  const at = new Date(Date.now() + 60_000).toISOString();
  const message = {
    ...{ id: "0000000000000000000a", broadcastId: id, kind: "message", state: "visible", author: null, about: null },
    ...{ text: "<img src=x onerror=alert(1)>", replyTo: null, mentions: [], reactions: [], highlighted: false },
    ...{ mediaTimeMs: 1, at },
  };
  const tip = {
    ...{ id: "0000000000000000000b", amountMinor: 500, currency: "EUR", name: "Ann", anonymous: false },
    ...{ message: null, mediaTimeMs: 2, at, notice: null },
  };
  // Said before anybody listens to it, said twice, and what is not for webhooks.
  await publishToClients(show.ctx.bus, `chat:${id}`, { type: "chat.message", message } as never);
  await publishToClients(show.ctx.bus, `broadcast:${id}`, { type: "tip.received", tip } as never);
  await publishToClients(show.ctx.bus, `chat:${id}`, { type: "chat.message", message } as never);
  const other = { ...message, id: "0000000000000000000c", kind: "system" };
  await publishToClients(show.ctx.bus, `chat:${id}`, { type: "chat.message", message: other } as never);
  await publishToClients(show.ctx.bus, `chat:${id}`, { type: "chat.deleted", ids: [message.id] } as never);
  await receiver.received(2);
  await settled(made, 2);
  expect(receiver.types().toSorted()).toEqual(["chat.message", "tip.received"]);
  expect(receiver.got.map((one) => one.body).join("")).not.toContain("<img");
});

test("a tip that was paid while nobody listened, long after its show, is caught up once", async () => {
  const made = await make({ events: ["tip.received"] });
  const { db } = show.ctx.store;
  const { body } = await made.people.owner.call("POST", "/broadcasts", { channelId: made.channelId, title: "Over" });
  const id = String(body["id"]);
  await db
    .updateTable("broadcast")
    .set({ state: "ended", live_at: new Date(0), ended_at: new Date(1) })
    .where("id", "=", id)
    .execute();
  const tip = (values: object) =>
    insertTip(db, {
      ...{ id: newId(), channel_id: made.channelId, broadcast_id: id, account_id: null, send_id: null },
      ...{ provider: "stripe", session_id: null, checkout_url: null, payment_id: null, state: "paid" },
      ...{ amount_minor: 500, currency: "EUR", name: "Ann", anonymous: true, message: "Wait", message_state: "held" },
      ...{ held_reason: "x", media_time_ms: null, paid_at: new Date(), ...values },
    });
  await tip({});
  await tip({ state: "pending", paid_at: null });
  await tip({ paid_at: new Date(Date.now() - 2 * 3_600_000) });
  await catchUp(show.ctx);
  await catchUp(show.ctx);
  await settled(made, 1);
  const [told] = await receiver.received(1);
  expect(JSON.parse(told!.body)).toMatchObject({
    type: "tip.received",
    data: { broadcastId: id, tip: { name: "Anonymous", message: null } },
  });
  expect(await deliveries(made)).toHaveLength(1);
});

test("a delivery whose attempts come to no end on this side is given up", async () => {
  const made = await make();
  const { db } = show.ctx.store;
  await db.updateTable("webhook").set({ sealed: "v1.broken" }).where("id", "=", made.id).execute();
  await made.people.owner.call("POST", `${made.at}/test`);
  await vi.waitFor(async () => expect((await deliveries(made))[0]).toMatchObject({ attempts: 1 }), 20_000);
  await db.updateTable("webhook_delivery").set({ attempts: 8 }).where("webhook_id", "=", made.id).execute();
  await retryNow(made);
  await vi.waitFor(
    async () =>
      expect((await deliveries(made))[0]).toMatchObject({
        ...{ state: "failed", attempts: 8, nextAttemptAt: null, problem: expect.stringContaining("broken off") },
      }),
    20_000,
  );
  expect(receiver.got).toEqual([]);
});

test("many who tell of the same fact at once make one delivery", async () => {
  const made = await make();
  const fact: Fact = { key: "same", type: "follow", channelId: made.channelId, at: new Date(), data: {} };
  await Promise.all(Array.from({ length: 10 }, () => announce(show.ctx, fact)));
  await settled(made, 1);
  expect(receiver.got).toHaveLength(1);
});

describe("a receiver that fails", () => {
  test("is tried eight times with growing pauses, and every attempt is signed anew under the same id", async () => {
    const made = await make();
    Object.assign(receiver.answer, { status: 500, body: "x".repeat(5_000) });
    await made.people.owner.call("POST", `${made.at}/test`);
    let before: unknown = null;
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await receiver.received(attempt);
      const [row] = await vi.waitFor(async () => {
        const items = await settled(made, 1);
        expect(items[0]?.["attempts"]).toBe(attempt);
        // It counts from its beginning; this stands when it has ended.
        expect(items[0]?.["attemptedAt"]).not.toBe(before);
        expect([items[0]?.["state"], items[0]?.["status"]]).toEqual([attempt === 8 ? "failed" : "pending", 500]);
        return items;
      });
      before = row?.["attemptedAt"];
      const next = row?.["nextAttemptAt"];
      if (attempt === 8) {
        expect(next).toBeNull();
        break;
      }
      const waitMs = Date.parse(String(next)) - Date.parse(String(row?.["attemptedAt"]));
      const wantedMs = RETRY_AFTER_MS[attempt - 1] ?? 0;
      expect(waitMs).toBeGreaterThanOrEqual(wantedMs - 1);
      expect(waitMs).toBeLessThanOrEqual(wantedMs * 1.1 + 1);
      await retryNow(made);
    }
    expect(receiver.got).toHaveLength(8);
    expect(new Set(receiver.got.map((one) => one.headers["webhook-id"])).size).toBe(1);
    expect(receiver.got.every((one) => isSigned(one, made.secret))).toBe(true);
    const [{ id }] = (await deliveries(made)) as [{ id: string }];
    const { body } = await made.people.owner.call("GET", `${made.at}/deliveries/${id}`);
    expect([String(body["answer"]).length, body["problem"]]).toEqual([1024, "The answer was 500."]);
    expect((await made.people.owner.call("GET", `/channels/${made.channelId}/webhooks`)).body.items[0]).toMatchObject({
      enabled: true,
      failingSince: expect.any(String),
    });
  });

  test("works again: what was waiting is delivered, and the failures are forgotten", async () => {
    const made = await make();
    receiver.answer.status = 503;
    await made.people.owner.call("POST", `${made.at}/test`);
    await settled(made, 1);
    receiver.answer.status = 204;
    await retryNow(made);
    await receiver.received(2);
    await vi.waitFor(async () =>
      expect((await deliveries(made))[0]).toMatchObject({ state: "delivered", attempts: 2 }),
    );
    const { body } = await made.people.owner.call("GET", `/channels/${made.channelId}/webhooks`);
    expect(body.items[0]).toMatchObject({ failingSince: null });
  });

  test("sends somewhere else: redirects are not followed", async () => {
    const other = await openReceiver();
    const made = await make();
    Object.assign(receiver.answer, { status: 307, headers: { location: other.url } });
    await made.people.owner.call("POST", `${made.at}/test`);
    const [row] = await settled(made, 1);
    expect(row).toMatchObject({ status: 307, state: "pending", problem: expect.stringContaining("redirects") });
    expect(other.got).toEqual([]);
    other.close();
  });

  test("has come to a private address: it is not tried again", async () => {
    const made = await make();
    const { db } = show.ctx.store;
    await db.updateTable("webhook").set({ url: "http://10.0.0.1/" }).where("id", "=", made.id).execute();
    await made.people.owner.call("POST", `${made.at}/test`);
    const [row] = await settled(made, 1);
    expect(row).toMatchObject({
      state: "failed",
      attempts: 1,
      status: null,
      problem: expect.stringContaining("public"),
    });
  });

  test.each([
    ["says 410", 410, 0, 0],
    ["has failed for three days", 500, 7, 3 * 86_400_000 + 1],
  ])("%s: it is switched off, and the owner is told", async (_, status, failures, failingMs) => {
    const made = await make();
    const { db } = show.ctx.store;
    if (failingMs > 0) {
      const failing = { failures, failing_since: new Date(Date.now() - failingMs) };
      await db.updateTable("webhook").set(failing).where("id", "=", made.id).execute();
    }
    await db
      .updateTable("channel")
      .set({ title: "Evil\r\nBcc: all@example.org <b>" })
      .where("id", "=", made.channelId)
      .execute();
    receiver.answer.status = status;
    await made.people.owner.call("POST", `${made.at}/test`);
    await settled(made, 1);
    const hook = await vi.waitFor(async () => {
      const { body } = await made.people.owner.call("GET", `/channels/${made.channelId}/webhooks`);
      expect(body.items[0]).toMatchObject({ enabled: false, disabledReason: expect.stringMatching(/\.$/) });
      return body.items[0];
    });
    expect(hook?.["id"]).toBe(made.id);
    const mail = await vi.waitFor(async () => {
      const found = (await mails()).filter((text) => text.includes(`To: ${made.people.owner.handle}@example.org`));
      expect(found).toHaveLength(1);
      return found[0]!;
    });
    expect(mail).not.toMatch(/^Bcc:/im);
    expect(mail).toMatch(/^Subject: A webhook of Evil Bcc: all@example\.org <b> was switched\s+off$/m);
    expect((await made.people.owner.call("POST", `${made.at}/test`)).code).toBe("conflict");
    receiver.answer.status = 200;
    const on = await made.people.owner.call("PATCH", made.at, { enabled: true });
    expect(on.body).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });
});

test("an event is replayed under its id, as a delivery of its own", async () => {
  const made = await make();
  const { body } = await made.people.owner.call("POST", `${made.at}/test`);
  await settled(made, 1);
  const again = await made.people.owner.call("POST", `${made.at}/deliveries/${String(body["id"])}/replay`);
  expect([again.status, again.body["replayOf"], again.body["eventId"]]).toEqual([202, body["id"], body["eventId"]]);
  await settled(made, 2);
  const [first, second] = receiver.got;
  expect([second?.headers["webhook-id"], second?.body]).toEqual([first?.headers["webhook-id"], first?.body]);
  const paged = await made.people.owner.call("GET", `${made.at}/deliveries?limit=1&state=delivered`);
  expect([paged.body.items.length, paged.body.nextCursor !== null]).toEqual([1, true]);
});

test("after a rotation both secrets sign for a day", async () => {
  const made = await make();
  const { body } = await made.people.owner.call("POST", `${made.at}/rotate`);
  const fresh = String(body["secret"]);
  expect(fresh).not.toBe(made.secret);
  await made.people.owner.call("POST", `${made.at}/test`);
  const [both] = await receiver.received(1);
  expect([isSigned(both!, made.secret), isSigned(both!, fresh)]).toEqual([true, true]);
  const { db } = show.ctx.store;
  await db
    .updateTable("webhook")
    .set({ old_until: new Date(0) })
    .where("id", "=", made.id)
    .execute();
  await made.people.owner.call("POST", `${made.at}/test`);
  const [, alone] = await receiver.received(2);
  expect([isSigned(alone!, made.secret), isSigned(alone!, fresh)]).toEqual([false, true]);
});

async function mails(): Promise<string[]> {
  const dir = path.join(show.ctx.config.DATA_DIR, "mail");
  const files = (await readdir(dir).catch(() => [])).filter((file) => file.endsWith(".eml"));
  return Promise.all(files.map((file) => readFile(path.join(dir, file), "utf8")));
}
