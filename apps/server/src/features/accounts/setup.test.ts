import type { SessionAnswer } from "@rostrum/contract/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TestApp } from "../../http/testing.ts";
import type { Store } from "../../store/open.ts";
import { openTestStore } from "../../store/testing.ts";
import { createSetup } from "./service.ts";
import { auditedActions, openAccountsApp, openBrowser, openOwner, PASSWORD, SETUP_TOKEN } from "./testing.ts";

let store: Store;
let it: TestApp;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  it = await openAccountsApp({ store });
});
afterEach(() => it.close());

const owner = { token: SETUP_TOKEN, email: "ada@example.org", handle: "ada", password: PASSWORD };

describe("set-up", () => {
  test("a wrong token is refused and creates nothing", async () => {
    const answer = await openBrowser(it).call("POST", "/setup", { ...owner, token: "guess" });
    expect([answer.status, answer.code]).toEqual([401, "invalid_token"]);
    expect(await it.ctx.store.db.selectFrom("account").selectAll().execute()).toEqual([]);
  });

  test("guessing the token is limited by address", async () => {
    const browser = openBrowser(it);
    for (let n = 0; n < 10; n += 1) await browser.call("POST", "/setup", { ...owner, token: `guess ${n}` });
    const answer = await browser.call("POST", "/setup", owner);
    expect(answer.body).toMatchObject({ error: { code: "rate_limited", details: { retryAfterSec: 60 } } });
    expect(answer.headers["retry-after"]).toBe("60");
  });

  test("the system's clock that is set opens no limit", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const other = await openAccountsApp({ store });
    try {
      const browser = openBrowser(other);
      for (let n = 0; n < 10; n += 1) await browser.call("POST", "/setup", { ...owner, token: `guess ${n}` });
      vi.setSystemTime(Date.now() + 3_600_000);
      expect((await browser.call("POST", "/setup", owner)).code).toBe("rate_limited");
    } finally {
      vi.useRealTimers();
      await other.close();
    }
  });

  test.each([
    ["a short password", { password: "short" }, "password"],
    ["a bad handle", { handle: "a b" }, "handle"],
    ["a bad address", { email: "nobody" }, "email"],
  ])("%s is refused by name", async (_, part, path) => {
    const answer = await openBrowser(it).call("POST", "/setup", { ...owner, ...part });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: "invalid_input", details: { issues: [{ path }] } } });
  });

  test("another site cannot set up", async () => {
    const answer = await openBrowser(it).call("POST", "/setup", owner, { origin: "https://evil.example" });
    expect(answer.code).toBe("bad_origin");
  });

  test("a second one is refused, also with the right token; the token is dead", async () => {
    await openOwner(it);
    const again = { ...owner, email: "eve@example.org", handle: "eve" };
    const answer = await openBrowser(it).call("POST", "/setup", again);
    expect([answer.status, answer.code]).toEqual([409, "already_set_up"]);
    const setup = await createSetup(it.ctx);
    expect([setup.needed, setup.url(), setup.accepts(SETUP_TOKEN)]).toEqual([false, null, false]);
  });

  test("of several at the same moment one wins", async () => {
    const tries = ["ada", "bob", "eve"].map((handle) =>
      openBrowser(it).call("POST", "/setup", { ...owner, handle, email: `${handle}@example.org` }),
    );
    const answers = await Promise.all(tries);
    expect(answers.map((answer) => answer.status).toSorted((a, b) => Number(a) - Number(b))).toEqual([201, 409, 409]);
    expect(await it.ctx.store.db.selectFrom("channel").select("id").execute()).toHaveLength(1);
  });

  test("the owner gets a session, a channel with keys, and entries in the audit log", async () => {
    const browser = await openOwner(it);
    expect(browser.session.user).toMatchObject({ email: "ada@example.org", handle: "ada", owner: true });
    const { status, body } = await browser.call("GET", "/me");
    expect([status, body]).toEqual([200, browser.session.user]);
    const channel = await it.ctx.store.db.selectFrom("channel").selectAll().executeTakeFirstOrThrow();
    expect([channel.handle, channel.title]).toEqual(["ada", "ada"]);
    const keys = await it.ctx.store.db.selectFrom("stream_key").select("channel_id").execute();
    expect(keys).toEqual([{ channel_id: channel.id }, { channel_id: channel.id }]);
    expect(await auditedActions(it)).toEqual(["account.create", "channel.create"]);
  });

  test("the instance says whether it is set up", async () => {
    const browser = openBrowser(it);
    const before = await browser.call("GET", "/instance");
    expect(before.body).toMatchObject({ name: "Rostrum", setUp: false, registration: "invite" });
    await openOwner(it);
    expect((await browser.call("GET", "/instance")).body).toMatchObject({ setUp: true });
  });
});

