/** Shows with an age restriction, and shows for children: what is given to whom, by every route and topic of the real app. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { ServerMessage } from "@rostrum/contract/realtime";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatRoutes } from "../features/chat/routes.ts";
import type { Person } from "../features/broadcasts/testing.ts";
import { engagementRoutes } from "../features/engagement/routes.ts";
import { createRecordingDoors } from "../features/recordings/doors.ts";
import { recordingRoutes } from "../features/recordings/routes.ts";
import { tipRoutes } from "../features/tips/routes.ts";
import { createAgeTokens } from "../http/age-token.ts";
import { systemClock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { AccessCheck } from "../media/deliver/hls/access.ts";
import { TestClient } from "../realtime/testing.ts";
import { paymentsOf } from "./payments.ts";
import { openRealtimeShow, type RealtimeShow } from "./testing.ts";

const DAY_MS = 86_400_000;

let show: RealtimeShow;
let channel: { id: string; people: Readonly<Record<ChannelRole, Person>> };
let kidsChannel: typeof channel;
let stranger: Person;
/** On the air; over, with a recording; a clip of the first; on the air for children. */
let ids: Readonly<{ live: string; over: string; recording: string; clip: string; kids: string }>;

beforeAll(async () => {
  show = await openRealtimeShow((ctx) => [
    (app) => chatRoutes(app, ctx),
    (app) => recordingRoutes(app, ctx),
    (app) => engagementRoutes(app, ctx),
    (app) => tipRoutes(app, ctx, paymentsOf(ctx)),
  ]);
  channel = await show.channel("grown");
  stranger = (await show.channel("other")).people.owner;
  show.plane.jpeg = Buffer.from("jpeg");
  const over = await onAir(channel, { ageRestricted: true });
  const recording = await recorded(over);
  const live = await onAir(channel, { ageRestricted: true });
  const kids = await onAir((kidsChannel = await show.channel("kids")), { kidMode: true });
  ids = { live, over, recording, clip: await clipOf(live), kids };
});
afterAll(() => show.close());

async function onAir({ id: channelId, people }: typeof channel, body: object): Promise<string> {
  const made = await people.owner.call("POST", "/broadcasts", { channelId, title: "A show", ...body });
  const id = String(made.body["id"]);
  await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
  await people.owner.call("PUT", `/broadcasts/${id}/poster`, await poster());
  return id;
}

async function poster(): Promise<FormData> {
  const create = { width: 320, height: 180, channels: 3, background: "#c02040" } as const;
  const form = new FormData();
  form.set("file", new Blob([Buffer.from(await sharp({ create }).png().toBuffer())]), "poster.png");
  return form;
}

async function recorded(broadcastId: string): Promise<string> {
  const { ctx } = show;
  const doors = createRecordingDoors(ctx);
  const recordingId = (await doors.openRecording(broadcastId))?.recordingId ?? "";
  await channel.people.owner.call("POST", `/broadcasts/${broadcastId}/end`);
  const timeline = [{ mediaMs: 0, atMs: 0, durationMs: 1000 }];
  const facts = { durationMs: 1000, sizeBytes: 10, renditions: [], missingMs: 0, note: null };
  await doors.recordingStored({ recordingId, timeline, ...facts });
  for (const name of ["thumbnail.jpg", "storyboard.vtt", "storyboard-0.jpg"]) {
    await ctx.blobs.put(`recordings/${recordingId}/${name}`, Buffer.from("file"), "image/jpeg");
  }
  const keys = { thumbnail_key: "thumbnail.jpg", storyboard_key: "storyboard.vtt" };
  await ctx.store.db.updateTable("recording").set(keys).where("id", "=", recordingId).execute();
  return recordingId;
}

