/** Which source may feed a program. Pure. */
import type { SourceSlot, Taken } from "../plane.ts";

/** Who goes before whom. */
const RANK = { primary: 0, backup: 1, studio: 2, file: 3, test: 4 } as const satisfies Record<SourceSlot, number>;
/** So many failures within this make a source unsteady; what stands in for it then stays until it was steady for a while. */
const FAILURES = 3;
const FAILURES_WITHIN_MS = 20_000;
const STEADY_MS = 3000;
/** How long an operator's choice waits for a source that is gone. */
const KEPT_MS = 600_000;

export type Candidate = Readonly<{ kind: SourceSlot; isAlive: boolean; steadyMs: number }>;

export const byRank = (a: { kind: SourceSlot }, b: { kind: SourceSlot }): number => RANK[a.kind] - RANK[b.kind];

/** Failures of each slot, and what an operator took. Times are monotonic. */
export class Choice {
  readonly #failures = new Map<SourceSlot, number[]>();
  #taken: { what: Taken; goneSinceMs: number | undefined } | undefined;

  /** What an operator took, null for the order of ranks. It stays while its source is gone, for ten minutes. */
  get taken(): Taken | null {
    return this.#taken?.what ?? null;
  }

  take(what: Taken | null): void {
    this.#taken = what === null ? undefined : { what, goneSinceMs: undefined };
  }

  /** Call from time to time with who is alive. */
  watch(alive: readonly SourceSlot[], nowMs: number): void {
    const taken = this.#taken;
    if (taken === undefined || taken.what === "slate") return;
    if (alive.includes(taken.what)) taken.goneSinceMs = undefined;
    else taken.goneSinceMs ??= nowMs;
    if (nowMs - (taken.goneSinceMs ?? nowMs) > KEPT_MS) this.#taken = undefined;
  }

  /** A source that fed the program broke off or froze. */
  failed(kind: SourceSlot, nowMs: number): void {
    this.#failures.set(kind, [...this.#recent(kind, nowMs), nowMs]);
  }

  /** Whether `one` may take the program over from `now`. The slate is for the air: before, it holds nobody back. */
  mayFeed(
    one: Candidate,
    now: Candidate | undefined,
    { alive, onAir, nowMs }: Readonly<{ alive: readonly SourceSlot[]; onAir: boolean; nowMs: number }>,
  ): boolean {
    const wanted = this.taken === "slate" && !onAir ? null : this.taken;
    if (wanted === "slate") return false;
    if (wanted !== null && alive.includes(wanted)) return one.kind === wanted;
    if (now === undefined) return true;
    if (byRank(one, now) < 0) return this.#recent(one.kind, nowMs).length < FAILURES || one.steadyMs >= STEADY_MS;
    return !now.isAlive;
  }

  #recent(kind: SourceSlot, nowMs: number): number[] {
    return (this.#failures.get(kind) ?? []).filter((atMs) => atMs > nowMs - FAILURES_WITHIN_MS);
  }
}
