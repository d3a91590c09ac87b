/** Makes what stands in the paths and bodies of `table.ts`: a poll for `polls/:pollId`, a message for `:message`. Something new each time. */
import type { Show } from "../../features/broadcasts/testing.ts";
import { newId, sha256 } from "../../lib/ids.ts";
import type { PersonName } from "./table.ts";

type Parts = Readonly<{
  show: Show;
  channelId: string;
  otherChannelId: string;
  people: Readonly<Record<PersonName, { id: string; token: string | undefined }>>;
  call(
    token: string | undefined,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}>;

/** What was made before, in the same path or body. */
type Made = Readonly<Record<string, string>>;
type Maker = (broadcastId: string, made: Made) => Promise<string>;

/** By what stands in a path, with the part before it, or in a body. */
export function openMakers(parts: Parts): Readonly<Record<string, Maker>> {
  return { ...peopleMakers(parts), ...mediaMakers(parts), ...audienceMakers(parts), ...moneyMakers(parts) };
}

const NOW = (): Date => new Date();

function peopleMakers({ show, channelId, people }: Parts): Record<string, Maker> {
  const { db } = show.ctx.store;
  const account: Maker = () => insertAccount(show);
  return {
    ":text": async () => `Something new: ${newId()}`,
    ":channel": async () => channelId,
    ":channelId": async () => channelId,
    ":broadcastId": async (broadcastId) => broadcastId,
    ":show": async (broadcastId) => broadcastId,
    ":account": account,
    "accounts/:accountId": account,
    // What is one's own alone: here it is somebody else's.
    "sessions/:id": async () => insertSession(show, await insertAccount(show)),
    "tokens/:id": async () => insertToken(show, await insertAccount(show)),
    "push-subscriptions/:id": async () => insertSubscription(show, await insertAccount(show)),
    "invites/:id": async () => newId(),
    "channels/:id": async () => channelId,
    "broadcasts/:id": async (broadcastId) => broadcastId,
    "by-handle/:handle": async () => "rights",
    "keys/:slot": async () => "primary",
    "sources/:sourceId": async () => "primary",
    "emotes/:emoteId": async () => newId(),
    "emotes/:name": async () => `${newId()}.webp`,
    "posters/:name": async () => `${newId()}.webp`,
    "user/:id": async () => people.maker.id,
    async "members/:accountId"() {
      const id = await insertAccount(show);
      await db.insertInto("channel_member").values({ channel_id: channelId, account_id: id, role: "guest" }).execute();
      return id;
    },
  };
}

async function insertAccount({ ctx }: Show): Promise<string> {
  const id = newId();
  const handle = `a${id}`;
  const values = { id, handle, email: `${handle}@example.org`, display_name: handle, password_hash: "none" };
  await ctx.store.db
    .insertInto("account")
    .values({ ...values, owner: false, disabled_at: null })
    .execute();
  return id;
}

async function insertSession({ ctx }: Show, account_id: string): Promise<string> {
  const family_id = newId();
  const values = { id: newId(), account_id, family_id, token_hash: sha256(family_id), user_agent: "test" };
  const times = { family_created_at: NOW(), expires_at: new Date(Date.now() + 86_400_000) };
  await ctx.store.db
    .insertInto("refresh_token")
    .values({ ...values, ...times, used_at: null, revoked_at: null })
    .execute();
  return family_id;
}

async function insertToken({ ctx }: Show, account_id: string): Promise<string> {
  const id = newId();
  const values = { id, account_id, name: "Bot", token_hash: sha256(id), scopes: JSON.stringify(["read"]) };
  await ctx.store.db
    .insertInto("api_token")
    .values({ ...values, last_used_at: null, expires_at: null, revoked_at: null })
    .execute();
  return id;
}

async function insertSubscription({ ctx }: Show, account_id: string): Promise<string> {
  const id = newId();
  const values = { id, account_id, endpoint: `https://push.example/${id}`, p256dh: "a", auth: "b", user_agent: "test" };
  await ctx.store.db.insertInto("push_subscription").values(values).execute();
  return id;
}

function mediaMakers({ show, channelId, people }: Parts): Record<string, Maker> {
  const { db } = show.ctx.store;
  return {
    ":nth": async () => "0",
    async "clips/:id"(broadcastId) {
      const id = newId();
      const values = { id, broadcast_id: broadcastId, channel_id: channelId, title: "A clip", state: "ready" } as const;
      const rest = { created_by: people.maker.id, problem: null, from_ms: 0, duration_ms: 9000 };
      await db
        .insertInto("clip")
        .values({ ...values, ...rest, width_px: null, height_px: null })
        .execute();
      return id;
    },
    async "recordings/:id"(broadcastId) {
      const id = newId();
      // A show has one recording.
      await db.deleteFrom("recording").where("broadcast_id", "=", broadcastId).execute();
      const values = { id, broadcast_id: broadcastId, channel_id: channelId, title: null, state: "ready" } as const;
      const rest = { note: null, began_at: NOW(), ended_at: NOW(), thumbnail_key: null, storyboard_key: null };
      await db
        .insertInto("recording")
        .values({ ...values, ...rest, mp4_problem: null })
        .execute();
      return id;
    },
    async "files/:id"() {
      const id = newId();
      const values = { id, channel_id: channelId, title: "A file", container: "mp4", size_bytes: 1, created_by: null };
      await db
        .insertInto("media_file")
        .values({ ...values, problem: null, duration_ms: null, width_px: null, height_px: null })
        .execute();
      return id;
    },
    async "markers/:markerId"(broadcastId) {
      const id = newId();
      const values = { id, broadcast_id: broadcastId, at_ms: 1000, title: "Here", created_by: null };
      await db.insertInto("marker").values(values).execute();
      return id;
    },
  };
}

function audienceMakers(parts: Parts): Record<string, Maker> {
  const { show, people, call } = parts;
  const { db } = show.ctx.store;
  const byOwner = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const made = await call(people.owner.token, "POST", path, body);
    if (made.status >= 300) throw new Error(`${path}: ${JSON.stringify(made.body)}`);
    return made.body;
  };
  const poll = async (broadcastId: string) =>
    byOwner(`/broadcasts/${broadcastId}/polls`, { question: "Yes?", options: ["Yes", "No"] });
  const question: Maker = async (broadcastId) => {
    const id = newId();
    const account_id = await insertAccount(show);
    const values = {
      id,
      broadcast_id: broadcastId,
      account_id,
      send_id: newId(),
      text: "Why?",
      state: "open",
    } as const;
    const rest = { held_for: null, media_time_ms: null, answer_text: null, answer_media_ms: null };
    await db
      .insertInto("question")
      .values({ ...values, ...rest })
      .execute();
    return id;
  };
  const handout: Maker = async (broadcastId) => {
    const id = newId();
    const values = { id, broadcast_id: broadcastId, kind: "link", title: "Notes", text: "", label: "Open" } as const;
    await db
      .insertInto("handout")
      .values({ ...values, url: "https://example.org/", shown: true, created_by: null })
      .execute();
    return id;
  };
  return {
    "polls/:pollId": async (broadcastId) => String((await poll(broadcastId))["id"]),
    async ":poll"(broadcastId) {
      const id = String((await poll(broadcastId))["id"]);
      await byOwner(`/broadcasts/${broadcastId}/polls/${id}/open`, undefined);
      return id;
    },
    async ":option"(_broadcastId, made) {
      const query = db
        .selectFrom("poll_option")
        .select("id")
        .where("poll_id", "=", made[":poll"] ?? "");
      return (await query.limit(1).executeTakeFirstOrThrow()).id;
    },
    "questions/:itemId": question,
    ":question": question,
    async "registrations/:registrationId"(broadcastId) {
      const id = newId();
      const values = { id, broadcast_id: broadcastId, email: `${id}@example.org`, name: "Ada", answers: "{}" };
      const rest = { consent: "", time_zone: "UTC", told_start_at: null, opened_at: null, mailed_at: null };
      await db
        .insertInto("registration")
        .values({ ...values, ...rest })
        .execute();
      return id;
    },
    "handouts/:itemId": handout,
    ":handout": handout,
    async "hands/:itemId"(broadcastId) {
      const id = newId();
      const account_id = await insertAccount(show);
      await db.insertInto("hand").values({ id, broadcast_id: broadcastId, account_id }).execute();
      return id;
    },
    async "announcements/:itemId"(broadcastId) {
      const id = newId();
      const values = { id, broadcast_id: broadcastId, text: "Soon", ends_at: null, closed_at: null, created_by: null };
      await db.insertInto("announcement").values(values).execute();
      return id;
    },
    ":message": (broadcastId) => insertMessage(show, broadcastId, "visible"),
    ":held": (broadcastId) => insertMessage(show, broadcastId, "held"),
    async ":author"(_broadcastId, made) {
      const query = db
        .selectFrom("chat_message")
        .select("account_id")
        .where("id", "=", made[":message"] ?? "");
      return String((await query.executeTakeFirstOrThrow()).account_id);
    },
    async ":reported"(broadcastId) {
      const message_id = await insertMessage(show, broadcastId, "visible");
      const report = { message_id, account_id: await insertAccount(show), reason: "spam", note: null };
      await db.insertInto("chat_report").values(report).execute();
      return message_id;
    },
    ...moderationMakers(parts),
  };
}

