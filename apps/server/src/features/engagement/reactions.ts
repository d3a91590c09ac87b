/** Action `engagement.react`: clicks are added up, and told as counts twice a second. */
import { React, type Reaction, REACTIONS_EVERY_MS } from "@rostrum/contract/engagement";
import type { Context } from "../../context.ts";
import { type Action, action, type Caller } from "../../http/realtime-rules.ts";
import { Batches } from "../../lib/batches.ts";
import type { Clock } from "../../lib/clock.ts";
import { AppError } from "../../lib/app-error.ts";
import { findShown, judgeSight, sightOf } from "../broadcasts/service.ts";
import { keyOf, requireGrownUps, requireNotOver, requireOn, requireVoice, type ShownRow } from "./access.ts";
import { tellAudience } from "./events.ts";
import type { Limits } from "./limits.ts";
import { settingsOf } from "./settings.ts";

/** Shows that somebody reacts to at a time. */
const MAX_SHOWS = 2000;
/** Of one kind in one event; nobody sees more. */
const MAX_COUNT = 10_000;
/** Whether a show takes reactions is asked so often, and not for every click. */
const OPEN_FOR_MS = 2000;
/** What was sent lately is known again when it comes again. */
const KNOWN_SENDS = 20_000;

type Parts = Readonly<{ ctx: Context; clock: Clock; limits: Limits; signal: AbortSignal }>;
type Counts = Partial<Record<Reaction, number>>;

export function reactAction({ ctx, clock, limits, signal }: Parts): Action {
  const doors = new Doors(ctx, clock);
  const known = new Set<string>();
  const reactions = new Batches<Counts>({
    clock,
    signal,
    everyMs: REACTIONS_EVERY_MS,
    maxKeys: MAX_SHOWS,
    empty: () => ({}),
    tell: (broadcastId, counts) => tellAudience(ctx, broadcastId, { type: "engagement.reactions", counts }),
    onError: (error) => ctx.log.error({ err: error }, "reactions were not told"),
  });
  return action(React, async (caller, { broadcastId, reaction, count }, sendId) => {
    if (caller.viewer.kind === "account") requireVoice(caller);
    limits.react(caller, count);
    await doors.requireOpen(caller, broadcastId);
    const send = `${keyOf(caller)} ${sendId}`;
    if (known.has(send)) return null;
    known.add(send);
    if (known.size > KNOWN_SENDS) for (const oldest of [...known].slice(0, KNOWN_SENDS / 10)) known.delete(oldest);
    reactions.add(broadcastId, (counts) => {
      counts[reaction] = Math.min(MAX_COUNT, (counts[reaction] ?? 0) + count);
    });
    return null;
  });
}

type Standing = Readonly<{ untilMs: number; isPublic: boolean; refusal: AppError | null }>;

/** Which shows take reactions, and whether from everybody: remembered for a moment, because clicks come in hundreds. */
class Doors {
  readonly #ctx: Context;
  readonly #clock: Clock;
  readonly #known = new Map<string, Promise<Standing>>();

  constructor(ctx: Context, clock: Clock) {
    this.#ctx = ctx;
    this.#clock = clock;
  }

  /** @throws {AppError} not_found and forbidden as for the show; conflict when it takes none */
  async requireOpen(caller: Caller, broadcastId: string): Promise<void> {
    let standing = await this.#known.get(broadcastId);
    if (standing === undefined || standing.untilMs <= this.#clock.monotonicMs()) {
      const reading = this.#read(broadcastId);
      this.#known.delete(broadcastId);
      this.#known.set(broadcastId, reading);
      // Not kept: the next one asks anew.
      reading.catch(() => this.#known.delete(broadcastId));
      this.#forget();
      standing = await reading;
    }
    if (!standing.isPublic) await sightOf(this.#ctx, caller.viewer, broadcastId);
    if (standing.refusal !== null) throw standing.refusal;
  }

  #forget(): void {
    if (this.#known.size <= MAX_SHOWS) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  async #read(broadcastId: string): Promise<Standing> {
    const ctx = this.#ctx;
    const row = await findShown(ctx.store.db, broadcastId);
    const untilMs = this.#clock.monotonicMs() + OPEN_FOR_MS;
    const isPublic = await isForEverybody(ctx, row);
    return { untilMs, isPublic, refusal: row === undefined ? null : await refusalOf(ctx, row) };
  }
}

async function isForEverybody(ctx: Context, row: ShownRow | undefined): Promise<boolean> {
  try {
    return (await judgeSight(ctx, { kind: "anonymous" }, row)).kind === "public";
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

async function refusalOf(ctx: Context, row: ShownRow): Promise<AppError | null> {
  try {
    requireNotOver(row);
    requireGrownUps(row);
    requireOn(await settingsOf(ctx, row.channel_id), "reactions");
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
