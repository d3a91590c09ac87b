/** What features tell the gateway: who may follow a topic, what state it begins with, what can be sent. */
import type { TopicKind } from "@rostrum/contract/realtime";
import type { z } from "zod";
import type { Viewer } from "./auth.ts";

/** Who asks, over which transport does not matter. */
export type Caller = Readonly<{
  viewer: Viewer;
  /** As limits count addresses. */
  address: string;
}>;

export type TopicRules = Readonly<{
  /**
   * The same answer for the same viewer and token, whatever the address: people with the same rights share it. Asked again when the
   * broadcast or the account changes. `token` is a playback token.
   * @throws {AppError} the caller may not follow it
   */
  admit(caller: Caller, id: string, token: string | undefined): Promise<void>;
  /** The state that a page begins with. Events that are told after it may be contained in it already. */
  snapshot(caller: Caller, id: string, token: string | undefined): Promise<unknown>;
  /**
   * How events from before this one are told to who comes later and asks for what they missed, as after a deletion; null: as they were.
   * What it returns gives the same event where nothing changes, and changes none.
   */
  amend?(event: unknown): ((earlier: unknown) => unknown) | null;
}>;

export type Action<T = unknown> = Readonly<{
  body: z.ZodType<T>;
  /**
   * Does it, once for each `sendId` of a caller: the same one again gives the same answer. Resolves when it is stored.
   * @throws {AppError}
   */
  run(caller: Caller, body: T, sendId: string): Promise<unknown>;
}>;

export type RealtimeRules = Readonly<{
  topics: Readonly<Partial<Record<TopicKind, TopicRules>>>;
  actions: Readonly<Record<string, Action>>;
}>;

/** What one feature adds to the snapshot of a topic that several share, under names of its own. */
export type SnapshotPart = (caller: Caller, id: string) => Promise<Readonly<Record<string, unknown>>>;

/** Keeps the type of the body between its schema and `run`. */
export function action<T>(body: z.ZodType<T>, run: Action<T>["run"]): Action {
  return { body, run } as Action;
}
