/** Sessions: one log-in on one device, kept alive by refresh tokens that are used once. RFC 9700 §4.14.2; DESIGN §7. */
import type { SessionAnswer } from "@rostrum/contract/accounts";
import type { Kysely } from "kysely";
import type { AccountViewer } from "../../http/auth.ts";
import type { HttpKit } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId, newSecret, sha256 } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import { type Actor, actorOf, ANONYMOUS, audit } from "../audit/service.ts";
import { checkPassword } from "./attempts.ts";
import { ownUser } from "./present.ts";
import {
  type AccountRow,
  deleteExpiredTokens,
  deletePushSubscriptions,
  findAccountByEmail,
  findRefreshToken,
  insertRefreshToken,
  lockAccount,
  markUsed,
  raiseEpoch,
  type RefreshTokenRow,
  replaceHash,
  revokeAllFamilies,
  revokeFamily,
} from "./queries.ts";

const DAY_MS = 86_400_000;
/** A session that is not used for so long ends. */
const IDLE_MS = 30 * DAY_MS;
/** No session lasts longer, however it is used. */
const LONGEST_MS = 180 * DAY_MS;
/**
 * Two tabs of one browser may renew with the same cookie at the same time: the later one gets an access token, but no refresh token.
 * Who uses an old token after that has a copy of it, and the session ends.
 */
const SAME_MOMENT_MS = 10_000;

/** Who asks, for the limits and the list of sessions. */
export type Client = Readonly<{ address: string; userAgent: string }>;

/** What a client gets. `refresh` left out: it keeps the one it has. */
export type Session = Readonly<{ answer: SessionAnswer; refresh?: Readonly<{ token: string; maxAgeSec: number }> }>;

type Family = Readonly<{ id: string; since: Date }>;

/** Adds a refresh token, of a new session unless `family` is given. Finish with `answerOf` when the transaction is committed. */
export async function addRefreshToken(
  kit: HttpKit,
  db: Kysely<Schema>,
  accountId: string,
  client: Client,
  family?: Family,
): Promise<{ sessionId: string; refresh: { token: string; maxAgeSec: number } }> {
  const nowMs = kit.now();
  const { id: familyId, since } = family ?? { id: newId(), since: new Date(nowMs) };
  const expiresMs = Math.min(nowMs + IDLE_MS, since.getTime() + LONGEST_MS);
  const token = newSecret(32);
  await insertRefreshToken(db, {
    id: newId(),
    account_id: accountId,
    family_id: familyId,
    token_hash: sha256(token),
    user_agent: client.userAgent.slice(0, 300),
    created_at: new Date(nowMs),
    family_created_at: since,
    expires_at: new Date(expiresMs),
    used_at: null,
    revoked_at: null,
  });
  return { sessionId: familyId, refresh: { token, maxAgeSec: Math.floor((expiresMs - nowMs) / 1000) } };
}

/** The body that set-up, register, log-in and refresh answer with. */
export async function answerOf(kit: HttpKit, account: AccountRow, sessionId: string): Promise<SessionAnswer> {
  const claims = { accountId: account.id, sessionId, epoch: account.session_epoch };
  const { token, expiresAt } = await kit.access.sign(claims);
  return { user: ownUser(account), accessToken: token, expiresAt: expiresAt.toISOString() };
}

/** @throws {AppError} `invalid_credentials`, the same for an unknown address and a wrong password; `rate_limited` */
export async function login(
  kit: HttpKit,
  body: Readonly<{ email: string; password: string }>,
  client: Client,
): Promise<Session> {
  const { ctx } = kit;
  const known = await findAccountByEmail(ctx.store.db, body.email);
  const checked = await checkPassword(kit, { ...body, account: known, address: client.address });
  if (checked === null) {
    const details = { address: client.address };
    await audit(ctx, ANONYMOUS, { action: "session.login_failed", details, ...(known && { target: known.id }) });
    throw new AppError("invalid_credentials", "The email address or the password is wrong.");
  }
  const { account, outdated } = checked;
  if (outdated) {
    await replaceHash(ctx.store.db, account.id, account.password_hash, await kit.passwords.hash(body.password));
  }
  const session = await ctx.store.db.transaction().execute(async (tx) => {
    const current = await lockAccount(tx, account.id);
    if (current?.session_epoch !== account.session_epoch) return null;
    await deleteExpiredTokens(tx, account.id, new Date(kit.now()));
    const added = await addRefreshToken(kit, tx, account.id, client);
    await audit(ctx, personOf(account), { action: "session.login", target: added.sessionId }, tx);
    return added;
  });
  // The password may have been changed since it was checked.
  if (session === null) return login(kit, body, client);
  return { answer: await answerOf(kit, account, session.sessionId), refresh: session.refresh };
}

