/** Polls and reactions as they come to people: over sockets, over polling, and after a restart. Real time, real sockets. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerMessage } from "@rostrum/contract/realtime";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, type Person, type Show } from "../features/broadcasts/testing.ts";
import { engagementRoutes } from "../features/engagement/routes.ts";
import { sweepPolls } from "../features/engagement/service.ts";
import { newId } from "../lib/ids.ts";
import { TestClient } from "../realtime/testing.ts";
import type { HttpListener } from "./http-listener.ts";
import { createRealtime, type Realtime } from "./realtime.ts";

const stop = new AbortController();
const server = createServer();
const clients: TestClient[] = [];
let realtime: Realtime;
let show: Show;
let channel: Awaited<ReturnType<Show["channel"]>>;
let broadcastId: string;

beforeAll(async () => {
  show = await openShow({
    plugins: (ctx) => {
      realtime = createRealtime(ctx, stop.signal);
      return [(app) => engagementRoutes(app, ctx), (app) => realtime.routes(app)];
    },
  });
  const upgrades: HttpListener["upgrades"] = new Map();
  realtime.open({ upgrades } as unknown as HttpListener, show.app.kit);
  server.on("upgrade", (req, socket, head) => upgrades.get("/realtime")?.(req, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  channel = await show.channel("crowd");
  const { body } = await channel.people.owner.call("POST", "/broadcasts", { channelId: channel.id, title: "Show" });
  broadcastId = String(body["id"]);
  const onAir = { state: "live", live_at: new Date() } as const;
  await show.ctx.store.db.updateTable("broadcast").set(onAir).where("id", "=", broadcastId).execute();
});
afterAll(async () => {
  for (const { ws } of clients) ws.terminate();
  stop.abort();
  await realtime.close();
  server.close();
  await show.close();
});

async function connect(who: Person | null): Promise<TestClient> {
  const headers = who === null ? {} : { authorization: `Bearer ${await tokenOf(who)}` };
  const client = new TestClient(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/realtime`, headers);
  clients.push(client);
  await client.opened;
  return client;
}

async function tokenOf({ id }: Person): Promise<string> {
  const rows = show.ctx.store.db.selectFrom("refresh_token").select("family_id").where("account_id", "=", id);
  const { family_id: sessionId } = await rows.executeTakeFirstOrThrow();
  return (await show.app.kit.access.sign({ accountId: id, sessionId, epoch: 0 })).token;
}

/** The next message that has `part` in it. */
async function heard(client: TestClient, part: string): Promise<ServerMessage> {
  for (;;) {
    const message = await client.next();
    if (JSON.stringify(message).includes(part)) return message;
  }
}

/** The next event of this type; what came with it is lost. */
async function eventOf(client: TestClient, type: string): Promise<unknown> {
  const message = await heard(client, `"type":"${type}"`);
  const events = message.type === "events" ? (message.events as { type: string }[]) : [];
  return events.find((event) => event.type === type);
}

type PollBody = { id: string; options: { id: string }[] };
async function openPoll(values: Record<string, unknown>): Promise<PollBody> {
  const { owner } = channel.people;
  const path = `/broadcasts/${broadcastId}/polls`;
  const made = await owner.call("POST", path, { question: "Yes?", options: ["Yes", "No"], ...values });
  return (await owner.call("POST", `${path}/${String(made.body["id"])}/open`)).body as unknown as PollBody;
}

test("hidden results are in nothing that reaches a viewer, by socket or by polling, until the poll is closed", async () => {
  const { viewer, guest, moderator } = channel.people;
  const [seat, desk] = [await connect(viewer), await connect(moderator)];
  seat.subscribe(`broadcast:${broadcastId}`);
  seat.subscribe(`moderation:${broadcastId}`);
  expect(await heard(seat, '"refused"')).toMatchObject({
    topic: `moderation:${broadcastId}`,
    error: { code: "forbidden" },
  });
  desk.subscribe(`moderation:${broadcastId}`);
  await heard(desk, '"reset"');
  const begun = await viewer.call("GET", `/realtime/poll?topics=broadcast:${broadcastId}`);
  const cursor = (begun.body as unknown as { messages: { cursor: string }[] }).messages[0]?.cursor ?? "";

  const poll = await openPoll({ results: "after" });
  await heard(seat, "poll.opened");
  const body = { pollId: poll.id, optionIds: [poll.options[0]?.id] };
  seat.send({ type: "send", id: newId(), action: "poll.vote", body });
  expect(await heard(seat, '"ack"')).toMatchObject({ result: body });
  const sent = await guest.call("POST", "/realtime/send", { id: newId(), action: "poll.vote", body });
  expect(sent.body).toEqual({ result: body });
  await heard(desk, '"voters":2');
  await seat.rest();
  const polled = async (): Promise<string> => {
    const path = `/realtime/poll?topics=broadcast:${broadcastId}`;
    const answers = [await viewer.call("GET", path), await viewer.call("GET", `${path}@${cursor}`)];
    return JSON.stringify(answers.map((answer) => answer.body));
  };
  expect(await polled()).toContain("poll.opened");
  expect(seat.frames.join("") + (await polled())).not.toContain('"voters"');

  await moderator.call("POST", `/broadcasts/${broadcastId}/polls/${poll.id}/close`);
  const outcome = { voters: 2, votes: { [poll.options[0]?.id ?? ""]: 2, [poll.options[1]?.id ?? ""]: 0 } };
  expect(await eventOf(seat, "poll.closed")).toMatchObject({ poll: { outcome } });
  expect(await polled()).toContain('"voters":2');
});

