/** Clicks on reactions, told together: a finger is faster than a socket needs to be. No React. */
import type { Reaction } from "@rostrum/contract/engagement";

export type ReactionSenderOptions = Readonly<{
  send: (reaction: Reaction, count: number) => Promise<unknown>;
  onRefused: (reaction: Reaction, count: number) => void;
  /** Calls `run` once, soon. Default: after 250 ms. */
  schedule?: (run: () => void) => void;
}>;

const WAIT_MS = 250;
/** As many as the server takes at once; more clicks within the time are not told. */
const MAX_COUNT = 10;

type Batch = { count: number; readonly told: Promise<void> };

/** One batch for each reaction at a time. */
export class ReactionSender {
  readonly #options: ReactionSenderOptions;
  readonly #waiting = new Map<Reaction, Batch>();

  constructor(options: ReactionSenderOptions) {
    this.#options = options;
  }

  /** Resolves when the click was told, or was one too many; rejects with what `send` rejects with. */
  add(reaction: Reaction): Promise<void> {
    const waiting = this.#waiting.get(reaction);
    if (waiting !== undefined) {
      if (waiting.count < MAX_COUNT) waiting.count += 1;
      else this.#options.onRefused(reaction, 1);
      return waiting.told;
    }
    const { schedule = later } = this.#options;
    const batch = {
      count: 1,
      told: new Promise<void>((resolve) => schedule(resolve)).then(() => this.#tell(reaction)),
    };
    this.#waiting.set(reaction, batch);
    return batch.told;
  }

  async #tell(reaction: Reaction): Promise<void> {
    const count = this.#waiting.get(reaction)?.count ?? 0;
    this.#waiting.delete(reaction);
    try {
      await this.#options.send(reaction, count);
    } catch (error) {
      this.#options.onRefused(reaction, count);
      throw error;
    }
  }
}

const later = (run: () => void): void => void setTimeout(run, WAIT_MS);
