/** Chat messages and tips, as pages are told of them: followed for those shows only whose channel has a webhook that wants them. */
import { ChatMessage } from "@rostrum/contract/chat";
import { ShownTip } from "@rostrum/contract/tips";
import type { WebhookEventType } from "@rostrum/contract/webhooks";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import { type BroadcastChange, clientTopic, WEBHOOKS_TOPIC } from "../../ports/bus-events.ts";
import { follow, followInTurn } from "../../ports/follow.ts";
import { announce } from "./announce.ts";
import type { Fact } from "./fact.ts";
import { listTalkingShows } from "./queries.ts";

const REFRESH_MS = 30_000;
const DAY_MS = 24 * 60 * 60_000;
const MAX_SHOWS = 500;
/** What was said just before the topic was followed. */
const LOOK_BACK = 200;

type Talk = Readonly<{
  type: WebhookEventType;
  topic: (broadcastId: string) => string;
  factOf: (event: unknown, show: Show) => Fact | null;
}>;
type Show = Readonly<{ id: string; channel_id: string }>;

const Said = z.object({ type: z.literal("chat.message"), message: ChatMessage });
const Tipped = z.object({ type: z.literal("tip.received"), tip: ShownTip });

const TALKS: readonly Talk[] = [
  {
    type: "chat.message",
    topic: (id) => clientTopic(`chat:${id}`),
    factOf(event, show) {
      const message = Said.safeParse(event).data?.message;
      if (message === undefined || message.kind === "system" || message.state !== "visible") return null;
      return factOf(show, "chat.message", message.id, message.at, { message });
    },
  },
  {
    type: "tip.received",
    topic: (id) => clientTopic(`broadcast:${id}`),
    factOf(event, show) {
      const tip = Tipped.safeParse(event).data?.tip;
      return tip === undefined ? null : tipFact(show, tip);
    },
  },
];

export function tipFact(show: Show, tip: ShownTip): Fact {
  return factOf(show, "tip.received", tip.id, tip.at, { tip });
}

/** Until `signal` aborts. */
export async function watchTalk(ctx: Context, signal: AbortSignal): Promise<void> {
  const followed = new Map<string, AbortController>();
  const failed = (err: unknown): void => ctx.log.warn({ err }, "shows that webhooks listen to could not be looked up");
  let refreshing = Promise.resolve();
  const refresh = (): Promise<void> =>
    (refreshing = refreshing.then(() => refreshAll(ctx, followed, signal)).catch(failed));
  const onChange = ({ type }: Pick<BroadcastChange, "type">): void => {
    if (type === "state" || type === "deleted") void refresh();
  };
  await Promise.all([
    every(REFRESH_MS, signal, refresh, failed),
    follow<BroadcastChange>(ctx, "broadcasts", signal, onChange),
    follow(ctx, WEBHOOKS_TOPIC, signal, () => void refresh()),
  ]);
  await refreshing;
}

async function refreshAll(ctx: Context, followed: Map<string, AbortController>, signal: AbortSignal): Promise<void> {
  const endedAfter = new Date(Date.now() - DAY_MS);
  const wanted = new Set<string>();
  for (const talk of TALKS) {
    for (const show of await listTalkingShows(ctx.store.db, talk.type, endedAfter, MAX_SHOWS)) {
      const topic = talk.topic(show.id);
      wanted.add(topic);
      if (followed.has(topic) || signal.aborted) continue;
      const stop = new AbortController();
      followed.set(topic, stop);
      const until = AbortSignal.any([signal, stop.signal]);
      void followInTurn<unknown>(ctx, topic, until, (event) => tell(ctx, talk.factOf(event, show)), LOOK_BACK);
    }
  }
  for (const [topic, stop] of followed) {
    if (wanted.has(topic)) continue;
    stop.abort();
    followed.delete(topic);
  }
}

async function tell(ctx: Context, fact: Fact | null): Promise<void> {
  if (fact !== null) await announce(ctx, fact);
}

function factOf(show: Show, type: WebhookEventType, id: string, at: string, data: object): Fact {
  return {
    key: `${type}.${id}`,
    type,
    channelId: show.channel_id,
    at: new Date(at),
    data: { broadcastId: show.id, ...data },
  };
}
