/** What must hold between one description of a peer and its next. */
import { ProtocolViolation } from "@rostrum/media/errors";
import type { SessionDescription, Transport } from "./model.ts";

/**
 * Sections keep their place, kind and mid; only a rejected one may come back as another (RFC 8829 §5.2.2).
 * @throws {ProtocolViolation}
 */
export function requireSuccessor(previous: SessionDescription, next: SessionDescription): void {
  if (next.sections.length < previous.sections.length) {
    throw new ProtocolViolation(
      `${next.sections.length} sections after ${previous.sections.length}: they may be rejected, not left out`,
    );
  }
  for (const [index, before] of previous.sections.entries()) {
    const after = next.sections[index];
    if (after === undefined || before.rejected) continue;
    if (after.kind !== before.kind || after.mid !== before.mid) {
      throw new ProtocolViolation(
        `section ${index} was ${before.kind} with mid ${before.mid} and is now ${after.kind} with mid ${after.mid}`,
      );
    }
  }
}

/** The peer asks for a new path (RFC 8839 §4.4.1.1.1). The library cannot: such a session needs a new pipe. */
export function isIceRestart(previous: Transport, next: Transport): boolean {
  return previous.iceUfrag !== next.iceUfrag || previous.icePwd !== next.icePwd;
}

/** Same ICE credentials and certificate: a pipe that was made for the one serves the other. */
export function sameTransport(previous: Transport, next: Transport): boolean {
  return !isIceRestart(previous, next) && previous.fingerprint.value === next.fingerprint.value;
}
