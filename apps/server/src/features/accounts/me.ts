/** What people do with their own account: name, password, API tokens. */
import type { ApiToken } from "@rostrum/contract/accounts";
import type { TokenScope } from "@rostrum/contract/permissions";
import { type AccountViewer, API_TOKEN_PREFIX } from "../../http/auth.ts";
import type { HttpKit } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId, newSecret, sha256 } from "../../lib/ids.ts";
import { actorOf, audit } from "../audit/service.ts";
import { apiToken } from "./present.ts";
import { countApiTokens, insertApiToken, raiseEpoch, revokeAllFamilies, revokeApiToken } from "./queries.ts";
import { verifyPassword } from "./service.ts";
import { addRefreshToken, answerOf, type Client, type Session } from "./sessions.ts";

const DAY_MS = 86_400_000;
const MAX_TOKENS = 50;

/**
 * Ends every session and begins a new one for the caller. API tokens stand.
 * @throws {AppError} `invalid_credentials` for a wrong current password; `rate_limited`
 */
export async function changePassword(
  kit: HttpKit,
  viewer: AccountViewer,
  body: Readonly<{ currentPassword: string; newPassword: string }>,
  client: Client,
): Promise<Session> {
  const { ctx } = kit;
  const { accountId } = viewer;
  if (!(await verifyPassword(kit, accountId, body.currentPassword))) {
    await audit(ctx, actorOf(viewer), { action: "password.change_refused", target: accountId });
    throw new AppError("invalid_credentials", "That is not your current password.");
  }
  const hash = await kit.passwords.hash(body.newPassword);
  const { account, sessionId, refresh } = await ctx.store.db.transaction().execute(async (tx) => {
    const raised = await raiseEpoch(tx, accountId, hash);
    await revokeAllFamilies(tx, accountId, new Date(kit.now()));
    const session = await addRefreshToken(kit, tx, accountId, client);
    await audit(ctx, actorOf(viewer), { action: "password.change", target: accountId }, tx);
    return { account: raised, ...session };
  });
  await kit.credentials.changed(accountId);
  return { answer: await answerOf(kit, account, sessionId), refresh };
}

/**
 * The only answer that carries the token itself.
 * @throws {AppError} `conflict` when the account has as many as it may have
 */
export async function createToken(
  kit: HttpKit,
  viewer: AccountViewer,
  wanted: Readonly<{ name: string; scopes: readonly TokenScope[]; expiresInDays?: number | undefined }>,
): Promise<ApiToken & { token: string }> {
  const { name, expiresInDays } = wanted;
  const token = API_TOKEN_PREFIX + newSecret(25);
  const scopes = [...new Set(wanted.scopes)];
  const nowMs = kit.now();
  const row = await kit.ctx.store.db.transaction().execute(async (tx) => {
    if ((await countApiTokens(tx, viewer.accountId)) >= MAX_TOKENS) {
      throw new AppError("conflict", `An account may have ${MAX_TOKENS} API tokens; remove one first.`);
    }
    const inserted = await insertApiToken(tx, {
      id: newId(),
      account_id: viewer.accountId,
      name,
      token_hash: sha256(token),
      scopes: JSON.stringify(scopes),
      created_at: new Date(nowMs),
      last_used_at: null,
      expires_at: expiresInDays === undefined ? null : new Date(nowMs + expiresInDays * DAY_MS),
      revoked_at: null,
    });
    const details = { name, scopes };
    await audit(kit.ctx, actorOf(viewer), { action: "token.create", target: inserted.id, details }, tx);
    return inserted;
  });
  return { ...apiToken(row), token };
}

/** @throws {AppError} `not_found` */
export async function removeToken(kit: HttpKit, viewer: AccountViewer, id: string): Promise<void> {
  await kit.ctx.store.db.transaction().execute(async (tx) => {
    if (!(await revokeApiToken(tx, viewer.accountId, id, new Date(kit.now())))) {
      throw new AppError("not_found", "There is no such API token.");
    }
    await audit(kit.ctx, actorOf(viewer), { action: "token.remove", target: id }, tx);
  });
  await kit.credentials.changed(viewer.accountId);
}
