/** A show with polls, questions and the rest of it in a real app for tests. Time of limits and batches stands still until it is told to go on. */
import type { EngagementModerationSnapshot, EngagementSnapshot } from "@rostrum/contract/engagement";
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { Visibility } from "@rostrum/contract/broadcasts";
import { setImmediate } from "node:timers/promises";
import type { KyselyPlugin } from "kysely";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { createManualClock, type ManualClock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { clientTopic } from "../../ports/bus-events.ts";
import { runAction } from "../../realtime/run-action.ts";
import { openShow, type Person, published, type Show } from "../broadcasts/testing.ts";
import { engagementRoutes } from "./routes.ts";
import { engagementActions, engagementModerationSnapshot, engagementSnapshot } from "./service.ts";

export type Event = Readonly<{ type: string } & Record<string, unknown>>;

/** What became of something that was sent: its result, or the code of the refusal. */
export type Sent = Readonly<{ result?: Record<string, unknown> | null; code?: string; message?: string }>;

export type Stage = Readonly<{
  show: Show;
  clock: ManualClock;
  channelId: string;
  people: Readonly<Record<ChannelRole, Person>>;
  /** A show of the channel; `live` unless told. */
  broadcast(visibility?: Visibility, state?: "draft" | "live" | "ended"): Promise<string>;
  /** @param who null: somebody without an account, at `address` */
  send(who: Person | null, action: string, body: unknown, sendId?: string, address?: string): Promise<Sent>;
  /** What was told on a topic, oldest first. */
  told(topic: string): Promise<Event[]>;
  snapshot(who: Person | null, broadcastId: string): Promise<EngagementSnapshot>;
  staffSnapshot(broadcastId: string): Promise<EngagementModerationSnapshot>;
  /** Lets so much time pass, and waits for what is told then. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}>;

let handles = 0;

/** The caller closes it. */
export async function openStage(): Promise<Stage> {
  const show = await openShow({ plugins: (ctx) => [(app) => engagementRoutes(app, ctx)] });
  const clock = createManualClock();
  const stop = new AbortController();
  const asked = new AskedOfStore();
  const store = { ...show.ctx.store, db: show.ctx.store.db.withPlugin(asked) };
  const actions = engagementActions({ ...show.ctx, store }, stop.signal, clock);
  const { id: channelId, people } = await show.channel(`stage${(handles += 1)}`);
  const part = engagementSnapshot(show.ctx);
  const staffPart = engagementModerationSnapshot(show.ctx);
  return {
    ...{ show, clock, channelId, people },
    broadcast: (visibility, state) => openBroadcast(show, channelId, visibility, state),
    async send(who, action, body, sendId = newId(), address = "203.0.113.1") {
      try {
        const send = { id: sendId, action, body };
        return {
          result: (await runAction({ topics: {}, actions }, callerOf(who, address), send)) as Sent["result"] & {},
        };
      } catch (error) {
        if (error instanceof AppError) return { code: error.code, message: error.message };
        throw error;
      }
    },
    told: (topic) => published<Event>(show, clientTopic(topic)),
    snapshot: async (who, id) => (await part(callerOf(who), id)) as EngagementSnapshot,
    staffSnapshot: async (id) => (await staffPart(callerOf(null), id)) as EngagementModerationSnapshot,
    async pass(ms) {
      clock.advance(ms);
      await asked.settled();
    },
    async close() {
      stop.abort();
      await show.close();
    },
  };
}

/** Knows when the store has answered all that it was asked. What is told then is told without transactions, and by a bus in memory. */
class AskedOfStore implements KyselyPlugin {
  #open = 0;

  transformQuery: KyselyPlugin["transformQuery"] = ({ node }) => {
    this.#open += 1;
    return node;
  };

  transformResult: KyselyPlugin["transformResult"] = async ({ result }) => {
    this.#open -= 1;
    return result;
  };

  /** One answer leads to the next question: it is over when none has followed for some turns. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await setImmediate();
      if (this.#open > 0) quiet = -1;
    }
  }
}

const QUIET_TURNS = 5;

export function callerOf(who: Person | null, address = "203.0.113.1"): Caller {
  if (who === null) return { viewer: { kind: "anonymous" }, address };
  return { viewer: { kind: "account", accountId: who.id, owner: false, via: "bearer", scopes: "all" }, address };
}

async function openBroadcast(
  { ctx }: Show,
  channel_id: string,
  visibility: Visibility = "public",
  state: "draft" | "live" | "ended" = "live",
): Promise<string> {
  const id = newId();
  // One show of a channel is on the air at a time.
  const over = { state: "ended", ended_at: new Date() } as const;
  if (state === "live") {
    await ctx.store.db.updateTable("broadcast").set(over).where("state", "=", "live").execute();
  }
  const live_at = state === "draft" ? null : new Date(Date.now() - 60_000);
  await ctx.store.db
    .insertInto("broadcast")
    .values({
      ...{ id, channel_id, title: "A show", description: "", category: "talk", tags: "[]", language: "en" },
      ...{ poster_key: null, state, visibility, latency_mode: "balanced", auto_live: false, dvr_window_sec: 60 },
      ...{ reconnect_window_sec: 60, start_at: null, created_by: null, live_at, interrupted_at: null, ended_at: null },
    })
    .execute();
  return id;
}
