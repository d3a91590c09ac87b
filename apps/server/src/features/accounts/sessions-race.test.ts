/** Sessions that are made or renewed in the moment in which they are ended. On PostgreSQL: the embedded store has one connection. */
import type { SessionInfo } from "@rostrum/contract/accounts";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TestApp } from "../../http/testing.ts";
import type { Store } from "../../store/open.ts";
import { openTestStore, POSTGRES_SKIPPED } from "../../store/testing.ts";
import { type Answer, type Browser, openAccountsApp, openBrowser, openOwner, PASSWORD } from "./testing.ts";

const NEW = "a different long password";
const LOGIN = { email: "ada@example.org", password: PASSWORD };
const suite = POSTGRES_SKIPPED === null ? "on postgres" : `on postgres (skipped: ${POSTGRES_SKIPPED})`;

describe.skipIf(POSTGRES_SKIPPED !== null)(suite, () => {
  let store: Store;
  let it: TestApp;
  let nowMs: number;
  beforeAll(async () => {
    store = await openTestStore("postgres");
    // A transaction that has added a refresh token waits while `whileAdding` holds the lock.
    await sql`create function wait_for_test() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(7); return new; end $$`.execute(store.db);
    await sql`create trigger wait_for_test after insert on refresh_token
      for each row execute function wait_for_test()`.execute(store.db);
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    nowMs = Date.now();
    it = await openAccountsApp({ store, now: () => nowMs });
  });
  afterEach(() => it.close());

  const untilWaiting = async (transactions: number): Promise<void> => {
    const count = async (): Promise<number> => {
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(store.db);
      return rows[0]!.n;
    };
    await vi.waitUntil(async () => (await count()) === transactions, { timeout: 20_000 });
  };

  /** Starts `adds`, and `ends` when the new token is written but not committed; both go on when `ends` waits too. */
  async function whileAdding(adds: () => Promise<Answer>, ends: () => Promise<Answer>): Promise<Answer> {
    const started = await store.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(7)`.execute(tx);
      const added = adds();
      await untilWaiting(1);
      const ended = ends();
      await untilWaiting(2);
      return [added, ended] as const;
    });
    const [added, ended] = await Promise.all(started);
    expect([added.status, ended.status < 300 || ended.code === "session_expired"]).toEqual([200, true]);
    return ended;
  }

  const loggedIn = async (): Promise<Browser> => {
    const browser = openBrowser(it);
    expect((await browser.call("POST", "/auth/login", LOGIN)).status).toBe(200);
    return browser;
  };
  const refresh = (browser: Browser): Promise<Answer> => browser.call("POST", "/auth/refresh");

  test.each([
    ["signing out everywhere", async (owner: Browser) => owner.call("POST", "/auth/logout-all")],
    [
      "changing the password",
      async (owner: Browser) => owner.call("POST", "/me/password", { currentPassword: PASSWORD, newPassword: NEW }),
    ],
    [
      "ending the one session",
      async (owner: Browser) => {
        const { items } = (await owner.call("GET", "/me/sessions")).body as { items: SessionInfo[] };
        return owner.call("DELETE", `/me/sessions/${items.find(({ current }) => !current)!.id}`);
      },
    ],
  ])("%s ends a session that is just being renewed", async (_, ends) => {
    const owner = await openOwner(it);
    const other = await loggedIn();
    await whileAdding(
      () => refresh(other),
      () => ends(owner),
    );
    expect((await refresh(other)).code).toBe("session_expired");
  });

  test("a token that is used again ends the session that its copy is just renewing", async () => {
    await openOwner(it);
    const thief = await loggedIn();
    const old = openBrowser(it);
    for (const [name, value] of thief.cookies) old.cookies.set(name, value);
    expect((await refresh(thief)).status).toBe(200);
    nowMs += 60_000;
    const reused = await whileAdding(
      () => refresh(thief),
      () => refresh(old),
    );
    expect(reused.code).toBe("session_expired");
    expect((await refresh(thief)).code).toBe("session_expired");
  });

  test("changing the password ends a session that was just begun with the old one", async () => {
    const owner = await openOwner(it);
    const other = openBrowser(it);
    await whileAdding(
      () => other.call("POST", "/auth/login", LOGIN),
      () => owner.call("POST", "/me/password", { currentPassword: PASSWORD, newPassword: NEW }),
    );
    expect((await refresh(other)).code).toBe("session_expired");
  });
});
