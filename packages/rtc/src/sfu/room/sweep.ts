/** Sends away who is gone without a word, and gives the others new tokens in time. */
import { DisconnectReason } from "@livekit/protocol";
import type { Member } from "./member.ts";
import { leave, PING_TIMEOUT_SEC, type RoomDeps, sendToken } from "./membership.ts";
import type { LeaveAction } from "./messages.ts";
import type { Room } from "./room.ts";

/** A client that lost its socket is back within a second or two; others see its last picture until then. */
const ABSENT_MS = 8_000;
/** Longer than a goodbye takes that was sent together with the end of the connection. */
const BROKEN_MS = 2_000;
/** For clients that take the socket and never offer a connection. */
const JOIN_MS = 30_000;
/** For clients that connect with what they publish; others are connected by then. */
const HELD_MS = 1_500;
/** Clients ping more often than this, and give up by themselves at the same time. */
const SILENT_MS = (PING_TIMEOUT_SEC + 5) * 1000;

/** Looks at each participant once; call it a few times per second. @param nowMs of the steady clock */
export function sweep(room: Room, nowMs: number, deps: RoomDeps): void {
  for (const member of [...room.members]) {
    if (nowMs - member.joinedAtMs >= HELD_MS) member.release();
    const due = dueLeave(member, nowMs);
    if (due !== undefined) leave(room, member, due.reason, deps, due.action);
    else if (nowMs >= member.nextTokenAtMs) {
      sendToken(room, member, deps).catch((error: unknown) =>
        deps.log.error("no token could be made", { room: room.name, error: String(error) }),
      );
    }
  }
}

function dueLeave(
  member: Member,
  nowMs: number,
): Readonly<{ reason: DisconnectReason; action: LeaveAction }> | undefined {
  const isLonger = (sinceMs: number | undefined, ms: number): boolean => sinceMs !== undefined && nowMs - sinceMs >= ms;
  if (isLonger(member.absentSinceMs, ABSENT_MS)) return { reason: DisconnectReason.SIGNAL_CLOSE, action: "disconnect" };
  if (isLonger(member.brokenSinceMs, BROKEN_MS))
    return { reason: DisconnectReason.CONNECTION_TIMEOUT, action: "reconnect" };
  if (isLonger(member.heardMs, SILENT_MS)) return { reason: DisconnectReason.SIGNAL_CLOSE, action: "reconnect" };
  if (!member.wasActive && isLonger(member.joinedAtMs, JOIN_MS))
    return { reason: DisconnectReason.JOIN_FAILURE, action: "disconnect" };
  return undefined;
}
