/** The log of moderation: append-only, one entry for each thing that somebody did. */
import type { ModerationAct, ModerationEvent } from "@rostrum/contract/moderation";
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import { newId } from "../../lib/ids.ts";
import { publishToClients } from "../../ports/bus-events.ts";
import type { Schema } from "../../store/schema.ts";
import { presentEntry } from "./present.ts";
import { findEntry, insertEntry } from "./queries.ts";

export type LogFact = Readonly<{
  channelId: string;
  broadcastId?: string | null;
  /** Null: the server itself. */
  actorId: string | null;
  act: ModerationAct;
  /** Whom it concerns. */
  accountId?: string | null;
  message?: Readonly<{ id: string; text: string }> | null;
  banId?: string | null;
  /** The reason, the note, the warning. */
  text?: string;
  details?: Readonly<Record<string, unknown>>;
  undoes?: string | null;
  /** Of an action: the same one twice is a unique violation. */
  sendId?: string | null;
  at?: Date;
}>;

/**
 * Appends an entry and gives its id; tell of it with `tellLogged` when the transaction is through.
 * @param db the transaction of what it tells about, so that there is never one without the other
 * @throws a unique violation for the same actor and send id, or when the entry that it undoes is undone already
 */
export async function log(ctx: Context, fact: LogFact, db: Kysely<Schema> = ctx.store.db): Promise<string> {
  const id = newId();
  await insertEntry(db, {
    id,
    channel_id: fact.channelId,
    broadcast_id: fact.broadcastId ?? null,
    actor_id: fact.actorId,
    account_id: fact.accountId ?? null,
    act: fact.act,
    message_id: fact.message?.id ?? null,
    message_text: fact.message?.text ?? null,
    ban_id: fact.banId ?? null,
    text: fact.text ?? "",
    details: JSON.stringify(fact.details ?? {}),
    undoes: fact.undoes ?? null,
    send_id: fact.sendId ?? null,
    at: fact.at ?? new Date(),
  });
  return id;
}

/** Tells the moderators of its channel, whichever show they have before them. */
export async function tellLogged(ctx: Context, entryId: string): Promise<void> {
  const row = await findEntry(ctx.store.db, entryId);
  if (row === undefined) return;
  await tellModerators(ctx, row.channel_id, { type: "moderation.logged", entry: presentEntry(row) });
}

/** Tells the moderators of a channel, whichever show they have before them. */
export async function tellModerators(ctx: Context, channelId: string, event: ModerationEvent): Promise<void> {
  await publishToClients(ctx.bus, `channel:${channelId}`, event);
}
