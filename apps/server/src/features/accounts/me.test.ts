import type { ApiToken, Invite, SessionAnswer } from "@rostrum/contract/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestApp } from "../../http/testing.ts";
import type { Store } from "../../store/open.ts";
import { openTestStore } from "../../store/testing.ts";
import { verifyAudit } from "../../store/audit.ts";
import { verifyPassword } from "./service.ts";
import { auditedActions, openAccountsApp, openBrowser, openOwner, PASSWORD } from "./testing.ts";

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

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const NEW = "a different long password";

test.each([
  ["GET", "/me"],
  ["PATCH", "/me"],
  ["POST", "/me/password"],
  ["GET", "/me/sessions"],
  ["GET", "/me/tokens"],
  ["POST", "/me/tokens"],
  ["POST", "/auth/logout-all"],
  ["GET", "/invites"],
  ["POST", "/invites"],
] as const)("%s %s needs a session", async (method, path) => {
  const bodies: Record<string, unknown> = {
    "/me": { displayName: "Ada" },
    "/me/password": { currentPassword: PASSWORD, newPassword: NEW },
    "/me/tokens": { name: "t", scopes: ["read"] },
    "/invites": {},
  };
  const answer = await openBrowser(it).call(method, path, method === "GET" ? undefined : bodies[path]);
  expect([answer.status, answer.code]).toEqual([401, "unauthenticated"]);
});

describe("the password", () => {
  test("is not changed with a wrong one, and wrong ones are counted", async () => {
    const owner = await openOwner(it);
    const change = (currentPassword: string) =>
      owner.call("POST", "/me/password", { currentPassword, newPassword: NEW });
    for (let n = 0; n < 5; n += 1) expect((await change("wrong")).code).toBe("invalid_credentials");
    expect((await change(PASSWORD)).code).toBe("rate_limited");
    expect(await auditedActions(it)).toContain("password.change_refused");
  });

  test("changes for good: other sessions end, the old one is refused, this browser goes on", async () => {
    const owner = await openOwner(it);
    const other = openBrowser(it);
    const credentials = { email: "ada@example.org", password: PASSWORD };
    await other.call("POST", "/auth/login", credentials);
    const answer = await owner.call("POST", "/me/password", { currentPassword: PASSWORD, newPassword: NEW });
    expect(answer.status).toBe(200);
    expect((await other.call("GET", "/me")).code).toBe("unauthenticated");
    expect((await other.call("POST", "/auth/refresh")).code).toBe("session_expired");
    expect((await owner.call("GET", "/me")).status).toBe(200);
    const { accessToken } = answer.body as SessionAnswer;
    expect((await openBrowser(it).call("GET", "/me", undefined, bearer(accessToken))).status).toBe(200);
    expect((await other.call("POST", "/auth/login", credentials)).code).toBe("invalid_credentials");
    expect((await other.call("POST", "/auth/login", { ...credentials, password: NEW })).status).toBe(200);
  });

  test("is checked for other features, under the same limit", async () => {
    const { session } = await openOwner(it);
    const check = (password: string) => verifyPassword(it.app.kit, session.user.id, password);
    expect(await check(PASSWORD)).toBe(true);
    expect(await verifyPassword(it.app.kit, "00000000000000000000", PASSWORD)).toBe(false);
    for (let n = 0; n < 5; n += 1) expect(await check("wrong")).toBe(false);
    await expect(check(PASSWORD)).rejects.toMatchObject({ code: "rate_limited" });
  });
});

test("the display name is changed", async () => {
  const owner = await openOwner(it);
  expect((await owner.call("PATCH", "/me", { displayName: "  " })).code).toBe("invalid_input");
  const answer = await owner.call("PATCH", "/me", { displayName: " Ada L. " });
  expect(answer.body).toMatchObject({ displayName: "Ada L.", handle: "ada" });
});

