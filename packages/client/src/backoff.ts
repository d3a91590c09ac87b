/** Pause before the next try: 0.5 s doubling to 15 s, spread by ±25 % so that an audience does not come back in one instant. */
export function backoffMs(failures: number, random: number): number {
  const base = Math.min(15_000, 500 * 2 ** Math.min(failures, 10));
  return Math.round(base * (0.75 + random * 0.5));
}