async function clipOf(broadcastId: string): Promise<string> {
  const id = newId();
  const about = { id, broadcast_id: broadcastId, channel_id: channel.id, title: "Clip", created_by: null };
  const file = {
    state: "ready",
    problem: null,
    from_ms: 0,
    duration_ms: 5000,
    size_bytes: 4,
    has_thumbnail: true,
  } as const;
  await show.ctx.store.db
    .insertInto("clip")
    .values({ ...about, ...file, width_px: 16, height_px: 9 })
    .execute();
  for (const name of ["clip.mp4", "thumbnail.jpg"]) {
    await show.ctx.blobs.put(`clips/${id}/${name}`, Buffer.from("file"), "video/mp4");
  }
  return id;
}

type Visitor = Readonly<{ token?: string | undefined; age?: string; by?: "cookie" | "header" }>;

async function ask(path: string, { token, age, by = "cookie" }: Visitor = {}, method = "GET", body?: unknown) {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (age !== undefined && by === "cookie") headers["cookie"] = `rostrum_age=${age}`;
  if (age !== undefined && by === "header") headers["x-age-token"] = age;
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(`${show.url}/api/v1${path}`, {
    method,
    headers: { ...headers, origin: "http://localhost:3000" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = (answer.headers.get("content-type") ?? "").startsWith("application/json");
  const parsed = isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {};
  const code = (parsed["error"] as { code?: string } | undefined)?.code;
  return { status: answer.status, code, text, body: parsed, headers: answer.headers };
}

async function consent(minimumAge: 16 | 18): Promise<string> {
  return String((await ask("/age-consents", {}, "POST", { minimumAge, confirmed: true })).body["token"]);
}

function tokenIn(playback: Record<string, unknown>): string {
  return new URL(String(playback["hlsUrl"]), show.url).searchParams.get("t") ?? "";
}

type Way = Readonly<{ name: string; method: "GET" | "POST"; path: () => string; body?: object }>;

/** What nobody gets who has not said to be old enough. */
const MEDIA: readonly Way[] = [
  { name: "how to play it", method: "GET", path: () => `/broadcasts/${ids.live}/playback` },
  { name: "how to play it when it is over", method: "GET", path: () => `/broadcasts/${ids.over}/playback` },
  { name: "its newest picture", method: "GET", path: () => `/broadcasts/${ids.live}/thumbnail.jpg` },
  { name: "its chat", method: "GET", path: () => `/broadcasts/${ids.live}/chat` },
  { name: "what was said in it", method: "GET", path: () => `/broadcasts/${ids.over}/chat?fromMs=0` },
  { name: "its tips", method: "GET", path: () => `/broadcasts/${ids.live}/tips` },
  { name: "who tipped", method: "GET", path: () => `/broadcasts/${ids.live}/tips/leaderboard` },
  { name: "its polls", method: "GET", path: () => `/broadcasts/${ids.live}/polls` },
  { name: "its questions", method: "GET", path: () => `/broadcasts/${ids.live}/questions` },
  { name: "its handouts", method: "GET", path: () => `/broadcasts/${ids.live}/handouts` },
  { name: "its markers", method: "GET", path: () => `/broadcasts/${ids.live}/markers` },
  { name: "chapters of its recording", method: "GET", path: () => `/recordings/${ids.recording}/chapters.vtt` },
  { name: "a picture of its recording", method: "GET", path: () => `/recordings/${ids.recording}/thumbnail.jpg` },
  {
    name: "where the pictures of its seek bar are",
    method: "GET",
    path: () => `/recordings/${ids.recording}/storyboard.vtt`,
  },
  { name: "the pictures of its seek bar", method: "GET", path: () => `/recordings/${ids.recording}/storyboard-0.jpg` },
  { name: "a clip", method: "GET", path: () => `/clips/${ids.clip}/clip.mp4` },
  { name: "a picture of a clip", method: "GET", path: () => `/clips/${ids.clip}/thumbnail.jpg` },
  { name: "that a clip was played", method: "POST", path: () => `/clips/${ids.clip}/view` },
  {
    name: "a new clip",
    method: "POST",
    path: () => `/broadcasts/${ids.live}/clips`,
    body: { title: "Mine", fromMs: 0, toMs: 6000 },
  },
];

/** Files that the crew alone gets, whatever somebody's age, and what is made for those who have not said theirs. */
const NOT_FOR_VIEWERS = ["download.mp4", "files/{id}/picture.jpg", "/{sourceId}/thumbnail.jpg", "blurred-poster.webp"];

test("every route that gives media, or what belongs to it, is in the table", async () => {
  const { paths } = (await show.app.inject({ url: "/api/openapi.json" })).json() as { paths: Record<string, object> };
  const files = Object.keys(paths).filter((path) => /\.(jpg|mp4|vtt|webp|m3u8)$|\/playback$/.test(path));
  const known = MEDIA.map(({ path }) => path().split("?")[0] ?? "");
  const isKnown = (file: string): boolean => {
    const form = new RegExp(`^${file.replace("/api/v1", "").replaceAll(/\{[^}]+\}/g, "[0-9a-z]+")}$`);
    return known.some((path) => form.test(path));
  };
  const missing = files.filter((file) => !isKnown(file) && !NOT_FOR_VIEWERS.some((part) => file.endsWith(part)));
  expect(missing).toEqual([]);
});

describe("what a show with an age restriction gives", () => {
  test.each(MEDIA)("$name: to nobody who has not said to be old enough", async ({ method, path, body }) => {
    const made = createAgeTokens(show.ctx.secrets, () => Date.now() - 2 * DAY_MS, DAY_MS);
    const forged = `18${(await consent(16)).slice(2)}`;
    const visitors: Readonly<Record<string, Visitor>> = {
      "who says nothing": {},
      "who has an account": { token: channel.people.viewer.token },
      "who owns another channel": { token: stranger.token },
      "who is 16": { age: await consent(16) },
      "who said so too long ago": { age: made.sign(18).token },
      "who made it up": { age: forged },
      "who writes anything": { age: "18" },
    };
    for (const [who, visitor] of Object.entries(visitors)) {
      const { status, code } = await ask(path(), visitor, method, body);
      expect([who, status, code]).toEqual([who, 403, "age_restricted"]);
    }
  });

  test.each(MEDIA)(
    "$name: to whom is old enough, by cookie or header, and to its crew",
    async ({ method, path, body }) => {
      const age = await consent(18);
      const visitors: readonly Visitor[] = [
        { age },
        { age, by: "header" },
        { age, token: channel.people.viewer.token },
        ...(["owner", "admin", "producer", "moderator", "guest"] as const).map((role) => ({
          token: channel.people[role].token,
        })),
      ];
      for (const visitor of visitors) {
        const { code } = await ask(path(), visitor, method, body);
        expect(code).not.toBe("age_restricted");
        expect(code).not.toBe("forbidden");
      }
    },
  );

  test.each([
    ["the show", () => `/broadcasts/${ids.live}`],
    ["the show when it is over", () => `/broadcasts/${ids.over}`],
    ["lists of shows", () => "/broadcasts?view=live&handle=grown"],
    ["shows of a channel", () => "/broadcasts?handle=grown&view=recent"],
    ["the recording", () => `/recordings/${ids.recording}`],
    ["recordings of the channel", () => `/recordings?channelId=${channel.id}`],
    ["recordings of the show", () => `/recordings?broadcastId=${ids.over}`],
    ["the clip", () => `/clips/${ids.clip}`],
    ["clips of the channel", () => `/clips?channelId=${channel.id}`],
    ["clips of the show", () => `/clips?broadcastId=${ids.live}`],
    ["oEmbed", () => `/oembed?url=${encodeURIComponent(`http://localhost:3000/watch/${ids.live}`)}`],
  ])("%s: that it is, and nothing that leads to a picture of it", async (_, path) => {
    const { status, text } = await ask(path());
    expect(status).toBe(200);
    expect(text).not.toMatch(/"(thumbnailUrl|storyboardUrl|mp4Url|vodUrl)":"|\/media\/posters\/|thumbnail_url|m3u8/);
  });

  test("a poster of which a few colours are left, from here; the crew sees it as it is", async () => {
    const { body } = await ask(`/broadcasts/${ids.live}`);
    const blurred = await fetch(`${show.url}${String(body["posterUrl"])}`);
    expect([blurred.status, blurred.headers.get("content-type")]).toEqual([200, "image/webp"]);
    const { width, height } = await sharp(Buffer.from(await blurred.arrayBuffer())).metadata();
    expect([width, height]).toEqual([16, 9]);
    const own = await channel.people.guest.call("GET", `/broadcasts/${ids.live}`);
    expect(own.body["posterUrl"]).toMatch(/^\/media\/posters\//);
  });

  test("no poster, however blurred, of what nobody may know of yet", async () => {
    const { id: channelId, people } = await show.channel("soon");
    const body = { channelId, title: "Soon", ageRestricted: true };
    const path = `/broadcasts/${String((await people.owner.call("POST", "/broadcasts", body)).body["id"])}`;
    await people.owner.call("PUT", `${path}/poster`, await poster());
    expect((await ask(`${path}/blurred-poster.webp`)).status).toBe(404);
    await people.owner.call("PATCH", path, { startAt: new Date(Date.now() + DAY_MS).toISOString() });
    expect((await ask(`${path}/blurred-poster.webp`)).status).toBe(200);
  });

  test("topics: by the socket and by polling, to nobody who has not said so", async () => {
    const age = await consent(18);
    const url = `${show.url.replace("http", "ws")}/realtime`;
    const bySocket = async (topic: string, headers: Record<string, string>, token?: string): Promise<string> => {
      const client = new TestClient(url, headers);
      await client.opened;
      client.ws.send(JSON.stringify({ type: "subscribe", topic, ...(token === undefined ? {} : { token }) }));
      const message: ServerMessage = await client.next();
      client.ws.terminate();
      return message.type === "refused" ? message.error.code : message.type;
    };
    const byPoll = async (topic: string, visitor: Visitor, token = ""): Promise<string> => {
      const { body } = await ask(`/realtime/poll?topics=${topic}&token=${token}`, visitor);
      const [message] = body["messages"] as ServerMessage[];
      return message?.type === "refused" ? message.error.code : String(message?.type);
    };
    const token = tokenIn((await ask(`/broadcasts/${ids.live}/playback`, { age })).body);
    for (const topic of [`broadcast:${ids.live}`, `chat:${ids.live}`]) {
      expect(await bySocket(topic, {})).toBe("age_restricted");
      expect(await byPoll(topic, {})).toBe("age_restricted");
      expect(await bySocket(topic, { cookie: `rostrum_age=${age}` })).toBe("reset");
      expect(await byPoll(topic, { age })).toBe("reset");
      // A frame of another site has no cookie; it has what it plays with.
      expect(await bySocket(topic, {}, token)).toBe("reset");
      expect(await byPoll(topic, {}, token)).toBe("reset");
      expect(await byPoll(topic.replace(ids.live, ids.over), {}, token)).toBe("age_restricted");
    }
    for (const topic of [`health:${ids.live}`, `moderation:${ids.live}`]) {
      expect(await byPoll(topic, { age })).not.toBe("reset");
    }
  });

  test("sending: to nobody who has not said so", async () => {
    const { token } = channel.people.viewer;
    const send = { action: "chat.send", body: { broadcastId: ids.live, text: "Hello" } };
    const refused = await ask("/realtime/send", { token }, "POST", { id: newId(), ...send });
    expect(refused.code).toBe("age_restricted");
    const taken = await ask("/realtime/send", { token, age: await consent(18) }, "POST", { id: newId(), ...send });
    expect(taken.status).toBe(200);
  });

  test("a playback token that opens nothing once the show is private, at once", async () => {
    const turning = await show.channel("turns");
    const id = await onAir(turning, { ageRestricted: true });
    const { body } = await ask(`/broadcasts/${id}/playback`, { age: await consent(18) });
    const token = tokenIn(body);
    const access = new AccessCheck(show.doors, systemClock);
    expect(await access.check(id, undefined)).toMatchObject({ ok: false, code: "forbidden" });
    expect(await access.check(id, token)).toEqual({ ok: true, isPrivate: true });
    expect(await access.check(ids.live, token)).toMatchObject({ ok: false, code: "invalid_token" });
    await turning.people.owner.call("PATCH", `/broadcasts/${id}`, { visibility: "private" });
    await expect.poll(async () => access.check(id, token)).toMatchObject({ ok: false, code: "invalid_token" });
    expect((await ask(`/realtime/poll?topics=chat:${id}&token=${token}`)).text).toContain('"forbidden"');
  });

  test("whoever watches when the restriction is switched on is told so, and the poster's address is another one", async () => {
    const { id, people } = await show.channel("becomes");
    const broadcastId = await onAir({ id, people }, {});
    const before = String((await ask(`/broadcasts/${broadcastId}`)).body["posterUrl"]);
    expect((await fetch(show.url + before)).status).toBe(200);
    const client = await show.connect();
    client.subscribe(`chat:${broadcastId}`);
    expect((await client.next()).type).toBe("reset");
    await people.owner.call("PATCH", `/broadcasts/${broadcastId}`, { ageRestricted: true, minimumAge: 16 });
    for (;;) {
      const message = await client.next();
      if (message.type !== "refused") continue;
      expect(message.error).toMatchObject({ code: "age_restricted", details: { minimumAge: 16 } });
      break;
    }
    expect((await fetch(show.url + before)).status).toBe(404);
    expect((await ask(`/broadcasts/${broadcastId}/playback`, { age: await consent(16) })).status).toBe(200);
  });
});

test("who holds a private show's token, signed in or not, reads its chat along, and is told why they cannot write", async () => {
  const home = await show.channel("home");
  const id = await onAir(home, { visibility: "private" });
  const { owner, viewer } = home.people;
  const said = { id: newId(), action: "chat.send", body: { broadcastId: id, text: "Hello" } };
  expect((await owner.call("POST", "/realtime/send", said)).status).toBe(200);
  const token = tokenIn((await owner.call("GET", `/broadcasts/${id}/playback`)).body);
  // Beside what the show itself says in it.
  const hello = expect.arrayContaining([expect.objectContaining({ text: "Hello" })]) as unknown;
  for (const visitor of [{}, { token: viewer.token }] as const) {
    const { body } = await ask(`/realtime/poll?topics=chat:${id}&token=${token}`, visitor);
    const you = {
      mayWrite: false,
      why: { code: "forbidden", message: expect.stringContaining("only the channel's crew") },
    };
    expect(body["messages"]).toMatchObject([{ type: "reset", snapshot: { messages: hello, you } }]);
    const history = await ask(`/broadcasts/${id}/chat?token=${token}`, visitor);
    expect(history.body["items"]).toEqual(hello);
    expect((await ask(`/broadcasts/${id}/chat`, visitor)).code).toBe("forbidden");
  }
  const send = await viewer.call("POST", "/realtime/send", { ...said, id: newId() });
  expect(send.code).toBe("forbidden");
  const crew = await ask(`/realtime/poll?topics=chat:${id}&token=${token}`, { token: owner.token });
  expect(crew.body["messages"]).toMatchObject([{ snapshot: { you: { mayWrite: true } } }]);
});

describe("saying one's age", () => {
  test.each([
    ["without confirming it", { minimumAge: 18, confirmed: false }],
    ["of another age", { minimumAge: 12, confirmed: true }],
    ["of no age", { confirmed: true }],
  ])("%s is refused", async (_, body) => {
    expect((await ask("/age-consents", {}, "POST", body)).code).toBe("invalid_input");
  });

  test("sets a cookie that scripts cannot read, for as long as it is good", async () => {
    const { status, headers, body } = await ask("/age-consents", {}, "POST", { minimumAge: 18, confirmed: true });
    expect(status).toBe(201);
    const cookie = headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^rostrum_age=18\..*HttpOnly; SameSite=Lax/);
    const maxAgeSec = Number(/Max-Age=(\d+)/.exec(cookie)?.[1]);
    expect(Math.abs(maxAgeSec - 86_400)).toBeLessThan(5);
    expect(Math.abs(Date.parse(String(body["expiresAt"])) - Date.now() - DAY_MS)).toBeLessThan(5000);
  });

  test("again, with what was said before, gives the same for no longer than it was good", async () => {
    const age = await consent(18);
    const again = await ask("/age-consents", { age, by: "header" }, "POST", { minimumAge: 16, confirmed: true });
    expect(again.body).toMatchObject({ token: age, minimumAge: 18 });
  });
});

describe("a show for children", () => {
  const send = (who: Person, action: string, body: object) =>
    who.call("POST", "/realtime/send", { id: newId(), action, body: { broadcastId: ids.kids, ...body } });

  test.each(["owner", "moderator", "viewer"] as const)("has no chat for the %s", async (role) => {
    const who = kidsChannel.people[role];
    const polled = await show.poll(`chat:${ids.kids}`, who.token);
    expect(polled.messages[0]).toMatchObject({ type: "refused", error: { code: "conflict" } });
    expect((await send(who, "chat.send", { text: "Hello" })).code).toBe("conflict");
    expect((await who.call("GET", `/broadcasts/${ids.kids}/chat`)).code).toBe("conflict");
  });

  test("takes no tips, questions, reactions, raised hands", async () => {
    const who = channel.people.viewer;
    const tip = await who.call("POST", `/broadcasts/${ids.kids}/tips`, { amountMinor: 500, currency: "EUR" });
    expect([tip.code, tip.body["error"]]).toMatchObject(["conflict", { message: expect.stringContaining("children") }]);
    for (const [action, body] of [
      ["question.ask", { text: "Why?" }],
      ["engagement.react", { reaction: "heart", count: 1 }],
      ["hand.raise", {}],
    ] as const) {
      const answer = await send(who, action, body);
      expect([action, answer.code, (answer.body["error"] as { message: string }).message]).toEqual([
        action,
        "conflict",
        expect.stringContaining("children"),
      ]);
    }
  });

  test("begins without any of them on its page", async () => {
    const { messages } = await show.poll(`broadcast:${ids.kids}`);
    expect(messages[0]).toMatchObject({
      type: "reset",
      snapshot: {
        broadcast: { kidMode: true },
        chat: { mode: "off" },
        tips: [],
        leaderboard: [],
        goal: null,
        tipping: { closed: expect.stringContaining("children") },
        engagement: { settings: { polls: false, questions: false, reactions: false, hands: false } },
      },
    });
  });

  test("cannot be restricted by age, in whatever order it is wished", async () => {
    const { id: channelId, people } = await show.channel("either");
    const { owner } = people;
    const both = { ageRestricted: true, kidMode: true };
    const created = await owner.call("POST", "/broadcasts", { channelId, title: "Both", ...both });
    expect([created.code, created.raw.toString()]).toEqual(["invalid_input", expect.stringContaining("switch off")]);
    for (const [first, second] of [
      [{ ageRestricted: true }, { kidMode: true }],
      [{ kidMode: true }, { ageRestricted: true }],
    ]) {
      const made = await owner.call("POST", "/broadcasts", { channelId, title: "One", ...first });
      const path = `/broadcasts/${String(made.body["id"])}`;
      const refused = await owner.call("PATCH", path, second);
      expect([refused.code, refused.raw.toString()]).toEqual(["invalid_input", expect.stringContaining("switch off")]);
      const swapped = { ageRestricted: !("ageRestricted" in first!), kidMode: !("kidMode" in first!) };
      expect((await owner.call("PATCH", path, swapped)).body).toMatchObject(swapped);
    }
  });
});
