/** Who of the registered watches, from their players' beacons: collected, and stored every few seconds. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import { type Insertable, sql } from "kysely";
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import type { RegistrationVisitTable } from "../../store/registration-tables.ts";
import type { Pass } from "../broadcasts/service.ts";

const STORE_MS = 5_000;
/** Players of one process that wait to be stored; further ones are left out until some are. */
const MAX_WAITING = 100_000;
/** Players that count of one registration; whoever opens more is not kept with the rest. */
const MAX_PLAYERS = 100;
/** Below the 65,535 parameters that PostgreSQL takes. */
const ROWS_PER_INSERT = 1_000;

type VisitRow = Insertable<RegistrationVisitTable>;

export interface Visits {
  /** A player of this registration says what it has watched so far. */
  note(pass: Pass, beacon: ViewerBeacon): void;
  /** Stores what waits, as it happens every 5 s anyway. @throws when the database is away; what waits is kept */
  store(): Promise<void>;
}

/** Stores until `signal` aborts. `now` is wall time in ms. */
export function createVisits(ctx: Context, signal: AbortSignal, now: () => number = Date.now): Visits {
  const waiting = new Map<string, VisitRow>();
  const keep = (row: VisitRow): void => {
    const key = `${row.registration_id} ${row.session_id}`;
    if (waiting.size < MAX_WAITING || waiting.has(key)) waiting.set(key, row);
  };
  const store = async (): Promise<void> => {
    const rows = [...waiting.values()];
    waiting.clear();
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      try {
        await upsertVisits(ctx, rows.slice(from, from + ROWS_PER_INSERT));
      } catch (error) {
        // What came meanwhile is newer.
        for (const row of rows.slice(from)) {
          if (!waiting.has(`${row.registration_id} ${row.session_id}`)) keep(row);
        }
        throw error;
      }
    }
  };
  void every(STORE_MS, signal, store, (err) => ctx.log.warn({ err }, "visits of the registered are not stored yet"));
  return {
    note({ registrationId }, { sessionId, watchedMs }) {
      const at = new Date(now());
      const joined_at = waiting.get(`${registrationId} ${sessionId}`)?.joined_at ?? at;
      keep({ registration_id: registrationId, session_id: sessionId, joined_at, left_at: at, watched_ms: watchedMs });
    },
    store,
  };
}

/** The rows of registrations that still stand, of at most so many players each. */
async function countable({ store: { db } }: Context, rows: readonly VisitRow[]): Promise<VisitRow[]> {
  const ids = [...new Set(rows.map((row) => row.registration_id))];
  if (ids.length === 0) return [];
  const found = await db
    .selectFrom("registration")
    .leftJoin("registration_visit as visit", "visit.registration_id", "registration.id")
    .select(["registration.id", "visit.session_id"])
    .where("registration.id", "in", ids)
    .execute();
  const players = new Map<string, Set<string>>();
  for (const { id, session_id } of found) {
    const of = players.get(id) ?? new Set();
    if (session_id !== null) of.add(session_id);
    players.set(id, of);
  }
  return rows.filter(({ registration_id, session_id }) => {
    const of = players.get(registration_id);
    if (of === undefined || (of.size >= MAX_PLAYERS && !of.has(session_id))) return false;
    of.add(session_id);
    return true;
  });
}

/** The first and the last of all that is said of a player count. */
async function upsertVisits(ctx: Context, rows: readonly VisitRow[]): Promise<void> {
  const values = await countable(ctx, rows);
  if (values.length === 0) return;
  const { db } = ctx.store;
  await db
    .insertInto("registration_visit")
    .values(values)
    .onConflict((conflict) =>
      conflict.columns(["registration_id", "session_id"]).doUpdateSet({
        joined_at: sql`least(registration_visit.joined_at, excluded.joined_at)`,
        left_at: sql`greatest(registration_visit.left_at, excluded.left_at)`,
        watched_ms: sql`greatest(registration_visit.watched_ms, excluded.watched_ms)`,
      }),
    )
    .execute();
}
