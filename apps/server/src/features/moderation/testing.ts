/** A show with chat and moderation in a real app, for tests. Everything is sent over HTTP, as by clients that no WebSocket reaches. */
import type { LogEntry, OwnBan } from "@rostrum/contract/moderation";
import type { ServerMessage } from "@rostrum/contract/realtime";
import type { RealtimeRules } from "../../http/realtime-rules.ts";
import { systemClock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { clientTopic } from "../../ports/bus-events.ts";
import { Gateway } from "../../realtime/gateway.ts";
import { realtimeRoutes } from "../../realtime/routes.ts";
import { type Answer, type Caller, openShow, published, type Show } from "../broadcasts/testing.ts";
import { chatActions } from "../chat/actions.ts";
import { chatDoor, createDesk } from "../chat/service.ts";
import { chatStaffPart, chatTopic } from "../chat/topic.ts";
import { moderationActions } from "./actions.ts";
import { moderationRoutes } from "./routes.ts";
import { channelTopic, moderationTopic, userTopic } from "./topics.ts";

export type Moderated = Show &
  Readonly<{
    /** How far moderation's clock is ahead. */
    turn: { ms: number };
    now(): Date;
    broadcast(channelId: string): Promise<string>;
    send(caller: Caller, action: string, body: unknown, sendId?: string): Promise<Answer>;
    /** As `send`, for what must be taken. */
    done(caller: Caller, action: string, body: unknown, sendId?: string): Promise<LogEntry & OwnBan>;
    /** Says it in the chat. */
    say(caller: Caller, broadcastId: string, text: string): Promise<Answer>;
    /** Stores a message as the chat does. */
    message(broadcastId: string, accountId: string, values?: Partial<Stored>): Promise<string>;
    stateOf(messageId: string): Promise<string | undefined>;
    follow(caller: Caller, topic: string): Promise<ServerMessage>;
    told<T>(topic: string): Promise<T[]>;
  }>;

type Stored = Readonly<{ text: string; state: "visible" | "held" | "deleted"; at: Date; note: string | null }>;

/** The caller closes it. */
export async function openModerated(): Promise<Moderated> {
  const turn = { ms: 0 };
  const now = (): Date => new Date(Date.now() + turn.ms);
  let gateway: Gateway | undefined;
  const show = await openShow({
    now: () => now().getTime(),
    limits: { apiPerMin: 100_000, watchPerMin: 100_000 },
    plugins: (ctx) => {
      const { bus, log, metrics } = ctx;
      const topics = {
        chat: chatTopic(ctx),
        moderation: moderationTopic(ctx, [chatStaffPart(ctx)]),
        channel: channelTopic(ctx, now),
        user: userTopic(ctx, [], now),
      };
      const actions = { ...chatActions(createDesk(ctx)), ...moderationActions(ctx, chatDoor, now) };
      const rules: RealtimeRules = { topics, actions };
      const identify = async () => ({ viewer: { kind: "anonymous" as const }, address: "::1" });
      gateway = new Gateway({ bus, log, metrics, rules, clock: systemClock, identify, networkOf: () => undefined });
      const { entrance } = gateway;
      return [(app) => moderationRoutes(app, ctx), (app) => realtimeRoutes(app, { entrance, rules, log })];
    },
  });
  const send: Moderated["send"] = (caller, action, body, id = newId()) =>
    caller("POST", "/realtime/send", { id, action: `moderation.${action}`, body });
  return {
    ...show,
    turn,
    now,
    send,
    broadcast: (channelId) => insertBroadcast(show, channelId),
    async done(caller, action, body, sendId) {
      const answer = await send(caller, action, body, sendId);
      if (answer.status !== 200) throw new Error(`${action} was refused: ${JSON.stringify(answer.body)}`);
      return answer.body["result"] as LogEntry & OwnBan;
    },
    say: (caller, broadcastId, text) =>
      caller("POST", "/realtime/send", { id: newId(), action: "chat.send", body: { broadcastId, text } }),
    message: (broadcastId, accountId, values) => insertMessage(show, broadcastId, accountId, values),
    async stateOf(id) {
      const { db } = show.ctx.store;
      return (await db.selectFrom("chat_message").select("state").where("id", "=", id).executeTakeFirst())?.state;
    },
    async follow(caller, topic) {
      const { body } = await caller("GET", `/realtime/poll?topics=${topic}`);
      const [first] = body["messages"] as ServerMessage[];
      if (first === undefined) throw new Error(`no answer for ${topic}`);
      return first;
    },
    told: <T>(topic: string) => published<T>(show, clientTopic(topic)),
    async close() {
      await gateway?.close();
      await show.close();
    },
  };
}

async function insertBroadcast({ ctx }: Show, channelId: string): Promise<string> {
  const id = newId();
  await ctx.store.db
    .insertInto("broadcast")
    .values({
      ...{ id, channel_id: channelId, title: "Show", description: "", category: "other", tags: "[]", language: "en" },
      ...{ poster_key: null, state: "live", visibility: "public", latency_mode: "balanced", auto_live: true },
      ...{ created_by: null, dvr_window_sec: 0, reconnect_window_sec: 60, start_at: null, interrupted_at: null },
      ...{ live_at: new Date(Date.now() - 60_000), ended_at: null },
    })
    .execute();
  return id;
}

async function insertMessage(
  { ctx }: Show,
  broadcastId: string,
  accountId: string,
  { text = "hello", state = "visible", at = new Date(), note = null }: Partial<Stored> = {},
): Promise<string> {
  const id = newId(at.getTime());
  await ctx.store.db
    .insertInto("chat_message")
    .values({
      ...{
        id,
        broadcast_id: broadcastId,
        account_id: accountId,
        send_id: newId(),
        kind: "message",
        state,
        role: "viewer",
      },
      ...{ text, about: null, reply_to: null, media_time_ms: null, at, note, removed_by: null, removed_at: null },
    })
    .execute();
  return id;
}
