/** A whole server with a channel, its shows and one of everything on them, for the tests of who may do what. */
import { randomInt } from "node:crypto";
import type { Visibility } from "@rostrum/contract/broadcasts";
import type { TokenScope } from "@rostrum/contract/permissions";
import type { RouteOptions } from "fastify";
import { openShow, type Show } from "../../features/broadcasts/testing.ts";
import { createVisits } from "../../features/registration/service.ts";
import type { AppPlugin } from "../../http/kit.ts";
import { newId, sha256 } from "../../lib/ids.ts";
import { TestClient } from "../../realtime/testing.ts";
import { apiPlugins } from "../api.ts";
import { type HttpListener, listenHttp } from "../http-listener.ts";
import { createRealtime, type Realtime } from "../realtime.ts";
import { openMakers } from "./makers.ts";
import { type CallerName, PEOPLE, type PersonName } from "./table.ts";

export type Answer = Readonly<{ status: number; code: string | undefined; body: Record<string, unknown> }>;

/** How a show is seen: by everybody, by its crew alone, by nobody else because it was not told of yet. */
export const SIGHTS = { public: null, private: "forbidden", draft: "not_found" } as const;
export type SightName = keyof typeof SIGHTS;

export type Rights = Readonly<{
  show: Show;
  channelId: string;
  otherChannelId: string;
  broadcasts: Readonly<Record<SightName, string>>;
  people: Readonly<Record<PersonName, { id: string; token: string | undefined }>>;
  actions: Realtime["rules"]["actions"];
  /** As `METHOD /path` of all the features' routes. */
  routes: readonly string[];
  tokenOf(name: CallerName): string | undefined;
  /** Somebody new, without any role. */
  somebody(): Promise<{ id: string; token: string }>;
  call(token: string | undefined, method: string, path: string, body?: unknown): Promise<Answer>;
  connect(token: string | undefined): Promise<TestClient>;
  make: ReturnType<typeof openMakers>;
  close(): Promise<void>;
}>;

/** The caller closes it. */
export async function openRights(): Promise<Rights> {
  const stop = new AbortController();
  const routes: string[] = [];
  let realtime: Realtime | undefined;
  const setup = { needed: false, url: () => null, check: async () => false, accepts: () => false };
  const show = await openShow({
    config: { PORT: 0, HOST: "127.0.0.1" },
    limits: LIMITS,
    routes(ctx, plane) {
      realtime = createRealtime(ctx, stop.signal);
      const visits = createVisits(ctx, stop.signal);
      return apiPlugins(ctx, { setup, plane, realtime, visits }).map((plugin) => noting(routes, plugin));
    },
  });
  if (realtime === undefined) throw new Error("The app took no plugins.");
  const role = realtime;
  const http = await listenHttp(show.ctx.config);
  http.app = (req, res) => show.app.routing(req, res);
  role.open(http, show.app.kit);
  show.plane.jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
  const people = await openPeople(show);
  const tokens = await openTokens(show, people.people);
  const channels = { channelId: people.channelId, otherChannelId: people.otherChannelId };
  const broadcasts = await openBroadcasts(show, channels.channelId);
  const call: Rights["call"] = (token, method, path, body) => inject(show, token, method, path, body);
  const clients: TestClient[] = [];
  let made = 0;
  return {
    ...{ show, ...channels, broadcasts, people: people.people, routes, call, actions: role.rules.actions },
    tokenOf: (name) => (isPerson(name) ? people.people[name].token : tokens[name]),
    somebody: () => show.person(`spare_${(made += 1)}`),
    connect: (token) => connect(http, token, clients),
    make: openMakers({ show, ...channels, people: people.people, call }),
    async close() {
      for (const { ws } of clients) ws.terminate();
      stop.abort();
      await role.close();
      http.server.closeAllConnections();
      await http.close();
      await show.close();
    },
  };
}

/** What is counted elsewhere must not be in the way here. */
const LIMITS = {
  ...{ apiPerMin: 1e6, watchPerMin: 1e6, loginPerMin: 1e6, registerPerMin: 1e6, setupPerMin: 1e6, refreshPerMin: 1e6 },
  ...{ failuresPerAddress: 1e6, failuresPerAccount: 1e6 },
};

