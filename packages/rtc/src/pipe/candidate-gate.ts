/** Holds candidates of both sides back until the remote description is set, and keeps out those of no use. */
import { isUsableCandidate, parseCandidate, serializeCandidate, toPublicCandidates } from "../sdp/candidate.ts";

const MAX_REMOTE = 64;
const MAX_LOCAL = 64;

/** `give` takes one of the peer's to the ICE agent and may throw; `tell` takes one of ours to the peer, undefined after the last. */
export type GateWays = Readonly<{
  give: (candidate: string) => void;
  tell: (candidate: string | undefined) => void;
}>;

/**
 * An agent that is given candidates too early fails, and a peer that gets ours before its answer is applied begins too early: then the
 * answer's own candidates find no agent, and the connection is closed.
 */
export class CandidateGate {
  readonly #publicAddresses: readonly string[];
  readonly #ways: GateWays;
  readonly #done = Promise.withResolvers<void>();
  readonly #local: string[] = [];
  #waiting: string[] = [];
  #remoteCount = 0;
  #ignored = 0;
  #state: "shut" | "open" | "closed" = "shut";
  #isDone = false;

  constructor(publicAddresses: readonly string[], ways: GateWays) {
    this.#publicAddresses = publicAddresses;
    this.#ways = ways;
  }

  /** Candidates of the peer that were not usable, or too many. */
  get ignored(): number {
    return this.#ignored;
  }

  /** From the peer. */
  addRemote(text: string): void {
    if (this.#state === "closed" || text === "" || text.includes("end-of-candidates")) return;
    const candidate = parseCandidate(text);
    if (candidate === undefined || !isUsableCandidate(candidate) || this.#remoteCount >= MAX_REMOTE) {
      this.#ignored += 1;
      return;
    }
    this.#remoteCount += 1;
    const line = serializeCandidate(candidate);
    if (this.#state === "open") this.#give(line);
    else this.#waiting.push(line);
  }

  /** From the ICE agent. The same one twice counts once. */
  addLocal(text: string): void {
    const candidate = parseCandidate(text);
    if (candidate === undefined || this.#isDone || this.#state === "closed") return;
    for (const mapped of toPublicCandidates(candidate, this.#publicAddresses)) {
      const line = serializeCandidate(mapped);
      if (this.#local.length >= MAX_LOCAL || this.#local.includes(line)) continue;
      this.#local.push(line);
      if (this.#state === "open") this.#ways.tell(line);
    }
  }

  /** The ICE agent has no more. @param all what it found: the events that brought them may come later than this one */
  endLocal(all: readonly string[]): void {
    if (this.#isDone || this.#state === "closed") return;
    for (const candidate of all) this.addLocal(candidate);
    this.#isDone = true;
    this.#done.resolve();
    if (this.#state === "open") this.#ways.tell(undefined);
  }

  /** The remote description is set. @param remote the candidates that came with it */
  open(remote: readonly string[]): void {
    if (this.#state === "closed") return;
    this.#state = "open";
    for (const line of this.#waiting.splice(0)) this.#give(line);
    for (const candidate of remote) this.addRemote(candidate);
    for (const line of this.#local) this.#ways.tell(line);
    if (this.#isDone) this.#ways.tell(undefined);
  }

  close(): void {
    this.#state = "closed";
    this.#waiting = [];
    this.#done.resolve();
  }

  /** All local ones, or what there is when the gate is closed before. */
  async gathered(): Promise<readonly string[]> {
    await this.#done.promise;
    return this.#local;
  }

  #give(candidate: string): void {
    try {
      this.#ways.give(candidate);
    } catch {
      // It reads differently there. One candidate less is no reason to end the connection.
      this.#ignored += 1;
    }
  }
}
