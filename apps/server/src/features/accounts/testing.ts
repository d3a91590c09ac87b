/** The accounts feature in a real app for tests, and a browser's cookie jar in a few lines. */
import type { SessionAnswer } from "@rostrum/contract/accounts";
import { openTestApp, type TestApp, type TestAppOptions } from "../../http/testing.ts";
import { accountRoutes } from "./routes.ts";
import { createSetup } from "./service.ts";

export const SETUP_TOKEN = "a-token-for-the-first-run";
export const PASSWORD = "correct horse battery";

/** What a test looks at in an answer. */
export type Answer = Readonly<{
  status: number;
  /** Parsed JSON; undefined for an empty body. */
  body: unknown;
  code: string | undefined;
  headers: Readonly<Record<string, unknown>>;
  cookies: ReadonlyArray<Readonly<Record<string, unknown> & { name: string; value: string }>>;
}>;

/** A browser: keeps cookies, sends its own Origin. */
export interface Browser {
  readonly cookies: Map<string, string>;
  call(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export async function openAccountsApp(options: TestAppOptions = {}): Promise<TestApp> {
  return openTestApp({
    ...options,
    config: { SETUP_TOKEN, ...options.config },
    plugins: (ctx) => [
      async (app) => accountRoutes(app, ctx, await createSetup(ctx)),
      ...(options.plugins?.(ctx) ?? []),
    ],
  });
}

export function openBrowser({ app }: TestApp, remoteAddress = "127.0.0.1"): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async call(method, path, body, headers = {}) {
      const answer = await app.inject({
        method,
        url: `/api/v1${path}`,
        remoteAddress,
        headers: { origin: "http://localhost:3000", host: "localhost:3000", ...headers },
        cookies: Object.fromEntries(cookies),
        ...(body === undefined ? {} : { payload: body as object }),
      });
      for (const cookie of answer.cookies) {
        if (cookie.maxAge === 0) cookies.delete(cookie.name);
        else cookies.set(cookie.name, cookie.value);
      }
      const parsed: unknown = answer.body === "" ? undefined : answer.json();
      const code = (parsed as { error?: { code?: string } } | undefined)?.error?.code;
      return { status: answer.statusCode, body: parsed, code, headers: answer.headers, cookies: answer.cookies };
    },
  };
}

/** Creates the owner `ada` and gives the signed-in browser. */
export async function openOwner(test: TestApp): Promise<Browser & { session: SessionAnswer }> {
  const browser = openBrowser(test);
  const body = { token: SETUP_TOKEN, email: "ada@example.org", handle: "ada", password: PASSWORD };
  const answer = await browser.call("POST", "/setup", body);
  if (answer.status !== 201) throw new Error(`set-up answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return { ...browser, session: answer.body as SessionAnswer };
}

/** The actions in the audit log, oldest first. */
export async function auditedActions({ ctx }: TestApp): Promise<string[]> {
  const rows = await ctx.store.db.selectFrom("audit").select("action").orderBy("seq").execute();
  return rows.map((row) => row.action);
}
