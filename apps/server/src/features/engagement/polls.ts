/** Rules of polls: who makes, opens, closes and deletes them, and who sees what of them. */
import {
  type CreatePollBody,
  ENGAGEMENT_LIMITS,
  type OwnPoll,
  type Poll,
  type UpdatePollBody,
} from "@rostrum/contract/engagement";
import { type Kysely, sql } from "kysely";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import { type Actor, actorOf, audit, SYSTEM } from "../audit/service.ts";
import { sightOf } from "../broadcasts/service.ts";
import { requireGrownUps, requireManager, requireNotOver, requireOn, seesAsStaff } from "./access.ts";
import { tellAudience, tellStaff } from "./events.ts";
import { factsOf, ownPoll, type PollFacts, publicPoll } from "./poll-present.ts";
import {
  countPolls,
  deletePollRow,
  findPoll,
  insertPoll,
  listPolls,
  listRunOut,
  listUntold,
  lockPoll,
  type PollRow,
  replaceOptions,
  updatePoll,
} from "./poll-queries.ts";
import { settingsOf, settingsOfShow } from "./settings.ts";
import { plain } from "./text.ts";

type Db = Kysely<Schema>;

/** Newest first; drafts and hidden counts for the crew only. @throws {AppError} not_found, forbidden */
export async function pollsFor(ctx: Context, viewer: Viewer, broadcastId: string): Promise<(OwnPoll | Poll)[]> {
  const sight = await sightOf(ctx, viewer, broadcastId);
  const isStaff = seesAsStaff(sight);
  if (!isStaff && !(await settingsOfShow(ctx, sight.row)).polls) return [];
  const { db } = ctx.store;
  const rows = await listPolls(db, broadcastId, { drafts: isStaff, limit: ENGAGEMENT_LIMITS.pollsPerBroadcast });
  return (await factsOf(db, rows)).map(isStaff ? ownPoll : publicPoll);
}

/** A draft. @throws {AppError} not_found, forbidden; conflict when there are too many */
export async function createPoll(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  body: z.output<typeof CreatePollBody>,
): Promise<OwnPoll> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  if ((await countPolls(ctx.store.db, broadcastId)) >= ENGAGEMENT_LIMITS.pollsPerBroadcast) {
    const max = ENGAGEMENT_LIMITS.pollsPerBroadcast;
    throw new AppError("conflict", `A show may have ${max} polls; delete one first.`);
  }
  const id = newId();
  const { multiple, named, results, durationSec } = body;
  const question = plain(body.question, "The question", 300);
  const options = optionsOf(id, body.options);
  await ctx.store.db.transaction().execute(async (tx) => {
    const values = { id, broadcast_id: broadcastId, question, multiple, named, results, duration_sec: durationSec };
    await insertPoll(tx, { ...values, created_by: viewer.accountId });
    await replaceOptions(tx, options);
    const fact = { channelId, target: broadcastId, details: { poll: id, question } };
    await audit(ctx, actorOf(viewer), { action: "poll.create", ...fact }, tx);
  });
  return told(ctx, await requireFacts(ctx.store.db, id));
}

/**
 * A draft as a whole; of an open one, when its results are shown.
 * @throws {AppError} not_found, forbidden; conflict when it is closed, or open and anything else is to be changed
 */
export async function editPoll(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
  body: z.output<typeof UpdatePollBody>,
): Promise<OwnPoll> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  const { question, multiple, named, results, durationSec } = body;
  const changes = {
    ...(question === undefined ? {} : { question: plain(question, "The question", 300) }),
    ...(multiple === undefined ? {} : { multiple }),
    ...(named === undefined ? {} : { named }),
    ...(results === undefined ? {} : { results }),
    ...(durationSec === undefined ? {} : { duration_sec: durationSec }),
  };
  await ctx.store.db.transaction().execute(async (tx) => {
    const row = await requirePoll(tx, broadcastId, id);
    requireEditable(row, body);
    if (Object.keys(changes).length > 0) await updatePoll(tx, id, changes);
    if (body.options !== undefined) await replaceOptions(tx, optionsOf(id, body.options));
    if (row.state === "draft") return;
    const fact = { channelId, target: broadcastId, details: { poll: id, results: body.results ?? row.results } };
    await audit(ctx, actorOf(viewer), { action: "poll.results", ...fact }, tx);
  });
  const facts = await requireFacts(ctx.store.db, id);
  if (facts.row.state !== "draft") {
    await tellAudience(ctx, broadcastId, { type: "poll.changed", poll: publicPoll(facts) });
  }
  return told(ctx, facts);
}

/** @throws {AppError} conflict */
function requireEditable(row: PollRow, body: z.output<typeof UpdatePollBody>): void {
  if (row.state === "draft") return;
  if (!row.votable) throw new AppError("conflict", "This poll is closed: everybody sees its results.");
  if (Object.keys(body).every((name) => name === "results")) return;
  throw new AppError("conflict", "A poll that was opened stays as it is, but for when its results are shown.");
}

