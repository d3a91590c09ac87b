/** Asks again and again: steadily while answers come, further and further apart while they do not. No React. */

/** `retryAt` (ms since 1970) is when the next try comes after a failure; null while answers come, or when it has given up. */
export type PollState<T> = Readonly<{ data: T; failure: unknown; retryAt: number | null }>;

export type PollOptions<T> = Readonly<{
  /** `known` is the newest data. */
  load: (signal: AbortSignal, known: T) => Promise<T>;
  initial: T;
  /** Asks with the first subscriber already: `initial` is only a stand-in. */
  atOnce?: boolean;
  /** Between an answer and the next question. */
  intervalMs: number;
  /** True for a refusal: then asking stops until `refresh`. */
  isFinal: (error: unknown) => boolean;
  /** 0 to 1, for jitter. */
  random?: () => number;
  /** Calls back once after that time; returns how to call it off. */
  after?: (delayMs: number, then: () => void) => () => void;
  now?: () => number;
}>;

export interface Poller<T> {
  /** Asking goes on while anybody has subscribed. Returns how to leave. */
  readonly subscribe: (changed: () => void) => () => void;
  /** The same object until something changes. */
  readonly state: () => PollState<T>;
  /** Puts in what is known from elsewhere, for instance the answer of an action. An answer still under way is dropped. */
  readonly set: (data: T) => void;
  /** Asks at once. */
  readonly refresh: () => void;
}

const MAX_DELAY_MS = 30_000;

/** Doubles with every failure up to 30 s, minus up to a quarter so that many pages do not come back together. `failures` from 1. */
export function retryDelayMs(failures: number, intervalMs: number, random: number): number {
  const full = Math.min(MAX_DELAY_MS, intervalMs * 2 ** (failures - 1));
  return Math.round(full * (1 - random / 4));
}

const later = (delayMs: number, then: () => void): (() => void) => {
  const timer = setTimeout(then, delayMs);
  return () => clearTimeout(timer);
};

/** Begins with the first subscriber and rests after the last. */
export function createPoller<T>(options: PollOptions<T>): Poller<T> {
  const { load, intervalMs, isFinal, random = Math.random, after = later, now = Date.now } = options;
  const subscribers = new Set<() => void>();
  let state: PollState<T> = { data: options.initial, failure: null, retryAt: null };
  let failures = 0;
  let asking: AbortController | null = null;
  let callOff = (): void => undefined;

  const change = (next: PollState<T>): void => {
    state = next;
    for (const changed of subscribers) changed();
  };
  const rest = (): void => {
    callOff();
    asking?.abort();
    asking = null;
  };
  const wait = (delayMs: number): void => {
    callOff();
    callOff = after(delayMs, ask);
  };
  const answered = (data: T): void => {
    failures = 0;
    change({ data, failure: null, retryAt: null });
    wait(intervalMs);
  };
  const failed = (failure: unknown): void => {
    if (isFinal(failure)) return change({ ...state, failure, retryAt: null });
    failures += 1;
    const delayMs = retryDelayMs(failures, intervalMs, random());
    change({ ...state, failure, retryAt: now() + delayMs });
    wait(delayMs);
  };
  function ask(): void {
    rest();
    const mine = new AbortController();
    asking = mine;
    // A later question or answer has taken this one's place when it is aborted.
    load(mine.signal, state.data).then(
      (data) => (mine.signal.aborted ? undefined : answered(data)),
      (error: unknown) => (mine.signal.aborted ? undefined : failed(error)),
    );
  }

  return {
    subscribe(changed) {
      subscribers.add(changed);
      if (subscribers.size === 1) wait(options.atOnce === true ? 0 : intervalMs);
      return () => {
        subscribers.delete(changed);
        if (subscribers.size === 0) rest();
      };
    },
    state: () => state,
    set(data) {
      rest();
      failures = 0;
      change({ data, failure: null, retryAt: null });
      if (subscribers.size > 0) wait(intervalMs);
    },
    refresh: ask,
  };
}
