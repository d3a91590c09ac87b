/** Channels and broadcasts in a real app for tests. Only the media plane is a recording: it is the border of what is under test. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import type { AppPlugin } from "../../http/kit.ts";
import { openTestApp, type TestApp, type TestAppOptions } from "../../http/testing.ts";
import { newId, sha256 } from "../../lib/ids.ts";
import type { MediaPlane, ProgramSources } from "../../media/plane.ts";
import { ageGateRoutes } from "../age-gate/routes.ts";
import { auditRoutes } from "../audit/routes.ts";
import { channelRoutes } from "../channels/routes.ts";
import { openStreamKey } from "../channels/keys.ts";
import { findStreamKey } from "../channels/queries.ts";
import { createChannelFor } from "../channels/service.ts";
import { clipRoutes } from "../clips/routes.ts";
import { fileRoutes } from "../files/routes.ts";
import { oembedRoutes } from "../oembed/routes.ts";
import { healthRoutes } from "../health/routes.ts";
import { posterRoutes } from "../posters/routes.ts";
import type { OnVisit } from "./parts.ts";
import { createMediaDoors, type Doors } from "./media-doors.ts";
import { sourceRoutes } from "../sources/routes.ts";
import { broadcastRoutes } from "./routes.ts";

/** What was asked of the media plane, as `name(arguments)`. `jpeg` is what `thumbnail` gives. */
export type RecordingPlane = MediaPlane & {
  calls: string[];
  jpeg: Uint8Array | null;
  refuse: string | null;
  connected: ProgramSources | null;
};

export type Answer = Readonly<{
  status: number;
  /** Parsed JSON; undefined for an empty or other body. */
  body: Record<string, unknown> & { items: Record<string, unknown>[]; nextCursor: string | null };
  code: string | undefined;
  headers: Readonly<Record<string, unknown>>;
  raw: Buffer;
}>;

export type Caller = (
  method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
) => Promise<Answer>;

/** A signed-in account. */
export type Person = Readonly<{ id: string; handle: string; token: string; call: Caller }>;

export type Show = TestApp &
  Readonly<{
    plane: RecordingPlane;
    doors: Doors;
    anonymous: Caller;
    person(handle: string): Promise<Person>;
    /** A channel with one member of every role but `viewer`; `people.viewer` is nobody on it. */
    channel(handle: string): Promise<{ id: string; people: Readonly<Record<ChannelRole, Person>> }>;
    keyOf(channelId: string, slot?: "primary" | "backup"): Promise<string>;
  }>;

const ROLES = ["admin", "producer", "moderator", "guest"] as const;

/** The caller closes it. */
export async function openShow(
  options: Pick<TestAppOptions, "now" | "config" | "limits" | "plugins" | "store"> & {
    /** The routes of the app, instead of those of a show and what `plugins` adds. */
    routes?: (ctx: Context, plane: MediaPlane) => readonly AppPlugin[];
    /** Hears what the players of the registered say. */
    onVisit?: OnVisit;
  } = {},
): Promise<Show> {
  const plane = recordingPlane();
  const { routes, ...rest } = options;
  const test = await openTestApp({
    limits: { apiPerMin: 100_000 },
    ...rest,
    plugins: (ctx) =>
      routes?.(ctx, plane) ?? [
        (app) => channelRoutes(app, ctx, plane),
        (app) => broadcastRoutes(app, ctx, plane, options.onVisit),
        (app) => clipRoutes(app, ctx, plane),
        (app) => fileRoutes(app, ctx, plane),
        (app) => healthRoutes(app, ctx),
        (app) => sourceRoutes(app, ctx, plane),
        (app) => posterRoutes(app, ctx),
        (app) => oembedRoutes(app, ctx),
        (app) => ageGateRoutes(app, ctx),
        (app) => auditRoutes(app, ctx),
        ...(options.plugins?.(ctx) ?? []),
      ],
  });
  const { ctx } = test;
  const person = (handle: string) => signUp(test, handle);
  return {
    ...test,
    plane,
    doors: createMediaDoors(ctx),
    anonymous: callerOf(test),
    person,
    async channel(handle) {
      const owner = await person(`${handle}_owner`);
      const id = await createChannelFor(ctx, ctx.store.db, { ownerId: owner.id, handle, title: `Channel ${handle}` });
      const people: Partial<Record<ChannelRole, Person>> = { owner, viewer: await person(`${handle}_viewer`) };
      for (const role of ROLES) {
        const one = await person(`${handle}_${role}`);
        await ctx.store.db.insertInto("channel_member").values({ channel_id: id, account_id: one.id, role }).execute();
        people[role] = one;
      }
      return { id, people: people as Record<ChannelRole, Person> };
    },
    async keyOf(channelId, slot = "primary") {
      const row = await findStreamKey(ctx.store.db, channelId, slot);
      if (row === undefined) throw new Error(`channel ${channelId} has no ${slot} key`);
      return openStreamKey(ctx.secrets, channelId, slot, row.sealed);
    },
  };
}

