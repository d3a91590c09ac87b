/** The API and worker roles: what answers before, while and after they run. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestApp, type TestApp } from "../http/testing.ts";
import { newId } from "../lib/ids.ts";
import { startApi } from "./api.ts";
import { type HttpListener, listenHttp } from "./http-listener.ts";
import { startWorker } from "./worker.ts";

const TOKEN = "a-token-for-the-first-run";
let store: TestApp;
let http: HttpListener;
beforeEach(async () => {
  store = await openTestApp({ config: { PORT: 0, HOST: "127.0.0.1", ROLES: ["api"], SETUP_TOKEN: TOKEN } });
  http = await listenHttp(store.ctx.config);
});
afterEach(async () => {
  await http.close();
  await store.close();
});

const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${http.port}${path}`, init);

test("every feature answers behind the port, and nobody before and after", async () => {
  const early = await ask("/api/v1/instance");
  expect([early.status, early.headers.get("retry-after")]).toEqual([503, "1"]);

  const stop = new AbortController();
  const api = await startApi(store.ctx, http, null, stop.signal);
  expect(api.setupUrl).toBe(`http://localhost:3000/setup?token=${TOKEN}`);
  const paths = Object.keys(((await (await ask("/api/openapi.json")).json()) as { paths: object }).paths);
  for (const path of ["/me", "/channels/{id}/audit", "/channels/{id}/keys", "/broadcasts/{id}/health", "/oembed"]) {
    expect(paths).toContain(`/api/v1${path}`);
  }
  expect(await (await ask("/api/v1/broadcasts?state=live")).json()).toEqual({ items: [], nextCursor: null });
  expect((await ask("/nothing")).status).toBe(404);

  stop.abort();
  expect((await ask("/api/v1/instance")).status).toBe(503);
  await api.close();
});

test("a first run leads to a channel with keys; without media here the test signal is unavailable", async () => {
  const api = await startApi(store.ctx, http, null, new AbortController().signal);
  const send = async (path: string, body: unknown, token?: string): Promise<Record<string, unknown>> => {
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { "content-type": "application/json", ...authorization };
    const answer = await ask(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
  };
  const person = { email: "ada@example.org", handle: "ada", password: "correct horse battery" };
  const token = String((await send("/setup", { token: TOKEN, ...person }))["accessToken"]);
  const mine = await ask("/api/v1/channels?mine=true", { headers: { authorization: `Bearer ${token}` } });
  const { items } = (await mine.json()) as { items: { id: string; handle: string }[] };
  expect(items).toMatchObject([{ handle: "ada", role: "owner" }]);
  const { id } = await send("/broadcasts", { channelId: items[0]?.id, title: "First" }, token);
  expect(await send(`/broadcasts/${String(id)}/test-signal`, { on: true }, token)).toMatchObject({
    error: { code: "unavailable" },
  });
  await api.close();
});

test("the worker ends a broadcast whose reconnect window has run out", async () => {
  const { ctx } = store;
  const [channelId, id] = [newId(), newId()];
  const text = {
    title: "Gone",
    description: "",
    category: "other",
    tags: "[]",
    language: "en",
    poster_key: null,
  } as const;
  await ctx.store.db
    .insertInto("channel")
    .values({ id: channelId, handle: "gone", ...text })
    .execute();
  const long = new Date(Date.now() - 60_000);
  await ctx.store.db
    .insertInto("broadcast")
    .values({
      id,
      channel_id: channelId,
      ...text,
      state: "interrupted",
      visibility: "public",
      latency_mode: "balanced",
      auto_live: true,
      dvr_window_sec: 0,
      reconnect_window_sec: 5,
      start_at: null,
      created_by: null,
      live_at: long,
      interrupted_at: long,
      ended_at: null,
    })
    .execute();
  const changes = ctx.bus.subscribe<{ type: string; state?: string }>(`broadcast:${id}`, {
    signal: new AbortController().signal,
  });
  const worker = await startWorker(ctx, new AbortController().signal);
  for await (const { data } of changes) {
    expect(data).toMatchObject({ type: "state", state: "ended" });
    break;
  }
  await worker.close();
});
