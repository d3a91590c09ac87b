/** What strangers do: look at the form, register, come in by the link that was mailed, and leave again. */
import {
  REGISTRATION_LIMITS,
  type RegisterForShowBody,
  type RegistrationClosed,
  type RegistrationInfo,
} from "@rostrum/contract/registration";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { plainText } from "@rostrum/contract/plain-text";
import { findShown, listingOf, passFor, readPass, type Sight, unknownBroadcast } from "../broadcasts/service.ts";
import { checkAnswers, refusalOf } from "./answers.ts";
import { insertMail } from "./mail-queries.ts";
import { wakeMails } from "./mails.ts";
import {
  countRegistered,
  type Db,
  deleteRegistration,
  findByEmail,
  findForm,
  findRegistration,
  insertRegistration,
  lockForm,
  lockShow,
  noteAsked,
  noteOpened,
  type RegistrationRow,
} from "./queries.ts";
import { tellRevoked } from "./revoked.ts";
import { settingsOf } from "./settings.ts";

/** Whoever lost the mail may ask for another one so often. */
const MAIL_AGAIN_MS = 5 * 60_000;

type ShownRow = Sight["row"];
type Body = z.output<typeof RegisterForShowBody>;

/** @throws {AppError} not_found; forbidden for a private show */
export async function infoFor(ctx: Context, viewer: Viewer, broadcastId: string): Promise<RegistrationInfo> {
  const { row } = await listingOf(ctx, viewer, broadcastId);
  const { db } = ctx.store;
  const { mode, fields, consent, capacity } = settingsOf(row.registration, await findForm(db, broadcastId));
  const isFull = mode !== "off" && (await countRegistered(db, broadcastId)) >= seatsOf(capacity);
  const own = await ownRegistration(ctx, viewer, broadcastId);
  const you = own === null ? null : { name: own.name, email: own.email, registeredAt: own.created_at.toISOString() };
  return { mode, fields, consent, closed: closedOf(row) ?? (isFull ? "full" : null), you };
}

/**
 * Mails a link to the address, a new one's and a known one's alike: the answer tells nobody who has registered.
 * @throws {AppError} not_found, forbidden; conflict when one cannot register; invalid_input with an issue for each field
 */
export async function register(ctx: Context, viewer: Viewer, broadcastId: string, body: Body): Promise<void> {
  const { row } = await listingOf(ctx, viewer, broadcastId);
  const closed = closedOf(row);
  if (closed !== null) throw new AppError("conflict", CLOSED[closed]);
  await ctx.store.db.transaction().execute(async (tx) => {
    if (!(await lockShow(tx, broadcastId))) throw unknownBroadcast();
    const form = await lockForm(tx, broadcastId);
    const { fields, consent, capacity } = settingsOf(row.registration, form);
    const wanted = { name: nameOf(body.name), answers: checkAnswers(fields, body.answers) };
    if (consent !== "" && !body.consent) throw refusalOf([{ path: "consent", message: "must be agreed to" }]);
    if ((await countRegistered(tx, broadcastId)) >= seatsOf(capacity)) throw new AppError("conflict", CLOSED.full);
    const known = await findByEmail(tx, broadcastId, body.email);
    if (known === undefined) await add(tx, row, { ...body, ...wanted, consent });
    else await mailAgain(tx, known);
  });
  await wakeMails(ctx);
}

/** Mails the link once more, when the address has registered; the answer tells nobody whether it has. @throws {AppError} not_found, forbidden */
export async function resendLink(ctx: Context, viewer: Viewer, broadcastId: string, email: string): Promise<void> {
  await listingOf(ctx, viewer, broadcastId);
  await ctx.store.db.transaction().execute(async (tx) => {
    const known = await findByEmail(tx, broadcastId, email);
    if (known !== undefined) await mailAgain(tx, known);
  });
  await wakeMails(ctx);
}

