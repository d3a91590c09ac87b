/** Reading the audit log and the role that may. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { Kysely } from "kysely";
import type { Schema } from "../../store/schema.ts";

/** The account's role on the channel; null when there is no such channel. */
export async function findRole(db: Kysely<Schema>, channelId: string, accountId: string): Promise<ChannelRole | null> {
  const row = await db
    .selectFrom("channel")
    .leftJoin("channel_member", (join) =>
      join.onRef("channel_member.channel_id", "=", "channel.id").on("channel_member.account_id", "=", accountId),
    )
    .select("channel_member.role")
    .where("channel.id", "=", channelId)
    .executeTakeFirst();
  return row === undefined ? null : (row.role ?? "viewer");
}

/** Newest first; `before` is the `seq` of the last row of the former page. */
export async function listChannelAudit(
  db: Kysely<Schema>,
  channelId: string,
  page: Readonly<{ before: string | undefined; limit: number }>,
) {
  let query = db
    .selectFrom("audit")
    .leftJoin("account", "account.id", "audit.actor_id")
    .select(["seq", "at", "actor_id", "actor_kind", "action", "target", "details", "handle", "display_name"])
    .where("channel_id", "=", channelId)
    .orderBy("seq", "desc")
    .limit(page.limit);
  if (page.before !== undefined) query = query.where("seq", "<", page.before);
  return query.execute();
}
