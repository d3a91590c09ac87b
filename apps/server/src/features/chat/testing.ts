/** A show with a chat in a real app, for tests: everything is said over HTTP, as by clients that no WebSocket reaches. */
import type { ChatEvent, ChatMessage, ChatSnapshot } from "@rostrum/contract/chat";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Visibility } from "@rostrum/contract/broadcasts";
import type { ServerMessage } from "@rostrum/contract/realtime";
import type { RealtimeRules } from "../../http/realtime-rules.ts";
import { systemClock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { clientTopic } from "../../ports/bus-events.ts";
import { Gateway } from "../../realtime/gateway.ts";
import { realtimeRoutes } from "../../realtime/routes.ts";
import { type Answer, type Caller, openShow, published, type Show } from "../broadcasts/testing.ts";
import { broadcastTopic } from "../broadcasts/topic.ts";
import { followRoutes } from "../follows/routes.ts";
import { chatActions } from "./actions.ts";
import { chatRoutes } from "./routes.ts";
import { createDesk, type Desk } from "./send.ts";
import { chatPart, chatTopic } from "./topic.ts";

export type ChatShow = Show &
  Readonly<{
    desk: Desk;
    /** A broadcast on the channel; live ones began a minute ago. */
    broadcast(channelId: string, values?: { state?: BroadcastState; visibility?: Visibility }): Promise<string>;
    send(caller: Caller, action: string, body: unknown, sendId?: string): Promise<Answer>;
    /** Sends a text, which must be taken. */
    say(caller: Caller, broadcastId: string, text: string, more?: Record<string, unknown>): Promise<ChatMessage>;
    /** The first answer of a topic. */
    follow(caller: Caller, topic: string): Promise<ServerMessage>;
    snapshot(caller: Caller, broadcastId: string): Promise<ChatSnapshot>;
    /** What was told on the topic so far. */
    told(broadcastId: string, topic?: string): Promise<ChatEvent[]>;
  }>;

/** The caller closes it. */
export async function openChatShow(): Promise<ChatShow> {
  let desk: Desk | undefined;
  let gateway: Gateway | undefined;
  const show = await openShow({
    limits: { apiPerMin: 100_000, watchPerMin: 100_000 },
    plugins: (ctx) => {
      desk = createDesk(ctx);
      const topics = { chat: chatTopic(ctx), broadcast: broadcastTopic(ctx, () => 0, [chatPart(ctx)]) };
      const rules: RealtimeRules = { topics, actions: chatActions(desk) };
      const { bus, log, metrics } = ctx;
      const identify = async () => ({ viewer: { kind: "anonymous" as const }, address: "::1" });
      gateway = new Gateway({ bus, log, metrics, rules, clock: systemClock, identify, networkOf: () => undefined });
      const { entrance } = gateway;
      return [
        (app) => chatRoutes(app, ctx),
        (app) => followRoutes(app, ctx),
        (app) => realtimeRoutes(app, { entrance, rules, log }),
      ];
    },
  });
  if (desk === undefined || gateway === undefined) throw new Error("the app was made without its plugins");
  const opened = { desk, gateway };
  const send: ChatShow["send"] = (caller, action, body, sendId = newId()) =>
    caller("POST", "/realtime/send", { id: sendId, action, body });
  const follow: ChatShow["follow"] = async (caller, topic) => {
    const { body } = await caller("GET", `/realtime/poll?topics=${topic}`);
    const [first] = body["messages"] as ServerMessage[];
    if (first === undefined) throw new Error(`no answer for ${topic}`);
    return first;
  };
  return {
    ...show,
    desk: opened.desk,
    send,
    follow,
    broadcast: (channelId, values) => insertBroadcast(show, channelId, values),
    async say(caller, broadcastId, text, more = {}) {
      const answer = await send(caller, "chat.send", { broadcastId, text, ...more });
      if (answer.status !== 200) throw new Error(`not taken: ${JSON.stringify(answer.body)}`);
      return answer.body["result"] as ChatMessage;
    },
    async snapshot(caller, broadcastId) {
      const first = await follow(caller, `chat:${broadcastId}`);
      if (first.type !== "reset") throw new Error(`no snapshot: ${JSON.stringify(first)}`);
      return first.snapshot as ChatSnapshot;
    },
    told: (broadcastId, topic = "chat") => published<ChatEvent>(show, clientTopic(`${topic}:${broadcastId}`)),
    async close() {
      await opened.gateway.close();
      await show.close();
    },
  };
}

async function insertBroadcast(
  { ctx }: Show,
  channelId: string,
  { state = "live", visibility = "public" }: { state?: BroadcastState; visibility?: Visibility } = {},
): Promise<string> {
  const id = newId();
  // One place on the air: what was there before is over.
  await ctx.store.db
    .updateTable("broadcast")
    .set({ state: "ended", ended_at: new Date() })
    .where("channel_id", "=", channelId)
    .where("state", "in", ["live", "preview", "interrupted"])
    .execute();
  const isOver = state === "ended" || state === "archived";
  await ctx.store.db
    .insertInto("broadcast")
    .values({
      ...{ id, channel_id: channelId, title: "Show", description: "", category: "other", tags: "[]", language: "en" },
      ...{ poster_key: null, state, visibility, latency_mode: "balanced", auto_live: true, created_by: null },
      ...{ dvr_window_sec: 0, reconnect_window_sec: 60, start_at: null, interrupted_at: null },
      live_at: state === "live" || isOver ? new Date(Date.now() - 60_000) : null,
      ended_at: isOver ? new Date() : null,
    })
    .execute();
  return id;
}
