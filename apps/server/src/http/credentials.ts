/** Which sessions and API tokens stand right now: read from the store, remembered for seconds, forgotten at once when the bus says so. */
import { setTimeout as delay } from "node:timers/promises";
import type { TokenScope } from "@rostrum/contract/permissions";
import type { Context } from "../context.ts";
import { sha256 } from "../lib/ids.ts";
import { LagError } from "../ports/bus.ts";
import { publishAccountChange } from "../ports/bus-events.ts";
import type { AccessClaims } from "./access-token.ts";

/** How long a node may go on with what it knows when the bus is silent. */
const KEEP_MS = 5_000;
const MAX_KEPT = 10_000;
/** `last_used_at` of API tokens is exact to this. */
const LAST_USED_STEP_MS = 60_000;

/** Every node listens here for `{ accountId }`: one topic, because a node cannot subscribe per remembered account. */
const ACCOUNTS_TOPIC = "accounts";

export type StandingSession = Readonly<{ accountId: string; owner: boolean; epoch: number }>;
export type StandingToken = Readonly<{
  tokenId: string;
  accountId: string;
  owner: boolean;
  scopes: readonly TokenScope[];
  expiresAt: Date | null;
}>;

export interface Credentials {
  /** Null when the session was ended, the account disabled, or the epoch raised since the token was signed. */
  session(claims: AccessClaims): Promise<StandingSession | null>;
  /** @param token as the client sent it, with its `rst_`. Null when unknown, revoked, expired, or the account is disabled. */
  apiToken(token: string): Promise<StandingToken | null>;
  /** Call after every write that ends a session or token, when the write is committed. Other nodes follow by the bus. */
  changed(accountId: string): Promise<void>;
  /**
   * Calls back when an account's sessions or rights have changed, here or on another node, and what was known of them is forgotten;
   * without an account: any may have. Returns what ends it.
   */
  onChange(run: (accountId?: string) => void): () => void;
}

/** Follows the bus until `signal` aborts. */
export function createCredentials(ctx: Context, now: () => number, signal: AbortSignal): Credentials {
  const sessions = new Remembered<StandingSession>(now);
  const tokens = new Remembered<StandingToken>(now);
  const listeners = new Set<(accountId?: string) => void>();
  const forget = (accountId: string): void => {
    sessions.forget(accountId);
    tokens.forget(accountId);
  };
  const heard = (accountId: string): void => {
    forget(accountId);
    for (const tell of listeners) tell(accountId);
  };
  const forgetAll = (): void => {
    sessions.clear();
    tokens.clear();
    for (const tell of listeners) tell();
  };
  void followAccounts(ctx, heard, forgetAll, signal);
  return {
    async session(claims) {
      const key = `${claims.accountId}:${claims.sessionId}`;
      const standing = await sessions.get(key, () => readSession(ctx, claims, now()));
      return standing?.epoch === claims.epoch ? standing : null;
    },
    async apiToken(token) {
      const hash = sha256(token);
      const standing = await tokens.get(hash, () => readApiToken(ctx, hash, now()));
      return standing !== null && (standing.expiresAt === null || standing.expiresAt.getTime() > now())
        ? standing
        : null;
    },
    onChange(run) {
      listeners.add(run);
      return () => listeners.delete(run);
    },
    async changed(accountId) {
      forget(accountId);
      await Promise.all([
        publishAccountChange(ctx.bus, accountId),
        ctx.bus.publish(`user:${accountId}`, { type: "sessions_changed" }),
      ]);
    },
  };
}

async function followAccounts(
  ctx: Context,
  forget: (accountId: string) => void,
  forgetAll: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const events = ctx.bus.subscribe<{ accountId: string }>(ACCOUNTS_TOPIC, { signal });
      for await (const event of events) forget(event.data.accountId);
      return;
    } catch (error) {
      forgetAll();
      if (signal.aborted) return;
      if (error instanceof LagError) continue;
      ctx.log.warn({ err: error }, "account changes are not heard; subscribing again");
      await delay(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function readSession(ctx: Context, claims: AccessClaims, nowMs: number): Promise<StandingSession | null> {
  const row = await ctx.store.db
    .selectFrom("account")
    .select(["owner", "session_epoch"])
    .where("id", "=", claims.accountId)
    .where("disabled_at", "is", null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("refresh_token")
          .select("refresh_token.id")
          .where("account_id", "=", claims.accountId)
          .where("family_id", "=", claims.sessionId)
          .where("revoked_at", "is", null)
          .where("expires_at", ">", new Date(nowMs)),
      ),
    )
    .executeTakeFirst();
  return row === undefined ? null : { accountId: claims.accountId, owner: row.owner, epoch: row.session_epoch };
}

async function readApiToken(ctx: Context, hash: string, nowMs: number): Promise<StandingToken | null> {
  const { db } = ctx.store;
  const row = await db
    .selectFrom("api_token")
    .innerJoin("account", "account.id", "api_token.account_id")
    .select(["api_token.id", "account_id", "owner", "scopes", "expires_at", "last_used_at"])
    .where("token_hash", "=", hash)
    .where("revoked_at", "is", null)
    .where("disabled_at", "is", null)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.last_used_at === null || nowMs - row.last_used_at.getTime() > LAST_USED_STEP_MS) {
    const usedAt = new Date(nowMs);
    await db.updateTable("api_token").set({ last_used_at: usedAt }).where("id", "=", row.id).execute();
  }
  const { id: tokenId, account_id: accountId, owner, scopes, expires_at: expiresAt } = row;
  return { tokenId, accountId, owner, scopes, expiresAt };
}

type Entry<T> = { readonly value: Promise<T | null>; readonly untilMs: number; accountId: string | null };

/** A bounded memory of look-ups. A look-up that was under way when its account changed is not kept. */
class Remembered<T extends { accountId: string }> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(key: string, read: () => Promise<T | null>): Promise<T | null> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.untilMs > this.#now()) return known.value;
    const entry: Entry<T> = { value: read(), untilMs: this.#now() + KEEP_MS, accountId: null };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > MAX_KEPT) this.#dropOldest();
    void this.#settle(key, entry);
    return entry.value;
  }

  /** Unsettled look-ups may be of this account: they go too. */
  forget(accountId: string): void {
    for (const [key, entry] of this.#entries) {
      if (entry.accountId === null || entry.accountId === accountId) this.#entries.delete(key);
    }
  }

  clear(): void {
    this.#entries.clear();
  }

  async #settle(key: string, entry: Entry<T>): Promise<void> {
    const value = await entry.value.catch(() => null); // the caller of get() gets the error
    if (value !== null) entry.accountId = value.accountId;
    // What is not there is not kept: a wrong token must not push right ones out.
    else if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