describe("API tokens", () => {
  const create = async (body: object) => {
    const owner = await openOwner(it);
    const answer = await owner.call("POST", "/me/tokens", body);
    return { owner, answer, ...(answer.body as ApiToken & { token: string }) };
  };

  test("need a name and known scopes", async () => {
    const { answer, owner } = await create({ name: " ", scopes: ["read"] });
    expect(answer.code).toBe("invalid_input");
    expect((await owner.call("POST", "/me/tokens", { name: "x", scopes: [] })).code).toBe("invalid_input");
    expect((await owner.call("POST", "/me/tokens", { name: "x", scopes: ["all"] })).code).toBe("invalid_input");
  });

  test("cannot make tokens, change the password or invite; they may read", async () => {
    const { token } = await create({ name: "bot", scopes: ["read", "channels", "keys", "broadcasts"] });
    const program = openBrowser(it);
    const refused = await Promise.all([
      program.call("POST", "/me/tokens", { name: "more", scopes: ["read"] }, bearer(token)),
      program.call("POST", "/me/password", { currentPassword: PASSWORD, newPassword: NEW }, bearer(token)),
      program.call("POST", "/invites", {}, bearer(token)),
      program.call("POST", "/auth/logout-all", undefined, bearer(token)),
    ]);
    expect(refused.map(({ code }) => code)).toEqual(["forbidden", "forbidden", "forbidden", "forbidden"]);
    expect((await program.call("GET", "/me", undefined, bearer(token))).status).toBe(200);
  });

  test("are shown once, listed without themselves, and dead when removed", async () => {
    const { owner, token, id, answer } = await create({ name: "bot", scopes: ["read", "read"] });
    expect([answer.status, token.slice(0, 4)]).toEqual([201, "rst_"]);
    const program = openBrowser(it);
    expect((await program.call("GET", "/me", undefined, bearer(token))).status).toBe(200);
    const list = await owner.call("GET", "/me/tokens");
    expect(list.body).toMatchObject({ items: [{ id, name: "bot", scopes: ["read"], expiresAt: null }] });
    expect(JSON.stringify(list.body)).not.toContain(token);
    expect((await owner.call("DELETE", `/me/tokens/${id}`)).status).toBe(204);
    expect((await program.call("GET", "/me", undefined, bearer(token))).code).toBe("unauthenticated");
    expect((await owner.call("DELETE", `/me/tokens/${id}`)).code).toBe("not_found");
    expect(await auditedActions(it)).toEqual(expect.arrayContaining(["token.create", "token.remove"]));
  });

  test("expire", async () => {
    const { token } = await create({ name: "bot", scopes: ["read"], expiresInDays: 1 });
    const program = openBrowser(it);
    expect((await program.call("GET", "/me", undefined, bearer(token))).status).toBe(200);
    nowMs += 86_400_001;
    expect((await program.call("GET", "/me", undefined, bearer(token))).code).toBe("unauthenticated");
  });
});

test("invites are listed newest first in pages, withdrawn, and expire", async () => {
  const owner = await openOwner(it);
  const made = [];
  for (let n = 0; n < 3; n += 1) {
    made.push(
      (await owner.call("POST", "/invites", { expiresInDays: 1 })).body as { id: string; token: string; url: string },
    );
  }
  expect(made[0]!.url).toBe(`http://localhost:3000/register?invite=${made[0]!.token}`);
  const first = (await owner.call("GET", "/invites?limit=2")).body as { items: Invite[]; nextCursor: string };
  const rest = (await owner.call("GET", `/invites?limit=2&cursor=${first.nextCursor}`)).body as typeof first;
  expect(new Set([...first.items, ...rest.items].map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
  expect([first.items.length, rest.items.length, rest.nextCursor]).toEqual([2, 1, null]);
  expect((await owner.call("GET", "/invites?cursor=nonsense")).code).toBe("invalid_input");
  expect((await owner.call("DELETE", `/invites/${made[0]!.id}`)).status).toBe(204);
  const join = (invite: string) =>
    openBrowser(it).call("POST", "/auth/register", {
      email: "e@example.org",
      handle: "eve",
      password: PASSWORD,
      invite,
    });
  expect((await join(made[0]!.token)).code).toBe("invalid_token");
  nowMs += 86_400_001;
  expect((await join(made[1]!.token)).code).toBe("invalid_token");
});

test("neither passwords nor tokens reach the audit log, and it is whole", async () => {
  const owner = await openOwner(it);
  await owner.call("POST", "/me/tokens", { name: "bot", scopes: ["read"] });
  await owner.call("POST", "/auth/refresh");
  await owner.call("POST", "/auth/logout");
  const rows = await it.ctx.store.db.selectFrom("audit").selectAll().execute();
  expect(JSON.stringify(rows)).not.toMatch(/rst_|correct horse|a-token-for|\$argon2/);
  expect(await verifyAudit(it.ctx.store.db)).toMatchObject({ ok: true });
});
