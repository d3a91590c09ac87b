/** Answers the offer of a WHIP or WHEP client: a connection, and our description with all our candidates in it. RFC 9725 §4.2. */
import { randomInt } from "node:crypto";
import type { Pipe } from "@rostrum/rtc/pipe";
import type { PipeHandlers } from "@rostrum/rtc/pipe/options";
import { answer } from "@rostrum/rtc/sdp/answer";
import type { SessionDescription } from "@rostrum/rtc/sdp/model";
import { serializeSdp } from "@rostrum/rtc/sdp/serialize";
import type { Agreement, SectionWant } from "@rostrum/rtc/sdp/wants";
import type { RtcEndpoint } from "./endpoint.ts";

export type PeerRequest = Readonly<{
  /** For the library's log. */
  name: string;
  offer: SessionDescription;
  /** As `AnswerWants.sections`. */
  sections: readonly SectionWant[];
  /** The address of ours that the peer's HTTP request came to. */
  reachedAt: string | undefined;
  handlers: PipeHandlers;
}>;

/** `sdp` is our description. The caller closes the pipe. */
export type AnsweredPeer = Readonly<{ pipe: Pipe; sdp: string; agreement: Agreement }>;

/**
 * Resolves when all local candidates are found: without a STUN server that takes milliseconds.
 * @throws {ProtocolViolation} the offer's DTLS role leaves none for us
 * @throws {Error} the library refuses the offer, or the pipe closed meanwhile
 */
export async function answerPeer(endpoint: RtcEndpoint, request: PeerRequest): Promise<AnsweredPeer> {
  const { offer, sections } = request;
  const pipe = endpoint.openPipe(request.name, request.handlers);
  try {
    const bare = pipe.accept(offer);
    const found = await pipe.gathered();
    if (pipe.state === "closed") throw new Error((await pipe.closed).message);
    const candidates = withCandidate(found, endpoint.hostCandidate(request.reachedAt));
    const transport = { ...bare, candidates, endOfCandidates: true };
    const sessionId = String(randomInt(1, 2 ** 47));
    const { description, agreement } = answer(offer, { transport, sessionId, sessionVersion: 1, sections });
    return { pipe, sdp: serializeSdp(description), agreement };
  } catch (error) {
    pipe.close();
    throw error;
  }
}

function withCandidate(found: readonly string[], more: string | undefined): readonly string[] {
  const [, , , , address = "", port = ""] = more?.split(" ") ?? [];
  return more === undefined || found.some((line) => line.includes(` ${address} ${port} `)) ? found : [...found, more];
}
