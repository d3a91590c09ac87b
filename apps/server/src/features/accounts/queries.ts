/** SQL of accounts, sessions, API tokens and invites. */
import type { Insertable, Kysely, Selectable } from "kysely";
import type { AccountTable, ApiTokenTable, InviteTable, RefreshTokenTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type AccountRow = Selectable<AccountTable>;
export type RefreshTokenRow = Selectable<RefreshTokenTable>;
export type ApiTokenRow = Selectable<ApiTokenTable>;

export async function hasOwner(db: Db): Promise<boolean> {
  const row = await db.selectFrom("account").select("id").where("owner", "=", true).executeTakeFirst();
  return row !== undefined;
}

export async function findAccount(db: Db, id: string): Promise<AccountRow | undefined> {
  return db.selectFrom("account").selectAll().where("id", "=", id).executeTakeFirst();
}

/**
 * Locks the account until the transaction ends. Whatever adds or ends sessions takes this lock first: a session that is renewed while
 * all are ended would otherwise have a token that the ending statement does not see.
 */
export async function lockAccount(db: Db, id: string): Promise<AccountRow | undefined> {
  return db.selectFrom("account").selectAll().where("id", "=", id).forNoKeyUpdate().executeTakeFirst();
}

export async function findAccountByEmail(db: Db, email: string): Promise<AccountRow | undefined> {
  return db.selectFrom("account").selectAll().where("email", "=", email).executeTakeFirst();
}

/** True when an account or a channel carries the handle: a new account must not look like somebody's channel. */
export async function isHandleTaken(db: Db, handle: string): Promise<boolean> {
  const account = await db.selectFrom("account").select("id").where("handle", "=", handle).executeTakeFirst();
  if (account !== undefined) return true;
  const channel = await db.selectFrom("channel").select("id").where("handle", "=", handle).executeTakeFirst();
  return channel !== undefined;
}

export async function insertAccount(db: Db, row: Insertable<AccountTable>): Promise<AccountRow> {
  return db.insertInto("account").values(row).returningAll().executeTakeFirstOrThrow();
}

export async function updateDisplayName(db: Db, id: string, displayName: string): Promise<AccountRow | undefined> {
  return db
    .updateTable("account")
    .set({ display_name: displayName })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** Replaces a hash by one of the same password; does nothing when the password was changed meanwhile. */
export async function replaceHash(db: Db, id: string, from: string, to: string): Promise<void> {
  await db
    .updateTable("account")
    .set({ password_hash: to })
    .where("id", "=", id)
    .where("password_hash", "=", from)
    .execute();
}

/** Makes every access token signed so far invalid, and locks the account. `passwordHash` left out keeps the password. */
export async function raiseEpoch(db: Db, id: string, passwordHash?: string): Promise<AccountRow> {
  return db
    .updateTable("account")
    .set((eb) => ({
      session_epoch: eb("session_epoch", "+", 1),
      ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
    }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

// Sessions

export async function insertRefreshToken(db: Db, row: Insertable<RefreshTokenTable>): Promise<void> {
  await db.insertInto("refresh_token").values(row).execute();
}

export async function findRefreshToken(db: Db, tokenHash: string): Promise<RefreshTokenRow | undefined> {
  return db.selectFrom("refresh_token").selectAll().where("token_hash", "=", tokenHash).executeTakeFirst();
}

export async function markUsed(db: Db, id: string, usedAt: Date): Promise<void> {
  await db.updateTable("refresh_token").set({ used_at: usedAt }).where("id", "=", id).execute();
}

/** Ends one session of the account. False when it had none of that name. */
export async function revokeFamily(db: Db, accountId: string, familyId: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable("refresh_token")
    .set({ revoked_at: at })
    .where("account_id", "=", accountId)
    .where("family_id", "=", familyId)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** No browser is told any more what the account follows. */
export async function deletePushSubscriptions(db: Db, accountId: string): Promise<void> {
  await db.deleteFrom("push_subscription").where("account_id", "=", accountId).execute();
}

export async function revokeAllFamilies(db: Db, accountId: string, at: Date): Promise<void> {
  await db
    .updateTable("refresh_token")
    .set({ revoked_at: at })
    .where("account_id", "=", accountId)
    .where("revoked_at", "is", null)
    .execute();
}

/** One row per session that still stands: its unused token. Most recently used first. */
export async function listSessions(db: Db, accountId: string, at: Date): Promise<RefreshTokenRow[]> {
  return db
    .selectFrom("refresh_token")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("revoked_at", "is", null)
    .where("used_at", "is", null)
    .where("expires_at", ">", at)
    .orderBy("created_at", "desc")
    .execute();
}

/** Expired tokens answer nothing any more; a used one is kept until then, so that its reuse is noticed. */
export async function deleteExpiredTokens(db: Db, accountId: string, at: Date): Promise<void> {
  await db.deleteFrom("refresh_token").where("account_id", "=", accountId).where("expires_at", "<", at).execute();
}

// API tokens

export async function countApiTokens(db: Db, accountId: string): Promise<number> {
  const row = await db
    .selectFrom("api_token")
    .select((eb) => eb.fn.countAll<string>().as("count"))
    .where("account_id", "=", accountId)
    .where("revoked_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function insertApiToken(db: Db, row: Insertable<ApiTokenTable>): Promise<ApiTokenRow> {
  return db.insertInto("api_token").values(row).returningAll().executeTakeFirstOrThrow();
}

export async function listApiTokens(db: Db, accountId: string): Promise<ApiTokenRow[]> {
  return db
    .selectFrom("api_token")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("revoked_at", "is", null)
    .orderBy("id", "desc")
    .execute();
}

/** False when the account has no such token, or it was revoked before. */
export async function revokeApiToken(db: Db, accountId: string, id: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable("api_token")
    .set({ revoked_at: at })
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

// Invites

export async function insertInvite(db: Db, row: Insertable<InviteTable>): Promise<void> {
  await db.insertInto("invite").values(row).execute();
}

/** Uses the invite up for `accountId`. Its id, or undefined when it is unknown, expired or used. */
export async function useInvite(
  db: Db,
  tokenHash: string,
  accountId: string,
  at: Date,
): Promise<{ id: string; created_by: string } | undefined> {
  return db
    .updateTable("invite")
    .set({ used_by: accountId, used_at: at })
    .where("token_hash", "=", tokenHash)
    .where("used_at", "is", null)
    .where("expires_at", ">", at)
    .returning(["id", "created_by"])
    .executeTakeFirst();
}

/** Newest first; `before` is the last id of the former page. */
export async function listInvites(db: Db, page: Readonly<{ before: string | undefined; limit: number }>) {
  let query = db
    .selectFrom("invite")
    .leftJoin("account", "account.id", "invite.used_by")
    .select(["invite.id", "invite.created_at", "invite.expires_at", "invite.used_at", "account.handle"])
    .orderBy("invite.id", "desc")
    .limit(page.limit);
  if (page.before !== undefined) query = query.where("invite.id", "<", page.before);
  return query.execute();
}

/** Withdraws an invite nobody has used. False when there is none. */
export async function deleteInvite(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom("invite").where("id", "=", id).where("used_at", "is", null).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** True for an invite that `useInvite` would use up. */
export async function findUsableInvite(db: Db, tokenHash: string, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom("invite")
    .select("id")
    .where("token_hash", "=", tokenHash)
    .where("used_at", "is", null)
    .where("expires_at", ">", at)
    .executeTakeFirst();
  return row !== undefined;
}