test("a poll whose time ran out while nothing was running is closed by the next one who runs", async () => {
  const { viewer } = channel.people;
  const seat = await connect(viewer);
  seat.subscribe(`broadcast:${broadcastId}`);
  await heard(seat, '"reset"');
  const poll = await openPoll({ durationSec: 3600 });
  const past = sql<Date>`clock_timestamp() - interval '1 minute'`;
  await show.ctx.store.db.updateTable("poll").set({ closes_at: past }).where("id", "=", poll.id).execute();
  const sweeping = new AbortController();
  const swept = sweepPolls(show.ctx, sweeping.signal);
  expect(await eventOf(seat, "poll.closed")).toMatchObject({ poll: { id: poll.id, state: "closed" } });
  sweeping.abort();
  await swept;
});

test("reactions of a crowd come as counts, in fewer events than there were clicks", async () => {
  const seat = await connect(null);
  seat.subscribe(`broadcast:${broadcastId}`);
  await heard(seat, '"reset"');
  const body = { broadcastId, reaction: "clap", count: 10 };
  const crowd = await Promise.all([1, 2, 3].map(() => connect(null)));
  for (const client of crowd) {
    for (let n = 0; n < 6; n += 1) client.send({ type: "send", id: newId(), action: "engagement.react", body });
  }
  let clicks = 0;
  let events = 0;
  while (clicks < 180) {
    const message = await heard(seat, "engagement.reactions");
    if (message.type !== "events") continue;
    for (const event of message.events as { type: string; counts: { clap?: number } }[]) {
      if (event.type !== "engagement.reactions") continue;
      events += 1;
      clicks += event.counts.clap ?? 0;
    }
  }
  expect(clicks).toBe(180);
  expect(events).toBeLessThan(18);
});

test("an overlay of a private show reads along by the token that the crew copied, and takes no part", async () => {
  const { owner, moderator, viewer, guest } = channel.people;
  const values = { channelId: channel.id, title: "Rehearsal", visibility: "private" };
  const id = String((await owner.call("POST", "/broadcasts", values)).body["id"]);
  const onAir = { state: "live", live_at: new Date() } as const;
  const over = { state: "ended", ended_at: new Date() } as const;
  await show.ctx.store.db.updateTable("broadcast").set(over).where("id", "=", broadcastId).execute();
  await show.ctx.store.db.updateTable("broadcast").set(onAir).where("id", "=", id).execute();
  const ask = (who: Person) => who.call("GET", `/broadcasts/${id}/overlay-token`);
  expect([(await ask(viewer)).status, (await ask(guest)).status]).toEqual([403, 403]);
  const token = String((await ask(moderator)).body["token"]);
  const poll = async (query: string): Promise<string> => {
    const topics = `broadcast:${id},chat:${id},moderation:${id},health:${id}`;
    const { body } = await show.anonymous("GET", `/realtime/poll?topics=${topics}${query}`);
    const { messages } = body as unknown as { messages: { type: string; topic: string }[] };
    return messages.map(({ type, topic }) => `${type} ${topic.split(":")[0]}`).join(", ");
  };
  expect(await poll("")).toBe("refused broadcast, refused chat, refused moderation, refused health");
  expect(await poll(`&token=${token}`)).toBe("reset broadcast, reset chat, refused moderation, refused health");
  expect((await show.anonymous("GET", `/broadcasts/${id}/playback?token=${token}&t=${token}`)).status).toBe(403);
  const send = { id: newId(), action: "engagement.react", body: { broadcastId: id, reaction: "heart" } };
  expect((await show.anonymous("POST", `/realtime/send?token=${token}`, send)).status).toBe(403);
  await show.ctx.store.db.updateTable("broadcast").set({ visibility: "public" }).where("id", "=", id).execute();
  expect((await ask(owner)).body).toEqual({ token: null, expiresAt: null });
});