async function insertMessage(show: Show, broadcastId: string, state: "visible" | "held"): Promise<string> {
  const id = newId();
  const account_id = await insertAccount(show);
  await show.ctx.store.db
    .insertInto("chat_message")
    .values({
      ...{ id, broadcast_id: broadcastId, account_id, send_id: newId(), kind: "message", state, role: "viewer" },
      ...{ text: "hello", about: null, reply_to: null, media_time_ms: null, note: null },
      ...{ removed_by: null, removed_at: null },
    })
    .execute();
  return id;
}

function moderationMakers({ show, channelId, people, call }: Parts): Record<string, Maker> {
  const { db } = show.ctx.store;
  const ban = async (): Promise<{ id: string; banId: string }> => {
    const body = { channelId, accountId: await insertAccount(show) };
    const sent = await call(people.producer.token, "POST", "/realtime/send", {
      ...{ id: newId(), action: "moderation.ban", body },
    });
    return sent.body["result"] as { id: string; banId: string };
  };
  return {
    ":ban": async () => (await ban()).banId,
    ":entry": async () => (await ban()).id,
    async ":own ban"() {
      const id = newId();
      const values = { id, channel_id: channelId, owner_id: null, scope: "channel", kind: "ban" } as const;
      const rest = { account_id: people.banned.id, reason: "", until: null, created_by: null, created_at: NOW() };
      await db
        .insertInto("chat_ban")
        .values({ ...values, ...rest, lifted_at: null })
        .execute();
      return id;
    },
    async ":appeal"() {
      const id = newId();
      const values = { id, ban_id: (await ban()).banId, text: "Sorry", answer: null, answered_by: null };
      await db
        .insertInto("appeal")
        .values({ ...values, answered_at: null, created_at: NOW() })
        .execute();
      return id;
    },
    async "filters/:filterId"() {
      const id = newId();
      const values = { id, channel_id: channelId, kind: "word", text: id, action: "hold" } as const;
      await db
        .insertInto("word_filter")
        .values({ ...values, created_by: null, created_at: NOW() })
        .execute();
      return id;
    },
  };
}

