/** What moderation needs of the chat. The chat's service.ts gives it, so that neither imports the other in a circle. */
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import type { Schema } from "../../store/schema.ts";

export type MessageState = "visible" | "held" | "deleted";

export type ModeratedMessage = Readonly<{
  id: string;
  broadcastId: string;
  /** Null: a message of the system, or of an account that is gone. */
  accountId: string | null;
  text: string;
  state: MessageState;
}>;

/** Every change is told to the chat's topics once the caller calls `tell`, after its transaction. */
export type ChatChange = Readonly<{ ids: readonly string[]; tell(): Promise<void> }>;

export interface ChatDoor {
  message(ctx: Context, id: string): Promise<ModeratedMessage | null>;
  /** Of one account on one show since `since` (inclusive), visible and held ones, newest first, at most 500. */
  messagesOf(ctx: Context, broadcastId: string, accountId: string, since: Date): Promise<readonly ModeratedMessage[]>;
  /**
   * Moves messages from one of the states `from` to the state `to`, in the transaction `tx`; those in other states are left out of the
   * answer. `by` is null for the server. A message that becomes visible keeps its time and place.
   */
  moveMessages(
    ctx: Context,
    tx: Kysely<Schema>,
    ids: readonly string[],
    move: Readonly<{ from: readonly MessageState[]; to: MessageState; by: string | null; note: string | null }>,
  ): Promise<ChatChange>;
  /** Reports of a message are looked after. `ids` is empty when there was none. */
  settleReports(ctx: Context, tx: Kysely<Schema>, message: ModeratedMessage): Promise<ChatChange>;
}
