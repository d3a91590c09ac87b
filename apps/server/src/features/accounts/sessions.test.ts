import type { SessionAnswer, SessionInfo } from "@rostrum/contract/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestApp } from "../../http/testing.ts";
import type { Store } from "../../store/open.ts";
import { openTestStore } from "../../store/testing.ts";
import { auditedActions, type Browser, openAccountsApp, openBrowser, openOwner, PASSWORD } from "./testing.ts";

const DAY_MS = 86_400_000;
let store: Store;
let it: TestApp;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.now();
  it = await openAccountsApp({ store, now: () => nowMs });
});
afterEach(() => it.close());

const login = async (password = PASSWORD, email = "ada@example.org") => {
  const browser = openBrowser(it);
  return { browser, answer: await browser.call("POST", "/auth/login", { email, password }) };
};
const tokenOf = (answer: { body: unknown }): string => (answer.body as SessionAnswer).accessToken;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
/** Another place where the same cookies are. */
const copyOf = (browser: Browser): Browser => {
  const copy = openBrowser(it);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
};

describe("log-in", () => {
  test("an unknown address and a wrong password get the same answer", async () => {
    await openOwner(it);
    const wrong = await login("not the password");
    const unknown = await login(PASSWORD, "nobody@example.org");
    expect(wrong.answer.status).toBe(401);
    expect(wrong.answer.body).toEqual(unknown.answer.body);
    expect(wrong.answer.code).toBe("invalid_credentials");
    expect(wrong.browser.cookies.size).toBe(0);
    expect((await auditedActions(it)).slice(2)).toEqual(["session.login_failed", "session.login_failed"]);
  });

  test("after five wrong passwords the account waits, known or not, and the right password waits too", async () => {
    await openOwner(it);
    for (const email of ["ada@example.org", "nobody@example.org"]) {
      for (let n = 0; n < 5; n += 1) expect((await login("wrong", email)).answer.status).toBe(401);
      const { answer } = await login(PASSWORD, email);
      expect(answer.body).toMatchObject({ error: { code: "rate_limited", details: { retryAfterSec: 60 } } });
      nowMs += 61_000;
    }
    expect((await login()).answer.status).toBe(200);
  });

  test("a stranger's guesses keep nobody else from the account", async () => {
    const owner = await openOwner(it);
    const at = async (address: string, password: string) =>
      (await openBrowser(it, address).call("POST", "/auth/login", { email: "ada@example.org", password })).status;
    for (let n = 0; n < 5; n += 1) expect(await at("2001:db8::7", "wrong")).toBe(401);
    expect(await at("2001:db8::8", PASSWORD)).toBe(429);
    expect(await at("203.0.113.7", PASSWORD)).toBe(200);
    const change = { currentPassword: PASSWORD, newPassword: "a different long password" };
    expect((await owner.call("POST", "/me/password", change)).status).toBe(200);
  });

  test("guesses that come at once are not let through together", async () => {
    await openOwner(it);
    const answers = await Promise.all(Array.from({ length: 12 }, () => login("wrong")));
    const codes = answers.map(({ answer }) => answer.code);
    expect(codes.filter((code) => code === "invalid_credentials").length).toBeLessThanOrEqual(6);
    expect(codes.filter((code) => code === "rate_limited").length).toBeGreaterThanOrEqual(6);
  });

  test("a disabled account cannot log in and its session ends", async () => {
    const owner = await openOwner(it);
    await it.ctx.store.db.updateTable("account").set({ disabled_at: new Date() }).execute();
    expect((await login()).answer.code).toBe("invalid_credentials");
    nowMs += 6_000;
    expect((await owner.call("GET", "/me")).code).toBe("unauthenticated");
    expect((await owner.call("POST", "/auth/refresh")).code).toBe("session_expired");
  });

  test("cookies are HTTP-only, same-site, for the whole site, and secure with a prefix over https", async () => {
    await openOwner(it);
    const { answer } = await login();
    expect(answer.cookies).toMatchObject([
      { name: "rostrum_access", httpOnly: true, sameSite: "Lax", path: "/", maxAge: 900 },
      { name: "rostrum_refresh", httpOnly: true, sameSite: "Lax", path: "/", maxAge: 30 * 86_400 },
    ]);
    const other = await openAccountsApp({ store, config: { PUBLIC_URL: "https://live.example.org" } });
    const body = { token: "a-token-for-the-first-run", email: "a@example.org", handle: "ada", password: PASSWORD };
    const secure = await openBrowser(other).call("POST", "/setup", body, { origin: "https://live.example.org" });
    await other.close();
    expect(secure.cookies).toMatchObject([
      { name: "__Host-rostrum_access", secure: true },
      { name: "__Host-rostrum_refresh", secure: true },
    ]);
  });

  test("the access token works as a bearer for a quarter of an hour", async () => {
    await openOwner(it);
    const { answer } = await login();
    const program = openBrowser(it);
    expect((await program.call("GET", "/me", undefined, bearer(tokenOf(answer)))).status).toBe(200);
    nowMs += 15 * 60_000 + 1000;
    expect((await program.call("GET", "/me", undefined, bearer(tokenOf(answer)))).code).toBe("unauthenticated");
  });
});