test("without SETUP_TOKEN every start has a token of its own, in the address that is printed", async () => {
  const { SETUP_TOKEN: _preset, ...config } = it.ctx.config;
  const [one, other] = [await createSetup({ ...it.ctx, config }), await createSetup({ ...it.ctx, config })];
  const token = new URL(one.url() ?? "").searchParams.get("token") ?? "";
  expect(one.url()).toBe(`http://localhost:3000/setup?token=${token}`);
  expect(token).toMatch(/^[0-9a-z]{32}$/);
  expect([one.accepts(token), other.accepts(token), one.accepts("")]).toEqual([true, false, false]);
});

describe("registration", () => {
  const eve = { email: "eve@example.org", handle: "eve", password: PASSWORD };
  const invited = async (): Promise<string> => {
    const made = await (await openOwner(it)).call("POST", "/invites", {});
    return (made.body as { token: string }).token;
  };

  test("waits for the owner", async () => {
    expect((await openBrowser(it).call("POST", "/auth/register", eve)).code).toBe("registration_closed");
  });

  test("without an invite is refused; with a wrong one too", async () => {
    await openOwner(it);
    const browser = openBrowser(it);
    expect((await browser.call("POST", "/auth/register", eve)).code).toBe("registration_closed");
    expect((await browser.call("POST", "/auth/register", { ...eve, invite: "guess" })).code).toBe("invalid_token");
  });

  test("a taken address or handle is refused and leaves the invite usable", async () => {
    const invite = await invited();
    const browser = openBrowser(it);
    const email = await browser.call("POST", "/auth/register", { ...eve, email: " ADA@example.org ", invite });
    const handle = await browser.call("POST", "/auth/register", { ...eve, handle: "Ada", invite });
    expect([email.code, handle.code]).toEqual(["email_taken", "handle_taken"]);
    expect((await browser.call("POST", "/auth/register", { ...eve, invite })).status).toBe(201);
  });

  test("an invite works once, also when it is used twice at the same moment", async () => {
    const invite = await invited();
    const answers = await Promise.all(
      ["eve", "bob"].map((handle) =>
        openBrowser(it).call("POST", "/auth/register", { ...eve, handle, email: `${handle}@example.org`, invite }),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => Number(a) - Number(b))).toEqual([201, 401]);
  });

  test("makes an account that is not the operator, with a channel of its handle", async () => {
    const invite = await invited();
    const browser = openBrowser(it);
    const answer = await browser.call("POST", "/auth/register", { ...eve, invite });
    expect((answer.body as SessionAnswer).user).toMatchObject({ handle: "eve", owner: false });
    expect((await browser.call("GET", "/me")).status).toBe(200);
    const channels = await it.ctx.store.db.selectFrom("channel").select("handle").orderBy("id").execute();
    expect(channels).toEqual([{ handle: "ada" }, { handle: "eve" }]);
    expect((await browser.call("POST", "/invites", {})).code).toBe("forbidden");
    expect((await browser.call("GET", "/invites")).code).toBe("forbidden");
  });
});

test("closed registration refuses an invite, open registration needs none", async () => {
  const person = { email: "eve@example.org", handle: "eve", password: PASSWORD };
  for (const [REGISTRATION, status] of [
    ["closed", 403],
    ["open", 201],
  ] as const) {
    const other = await openAccountsApp({ store, config: { REGISTRATION } });
    try {
      const made = await (await openOwner(other)).call("POST", "/invites", {});
      const { token: invite } = made.body as { token: string };
      const body = REGISTRATION === "closed" ? { ...person, invite } : person;
      expect((await openBrowser(other).call("POST", "/auth/register", body)).status).toBe(status);
    } finally {
      await other.close();
    }
  }
});