/** Everything that is on the topic now. */
export async function published<T>({ ctx }: TestApp, topic: string): Promise<T[]> {
  const head = await ctx.bus.head(topic);
  const found: T[] = [];
  if (head === 0) return found;
  for await (const event of ctx.bus.subscribe<T>(topic, { after: 0, signal: new AbortController().signal })) {
    found.push(event.data);
    if (event.seq >= head) break;
  }
  return found;
}

async function signUp(test: TestApp, handle: string): Promise<Person> {
  const { ctx, app } = test;
  const id = newId();
  const sessionId = newId();
  const now = new Date(app.kit.now());
  const { db } = ctx.store;
  const password_hash = await app.kit.passwords.hash("correct horse battery");
  const account = { id, email: `${handle}@example.org`, handle, display_name: handle, password_hash, owner: false };
  await db
    .insertInto("account")
    .values({ ...account, disabled_at: null })
    .execute();
  await db
    .insertInto("refresh_token")
    .values({
      id: newId(),
      account_id: id,
      family_id: sessionId,
      token_hash: sha256(sessionId),
      user_agent: "test",
      family_created_at: now,
      expires_at: new Date(now.getTime() + 86_400_000),
      used_at: null,
      revoked_at: null,
    })
    .execute();
  const { token } = await app.kit.access.sign({ accountId: id, sessionId, epoch: 0 });
  return { id, handle, token, call: callerOf(test, token) };
}

function callerOf({ app }: TestApp, token?: string): Caller {
  return async (method, path, body) => {
    const form = body instanceof FormData ? new Response(body) : null;
    const answer = await app.inject({
      method,
      url: path.startsWith("/media/") ? path : `/api/v1${path}`,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(form === null ? {} : { "content-type": form.headers.get("content-type") ?? "" }),
      },
      ...(form === null ? {} : { payload: Buffer.from(await form.arrayBuffer()) }),
      ...(form !== null || body === undefined ? {} : { payload: body as object }),
    });
    const json = String(answer.headers["content-type"]).startsWith("application/json");
    const parsed = (json ? answer.json() : undefined) as Answer["body"] & { error?: { code: string } };
    const code = parsed?.error?.code;
    return { status: answer.statusCode, body: parsed, code, headers: answer.headers, raw: answer.rawPayload };
  };
}

function recordingPlane(): RecordingPlane {
  const calls: string[] = [];
  const note = (name: string, ...args: unknown[]): void => void calls.push(`${name}(${args.join(", ")})`);
  const running = new Set<string>();
  const plane: RecordingPlane = {
    calls,
    jpeg: null,
    connected: null,
    refuse: null,
    ports: { rtmp: 1935 },
    srtMissing: null,
    rtcMissing: null,
    refreshStreamKeys: async (id) => note("refreshStreamKeys", id),
    handleHttp: (_req, res) => void res.end(),
    handleUpgrade: (_req, socket) => void socket.destroy(),
    handleIngest: (_req, socket) => void socket.destroy(),
    endSources: (...args) => note("endSources", ...args),
    cutSources: async (...args) => note("cutSources", ...args),
    beginShow: (...args) => note("beginShow", ...args),
    endBroadcast: async (id) => note("endBroadcast", id),
    yieldBroadcast: async (id) => note("yieldBroadcast", id),
    removeBroadcast: async (id) => note("removeBroadcast", id),
    async startTestSignal(...args) {
      note("startTestSignal", ...args);
      return plane.refuse === null ? { ok: true } : { ok: false, message: plane.refuse };
    },
    stopTestSignal: async (id) => note("stopTestSignal", id),
    startFileSource: async (id) => {
      note("startFileSource", id);
      return plane.refuse === null ? { ok: true } : { ok: false, message: plane.refuse };
    },
    stopFileSource: async (id) => note("stopFileSource", id),
    skipFile: (id) => note("skipFile", id),
    fileSource: () => null,
    sources: () => plane.connected,
    takeSource: (id, what) => {
      note("takeSource", id, what);
      return plane.refuse === null ? { ok: true } : { ok: false, message: plane.refuse };
    },
    sourceThumbnail: async () => plane.jpeg,
    hasSource: (id) => running.has(id),
    slotInUse: (_channelId, slot) => slot === "backup",
    thumbnail: async () => plane.jpeg,
    holdMedia: async () => ({ ok: false, reason: "nothing" }),
    close: async () => undefined,
  };
  return plane;
}
