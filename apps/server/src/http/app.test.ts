/** What every request passes, whatever the feature. */
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../lib/app-error.ts";
import { originAllowed } from "./origin.ts";
import type { App } from "./kit.ts";
import { createPageApi } from "./page-fetch.ts";
import { openTestApp, type TestApp } from "./testing.ts";

const about = { summary: "a test route", tags: ["operations"] };
const Body = z.object({ name: z.string().min(2), size: z.number().optional() });

async function testRoutes(app: App): Promise<void> {
  app.post(
    "/api/v1/echo",
    { schema: { ...about, body: Body, response: { 200: Body } } },
    async (request) => request.body,
  );
  app.post("/api/v1/touch", { schema: about }, async () => ({ done: true }));
  app.get("/api/v1/hello", { schema: about }, async () => JSON.stringify("hello"));
  app.get("/api/v1/bug", { schema: about }, async () => {
    throw new Error("the password is hunter2");
  });
  app.get("/api/v1/busy", { schema: about }, async () => {
    throw new AppError("unavailable", "Busy.", { details: { retryAfterSec: 5 } });
  });
}

let it: TestApp;
beforeAll(async () => {
  it = await openTestApp({ plugins: () => [testRoutes], limits: { apiPerMin: 50 } });
}, 60_000);
afterAll(() => it.close());

let caller = 0;
const ask = (
  method: "GET" | "POST" | "OPTIONS",
  url: string,
  options: { headers?: Record<string, string>; payload?: string | object } = {},
) =>
  // An address of its own for every request: only one test is about the limit.
  it.app.inject({ method, url, remoteAddress: `10.0.0.${(caller += 1)}`, ...options });

describe("errors", () => {
  test.each([
    ["GET", "/api/v1/nothing", 404, "not_found"],
    ["GET", "/nothing", 404, "not_found"],
    ["GET", "/api/v1/busy", 503, "unavailable"],
    ["GET", "/api/v1/bug", 500, "internal"],
    ["GET", "/metrics", 401, "unauthenticated"],
  ] as const)("%s %s answers %i", async (method, url, status, code) => {
    const answer = await ask(method, url);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code } });
  });

  test("a bug says nothing of itself, a wait says for how long", async () => {
    expect((await ask("GET", "/api/v1/bug")).body).not.toContain("hunter2");
    expect((await ask("GET", "/api/v1/busy")).headers["retry-after"]).toBe("5");
  });

  test("input that does not fit is named; JSON that is none, and too much of it, are refused in the same shape", async () => {
    const headers = { "content-type": "application/json" };
    const short = await ask("POST", "/api/v1/echo", { payload: { name: "x" } });
    expect(short.json()).toMatchObject({ error: { code: "invalid_input", details: { issues: [{ path: "name" }] } } });
    const broken = await ask("POST", "/api/v1/echo", { headers, payload: "{" });
    expect([broken.statusCode, broken.json().error.code]).toEqual([400, "invalid_input"]);
    const large = await ask("POST", "/api/v1/echo", {
      headers,
      payload: JSON.stringify({ name: "x".repeat(2 << 20) }),
    });
    expect([large.statusCode, large.json().error.code]).toEqual([413, "too_large"]);
    const typed = await ask("POST", "/api/v1/echo", { headers: { "content-type": "text/csv" }, payload: "a" });
    expect([typed.statusCode, typed.json().error.code]).toEqual([415, "unsupported_media"]);
    const proto = await ask("POST", "/api/v1/echo", { headers, payload: '{"name":"xx","__proto__":{"a":1}}' });
    expect(proto.statusCode).toBe(400);
  });

  test("a JSON content type without a body is no mistake", async () => {
    const answer = await ask("POST", "/api/v1/touch", { headers: { "content-type": "application/json" } });
    expect(answer.statusCode).toBe(200);
  });
});

