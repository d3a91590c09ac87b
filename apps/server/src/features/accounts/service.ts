/** What others may ask of accounts: is this the person's password, and has the installation an owner. */
import { timingSafeEqual } from "node:crypto";
import type { Context } from "../../context.ts";
import type { HttpKit } from "../../http/kit.ts";
import { newSecret, sha256 } from "../../lib/ids.ts";
import { checkPassword } from "./attempts.ts";
import { findAccount, hasOwner } from "./queries.ts";

/**
 * For people who are signed in and prove it again. Wrong ones count for the account, apart from failed log-ins.
 * @throws {AppError} `rate_limited` with `details.retryAfterSec`
 */
export async function verifyPassword(kit: HttpKit, accountId: string, password: string): Promise<boolean> {
  const account = await findAccount(kit.ctx.store.db, accountId);
  if (account === undefined) return false;
  return (await checkPassword(kit, { email: account.email, account, password })) !== null;
}

/** The first run of an installation: until there is an owner, the holder of a one-time token may become it. */
export interface Setup {
  /** As far as this process knows; `check` asks the store. */
  readonly needed: boolean;
  /** Where the owner is created, with the token; null when there is one. */
  url(): string | null;
  /** Asks the store whether an owner is still missing. Once there is one the token is dead. */
  check(): Promise<boolean>;
  /** True for the token, while it is good. */
  accepts(token: string): boolean;
}

/** One per process: without SETUP_TOKEN every start has a token of its own. */
export async function createSetup(ctx: Context): Promise<Setup> {
  let token: string | null = ctx.config.SETUP_TOKEN ?? newSecret(20);
  const check = async (): Promise<boolean> => {
    if (token !== null && (await hasOwner(ctx.store.db))) token = null;
    return token !== null;
  };
  await check();
  return {
    get needed() {
      return token !== null;
    },
    url: () => (token === null ? null : `${ctx.publicUrl()}/setup?token=${encodeURIComponent(token)}`),
    check,
    // Hashed first: both sides have one length, and the time says nothing about the token.
    accepts: (presented) =>
      token !== null && timingSafeEqual(Buffer.from(sha256(presented)), Buffer.from(sha256(token))),
  };
}
