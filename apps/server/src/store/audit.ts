/**
 * The audit log: every entry carries the hash of the one before it, so that an entry that was changed, removed or put in between shows.
 * Entries cut off the end leave a shorter log that is still whole: keep the last number and hash elsewhere to notice that.
 */
import { createHash } from "node:crypto";
import { type Kysely, type Selectable, sql } from "kysely";
import type { AuditTable, Schema } from "./schema.ts";

/** `details` must survive JSON and holds no secrets. `target` names what was acted on. */
export type AuditEntry = Readonly<{
  actorId: string | null;
  actorKind: AuditTable["actor_kind"];
  action: string;
  channelId?: string | null;
  target?: string | null;
  details?: Readonly<Record<string, unknown>>;
  /** Default: now. */
  at?: Date;
}>;

/** `seq` counts from 1 without gaps; `hash` is hex. */
export type AuditLink = Readonly<{ seq: string; hash: string }>;

export type AuditVerdict =
  | { readonly ok: true; readonly rows: number; readonly head: AuditLink | null }
  | { readonly ok: false; readonly seq: string; readonly reason: string };

/** What the first entry has as the hash before it. */
const GENESIS = "0".repeat(64);
/** Any number that nothing else in the database takes an advisory lock on. */
const CHAIN_LOCK = "7310489021563";
const PAGE = 1000;

/**
 * Appends one entry, in the caller's transaction or in its own. The chain is locked until that transaction ends: append last.
 * The transaction must be READ COMMITTED (the default), or it does not see the newest entry.
 */
export async function appendAudit(db: Kysely<Schema>, entry: AuditEntry): Promise<AuditLink> {
  return db.isTransaction ? append(db, entry) : db.transaction().execute((tx) => append(tx, entry));
}

/** Reads the whole log and checks every hash. Stops at the first entry that is wrong. */
export async function verifyAudit(db: Kysely<Schema>): Promise<AuditVerdict> {
  let head: AuditLink = { seq: "0", hash: GENESIS };
  for (;;) {
    const page = await db
      .selectFrom("audit")
      .selectAll()
      .where("seq", ">", head.seq)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    for (const row of page) {
      const reason = fault(row, head);
      if (reason) return { ok: false, seq: row.seq, reason };
      head = { seq: row.seq, hash: row.hash };
    }
    if (page.length < PAGE) return { ok: true, rows: Number(head.seq), head: head.seq === "0" ? null : head };
  }
}

async function append(db: Kysely<Schema>, entry: AuditEntry): Promise<AuditLink> {
  await sql`select pg_advisory_xact_lock(${CHAIN_LOCK}::bigint)`.execute(db);
  const last = await db.selectFrom("audit").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst();
  const row = {
    seq: String(BigInt(last?.seq ?? 0) + 1n),
    at: entry.at ?? new Date(),
    actor_id: entry.actorId,
    actor_kind: entry.actorKind,
    action: storable(entry.action),
    channel_id: entry.channelId ?? null,
    target: entry.target == null ? null : storable(entry.target),
    details: plain(entry.details ?? {}) as Record<string, unknown>,
    prev_hash: last?.hash ?? GENESIS,
  };
  const hash = hashOf(row);
  await db
    .insertInto("audit")
    .values({ ...row, details: JSON.stringify(row.details), hash })
    .execute();
  return { seq: row.seq, hash };
}

function fault(row: Selectable<AuditTable>, before: AuditLink): string | null {
  const expected = String(BigInt(before.seq) + 1n);
  if (row.seq !== expected) return `entry ${expected} is missing`;
  if (row.prev_hash !== before.hash) return "it does not continue the entry before it";
  if (row.hash !== hashOf(row)) return "it was changed after it was written";
  return null;
}

function hashOf(row: Omit<Selectable<AuditTable>, "hash">): string {
  const { seq, at, actor_id, actor_kind, action, channel_id, target, details, prev_hash } = row;
  const fields = [seq, at.toISOString(), actor_id, actor_kind, action, channel_id, target, details, prev_hash];
  return createHash("sha256").update(canonical(fields)).digest("hex");
}

/** JSON with sorted keys: jsonb keeps the values but not the order they were written in. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(",")}}`;
}

/** As it will be read back: through JSON, and without the characters that the database cannot hold. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, field: unknown) => (typeof field === "string" ? storable(field) : field));
  return JSON.parse(text, (_, field: unknown) => withStorableKeys(field));
}

function withStorableKeys(field: unknown): unknown {
  if (typeof field !== "object" || field === null || Array.isArray(field)) return field;
  return Object.fromEntries(Object.entries(field).map(([key, value]) => [storable(key), value]));
}

/** NUL and unpaired surrogates exist in JavaScript's strings but not in the database's text. */
function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
