/** What a bad description of a client leads to: the end of its session, with a reason, and never an exception further up. */
import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { NewConnectionNeeded } from "./answering.ts";
import type { SessionHost } from "./session.ts";

/** The result; undefined when it threw, which the host was told of. */
export function attempt<T>(host: Pick<SessionHost, "onViolation" | "onEnded">, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isTheirs(error)) host.onViolation(message);
    // Of a library that refuses, or of ours: a new connection may do better.
    else host.onEnded({ reason: error instanceof NewConnectionNeeded ? "remote" : "error", message });
    return undefined;
  }
}

function isTheirs(error: unknown): boolean {
  return error instanceof MalformedError || error instanceof ProtocolViolation || error instanceof UnsupportedError;
}
