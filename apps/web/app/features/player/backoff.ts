/** Pause before the next try: 0.5 s doubling to 10 s, spread by ±25 % so that an audience does not come back in one instant. */
export function retryDelayMs(failures: number, random: number): number {
  const base = Math.min(10_000, 500 * 2 ** Math.min(failures, 10));
  return Math.round(base * (0.75 + random * 0.5));
}

/**
 * Pause before media that is not there yet is asked for again: 0.5 s at first, below 1 s in the first two seconds, then
 * slower up to 5 s, spread by ±25 %.
 * @param pausedMs what these pauses add up to so far; time that the server held the request does not count
 */
export function notYetDelayMs(pausedMs: number, random: number): number {
  const base = Math.min(5000, Math.max(500, pausedMs / 3));
  return Math.round(base * (0.75 + random * 0.5));
}