describe("renewal", () => {
  test("without a cookie, with an unknown one, and after the longest pause it is refused and the cookies go", async () => {
    const owner = await openOwner(it);
    expect((await openBrowser(it).call("POST", "/auth/refresh")).code).toBe("session_expired");
    const stranger = openBrowser(it);
    stranger.cookies.set("rostrum_refresh", "guess");
    expect((await stranger.call("POST", "/auth/refresh")).code).toBe("session_expired");
    expect(stranger.cookies.size).toBe(0);
    nowMs += 31 * DAY_MS;
    expect((await owner.call("POST", "/auth/refresh")).code).toBe("session_expired");
  });

  test("a token that is used again ends the session everywhere", async () => {
    const owner = await openOwner(it);
    const thief = copyOf(owner);
    nowMs += 60_000;
    expect((await thief.call("POST", "/auth/refresh")).status).toBe(200);
    nowMs += 60_000;
    expect((await owner.call("POST", "/auth/refresh")).code).toBe("session_expired");
    expect((await thief.call("GET", "/me")).code).toBe("unauthenticated");
    expect((await thief.call("POST", "/auth/refresh")).code).toBe("session_expired");
    expect(await auditedActions(it)).toContain("session.reuse");
  });

  test("two tabs that renew at the same moment both go on", async () => {
    const owner = await openOwner(it);
    const other = copyOf(owner);
    const answers = await Promise.all([owner.call("POST", "/auth/refresh"), other.call("POST", "/auth/refresh")]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.flatMap(({ cookies }) => cookies).filter(({ name }) => name === "rostrum_refresh")).toHaveLength(1);
    expect((await owner.call("GET", "/me")).status).toBe(200);
    expect((await other.call("GET", "/me")).status).toBe(200);
  });

  test("keeps a session for as long as it is used, but not for ever", async () => {
    const owner = await openOwner(it);
    for (let day = 0; day < 175; day += 25) {
      nowMs += 25 * DAY_MS;
      expect((await owner.call("POST", "/auth/refresh")).status).toBe(200);
    }
    nowMs += 6 * DAY_MS;
    expect((await owner.call("POST", "/auth/refresh")).code).toBe("session_expired");
  });
});

describe("ending sessions", () => {
  test("log-out ends the session at once, for its access token too", async () => {
    const owner = await openOwner(it);
    const copy = copyOf(owner);
    expect((await owner.call("POST", "/auth/logout")).status).toBe(204);
    expect(owner.cookies.size).toBe(0);
    expect((await copy.call("GET", "/me")).code).toBe("unauthenticated");
    expect((await copy.call("POST", "/auth/refresh")).code).toBe("session_expired");
    expect((await owner.call("POST", "/auth/logout")).status).toBe(204);
  });

  test("another person's session cannot be ended or seen", async () => {
    const owner = await openOwner(it);
    const { token: invite } = (await owner.call("POST", "/invites", {})).body as { token: string };
    const eve = openBrowser(it);
    await eve.call("POST", "/auth/register", { email: "eve@example.org", handle: "eve", password: PASSWORD, invite });
    const [session] = ((await owner.call("GET", "/me/sessions")).body as { items: SessionInfo[] }).items;
    expect((await eve.call("DELETE", `/me/sessions/${session!.id}`)).code).toBe("not_found");
    expect(((await eve.call("GET", "/me/sessions")).body as { items: SessionInfo[] }).items).toHaveLength(1);
    expect((await owner.call("GET", "/me")).status).toBe(200);
  });

  test("sessions are listed with the current one marked, and can be ended one by one", async () => {
    const owner = await openOwner(it);
    const { browser } = await login();
    const { items } = (await owner.call("GET", "/me/sessions")).body as { items: SessionInfo[] };
    expect(items.map(({ current }) => current).toSorted((a, b) => Number(a) - Number(b))).toEqual([false, true]);
    const other = items.find(({ current }) => !current);
    expect((await owner.call("DELETE", `/me/sessions/${other!.id}`)).status).toBe(204);
    expect((await browser.call("GET", "/me")).code).toBe("unauthenticated");
    expect((await owner.call("GET", "/me")).status).toBe(200);
  });

  test("log-out everywhere ends all of them", async () => {
    const owner = await openOwner(it);
    const { browser } = await login();
    expect((await owner.call("POST", "/auth/logout-all")).status).toBe(204);
    expect((await browser.call("GET", "/me")).code).toBe("unauthenticated");
    expect((await browser.call("POST", "/auth/refresh")).code).toBe("session_expired");
    expect((await openBrowser(it).call("GET", "/me", undefined, bearer(owner.session.accessToken))).status).toBe(401);
  });
});