function moneyMakers({ show, channelId, people }: Parts): Record<string, Maker> {
  const { db } = show.ctx.store;
  const tip: Maker = async (broadcastId) => {
    const id = newId();
    const values = { id, broadcast_id: broadcastId, channel_id: channelId, account_id: people.maker.id } as const;
    const money = { provider: "demo", state: "pending", amount_minor: 500, currency: "EUR" } as const;
    const words = {
      name: "Maker",
      anonymous: false,
      message: "Hello",
      message_state: "held",
      held_reason: "x",
    } as const;
    const later = { send_id: null, session_id: `demo_session_${id}`, checkout_url: null, payment_id: null };
    await db
      .insertInto("tip")
      .values({ ...values, ...money, ...words, ...later, media_time_ms: null, paid_at: null })
      .execute();
    return id;
  };
  const webhook: Maker = async () => {
    const id = newId();
    const sealed = show.ctx.secrets.seal(newId(), `webhook:${id}`);
    const values = { id, channel_id: channelId, url: "https://example.org/", description: "", events: "[]", sealed };
    await db
      .insertInto("webhook")
      .values({
        ...values,
        old_sealed: null,
        old_until: null,
        disabled_reason: null,
        failing_since: null,
        created_by: null,
      })
      .execute();
    return id;
  };
  return {
    "tips/:id": tip,
    "demo/:id": tip,
    async "tip-goals/:id"() {
      const id = newId();
      // One of a channel runs.
      await db.updateTable("goal").set({ stopped_at: NOW() }).where("stopped_at", "is", null).execute();
      const values = { id, channel_id: channelId, title: "A camera", target_minor: 50_000, currency: "EUR" } as const;
      await db
        .insertInto("goal")
        .values({ ...values, created_by: null, started_at: NOW(), stopped_at: null })
        .execute();
      return id;
    },
    "webhooks/:webhookId": webhook,
    async "deliveries/:deliveryId"(_broadcastId, made) {
      const id = newId();
      const values = { id, webhook_id: made["webhooks/:webhookId"] ?? "", event_id: `evt_${id}`, type: "webhook.test" };
      const rest = { body: "{}", replay_of: null, next_at: null, status: null, duration_ms: null, problem: null };
      await db
        .insertInto("webhook_delivery")
        .values({ ...values, ...rest, answer: null, attempted_at: null })
        .execute();
      return id;
    },
  };
}