/** @throws {AppError} not_found, forbidden; conflict when it was open before, the show is over, or polls are off */
export async function openPoll(ctx: Context, viewer: AccountViewer, broadcastId: string, id: string): Promise<OwnPoll> {
  const show = await requireManager(ctx, viewer, broadcastId);
  requireNotOver(show);
  requireGrownUps(show);
  requireOn(await settingsOf(ctx, show.channel_id), "polls");
  await ctx.store.db.transaction().execute(async (tx) => {
    const row = await requirePoll(tx, broadcastId, id);
    if (row.state !== "draft") throw new AppError("conflict", "This poll was opened already; make a new one.");
    const closes_at = row.duration_sec === null ? null : sql<Date>`now() + ${row.duration_sec} * interval '1 second'`;
    await updatePoll(tx, id, { state: "open", opened_at: sql<Date>`now()`, closes_at });
    const fact = { channelId: show.channel_id, target: broadcastId, details: { poll: id, question: row.question } };
    await audit(ctx, actorOf(viewer), { action: "poll.open", ...fact }, tx);
  });
  const facts = await requireFacts(ctx.store.db, id);
  await tellAudience(ctx, broadcastId, { type: "poll.opened", poll: publicPoll(facts) });
  return told(ctx, facts);
}

/** Again does nothing. @throws {AppError} not_found, forbidden; conflict for a draft */
export async function closePoll(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
): Promise<OwnPoll> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  return finish(ctx, { broadcastId, id, actor: actorOf(viewer), channelId });
}

/** Closes the polls whose time or show is over. Their votes ended with it: this tells everybody, also who was not told before. */
export async function closeRunOutPolls(ctx: Context): Promise<void> {
  for (const { id, broadcast_id: broadcastId, channel_id: channelId } of await listRunOut(ctx.store.db)) {
    // Somebody may delete it meanwhile.
    await finish(ctx, { broadcastId, id, actor: SYSTEM, channelId }).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }
  const { db } = ctx.store;
  for (const facts of await factsOf(db, await listUntold(db))) await tellClosed(ctx, facts);
}

/** With all votes. @throws {AppError} not_found, forbidden */
export async function deletePoll(ctx: Context, viewer: AccountViewer, broadcastId: string, id: string): Promise<void> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    const found = await requirePoll(tx, broadcastId, id);
    await deletePollRow(tx, id);
    const fact = { channelId, target: broadcastId, details: { poll: id, question: found.question } };
    await audit(ctx, actorOf(viewer), { action: "poll.delete", ...fact }, tx);
    return found;
  });
  const event = { type: "poll.removed", pollId: id } as const;
  if (row.state !== "draft") await tellAudience(ctx, broadcastId, event);
  await tellStaff(ctx, broadcastId, event);
}

type Finish = Readonly<{ broadcastId: string; id: string; actor: Actor; channelId: string }>;

async function finish(ctx: Context, { broadcastId, id, actor, channelId }: Finish): Promise<OwnPoll> {
  const closed = await ctx.store.db.transaction().execute(async (tx) => {
    const row = await requirePoll(tx, broadcastId, id);
    if (row.state === "draft") throw new AppError("conflict", "This poll was not opened yet.");
    if (row.state === "closed") return false;
    // Whoever closes it late closes it at its time.
    const closed_at = sql<Date>`least(closes_at, clock_timestamp())`;
    await updatePoll(tx, id, { state: "closed", closed_at, results_told_at: null });
    const fact = { channelId, target: broadcastId, details: { poll: id, question: row.question } };
    await audit(ctx, actor, { action: "poll.close", ...fact }, tx);
    return true;
  });
  const facts = await requireFacts(ctx.store.db, id);
  if (!closed) return ownPoll(facts);
  return tellClosed(ctx, facts);
}

/** Until it is noted that all have been told, it is told again. */
async function tellClosed(ctx: Context, facts: PollFacts): Promise<OwnPoll> {
  const poll = publicPoll(facts);
  await tellAudience(ctx, poll.broadcastId, { type: "poll.closed", poll });
  const own = await told(ctx, facts);
  await updatePoll(ctx.store.db, poll.id, { results_told_at: sql<Date>`clock_timestamp()` });
  return own;
}

/** @throws {AppError} not_found; also for a poll of another show */
async function requirePoll(tx: Db, broadcastId: string, id: string): Promise<PollRow> {
  const row = await lockPoll(tx, broadcastId, id);
  if (row === undefined) throw unknownPoll();
  return row;
}

/** @throws {AppError} not_found when it was deleted a moment ago */
export async function requireFacts(db: Db, id: string): Promise<PollFacts> {
  const row = await findPoll(db, id);
  const [facts] = row === undefined ? [] : await factsOf(db, [row]);
  if (facts === undefined) throw unknownPoll();
  return facts;
}

export function unknownPoll(): AppError {
  return new AppError("not_found", "No such poll.");
}

async function told(ctx: Context, facts: PollFacts): Promise<OwnPoll> {
  const poll = ownPoll(facts);
  await tellStaff(ctx, poll.broadcastId, { type: "poll.changed", poll });
  return poll;
}

function optionsOf(pollId: string, texts: readonly string[]) {
  const clean = texts.map((text) => plain(text, "An option", 100));
  if (new Set(clean.map((text) => text.toLowerCase())).size < clean.length) {
    throw new AppError("invalid_input", "Two options are the same.");
  }
  return clean.map((text, place) => ({ id: newId(), poll_id: pollId, place, text }));
}
