/** What somebody may do with one message. Pure; the server decides, this only hides what it would refuse. */
import type { ChatMessage, ChatStanding } from "@rostrum/contract/chat";
import { outranks } from "@rostrum/contract/moderation";

export type RowAction =
  | "reply"
  | "react"
  | "copy"
  | "report"
  | "pin"
  | "unpin"
  | "highlight"
  | "unhighlight"
  | "delete"
  | "timeout"
  | "warn"
  | "ban"
  | "person";

/** In the order of the menu. */
export function rowActions(
  message: ChatMessage,
  you: ChatStanding | null,
  pinnedId: string | null,
): readonly RowAction[] {
  if (message.state === "deleted") return [];
  const { author } = message;
  const isOwn = author !== null && author.id === you?.accountId;
  const isSignedIn = you !== null && you.accountId !== null;
  const talk: readonly (RowAction | false)[] = [
    isSignedIn && message.state === "visible" && "reply",
    isSignedIn && message.state === "visible" && "react",
    "copy",
    isSignedIn && !isOwn && author !== null && "report",
  ];
  const own: readonly (RowAction | false)[] = [isOwn && !you?.mayModerate && "delete"];
  return [...talk, ...own, ...(you?.mayModerate ? crewActions(message, you, pinnedId) : [])].filter(
    (action) => action !== false,
  );
}

function crewActions(message: ChatMessage, you: ChatStanding, pinnedId: string | null): readonly (RowAction | false)[] {
  const { author } = message;
  const isBelow = author === null || author.id === you.accountId || outranks(you.role, author.role);
  const isOther = author !== null && author.id !== you.accountId && outranks(you.role, author.role);
  return [
    message.id === pinnedId ? "unpin" : "pin",
    message.highlighted ? "unhighlight" : "highlight",
    isBelow && "delete",
    isOther && "warn",
    isOther && "timeout",
    isOther && "ban",
    author !== null && "person",
  ];
}
