/** SQL of registrations and what is asked in them. One statement each, plain rows out. */
import type { RegistrationMode } from "@rostrum/contract/registration";
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { RegistrationFormTable, RegistrationTable } from "../../store/registration-tables.ts";
import type { Schema } from "../../store/schema.ts";

export type Db = Kysely<Schema>;
export type RegistrationRow = Selectable<RegistrationTable>;
export type FormRow = Selectable<RegistrationFormTable>;

export async function findForm(db: Db, broadcastId: string): Promise<FormRow | undefined> {
  return db.selectFrom("registration_form").selectAll().where("broadcast_id", "=", broadcastId).executeTakeFirst();
}

/**
 * Held until the transaction ends, before its form is: as by whoever deletes the show with its form. Locks that are taken in another
 * order wait for each other. False: it is gone.
 */
export async function lockShow(db: Db, broadcastId: string): Promise<boolean> {
  const show = await db
    .selectFrom("broadcast")
    .select("id")
    .where("id", "=", broadcastId)
    .forKeyShare()
    .executeTakeFirst();
  return show !== undefined;
}

/** Held until the transaction ends: seats are counted and taken by one at a time. */
export async function lockForm(db: Db, broadcastId: string): Promise<FormRow | undefined> {
  return db
    .selectFrom("registration_form")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .forUpdate()
    .executeTakeFirst();
}

export async function upsertForm(db: Db, row: Insertable<RegistrationFormTable>): Promise<void> {
  await db
    .insertInto("registration_form")
    .values(row)
    .onConflict((conflict) =>
      conflict.column("broadcast_id").doUpdateSet((eb) => ({
        fields: eb.ref("excluded.fields"),
        former: eb.ref("excluded.former"),
        capacity: eb.ref("excluded.capacity"),
        consent: eb.ref("excluded.consent"),
      })),
    )
    .execute();
}

/** False: the show is for children, which takes none; nothing was changed. */
export async function setMode(db: Db, broadcastId: string, mode: RegistrationMode): Promise<boolean> {
  let update = db.updateTable("broadcast").set({ registration: mode }).where("id", "=", broadcastId);
  if (mode !== "off") update = update.where("kid_mode", "=", false);
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function countRegistered(db: Db, broadcastId: string): Promise<number> {
  const { count } = await db
    .selectFrom("registration")
    .select(sql<string>`count(*)`.as("count"))
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function findRegistration(db: Db, broadcastId: string, id: string): Promise<RegistrationRow | undefined> {
  return db
    .selectFrom("registration")
    .selectAll()
    .where("id", "=", id)
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
}

export async function findByEmail(db: Db, broadcastId: string, email: string): Promise<RegistrationRow | undefined> {
  return db
    .selectFrom("registration")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .where("email", "=", email)
    .executeTakeFirst();
}

export async function insertRegistration(db: Db, row: Insertable<RegistrationTable>): Promise<void> {
  await db.insertInto("registration").values(row).execute();
}

export async function noteAsked(db: Db, id: string, at: Date): Promise<void> {
  await db.updateTable("registration").set({ mailed_at: at }).where("id", "=", id).execute();
}

export async function noteOpened(db: Db, id: string, at: Date): Promise<void> {
  await db
    .updateTable("registration")
    .set({ opened_at: at })
    .where("id", "=", id)
    .where("opened_at", "is", null)
    .execute();
}

/** No link that was mailed so far lets anybody in any more. */
export async function revokeLinks(db: Db, id: string): Promise<void> {
  await db
    .updateTable("registration")
    .set((eb) => ({ token_version: eb("token_version", "+", 1) }))
    .where("id", "=", id)
    .execute();
}

/** With what was to be mailed, and what was watched. False: there is no such registration. */
export async function deleteRegistration(db: Db, broadcastId: string, id: string): Promise<boolean> {
  await db.deleteFrom("registration_mail").where("registration_id", "=", id).execute();
  const { numDeletedRows } = await db
    .deleteFrom("registration")
    .where("id", "=", id)
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

type Listing = Readonly<{ before?: string | undefined; after?: string | undefined; limit: number; q?: string }>;

/** Newest first; with `after` oldest first from behind it. `q` is part of a name or an address. */
export async function listRegistrations(
  db: Db,
  broadcastId: string,
  { before, after, limit, q }: Listing,
): Promise<RegistrationRow[]> {
  let query = db.selectFrom("registration").selectAll().where("broadcast_id", "=", broadcastId);
  if (before !== undefined) query = query.where("id", "<", before);
  if (after !== undefined) query = query.where("id", ">", after);
  if (q !== undefined && q !== "") {
    const pattern = `%${q.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
    query = query.where((eb) => eb.or([eb("name", "ilike", pattern), eb("email", "ilike", pattern)]));
  }
  return query
    .orderBy("id", after === undefined ? "desc" : "asc")
    .limit(limit)
    .execute();
}

export type Attendance = Readonly<{ joinedAt: Date; leftAt: Date; watchedMs: number }>;

/** What these have watched, all their players together. Nobody has watched for longer than they were there. */
export async function attendanceOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Attendance>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("registration_visit")
    .select(({ fn }) => [
      "registration_id",
      fn.min("joined_at").as("joined_at"),
      fn.max("left_at").as("left_at"),
      sql<number>`sum(watched_ms)::double precision`.as("watched_ms"),
    ])
    .where("registration_id", "in", ids)
    .groupBy("registration_id")
    .execute();
  return new Map(
    rows.map(({ registration_id: id, joined_at: joinedAt, left_at: leftAt, watched_ms: watchedMs }) => [
      id,
      { joinedAt, leftAt, watchedMs: Math.min(watchedMs, leftAt.getTime() - joinedAt.getTime()) },
    ]),
  );
}
