/** What one process remembers between messages: what accounts have just said, compiled filters, networks it has noted. All bounded. */
import type { ModerationSettings } from "@rostrum/contract/moderation";
import type { Context } from "../../context.ts";
import type { Filters } from "./filter.ts";
import { MOST_SAID, type Said } from "./spam.ts";

/** The compiled rules of a channel, as of a revision. */
export type Rules = Readonly<{ revision: number; settings: ModerationSettings; filters: Filters }>;

const MAX_ACCOUNTS = 20_000;
const MAX_CHANNELS = 500;
const MAX_NETWORKS = 50_000;

/** Forgets what was used longest ago beyond `max` keys. */
export class Recent<T> {
  readonly #max: number;
  readonly #byKey = new Map<string, T>();

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  set(key: string, value: T): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, value);
    if (this.#byKey.size <= this.#max) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      return;
    }
  }
}

export class Memory {
  readonly rules = new Recent<Rules>(MAX_CHANNELS);
  /** Days (since 1970) on which a network was noted for an account. */
  readonly networks = new Recent<number>(MAX_NETWORKS);
  /** When moderators heard last of a refused message of an account, in ms. */
  readonly told = new Recent<number>(MAX_ACCOUNTS);
  readonly #said = new Recent<readonly Said[]>(MAX_ACCOUNTS);

  /**
   * What the account has said here before, through this process, and notes that it says `text` now. At once: of two messages that
   * come together one is the second. What is in the store comes in addition: other processes, and before a restart.
   */
  say(key: string, text: string, at: Date): readonly Said[] {
    const before = this.#said.get(key) ?? [];
    this.#said.set(key, [{ text, at }, ...before].slice(0, MOST_SAID));
    return before;
  }

  /** It was not let through: who writes it again in other words does not repeat it. */
  unsay(key: string, text: string, at: Date): void {
    const said = this.#said.get(key) ?? [];
    const found = said.findIndex((one) => one.text === text && one.at === at);
    if (found >= 0) this.#said.set(key, said.toSpliced(found, 1));
  }
}

// One for each context, as long as that lives: `screen` is asked with nothing but the context.
const MEMORIES = new WeakMap<Context, Memory>();

export function memoryOf(ctx: Context): Memory {
  const known = MEMORIES.get(ctx);
  if (known !== undefined) return known;
  const made = new Memory();
  MEMORIES.set(ctx, made);
  return made;
}