describe("other sites", () => {
  test.each([
    ["another origin", { origin: "https://evil.example" }],
    ["an origin that hides itself", { origin: "null", cookie: "a=b" }],
    ["no origin but a cookie", { cookie: "rostrum_access=x" }],
    ["another origin with a bearer-like scheme", { origin: "https://evil.example", authorization: "Basic eDp5" }],
  ])("a POST with %s is refused", async (_, headers) => {
    const answer = await ask("POST", "/api/v1/touch", { headers });
    expect([answer.statusCode, answer.json().error.code]).toEqual([403, "bad_origin"]);
  });

  test("no answer allows another site to read it", async () => {
    const preflight = await ask("OPTIONS", "/api/v1/touch", { headers: { origin: "https://evil.example" } });
    const read = await ask("GET", "/api/v1/nothing", { headers: { origin: "https://evil.example" } });
    for (const { headers } of [preflight, read]) expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("the own site may", async () => {
    const answer = await ask("POST", "/api/v1/touch", { headers: { origin: "http://localhost:3000", cookie: "a=b" } });
    expect(answer.statusCode).toBe(200);
    const facts = { method: "POST", origin: "https://live.example.org", referer: undefined, secFetchSite: undefined };
    const rest = { host: "live.example.org", hasCookies: true, hasBearer: false };
    expect(originAllowed({ ...facts, ...rest }, "https://live.example.org")).toBe(true);
    expect(originAllowed({ ...facts, ...rest, origin: "http://live.example.org" }, "https://live.example.org")).toBe(
      false,
    );
  });
});

test("an API answer cannot be framed, sniffed, cached or run", async () => {
  const { headers } = await ask("GET", "/api/v1/nothing");
  expect(headers).toMatchObject({
    "content-security-policy": "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
});

test("an address that asks too often waits, others do not, and probes are not counted", async () => {
  const from = (remoteAddress: string, url = "/api/v1/busy") => it.app.inject({ url, remoteAddress });
  for (let n = 0; n < 50; n += 1) await from("192.0.2.1");
  const refused = await from("192.0.2.1");
  expect([refused.statusCode, refused.json().error.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await from("192.0.2.2")).statusCode).toBe(503);
  expect((await from("192.0.2.1", "/healthz")).statusCode).toBe(200);
});

describe("pages", () => {
  let site: TestApp;
  beforeAll(async () => {
    site = await openTestApp({
      plugins: () => [testRoutes],
      limits: { apiPerMin: 3, pagesPerMin: 5 },
      async pages(request, reply) {
        const { fetch } = createPageApi(request, new Map());
        const answers = [await fetch("/api/v1/hello"), await fetch("/api/v1/hello"), await fetch("/api/v1/hello")];
        return reply.send(answers.map(({ status }) => status));
      },
    });
  });
  afterAll(() => site.close());
  const from = async (remoteAddress: string, url: string, headers = {}): Promise<unknown> =>
    (await site.app.inject({ url, remoteAddress, headers })).json();
  const times = async <T>(count: number, act: () => Promise<T>): Promise<T[]> => {
    const all: T[] = [];
    while (all.length < count) all.push(await act());
    return all;
  };
  const REFUSED = { error: { code: "rate_limited" } };

  test("do not use up what their visitor may ask of the API, nor the other way round", async () => {
    expect(await times(4, () => from("192.0.2.1", "/page"))).toEqual(Array(4).fill([200, 200, 200]));
    expect(await times(3, () => from("192.0.2.1", "/api/v1/hello"))).toEqual(Array(3).fill("hello"));
    expect(await from("192.0.2.1", "/api/v1/hello")).toMatchObject(REFUSED);
    expect(await from("192.0.2.1", "/page")).toEqual([200, 200, 200]);
  });

  test("have a limit of their own, and nobody passes for one", async () => {
    await times(5, () => from("192.0.2.2", "/page"));
    expect(await from("192.0.2.2", "/page")).toMatchObject(REFUSED);
    const ask = () => from("192.0.2.2", "/api/v1/hello", { "x-rostrum-page": "a-guess" });
    expect((await times(4, ask)).at(-1)).toMatchObject(REFUSED);
  });
});

test("figures are for this machine and the operator, readiness is for everybody", async () => {
  const local = await it.app.inject({ url: "/metrics", remoteAddress: "127.0.0.1" });
  expect([local.statusCode, local.body.includes("# TYPE")]).toEqual([200, true]);
  expect((await ask("GET", "/readyz")).json()).toEqual({ status: "ok" });
});

test("without the event bus the server is not ready", async () => {
  const away = await openTestApp({ store: it.ctx.store });
  await away.ctx.bus.close();
  const answer = await away.app.inject("/readyz");
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ error: { code: "unavailable", message: "The event bus does not answer." } });
  await away.close();
});

test("the documents describe the routes and the one shape of errors", async () => {
  const { paths, components } = (await ask("GET", "/api/openapi.json")).json();
  expect(paths["/api/v1/echo"].post.responses["400"].content["application/json"].schema.$ref).toContain("ErrorBody");
  expect(components.schemas.ErrorBody).toBeDefined();
  expect((await ask("GET", "/api/docs/")).statusCode).toBe(200);
});
