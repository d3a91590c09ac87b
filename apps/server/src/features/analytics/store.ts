/** Stores what players have reported. Several processes do so side by side: sums are added to, and each beacon counts once. */
import type { Insertable, Kysely, Selectable } from "kysely";
import type { AudienceBucketTable, ViewerSessionTable } from "../../store/audience-tables.ts";
import type { Schema } from "../../store/schema.ts";
import { type Counted, growthOf, type SessionReport } from "./session-report.ts";
import { type BucketSums, SUM_NAMES, Tally } from "./tally.ts";

type Db = Kysely<Schema>;
type Row = Insertable<ViewerSessionTable>;
type Key = Readonly<{ broadcast_id: string; session_id: string }>;
type Sums = ReturnType<Tally["take"]>;

/** Reports that one transaction takes: below the 65,535 parameters of PostgreSQL, and short. */
export const REPORTS_AT_ONCE = 500;
const BUCKETS_AT_ONCE = 1000;
const TOTALS_AT_ONCE = 5000;
const MAX_USER_AGENT = 300;

/**
 * Stores sessions and what they add to the sums, all or nothing. What is of unknown broadcasts, or was stored before, is left out.
 * @param reports at most `REPORTS_AT_ONCE`, of different sessions
 * @returns those that another process stored at the same moment; they are to be stored again
 */
export async function storeReports(db: Db, reports: readonly SessionReport[]): Promise<SessionReport[]> {
  return db.transaction().execute(async (tx) => {
    const known = await knownOf(tx, reports);
    if (known.length === 0) return [];
    const accounts = await knownAccounts(tx, known);
    const counted = await lockCounted(tx, known);
    const fresh = known.filter((report) => !counted.has(nameOf(report)));
    const inserted = await insertSessions(tx, fresh, accounts);
    const stored = known.filter((report) => counted.has(nameOf(report)) || inserted.has(nameOf(report)));
    const tally = new Tally();
    const rows: Row[] = [];
    for (const report of stored) {
      const former = counted.get(nameOf(report)) ?? null;
      const growth = growthOf(report, former);
      if (growth === null) continue;
      tally.add(report, growth);
      if (former !== null) rows.push(rowOf(report, growth.total, accounts));
    }
    await updateSessions(tx, rows);
    await addSumRows(tx, tally.take());
    return fresh.filter((report) => !inserted.has(nameOf(report)));
  });
}

/** Adds sums of which no sessions are kept. Those of unknown broadcasts are left out. */
export async function storeSums(db: Db, { buckets, totals }: Sums): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const ids = await knownIds(tx, new Set([...buckets, ...totals].map((row) => row.broadcast_id)));
    const isKnown = (row: { broadcast_id: string }): boolean => ids.has(row.broadcast_id);
    await addSumRows(tx, { buckets: buckets.filter(isKnown), totals: totals.filter(isKnown) });
  });
}

/** In the order in which rows are locked. */
async function knownOf(tx: Db, reports: readonly SessionReport[]): Promise<SessionReport[]> {
  const ids = await knownIds(tx, new Set(reports.map((report) => report.broadcastId)));
  const known = reports.filter((report) => ids.has(report.broadcastId));
  return known.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

async function knownIds(tx: Db, wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  if (wanted.size === 0) return wanted;
  const rows = await tx
    .selectFrom("broadcast")
    .select("id")
    .where("id", "in", [...wanted])
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** One that was deleted meanwhile must not keep the others from being stored. */
async function knownAccounts(tx: Db, reports: readonly SessionReport[]): Promise<ReadonlySet<string>> {
  const wanted = new Set(reports.flatMap(({ about }) => (about.accountId === null ? [] : [about.accountId])));
  if (wanted.size === 0) return wanted;
  const rows = await tx
    .selectFrom("account")
    .select("id")
    .where("id", "in", [...wanted])
    .execute();
  return new Set(rows.map((row) => row.id));
}

const nameOf = (report: SessionReport): string => keyName(keyOf(report));
const keyName = ({ broadcast_id, session_id }: Key): string => `${broadcast_id} ${session_id}`;
const keyOf = ({ broadcastId, beacon }: SessionReport): Key => ({
  broadcast_id: broadcastId,
  session_id: beacon.sessionId,
});

async function lockCounted(tx: Db, reports: readonly SessionReport[]): Promise<ReadonlyMap<string, Counted>> {
  const rows = await tx
    .selectFrom("viewer_session")
    .selectAll()
    .where((eb) =>
      eb(
        eb.refTuple("broadcast_id", "session_id"),
        "in",
        reports.map(keyOf).map((key) => eb.tuple(key.broadcast_id, key.session_id)),
      ),
    )
    .orderBy("broadcast_id")
    .orderBy("session_id")
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [keyName(row), countedOf(row)]));
}

