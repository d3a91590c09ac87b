/** Whether passes still count, for players who are asked for theirs again and again: read together, and anew once one is revoked. */
import type { Context } from "../../context.ts";
import type { BroadcastChange } from "../../ports/bus-events.ts";
import { follow } from "../../ports/follow.ts";
import { isCounted, type Pass, versionsOf } from "./passes.ts";

export interface KnownPasses {
  /** Rejects when the database is away. */
  counts(pass: Pass): Promise<boolean>;
  /** Rises whenever a pass may have been revoked: what was answered before is to be asked again. */
  readonly revocations: number;
}

type Batch = Readonly<{ ids: Set<string>; versions: Promise<ReadonlyMap<string, number>> }>;

/** Follows the bus until `signal` aborts. */
export function createKnownPasses(ctx: Context, signal: AbortSignal): KnownPasses {
  let revocations = 0;
  let last: Promise<unknown> = Promise.resolve();
  let next: Batch | undefined;
  const revoked = (): void => void (revocations += 1);
  const onChange = ({ type }: BroadcastChange): void => (type === "registration_revoked" ? revoked() : undefined);
  void follow<BroadcastChange>(ctx, "broadcasts", signal, onChange, revoked);
  /** One query at a time: whoever asks while it runs is in the one after it, and hears what had happened by then. */
  const begin = (): Batch => {
    const ids = new Set<string>();
    const read = (): Promise<ReadonlyMap<string, number>> => {
      next = undefined;
      return versionsOf(ctx.store.db, [...ids]);
    };
    const versions = last.then(read, read);
    last = versions;
    return { ids, versions };
  };
  return {
    async counts(pass) {
      next ??= begin();
      next.ids.add(pass.registrationId);
      return isCounted(pass, await next.versions);
    },
    get revocations() {
      return revocations;
    },
  };
}
