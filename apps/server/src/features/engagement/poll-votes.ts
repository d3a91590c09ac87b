/** Action `poll.vote`, and telling everybody how a poll stands. */
import { PollVote } from "@rostrum/contract/engagement";
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import { type Action, action, type Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { Batches } from "../../lib/batches.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Schema } from "../../store/schema.ts";
import { isOver, requireParticipant } from "./access.ts";
import { tellAudience, tellStaff } from "./events.ts";
import type { Limits } from "./limits.ts";
import { claimTelling, findPoll, holdPoll, listOptions, type PollRow } from "./poll-queries.ts";
import { requireFacts, unknownPoll } from "./polls.ts";

/** A little more than the database lets pass: so one process tells every time. */
const RESULTS_EVERY_MS = 520;
const MAX_POLLS = 10_000;
/** Votes of one account in one poll that are known again when they are sent again. */
const KNOWN_SENDS = 8;

type Parts = Readonly<{ ctx: Context; clock: Clock; limits: Limits; signal: AbortSignal }>;

export function voteAction({ ctx, clock, limits, signal }: Parts): Action {
  const results = new Batches<null>({
    clock,
    signal,
    everyMs: RESULTS_EVERY_MS,
    maxKeys: MAX_POLLS,
    empty: () => null,
    tell: async (pollId) => {
      if ((await tellResults(ctx, pollId)) === "later") results.add(pollId, () => undefined);
    },
    onError: (error) => ctx.log.error({ err: error }, "the results of a poll were not told"),
  });
  return action(PollVote, async (caller, body, sendId) => {
    limits.act(caller);
    const answer = await vote(ctx, caller, body, sendId);
    if (answer.changed) results.add(body.pollId, () => undefined);
    return { pollId: body.pollId, optionIds: answer.optionIds };
  });
}

type Answer = Readonly<{ optionIds: readonly string[]; changed: boolean }>;

/** The answer has no counts: who votes learns what everybody may see, the way everybody does. */
async function vote(ctx: Context, caller: Caller, { pollId, optionIds }: PollVote, sendId: string): Promise<Answer> {
  const poll = await findPoll(ctx.store.db, pollId);
  if (poll === undefined || poll.state === "draft") throw unknownPoll();
  const { viewer, row: show } = await requireParticipant(ctx, caller, poll.broadcast_id, "polls");
  await requireChoice(ctx, poll, optionIds);
  const ballot = { poll_id: pollId, account_id: viewer.accountId };
  return ctx.store.db.transaction().execute(async (tx) => {
    const row = await holdPoll(tx, pollId);
    if (row === undefined) throw unknownPoll();
    const sends = await openBallot(tx, ballot);
    const again = sends.find(({ id }) => id === sendId);
    if (again !== undefined) return { optionIds: again.optionIds, changed: false };
    if (!row.votable || isOver(show)) throw new AppError("conflict", "This poll is closed.");
    await fillBallot(tx, ballot, { optionIds, sends: [{ id: sendId, optionIds: [...optionIds] }, ...sends] });
    return { optionIds, changed: true };
  });
}

async function requireChoice(ctx: Context, poll: PollRow, optionIds: readonly string[]): Promise<void> {
  if (!poll.multiple && optionIds.length !== 1) throw new AppError("invalid_input", "Choose one option.");
  const known = new Set((await listOptions(ctx.store.db, [poll.id])).map(({ id }) => id));
  if (!optionIds.every((id) => known.has(id))) {
    throw new AppError("invalid_input", "That is not an option of this poll.");
  }
}

type Ballot = Readonly<{ poll_id: string; account_id: string }>;
type KnownSend = { id: string; optionIds: string[] };

/** Held until the transaction ends. Gives what it was filled with lately, newest first. */
async function openBallot(tx: Kysely<Schema>, ballot: Ballot): Promise<readonly KnownSend[]> {
  await tx
    .insertInto("poll_ballot")
    .values({ ...ballot, sends: "[]" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .selectFrom("poll_ballot")
    .select("sends")
    .where("poll_id", "=", ballot.poll_id)
    .where("account_id", "=", ballot.account_id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row.sends;
}

async function fillBallot(
  tx: Kysely<Schema>,
  ballot: Ballot,
  { optionIds, sends }: { optionIds: readonly string[]; sends: readonly KnownSend[] },
): Promise<void> {
  const { poll_id, account_id } = ballot;
  await tx
    .updateTable("poll_ballot")
    .set({ sends: JSON.stringify(sends.slice(0, KNOWN_SENDS)), voted_at: new Date() })
    .where("poll_id", "=", poll_id)
    .where("account_id", "=", account_id)
    .execute();
  await tx.deleteFrom("poll_vote").where("poll_id", "=", poll_id).where("account_id", "=", account_id).execute();
  await tx
    .insertInto("poll_vote")
    .values(optionIds.map((option_id) => ({ ...ballot, option_id })))
    .execute();
}

/** `later`: another process has just told. A closed poll has told its last. */
async function tellResults(ctx: Context, pollId: string): Promise<"done" | "later"> {
  const { db } = ctx.store;
  const claimed = await claimTelling(db, pollId);
  const known = await findPoll(db, pollId);
  if (known === undefined || !known.votable) return "done";
  if (!claimed) return "later";
  const { row, outcome } = await requireFacts(db, pollId);
  const event = { type: "poll.results", pollId, outcome } as const;
  if (row.results === "live") await tellAudience(ctx, row.broadcast_id, event);
  await tellStaff(ctx, row.broadcast_id, event);
  return "done";
}