/** @throws {AppError} `session_expired` for a token that is unknown, expired, revoked, or was used before */
export async function refreshSession(kit: HttpKit, token: string | undefined, client: Client): Promise<Session> {
  const outcome = token === undefined ? null : await rotate(kit, sha256(token), client);
  if (outcome !== null && "account" in outcome) {
    const { account, sessionId, refresh } = outcome;
    return { answer: await answerOf(kit, account, sessionId), ...(refresh && { refresh }) };
  }
  if (outcome !== null) await kit.credentials.changed(outcome.reusedBy);
  throw new AppError("session_expired", "The session has ended; sign in again.");
}

type Rotation =
  | Readonly<{ account: AccountRow; sessionId: string; refresh?: Readonly<{ token: string; maxAgeSec: number }> }>
  | Readonly<{ reusedBy: string }>;

async function rotate(kit: HttpKit, tokenHash: string, client: Client): Promise<Rotation | null> {
  const at = new Date(kit.now());
  return kit.ctx.store.db.transaction().execute(async (tx) => {
    const owned = await findRefreshToken(tx, tokenHash);
    const account = owned && (await lockAccount(tx, owned.account_id));
    if (account === undefined || account.disabled_at !== null) return null;
    const row = await findRefreshToken(tx, tokenHash); // as it is under the lock
    if (row === undefined || row.revoked_at !== null || row.expires_at <= at) return null;
    const sessionId = row.family_id;
    if (row.used_at === null) {
      await markUsed(tx, row.id, at);
      const family = { id: sessionId, since: row.family_created_at };
      return { account, ...(await addRefreshToken(kit, tx, account.id, client, family)) };
    }
    if (at.getTime() - row.used_at.getTime() < SAME_MOMENT_MS) return { account, sessionId };
    await endReused(kit, tx, row, at);
    return { reusedBy: account.id };
  });
}

async function endReused(kit: HttpKit, tx: Kysely<Schema>, row: RefreshTokenRow, at: Date): Promise<void> {
  await revokeFamily(tx, row.account_id, row.family_id, at);
  await audit(kit.ctx, ANONYMOUS, { action: "session.reuse", target: row.family_id }, tx);
}

/** Ends the session of the refresh token and that of the viewer. No error when both have ended. */
export async function logout(kit: HttpKit, viewer: AccountViewer | null, token: string | undefined): Promise<void> {
  const row = token === undefined ? undefined : await findRefreshToken(kit.ctx.store.db, sha256(token));
  if (row !== undefined) await endSession(kit, { kind: "account", id: row.account_id }, row.account_id, row.family_id);
  if (viewer?.sessionId === undefined || viewer.sessionId === row?.family_id) return;
  await endSession(kit, actorOf(viewer), viewer.accountId, viewer.sessionId);
}

/** False when the account has no such session. */
export async function endSession(kit: HttpKit, actor: Actor, accountId: string, sessionId: string): Promise<boolean> {
  const ended = await kit.ctx.store.db.transaction().execute(async (tx) => {
    await lockAccount(tx, accountId);
    if (!(await revokeFamily(tx, accountId, sessionId, new Date(kit.now())))) return false;
    await audit(kit.ctx, actor, { action: "session.end", target: sessionId }, tx);
    return true;
  });
  if (ended) await kit.credentials.changed(accountId);
  return ended;
}

/** Ends every session of the account, and push messages to its browsers: one of them may be in other hands. API tokens stand. */
export async function endAllSessions(kit: HttpKit, viewer: AccountViewer): Promise<void> {
  await kit.ctx.store.db.transaction().execute(async (tx) => {
    await raiseEpoch(tx, viewer.accountId);
    await revokeAllFamilies(tx, viewer.accountId, new Date(kit.now()));
    await deletePushSubscriptions(tx, viewer.accountId);
    await audit(kit.ctx, actorOf(viewer), { action: "session.end_all" }, tx);
  });
  await kit.credentials.changed(viewer.accountId);
}

function personOf(account: AccountRow): Actor {
  return { kind: "account", id: account.id };
}
