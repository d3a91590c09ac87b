/**
 * On which networks accounts were seen: keyed hashes, never addresses. The key changes every 30 days and rows go after 30, so that
 * nothing is left of an address after that; each sighting is kept under this period's key and the former one, so that a match is not lost on
 * the day of the change.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Context } from "../../context.ts";
import { addressKey } from "../../lib/address.ts";
import { every } from "../../lib/every.ts";
import type { Schema } from "../../store/schema.ts";
import { memoryOf } from "./memory.ts";

type Db = Kysely<Schema>;

const DAY_MS = 86_400_000;
export const NETWORK_KEPT_DAYS = 30;
const SWEEP_MS = 6 * 3600_000;
const MOST_PEOPLE = 5;
/** A network of more accounts (a school, a proxy that hides whom it asks for) says nothing about one of them. */
const MOST_ON_NETWORK = 20;

/** Notes it once a day. The machine itself, which may be a proxy that says nothing of whom it asks for, is not noted. */
export async function noteNetwork(ctx: Context, accountId: string, address: string, now: Date): Promise<void> {
  const network = addressKey(address);
  if (network.startsWith("127.") || network === "0:0:0:0::/64" || network === "unknown") return;
  const day = Math.floor(now.getTime() / DAY_MS);
  const key = `${accountId} ${network}`;
  const { networks } = memoryOf(ctx);
  if (networks.get(key) === day) return;
  networks.set(key, day);
  const period = Math.floor(day / NETWORK_KEPT_DAYS);
  const rows = [period, period - 1].map((one) => ({
    account_id: accountId,
    hash: ctx.secrets.lookupHash(`moderation.network.${one}`, network),
    seen_at: now,
  }));
  await ctx.store.db
    .insertInto("network_sighting")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["account_id", "hash"]).doUpdateSet((eb) => ({ seen_at: eb.ref("excluded.seen_at") })),
    )
    .execute();
}

/**
 * Other accounts with a ban that counts on this channel which were seen on a network of this account; at most 5. Only of people who have
 * said something on a channel of this owner: nobody learns from a ban of their own who shares a network with whom.
 */
export async function bannedOnSameNetwork(
  db: Db,
  channelId: string,
  accountId: string,
  now: Date,
): Promise<{ id: string; handle: string; display_name: string }[]> {
  return db
    .selectFrom("account")
    .select(["account.id", "account.handle", "account.display_name"])
    .where("account.id", "!=", accountId)
    .where(hasSpoken(sql.ref("account.id"), channelId))
    .where(hasSpoken(sql.val(accountId), channelId))
    .where("account.id", "in", (eb) =>
      eb
        .selectFrom("network_sighting as theirs")
        .innerJoin("network_sighting as own", "own.hash", "theirs.hash")
        .select("theirs.account_id")
        .where("own.account_id", "=", accountId)
        .where("own.seen_at", ">", cutOff(now))
        .where(
          sql<boolean>`(select count(*) from network_sighting as seen where seen.hash = own.hash) <= ${MOST_ON_NETWORK}`,
        )
        .where("theirs.seen_at", ">", cutOff(now)),
    )
    .where("account.id", "in", (eb) =>
      eb
        .selectFrom("chat_ban")
        .select("chat_ban.account_id")
        .where("chat_ban.kind", "=", "ban")
        .where("chat_ban.lifted_at", "is", null)
        .where((or) => or.or([or("chat_ban.until", "is", null), or("chat_ban.until", ">", now)]))
        .where((or) =>
          or.or([
            or.and([or("chat_ban.scope", "=", "channel"), or("chat_ban.channel_id", "=", channelId)]),
            or.and([
              or("chat_ban.scope", "=", "owner"),
              or(
                "chat_ban.owner_id",
                "in",
                or
                  .selectFrom("channel_member")
                  .select("channel_member.account_id")
                  .where("channel_member.channel_id", "=", channelId)
                  .where("channel_member.role", "=", "owner"),
              ),
            ]),
          ]),
        ),
    )
    .orderBy("account.id")
    .limit(MOST_PEOPLE)
    .execute();
}

/** In a chat or by a question, on one of the channels of this channel's owner. */
function hasSpoken(accountId: RawBuilder<unknown>, channelId: string) {
  const shows = sql`select broadcast.id from broadcast join channel_member on channel_member.channel_id = broadcast.channel_id
    where channel_member.role = 'owner' and channel_member.account_id in
    (select account_id from channel_member where channel_id = ${channelId} and role = 'owner')`;
  return sql<boolean>`(exists (select 1 from chat_message where account_id = ${accountId} and broadcast_id in (${shows}))
    or exists (select 1 from question where account_id = ${accountId} and broadcast_id in (${shows})))`;
}

/** Removes what is too old, and bans whose channel is gone, until `signal` aborts. */
export async function sweepModeration(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void => ctx.log.warn({ err }, "the sweep of moderation failed; it is tried again");
  await every(SWEEP_MS, signal, () => sweepOnce(ctx.store.db, new Date()), failed);
}

export async function sweepOnce(db: Db, now: Date): Promise<void> {
  await db.deleteFrom("network_sighting").where("seen_at", "<=", cutOff(now)).execute();
  await db.deleteFrom("chat_ban").where("scope", "=", "channel").where("channel_id", "is", null).execute();
}

function cutOff(now: Date): Date {
  return new Date(now.getTime() - NETWORK_KEPT_DAYS * DAY_MS);
}
