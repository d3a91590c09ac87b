/** Messages that several parts of a room send. */
import {
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action as Action,
  ParticipantUpdate,
  type ParticipantInfo,
} from "@livekit/protocol";
import type { SignalMessage } from "../signal/outgoing.ts";

/** Tells what participants are now. */
export function updateMessage(participants: ParticipantInfo[]): SignalMessage {
  return { case: "update", value: new ParticipantUpdate({ participants }) };
}

/** What the client is to do when it is sent away: stay away, or come back with everything new. */
export type LeaveAction = "disconnect" | "reconnect";

/** `canReconnect` says the same to clients older than `action`. */
export function leaveRequest(reason: DisconnectReason, action: LeaveAction = "disconnect"): LeaveRequest {
  const reconnects = action === "reconnect";
  return new LeaveRequest({
    reason,
    action: reconnects ? Action.RECONNECT : Action.DISCONNECT,
    canReconnect: reconnects,
  });
}