function countedOf(row: Selectable<ViewerSessionTable>): Counted {
  return {
    beganMs: row.started_at.getTime(),
    seenMs: row.last_seen_at.getTime(),
    seq: row.seq,
    watchedMs: row.watched_ms,
    stalledMs: row.stalled_ms,
    stalls: row.stalls,
    joined: row.join_ms !== null,
  };
}

/** The names of those that were not there. */
async function insertSessions(
  tx: Db,
  reports: readonly SessionReport[],
  accounts: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const rows = reports.flatMap((report) => {
    const growth = growthOf(report, null);
    return growth === null ? [] : [rowOf(report, growth.total, accounts)];
  });
  if (rows.length === 0) return new Set();
  const inserted = await tx
    .insertInto("viewer_session")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["broadcast_id", "session_id"]).doNothing())
    .returning(["broadcast_id", "session_id"])
    .execute();
  return new Set(inserted.map(keyName));
}

/** Rows that are locked. */
async function updateSessions(tx: Db, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto("viewer_session")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["broadcast_id", "session_id"]).doUpdateSet((eb) => ({
        last_seen_at: eb.ref("excluded.last_seen_at"),
        seq: eb.ref("excluded.seq"),
        account_id: eb.ref("excluded.account_id"),
        join_ms: eb.fn.coalesce("excluded.join_ms", "viewer_session.join_ms"),
        watched_ms: eb.ref("excluded.watched_ms"),
        stalls: eb.ref("excluded.stalls"),
        stalled_ms: eb.ref("excluded.stalled_ms"),
        latency_ms: eb.ref("excluded.latency_ms"),
        dropped_frames: eb.ref("excluded.dropped_frames"),
        error: eb.ref("excluded.error"),
        delivery: eb.ref("excluded.delivery"),
        height_px: eb.ref("excluded.height_px"),
      })),
    )
    .execute();
}

function rowOf({ broadcastId, beacon, about }: SessionReport, total: Counted, accounts: ReadonlySet<string>): Row {
  const { accountId } = about;
  return {
    ...{ broadcast_id: broadcastId, session_id: beacon.sessionId },
    ...{ started_at: new Date(total.beganMs), last_seen_at: new Date(total.seenMs), seq: total.seq },
    ...{ join_ms: beacon.joinMs, watched_ms: total.watchedMs, stalls: total.stalls, stalled_ms: total.stalledMs },
    ...{ latency_ms: beacon.latencyMs, dropped_frames: beacon.droppedFrames, error: beacon.error },
    ...{ delivery: beacon.delivery ?? null, height_px: beacon.heightPx ?? null },
    account_id: accountId !== null && accounts.has(accountId) ? accountId : null,
    user_agent: about.userAgent.slice(0, MAX_USER_AGENT),
    ...{ device: about.device, browser: about.browser, region: about.region, referrer: about.referrer },
  };
}

async function addSumRows(tx: Db, { buckets, totals }: Sums): Promise<void> {
  for (let from = 0; from < buckets.length; from += BUCKETS_AT_ONCE) {
    await addBuckets(tx, buckets.slice(from, from + BUCKETS_AT_ONCE));
  }
  for (let from = 0; from < totals.length; from += TOTALS_AT_ONCE) {
    await tx
      .insertInto("audience_total")
      .values(totals.slice(from, from + TOTALS_AT_ONCE))
      .onConflict((conflict) =>
        conflict.columns(["broadcast_id", "dimension", "key"]).doUpdateSet((eb) => ({
          sessions: eb("audience_total.sessions", "+", eb.ref("excluded.sessions")),
          watched_ms: eb("audience_total.watched_ms", "+", eb.ref("excluded.watched_ms")),
        })),
      )
      .execute();
  }
}

async function addBuckets(tx: Db, rows: readonly AudienceBucketTable[]): Promise<void> {
  await tx
    .insertInto("audience_bucket")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["broadcast_id", "at"]).doUpdateSet((eb) => {
        const plus = (name: keyof BucketSums) => eb(`audience_bucket.${name}`, "+", eb.ref(`excluded.${name}`));
        return Object.fromEntries(SUM_NAMES.map((name) => [name, plus(name)]));
      }),
    )
    .execute();
}