/** The plugin's scope tells of every route that is added to it. */
function noting(routes: string[], plugin: AppPlugin): AppPlugin {
  return async (app) => {
    app.addHook("onRoute", ({ method, url }: RouteOptions) => {
      for (const one of [method].flat()) if (one !== "HEAD" && one !== "OPTIONS") routes.push(`${one} ${url}`);
    });
    await plugin(app);
  };
}

async function openPeople(show: Show) {
  const { id: channelId, people } = await show.channel("rights");
  const other = await show.channel("elsewhere");
  const [banned, maker, operator] = await Promise.all(["banned", "maker", "operator"].map((name) => show.person(name)));
  if (banned === undefined || maker === undefined || operator === undefined) throw new Error("not everybody came");
  const { db } = show.ctx.store;
  await db.updateTable("account").set({ owner: true }).where("id", "=", operator.id).execute();
  await show.app.kit.credentials.changed(operator.id);
  const all: Rights["people"] = {
    ...people,
    ...{ anonymous: { id: newId(), token: undefined }, banned, maker, operator, "other owner": other.people.owner },
  };
  return { channelId, otherChannelId: other.id, people: all };
}

type Tokens = Readonly<Record<Exclude<CallerName, PersonName>, string>>;

async function openTokens(show: Show, { owner }: Rights["people"]): Promise<Tokens> {
  const { db } = show.ctx.store;
  const suspended = await show.person("suspended");
  await db.updateTable("account").set({ disabled_at: new Date() }).where("id", "=", suspended.id).execute();
  await show.app.kit.credentials.changed(suspended.id);
  const token = async (scope: TokenScope): Promise<string> => {
    const text = `rst_${newId()}${newId()}`;
    const values = { id: newId(), account_id: owner.id, name: scope, token_hash: sha256(text) };
    const never = { last_used_at: null, expires_at: null, revoked_at: null };
    await db
      .insertInto("api_token")
      .values({ ...values, scopes: JSON.stringify([scope]), ...never })
      .execute();
    return text;
  };
  return {
    "token read": await token("read"),
    "token broadcasts": await token("broadcasts"),
    "token channels": await token("channels"),
    "token keys": await token("keys"),
    suspended: suspended.token,
  };
}

async function openBroadcasts(show: Show, channelId: string): Promise<Rights["broadcasts"]> {
  return {
    public: await insertBroadcast(show, channelId, "public", "live"),
    // One show of a channel is on the air at a time.
    private: await insertBroadcast(show, channelId, "private", "scheduled"),
    draft: await insertBroadcast(show, channelId, "public", "draft"),
  };
}

export async function insertBroadcast(
  { ctx }: Show,
  channelId: string,
  visibility: Visibility,
  state: "live" | "scheduled" | "draft",
): Promise<string> {
  const id = newId();
  const live_at = state === "live" ? new Date(Date.now() - 60_000) : null;
  const start_at = state === "scheduled" ? new Date(Date.now() + 86_400_000) : null;
  await ctx.store.db
    .insertInto("broadcast")
    .values({
      ...{ id, channel_id: channelId, title: "Show", description: "", category: "other", tags: "[]", language: "en" },
      ...{ poster_key: null, state, visibility, latency_mode: "balanced", auto_live: false, created_by: null },
      ...{ dvr_window_sec: 0, reconnect_window_sec: 600, start_at, ended_at: null },
      ...{ live_at, interrupted_at: null },
    })
    .execute();
  return id;
}

async function inject(
  { app }: Show,
  token: string | undefined,
  method: string,
  path: string,
  body: unknown,
): Promise<Answer> {
  const answer = await app.inject({
    method: method as "GET",
    // What is counted by addresses must not be in the way here either.
    remoteAddress: `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`,
    url: path.startsWith("/media/") ? path : `/api/v1${path}`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  const isJson = String(answer.headers["content-type"]).startsWith("application/json") && answer.body !== "";
  const parsed = (isJson ? answer.json() : {}) as Answer["body"] & { error?: { code: string } };
  return { status: answer.statusCode, code: parsed.error?.code, body: parsed };
}

async function connect(http: HttpListener, token: string | undefined, clients: TestClient[]): Promise<TestClient> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const client = new TestClient(`ws://127.0.0.1:${http.port}/realtime`, headers);
  clients.push(client);
  await client.opened;
  return client;
}

function isPerson(name: CallerName): name is PersonName {
  return (PEOPLE as readonly string[]).includes(name);
}
