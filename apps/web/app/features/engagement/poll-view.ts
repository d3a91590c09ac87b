/** How a poll stands, for those who draw it. Pure. */
import type { Poll } from "@rostrum/contract/engagement";

/** One option with its part of the voters, 0 to 1. `leads`: nobody has more, and somebody has voted for it. */
export type PollBar = Readonly<{
  id: string;
  text: string;
  votes: number;
  share: number;
  isOwn: boolean;
  leads: boolean;
}>;

/** In the poll's order; null where the counts are not to be seen yet. */
export function barsOf(poll: Pick<Poll, "options" | "outcome">, own: readonly string[]): readonly PollBar[] | null {
  const { options, outcome } = poll;
  if (outcome === null) return null;
  const most = Math.max(0, ...Object.values(outcome.votes));
  return options.map(({ id, text }) => {
    const votes = outcome.votes[id] ?? 0;
    const share = outcome.voters === 0 ? 0 : votes / outcome.voters;
    return { id, text, votes, share, isOwn: own.includes(id), leads: votes > 0 && votes === most };
  });
}

/** Ms until it closes by itself, never below 0; null: when somebody closes it. @param nowMs the server's clock */
export function leftMs({ closesAt }: Pick<Poll, "closesAt">, nowMs: number): number | null {
  return closesAt === null ? null : Math.max(0, Date.parse(closesAt) - nowMs);
}

/** Whether one may vote in it now. Its time may be over before the server says that it is closed. */
export function isVotable(poll: Pick<Poll, "state" | "closesAt">, nowMs: number): boolean {
  return poll.state === "open" && leftMs(poll, nowMs) !== 0;
}

/** The choice after a click: of several any, of one the other. */
export function chosen(choice: readonly string[], id: string, multiple: boolean): readonly string[] {
  if (!multiple) return [id];
  return choice.includes(id) ? choice.filter((one) => one !== id) : [...choice, id];
}

/** What a layer over the picture shows: the newest that is open, else the one that closed last, for `keepMs` after it. */
export function pollOnScreen(polls: readonly Poll[], nowMs: number, keepMs: number): Poll | null {
  const open = polls.find((poll) => isVotable(poll, nowMs));
  if (open !== undefined) return open;
  const ended = (poll: Poll): number => Date.parse(poll.closedAt ?? poll.closesAt ?? "") || 0;
  const last = polls.toSorted((a, b) => ended(b) - ended(a))[0];
  return last !== undefined && nowMs - ended(last) < keepMs ? last : null;
}
