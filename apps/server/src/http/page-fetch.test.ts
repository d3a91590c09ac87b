import { afterAll, beforeAll, expect, test } from "vitest";
import { accountRoutes } from "../features/accounts/routes.ts";
import { createSetup } from "../features/accounts/service.ts";
import { createPageApi, type Renewals } from "./page-fetch.ts";
import { openTestApp, type TestApp } from "./testing.ts";

const TOKEN = "a-set-up-token-of-this-test";
const OWNER = { email: "ada@example.org", handle: "ada", password: "correct horse battery" };

let opened: TestApp;
const renewals: Renewals = new Map();

/** Answers with what a page would know: who asks. */
beforeAll(async () => {
  opened = await openTestApp({
    config: { SETUP_TOKEN: TOKEN },
    plugins: (ctx) => [async (app) => accountRoutes(app, ctx, await createSetup(ctx))],
    async pages(request, reply) {
      const api = createPageApi(request, renewals);
      await api.prepare();
      const me = await api.fetch("/api/v1/me");
      const user = me.ok ? ((await me.json()) as { handle: string }).handle : me.status;
      return reply.header("set-cookie", [...api.setCookies()]).send({ user });
    },
  });
});
afterAll(() => opened.close());

type Cookies = Readonly<Record<string, string>>;

async function page(cookies: Cookies) {
  const answer = await opened.app.inject({ url: "/some/page", cookies });
  const set = Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]));
  return { user: (answer.json() as { user: unknown }).user, set };
}

async function signIn(): Promise<{ rostrum_access: string; rostrum_refresh: string }> {
  const [url, payload] = signedUp ? (["login", OWNER] as const) : (["setup", { token: TOKEN, ...OWNER }] as const);
  signedUp = true;
  const answer = await opened.app.inject({
    method: "POST",
    url: url === "setup" ? "/api/v1/setup" : "/api/v1/auth/login",
    headers: { origin: "http://localhost:3000" },
    payload,
  });
  const value = (name: string): string => answer.cookies.find((cookie) => cookie.name === name)?.value ?? "";
  return { rostrum_access: value("rostrum_access"), rostrum_refresh: value("rostrum_refresh") };
}
let signedUp = false;

test("a stranger's page asks as nobody and sets no cookie", async () => {
  expect(await page({})).toEqual({ user: 401, set: {} });
});

test("a page asks as the person whose session it carries", async () => {
  expect(await page(await signIn())).toEqual({ user: "ada", set: {} });
});

test("a session whose short half is gone is renewed, and the browser gets the new one", async () => {
  const { rostrum_refresh } = await signIn();
  const { user, set } = await page({ rostrum_refresh });
  expect(user).toBe("ada");
  expect(Object.keys(set).sort()).toEqual(["rostrum_access", "rostrum_refresh"]);
  expect(set["rostrum_refresh"]).not.toBe(rostrum_refresh);
  expect(await page(set)).toEqual({ user: "ada", set: {} });
});

test("pages that load at the same time share one renewal: none of them loses the session", async () => {
  const { rostrum_refresh } = await signIn();
  const pages = await Promise.all([page({ rostrum_refresh }), page({ rostrum_refresh }), page({ rostrum_refresh })]);
  expect(pages.map(({ user }) => user)).toEqual(["ada", "ada", "ada"]);
  expect(new Set(pages.map(({ set }) => set["rostrum_refresh"])).size).toBe(1);
});

test("a dead session makes a stranger and not an error", async () => {
  const { user } = await page({ rostrum_refresh: "no-such-token" });
  expect(user).toBe(401);
});
