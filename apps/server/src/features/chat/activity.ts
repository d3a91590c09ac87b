/** How much was said in a show's chat, and when. */
import { sql } from "kysely";
import type { Context } from "../../context.ts";

/** `bySteps`: messages that everybody sees, by steps of `stepMs` from `fromMs` on, counted from 0. */
export type ChatActivity = Readonly<{ messages: number; people: number; bySteps: ReadonlyMap<number, number> }>;

/** Without asking who wants to know. `fromMs` inclusive, `toMs` exclusive, ms since 1970. */
export async function chatActivity(
  { store: { db } }: Pick<Context, "store">,
  broadcastId: string,
  { fromMs, toMs, stepMs }: Readonly<{ fromMs: number; toMs: number; stepMs: number }>,
): Promise<ChatActivity> {
  const said = db
    .selectFrom("chat_message")
    .where("broadcast_id", "=", broadcastId)
    .where("kind", "!=", "system")
    .where("state", "=", "visible");
  const step = sql<number>`floor((extract(epoch from at)::double precision * 1000 - ${fromMs}::double precision)
    / ${stepMs}::double precision)`;
  const [all, steps] = await Promise.all([
    said
      .select([sql<string>`count(*)`.as("messages"), sql<string>`count(distinct account_id)`.as("people")])
      .executeTakeFirst(),
    said
      .select([step.as("step"), sql<string>`count(*)`.as("messages")])
      .where("at", ">=", new Date(fromMs))
      .where("at", "<", new Date(toMs))
      .groupBy("step")
      .execute(),
  ]);
  return {
    messages: Number(all?.messages ?? 0),
    people: Number(all?.people ?? 0),
    bySteps: new Map(steps.map((row) => [row.step, Number(row.messages)])),
  };
}
