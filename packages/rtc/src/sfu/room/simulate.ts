/** Faults that a client may order for itself, to see how it copes (LiveKit's SimulateScenario). They touch nobody else. */
import { DisconnectReason, type SimulateScenario, SpeakerInfo, SpeakersChanged } from "@livekit/protocol";
import type { Member } from "./member.ts";
import { leaveRequest } from "./messages.ts";
import type { RequestDeps } from "./requests.ts";
import type { Room } from "./room.ts";

/** Scenarios that need what this server does not have (TCP candidates, a chosen bandwidth) are left. */
export function simulate(
  room: Room,
  member: Member,
  { scenario }: SimulateScenario,
  { onLeave, onReconnect }: Pick<RequestDeps, "onLeave" | "onReconnect">,
): void {
  switch (scenario.case) {
    case "speakerUpdate":
      return member.send({ case: "speakersChanged", value: new SpeakersChanged({ speakers: everybody(room) }) });
    case "nodeFailure":
    case "disconnectSignalOnResume":
    case "disconnectSignalOnResumeNoMessages":
      return member.cutOff();
    case "serverLeave":
      member.send({ case: "leave", value: leaveRequest(DisconnectReason.SERVER_SHUTDOWN) });
      return onLeave();
    case "migration":
    case "leaveRequestFullReconnect":
      return onReconnect();
    case "switchCandidateProtocol":
    case "subscriberBandwidth":
    case undefined:
      return;
    default:
      scenario satisfies never;
  }
}

function everybody(room: Room): SpeakerInfo[] {
  return [...room.members]
    .filter(({ isVisible }) => isVisible)
    .map(({ sid }) => new SpeakerInfo({ sid, active: true, level: 0.5 }));
}
