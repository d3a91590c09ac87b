/** Whether the test signal's switch stands on: what was asked for, until the health figures have caught up. Pure. */
import type { SourceHealth } from "@rostrum/contract/health";

/** What the person switched last. `kind` is the source that was shown then; null when there was none. */
export type SwitchWish = Readonly<{ on: boolean; kind: SourceHealth["kind"] | null }>;

/** A source that changed since the wish tells more than the wish. */
export function testSignalOn(wish: SwitchWish | null, kind: SourceHealth["kind"] | null): boolean {
  if (wish !== null && wish.kind === kind) return wish.on;
  return kind === "test" || (wish?.on === true && kind !== null && kind !== "slate");
}
