/** What the crew does with registrations: look, give a new link, delete, and take them away as a table. */
import type { ListRegistrationsQuery, Registration, RegistrationField } from "@rostrum/contract/registration";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { CSV_START, csvLine } from "../../lib/csv.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireRight } from "../broadcasts/service.ts";
import { answerText } from "./answers.ts";
import { insertMail } from "./mail-queries.ts";
import { wakeMails } from "./mails.ts";
import {
  type Attendance,
  attendanceOf,
  deleteRegistration,
  findForm,
  findRegistration,
  listRegistrations,
  noteAsked,
  type RegistrationRow,
  revokeLinks,
} from "./queries.ts";
import { tellRevoked } from "./revoked.ts";

/** Rows that are read at a time: a show may have a hundred thousand. */
const PIECE = 1000;
const MINUTE_MS = 60_000;

type Page = { items: Registration[]; nextCursor: string | null };

/** Newest first. @throws {AppError} not_found, forbidden; invalid_input for a cursor of another list */
export async function registrationsFor(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  { cursor, limit, q }: z.output<typeof ListRegistrationsQuery>,
): Promise<Page> {
  await requireRight(ctx, viewer, broadcastId, "registrations.read");
  const { db } = ctx.store;
  const before = cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]);
  const listing = { before, limit: limit + 1, ...(q === undefined ? {} : { q }) };
  const rows = await listRegistrations(db, broadcastId, listing);
  const [fields, attendance] = [
    await allFields(ctx, broadcastId),
    await attendanceOf(
      db,
      rows.map((row) => row.id),
    ),
  ];
  const present = (row: RegistrationRow): Registration => shown(row, fields, attendance.get(row.id));
  return pageOfRows(rows, limit, (row) => [row.id], present);
}

/**
 * The person, what they watched, and what was to be mailed are gone; whoever is in by this registration is out.
 * @throws {AppError} not_found, forbidden
 */
export async function removeRegistration(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
): Promise<void> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "registrations.manage");
  await ctx.store.db.transaction().execute(async (tx) => {
    if (!(await deleteRegistration(tx, broadcastId, id))) throw unknown();
    const fact = { channelId: row.channel_id, target: broadcastId, details: { registrationId: id } };
    await audit(ctx, actorOf(viewer), { action: "registration.delete", ...fact }, tx);
  });
  await tellRevoked(ctx, row);
}

/** The links that were mailed so far stop counting, and a new one goes out. @throws {AppError} not_found, forbidden */
export async function renewLink(ctx: Context, viewer: AccountViewer, broadcastId: string, id: string): Promise<void> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "registrations.manage");
  const now = new Date();
  await ctx.store.db.transaction().execute(async (tx) => {
    if ((await findRegistration(tx, broadcastId, id)) === undefined) throw unknown();
    await revokeLinks(tx, id);
    await noteAsked(tx, id, now);
    const revision = now.toISOString();
    await insertMail(tx, { registrationId: id, broadcastId, kind: "confirmation", revision, dueAt: now });
    const fact = { channelId: row.channel_id, target: broadcastId, details: { registrationId: id } };
    await audit(ctx, actorOf(viewer), { action: "registration.renew_link", ...fact }, tx);
  });
  await wakeMails(ctx);
  await tellRevoked(ctx, row);
}

/**
 * Who has registered and what they watched, oldest first.
 * @returns the file's pieces; the check and the note in the audit log are done before it resolves
 * @throws {AppError} not_found, forbidden
 */
export async function exportRegistrations(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
): Promise<AsyncIterable<string>> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "registrations.read");
  const fact = { channelId: row.channel_id, target: broadcastId };
  await audit(ctx, actorOf(viewer), { action: "registration.export", ...fact });
  return csv(ctx, broadcastId, await allFields(ctx, broadcastId));
}

async function* csv(ctx: Context, broadcastId: string, fields: readonly RegistrationField[]): AsyncGenerator<string> {
  const times = ["Joined at", "Left at", "Minutes watched"];
  const labels = fields.map((field) => field.label);
  yield CSV_START + csvLine(["Name", "Email", "Registered at", "Link opened at", ...times, "Agreed to", ...labels]);
  const { db } = ctx.store;
  for (let after = ""; ;) {
    const rows = await listRegistrations(db, broadcastId, { after, limit: PIECE });
    const attendance = await attendanceOf(
      db,
      rows.map((row) => row.id),
    );
    if (rows.length > 0) yield rows.map((row) => lineOf(row, fields, attendance.get(row.id))).join("");
    if (rows.length < PIECE) return;
    after = rows.at(-1)?.id ?? "";
  }
}

function lineOf(row: RegistrationRow, fields: readonly RegistrationField[], seen: Attendance | undefined): string {
  const times = [row.created_at, row.opened_at, seen?.joinedAt ?? null, seen?.leftAt ?? null].map(timeOf);
  const answers = fields.map((field) => answerText(row.answers[field.id]));
  return csvLine([row.name, row.email, ...times, minutesOf(seen), row.consent, ...answers]);
}

function shown(row: RegistrationRow, fields: readonly RegistrationField[], seen: Attendance | undefined): Registration {
  const answers = fields.flatMap(({ id, label }) => {
    const value = answerText(row.answers[id]);
    return value === "" ? [] : [{ label, value }];
  });
  return {
    ...{ id: row.id, name: row.name, email: row.email, answers },
    registeredAt: row.created_at.toISOString(),
    openedAt: timeOf(row.opened_at),
    joinedAt: timeOf(seen?.joinedAt ?? null),
    leftAt: timeOf(seen?.leftAt ?? null),
    minutesWatched: minutesOf(seen),
  };
}

/** Also those that are not asked any more. */
async function allFields(ctx: Context, broadcastId: string): Promise<RegistrationField[]> {
  const form = await findForm(ctx.store.db, broadcastId);
  return form === undefined ? [] : [...form.fields, ...form.former];
}

/** With one decimal. */
function minutesOf(seen: Attendance | undefined): number {
  return Math.round(((seen?.watchedMs ?? 0) / MINUTE_MS) * 10) / 10;
}

const timeOf = (at: Date | null): string | null => at?.toISOString() ?? null;

function unknown(): AppError {
  return new AppError("not_found", "There is no such registration for this show.");
}
