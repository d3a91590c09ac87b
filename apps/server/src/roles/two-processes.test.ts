/** Two programs with different roles on one PostgreSQL and one Redis: what is done at one is heard at the other. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ServerFrame, type ServerMessage } from "@rostrum/contract/realtime";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { REDIS_SKIPPED, TestRedis } from "../adapters/testing.ts";
import { openTestStore, POSTGRES_SKIPPED } from "../store/testing.ts";
import type { Store } from "../store/open.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const SETUP_TOKEN = "a-token-for-the-first-run";
const OWNER = { email: "owner@example.org", handle: "mainstage", password: "correct horse battery" };
const WITHIN = { timeout: 30_000, interval: 20 };

describe.skipIf(POSTGRES_SKIPPED !== null || REDIS_SKIPPED !== null)("two programs", () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-two-"));
  const children: ChildProcess[] = [];
  const sockets: WebSocket[] = [];
  let store: Store;
  let redis: TestRedis;
  let api: string;
  let realtime: string;

  beforeAll(async () => {
    [store, redis] = await Promise.all([openTestStore("postgres"), TestRedis.start()]);
    api = await start("api", "api");
    mkdirSync(path.join(dir, "realtime"));
    copyFileSync(path.join(dir, "api", "secrets.json"), path.join(dir, "realtime", "secrets.json"));
    realtime = await start("realtime", "realtime,worker");
  }, 120_000);
  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill();
      await exited;
    }
    await redis.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Resolves with its address. */
  async function start(name: string, roles: string): Promise<string> {
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(store.db);
    const database = new URL(process.env["TEST_DATABASE_URL"] ?? "");
    database.pathname = rows[0]?.name ?? "";
    const env = {
      PATH: process.env["PATH"],
      HOST: "127.0.0.1",
      PORT: "0",
      ROLES: roles,
      DATA_DIR: path.join(dir, name),
      DATABASE_URL: database.href,
      REDIS_URL: redis.url,
      BLOBS_URL: pathToFileURL(path.join(dir, "blobs")).href,
      SETUP_TOKEN,
    };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = JSON.parse(line) as { msg: string; url: string };
      if (entry.msg !== "ready") continue;
      child.stdout.resume();
      return entry.url;
    }
    throw new Error(`the program with ${roles} did not start`);
  }

  async function call<T>(method: string, url: string, token: string | undefined, body?: unknown): Promise<T> {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    expect(answer.ok, `${method} ${url}: ${answer.status}`).toBe(true);
    return (await answer.json()) as T;
  }

  async function follow(at: string, token: string, topic: string): Promise<{ ws: WebSocket; heard: ServerMessage[] }> {
    const ws = new WebSocket(`${at.replace("http", "ws")}/realtime`, { headers: { authorization: `Bearer ${token}` } });
    sockets.push(ws);
    const heard: ServerMessage[] = [];
    ws.on("message", (data) => heard.push(...ServerFrame.parse(JSON.parse((data as Buffer).toString()))));
    await once(ws, "open");
    ws.send(JSON.stringify({ type: "subscribe", topic }));
    await vi.waitFor(() => expect(heard[0]).toMatchObject({ type: "reset", topic }), WITHIN);
    return { ws, heard };
  }

  const events = (heard: readonly ServerMessage[]): unknown[] =>
    heard.flatMap((message) => (message.type === "events" ? message.events : []));

  test("a show that is changed at one, and a message that is sent at the other, reach both", async () => {
    const session = { token: SETUP_TOKEN, ...OWNER };
    const { accessToken: token } = await call<{ accessToken: string }>(
      "POST",
      `${api}/api/v1/setup`,
      undefined,
      session,
    );
    const { items } = await call<{ items: { id: string }[] }>("GET", `${api}/api/v1/channels?mine=true`, token);
    const body = { channelId: items[0]?.id, title: "Before", startAt: new Date(Date.now() + 3_600_000) };
    const { id } = await call<{ id: string }>("POST", `${api}/api/v1/broadcasts`, token, body);
    const show = await follow(realtime, token, `broadcast:${id}`);
    await call("PATCH", `${api}/api/v1/broadcasts/${id}`, token, { title: "After" });
    await vi.waitFor(() => expect(JSON.stringify(events(show.heard))).toContain("After"), WITHIN);

    const chats = [await follow(api, token, `chat:${id}`), await follow(realtime, token, `chat:${id}`)];
    const send = { type: "send", id: "send-0001", action: "chat.send", body: { broadcastId: id, text: "hello" } };
    chats[1]?.ws.send(JSON.stringify(send));
    await vi.waitFor(() => expect(chats[1]?.heard).toContainEqual(expect.objectContaining({ type: "ack" })), WITHIN);
    for (const { heard } of chats) {
      await vi.waitFor(() => expect(JSON.stringify(events(heard))).toContain("hello"), WITHIN);
    }
    for (const at of [api, realtime]) expect((await fetch(`${at}/readyz`)).status).toBe(200);
  }, 60_000);

  test("while Redis is away both say so, and both come back by themselves", async () => {
    const ready = (at: string): Promise<number> => fetch(`${at}/readyz`).then(({ status }) => status);
    await redis.kill();
    for (const at of [api, realtime]) await vi.waitFor(async () => expect(await ready(at)).toBe(503), WITHIN);
    for (const at of [api, realtime]) expect((await fetch(`${at}/healthz`)).status).toBe(200);
    await redis.start();
    for (const at of [api, realtime]) await vi.waitFor(async () => expect(await ready(at)).toBe(200), WITHIN);
  }, 60_000);
});
