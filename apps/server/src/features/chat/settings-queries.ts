/** SQL of chat settings. */
import { CHAT_LIMITS, type UpdateChatSettingsBody } from "@rostrum/contract/chat";
import { type Kysely, type Selectable, sql } from "kysely";
import type { ChatSettingsTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type SettingsRow = Selectable<ChatSettingsTable>;

/** More broadcasts of one channel are told nothing until they are read anew. */
const MOST_OPEN = 50;

export async function findSettings(db: Db, scopeIds: readonly string[]): Promise<SettingsRow[]> {
  return db.selectFrom("chat_settings").selectAll().where("scope_id", "in", scopeIds).execute();
}

/** What is null goes; what is left out stays. `preset` null: the default. */
export async function upsertSettings(
  db: Db,
  scope: Readonly<{ kind: "channel" | "broadcast"; id: string }>,
  said: Omit<UpdateChatSettingsBody, "preset">,
  preset: UpdateChatSettingsBody["preset"],
): Promise<void> {
  const isChannel = scope.kind === "channel";
  await db
    .insertInto("chat_settings")
    .values({
      scope_id: scope.id,
      channel_id: isChannel ? scope.id : null,
      broadcast_id: isChannel ? null : scope.id,
      set_here: sql`jsonb_strip_nulls(${JSON.stringify(said)}::jsonb)`,
      preset: preset ? JSON.stringify(preset) : null,
    })
    .onConflict((conflict) =>
      conflict.column("scope_id").doUpdateSet({
        set_here: sql`jsonb_strip_nulls(chat_settings.set_here || ${JSON.stringify(said)}::jsonb)`,
        ...(preset === undefined ? {} : { preset: preset === null ? null : JSON.stringify(preset) }),
      }),
    )
    .execute();
}

/** Whose chats are open, the newest first. */
export async function listOpenBroadcasts(db: Db, channelId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("broadcast")
    .select("id")
    .where("channel_id", "=", channelId)
    .where((eb) =>
      eb.or([
        eb("state", "in", ["draft", "scheduled", "preview", "live", "interrupted"]),
        eb("ended_at", ">", new Date(Date.now() - CHAT_LIMITS.openAfterEndMs)),
      ]),
    )
    .orderBy("id", "desc")
    .limit(MOST_OPEN)
    .execute();
  return rows.map((row) => row.id);
}
