/** One topic that is followed: where it stands, and what its followers are told. No I/O. */
import type { ServerMessage } from "@rostrum/contract/realtime";
import { ApiError } from "./api-error.ts";

export type TopicFollower = Readonly<{
  /** The state as a whole: at first, and whenever events were missed. Events that follow may be contained in it already. */
  onReset: (snapshot: unknown) => void;
  onEvent: (event: unknown) => void;
  /** The topic is not, or no longer, for this person. It is asked for again when the page follows it anew. */
  onRefused?: (error: ApiError) => void;
}>;

/** `reset`: ask for the whole state · `later`: ask again in a while · `renew`: a fresh session may be let in. */
export type NextStep = "nothing" | "reset" | "later" | "renew";

type Place = Readonly<{ life: string; seq: number }>;

/** Refusals that say nothing about the person. */
const PASSING: ReadonlySet<string> = new Set(["unavailable", "internal", "rate_limited"]);

export class FollowedTopic {
  readonly followers = new Set<TopicFollower>();
  token: string | undefined;
  isRefused = false;
  /** Passing refusals in a row. */
  failures = 0;
  #place: Place | undefined;
  #wasRenewed = false;

  /** Where to go on; undefined: from the whole state. */
  get cursor(): string | undefined {
    return this.#place && `${this.#place.life}.${this.#place.seq}`;
  }

  /** It is followed anew: the next answer is to be the whole state. */
  begin(): void {
    this.#place = undefined;
    this.isRefused = false;
    this.#wasRenewed = false;
  }

  /** Takes what the server says about it. */
  take(message: ServerMessage): NextStep {
    switch (message.type) {
      case "subscribed":
        this.#isIn();
        return "nothing";
      case "reset":
        this.#isIn();
        this.#place = parse(message.cursor);
        this.#tell(({ onReset }) => onReset(message.snapshot));
        return "nothing";
      case "events":
        return this.#takeEvents(parse(message.cursor), message.events);
      case "refused":
        return this.#takeRefusal(message);
      case "ack":
      case "nack":
      case "pong":
        return "nothing";
      default:
        return message satisfies never;
    }
  }

  /** It stays refused. */
  refuse({ error: { code, message, details } }: Extract<ServerMessage, { type: "refused" }>): void {
    this.isRefused = true;
    const error = new ApiError(code, message, { status: 0, details });
    this.#tell(({ onRefused }) => onRefused?.(error));
  }

  /** What was wrong before is over: a session that runs out hours later may be renewed again. */
  #isIn(): void {
    this.failures = 0;
    this.#wasRenewed = false;
  }

  #takeEvents(place: Place, events: readonly unknown[]): NextStep {
    const known = this.#place;
    // Events of another life come before their reset, which is on its way.
    if (known === undefined || known.life !== place.life) return "nothing";
    const fresh = place.seq - known.seq;
    if (fresh <= 0) return "nothing";
    if (fresh > events.length) {
      this.#place = undefined;
      return "reset";
    }
    this.#place = place;
    for (const event of events.slice(events.length - fresh)) this.#tell(({ onEvent }) => onEvent(event));
    return "nothing";
  }

  #takeRefusal(refusal: Extract<ServerMessage, { type: "refused" }>): NextStep {
    const { code } = refusal.error;
    if (PASSING.has(code)) {
      this.failures += 1;
      return "later";
    }
    this.#place = undefined;
    if (code === "unauthenticated" && !this.#wasRenewed) {
      this.#wasRenewed = true;
      return "renew";
    }
    this.refuse(refusal);
    return "nothing";
  }

  /** One follower's mistake is not the others'. */
  #tell(how: (follower: TopicFollower) => void): void {
    for (const follower of [...this.followers]) {
      try {
        how(follower);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function parse(cursor: string): Place {
  const [life = "", seq] = cursor.split(".");
  return { life, seq: Number(seq) };
}
