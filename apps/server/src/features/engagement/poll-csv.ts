/** Polls as CSV. */
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { CSV_START, csvLine } from "../../lib/csv.ts";
import { requireManager } from "./access.ts";
import type { PollFacts } from "./poll-present.ts";
import { requireFacts, unknownPoll } from "./polls.ts";

/** Read so many at a time: a poll may have a hundred thousand voters. */
const VOTERS_PER_READ = 2000;

/**
 * Lines to be sent one after the other.
 * @throws {AppError} not_found, forbidden; conflict when it is asked who voted in a poll without names
 */
export async function exportPoll(
  ctx: Context,
  viewer: AccountViewer,
  where: Readonly<{ broadcastId: string; pollId: string }>,
  by: "option" | "voter",
): Promise<AsyncIterable<string>> {
  await requireManager(ctx, viewer, where.broadcastId);
  const facts = await requireFacts(ctx.store.db, where.pollId);
  if (facts.row.broadcast_id !== where.broadcastId) throw unknownPoll();
  if (by === "option") return byOption(facts);
  if (!facts.row.named) throw new AppError("conflict", "This poll is anonymous: it is not told who voted for what.");
  return byVoter(ctx, facts);
}

async function* byOption({ row, options, outcome }: PollFacts): AsyncGenerator<string> {
  yield CSV_START + csvLine(["Question", "Option", "Votes", "Share of voters"]);
  for (const { id, text } of options) {
    const votes = outcome.votes[id] ?? 0;
    const share = outcome.voters === 0 ? 0 : Math.round((votes / outcome.voters) * 10_000) / 10_000;
    yield csvLine([row.question, text, votes, share]);
  }
}

async function* byVoter(ctx: Context, { row, options }: PollFacts): AsyncGenerator<string> {
  const texts = new Map(options.map(({ id, text }) => [id, text]));
  yield CSV_START + csvLine(["Question", "Handle", "Name", "Option", "Voted at"]);
  let after = "";
  for (;;) {
    const voters = await readVoters(ctx, row.id, after);
    const last = voters.at(-1);
    if (last === undefined) return;
    after = last.account_id;
    yield voters
      .flatMap(({ handle, display_name, voted_at, choices }) =>
        choices.map((id) => csvLine([row.question, handle, display_name, texts.get(id) ?? "", voted_at.toISOString()])),
      )
      .join("");
  }
}

async function readVoters(ctx: Context, pollId: string, after: string) {
  const { db } = ctx.store;
  const ballots = await db
    .selectFrom("poll_ballot")
    .innerJoin("account", "account.id", "poll_ballot.account_id")
    .select(["poll_ballot.account_id", "poll_ballot.voted_at", "account.handle", "account.display_name"])
    .where("poll_id", "=", pollId)
    .where("poll_ballot.account_id", ">", after)
    .orderBy("poll_ballot.account_id")
    .limit(VOTERS_PER_READ)
    .execute();
  const last = ballots.at(-1);
  if (last === undefined) return [];
  const votes = await db
    .selectFrom("poll_vote")
    .innerJoin("poll_option", "poll_option.id", "poll_vote.option_id")
    .select(["poll_vote.account_id", "poll_vote.option_id"])
    .where("poll_vote.poll_id", "=", pollId)
    .where("poll_vote.account_id", ">", after)
    .where("poll_vote.account_id", "<=", last.account_id)
    .orderBy("poll_option.place")
    .execute();
  const choices = Map.groupBy(votes, (vote) => vote.account_id);
  return ballots.map((ballot) => ({
    ...ballot,
    choices: (choices.get(ballot.account_id) ?? []).map((vote) => vote.option_id),
  }));
}
