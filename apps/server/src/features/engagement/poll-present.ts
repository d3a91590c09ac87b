/** What of a poll goes out. The public view is made here and nowhere else: it has counts only where everybody may see them. */
import type { OwnPoll, Poll, PollOutcome } from "@rostrum/contract/engagement";
import type { Kysely } from "kysely";
import type { Schema } from "../../store/schema.ts";
import { countVoters, countVotes, listOptions, type OptionRow, type PollRow } from "./poll-queries.ts";

/** A poll with all that is known of it; not for strangers. */
export type PollFacts = Readonly<{ row: PollRow; options: readonly OptionRow[]; outcome: PollOutcome }>;

/** Reads what belongs to the rows. */
export async function factsOf(db: Kysely<Schema>, rows: readonly PollRow[]): Promise<PollFacts[]> {
  const ids = rows.map((row) => row.id);
  const [options, votes, voters] = await Promise.all([listOptions(db, ids), countVotes(db, ids), countVoters(db, ids)]);
  return rows.map((row) => {
    const own = options.filter((option) => option.poll_id === row.id);
    const counts = Object.fromEntries(own.map(({ id }) => [id, votes.get(id) ?? 0]));
    return { row, options: own, outcome: { voters: voters.get(row.id) ?? 0, votes: counts } };
  });
}

/** Whether everybody may see how it stands. */
export function isPublic(row: PollRow): boolean {
  return row.results === "live" || !row.votable;
}

/** Everybody's view; never of a draft. */
export function publicPoll({ row, options, outcome }: PollFacts): Poll {
  return { ...pollOf(row, options), outcome: isPublic(row) ? outcome : null };
}

/** The crew's view. */
export function ownPoll({ row, options, outcome }: PollFacts): OwnPoll {
  return {
    ...pollOf(row, options),
    outcome,
    durationSec: row.duration_sec,
    createdAt: row.created_at.toISOString(),
  };
}

function pollOf(row: PollRow, options: readonly OptionRow[]): Omit<Poll, "outcome"> {
  // Its time is over, the one who says so has not come yet.
  const ranOut = row.state === "open" && !row.votable;
  const closedAt = ranOut ? row.closes_at : row.closed_at;
  return {
    id: row.id,
    broadcastId: row.broadcast_id,
    question: row.question,
    options: options.map(({ id, text }) => ({ id, text })),
    multiple: row.multiple,
    named: row.named,
    results: row.results,
    state: ranOut ? "closed" : row.state,
    openedAt: row.opened_at?.toISOString() ?? null,
    closesAt: row.closes_at?.toISOString() ?? null,
    closedAt: closedAt?.toISOString() ?? null,
  };
}