/** @returns the registration that the link belongs to @throws {AppError} invalid_token */
export async function enter(ctx: Context, broadcastId: string, token: string): Promise<RegistrationRow> {
  const pass = readPass(ctx.secrets, token);
  const row =
    pass?.broadcastId === broadcastId
      ? await findRegistration(ctx.store.db, broadcastId, pass.registrationId)
      : undefined;
  if (pass === null || row === undefined || row.token_version !== pass.version) {
    throw new AppError(
      "invalid_token",
      "This link does not count any more, or is not complete. Register to get a new one.",
    );
  }
  await noteOpened(ctx.store.db, row.id, new Date());
  return row;
}

/** Removes the caller's own registration with everything that is known of it; its other browsers are out, too. @throws {AppError} not_found */
export async function withdraw(ctx: Context, viewer: Viewer, broadcastId: string): Promise<void> {
  const { db } = ctx.store;
  const own = await ownRegistration(ctx, viewer, broadcastId);
  const show = await findShown(db, broadcastId);
  if (own === null || show === undefined) {
    throw new AppError("not_found", "This browser has not registered for the show.");
  }
  await db.transaction().execute((tx) => deleteRegistration(tx, broadcastId, own.id));
  await tellRevoked(ctx, show);
}

/** Null: the caller has none, or its link was revoked. */
export async function ownRegistration(
  ctx: Context,
  viewer: Viewer,
  broadcastId: string,
): Promise<RegistrationRow | null> {
  const pass = passFor(ctx.secrets, viewer, broadcastId);
  if (pass === null) return null;
  const row = await findRegistration(ctx.store.db, broadcastId, pass.registrationId);
  return row !== undefined && row.token_version === pass.version ? row : null;
}

const CLOSED: Readonly<Record<RegistrationClosed, string>> = {
  off: "One does not register for this show.",
  over: "This show is over; one cannot register for it any more.",
  full: "All seats are taken. Who has registered already can have the link mailed once more.",
};

const seatsOf = (capacity: number | null): number => capacity ?? REGISTRATION_LIMITS.seats;

/** Of a show that is over one may still register for the recording. */
function closedOf({ registration, state, recording_id }: ShownRow): "off" | "over" | null {
  if (registration === "off") return "off";
  const isOver = state === "ended" || state === "archived";
  return isOver && (registration !== "required" || recording_id === null) ? "over" : null;
}

function nameOf(text: string): string {
  const name = plainText(text);
  if (name === "") throw refusalOf([{ path: "name", message: "has nothing that can be seen" }]);
  return name;
}

type Wanted = Pick<Body, "name" | "email" | "timeZone"> & Readonly<{ answers: object; consent: string }>;

async function add(tx: Db, row: ShownRow, wanted: Wanted): Promise<void> {
  const id = newId();
  const now = new Date();
  await insertRegistration(tx, {
    ...{ id, broadcast_id: row.id, email: wanted.email, name: wanted.name, consent: wanted.consent },
    answers: JSON.stringify(wanted.answers),
    time_zone: knownZone(wanted.timeZone),
    ...{ told_start_at: row.start_at, opened_at: null, mailed_at: now },
  });
  await insertMail(tx, {
    registrationId: id,
    broadcastId: row.id,
    kind: "confirmation",
    revision: "first",
    dueAt: now,
  });
}

async function mailAgain(
  tx: Db,
  { id, broadcast_id: broadcastId, mailed_at: askedAt }: RegistrationRow,
): Promise<void> {
  const now = new Date();
  if (askedAt !== null && now.getTime() - askedAt.getTime() < MAIL_AGAIN_MS) return;
  await noteAsked(tx, id, now);
  const revision = now.toISOString();
  await insertMail(tx, { registrationId: id, broadcastId, kind: "confirmation", revision, dueAt: now });
}

function knownZone(name: string | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name ?? "UTC" }).resolvedOptions().timeZone;
  } catch {
    // A zone that this machine does not know.
    return "UTC";
  }
}
