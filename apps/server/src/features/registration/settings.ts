/** What a show asks of those who register, and whether they must. */
import { KIDS_OR_REGISTRATION } from "@rostrum/contract/age-gate";
import type {
  OwnRegistrationSettings,
  RegistrationField,
  RegistrationSettings,
  UpdateRegistrationBody,
} from "@rostrum/contract/registration";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { lengthOf, plainText } from "@rostrum/contract/plain-text";
import { actorOf, audit } from "../audit/service.ts";
import { announceChange, requireRight, unknownBroadcast } from "../broadcasts/service.ts";
import { plainLines, refusalOf } from "./answers.ts";
import { countRegistered, findForm, type FormRow, lockForm, lockShow, setMode, upsertForm } from "./queries.ts";

/** Questions that are not asked any more and still stand in the report. */
const MAX_FORMER = 24;

/** @throws {AppError} not_found, forbidden */
export async function ownSettings(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
): Promise<OwnRegistrationSettings> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "registrations.read");
  const { db } = ctx.store;
  const form = await findForm(db, broadcastId);
  return { ...settingsOf(row.registration, form), registered: await countRegistered(db, broadcastId) };
}

/**
 * What is left out stays.
 * @throws {AppError} not_found, forbidden; invalid_input for labels in which nothing can be seen, and when the show is for children
 */
export async function updateSettings(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  body: z.output<typeof UpdateRegistrationBody>,
): Promise<OwnRegistrationSettings> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "registrations.manage");
  const fields = body.fields?.map(plainField);
  await ctx.store.db.transaction().execute(async (tx) => {
    if (!(await lockShow(tx, broadcastId))) throw unknownBroadcast();
    const before = await lockForm(tx, broadcastId);
    const known = settingsOf(row.registration, before);
    const next = fields ?? known.fields;
    await upsertForm(tx, {
      broadcast_id: broadcastId,
      fields: JSON.stringify(next),
      former: JSON.stringify(formerOf(before, next)),
      capacity: body.capacity === undefined ? known.capacity : body.capacity,
      consent: body.consent === undefined ? known.consent : plainLines(body.consent),
    });
    if (body.mode !== undefined && !(await setMode(tx, broadcastId, body.mode))) {
      throw refusalOf([{ path: "mode", message: KIDS_OR_REGISTRATION }]);
    }
    const details = { fields: Object.keys(body), ...(body.mode === undefined ? {} : { mode: body.mode }) };
    const fact = { channelId: row.channel_id, target: broadcastId, details };
    await audit(ctx, actorOf(viewer), { action: "registration.update", ...fact }, tx);
  });
  // Who may watch and follow may be others now.
  const at = new Date().toISOString();
  await announceChange(ctx, { type: "updated", broadcastId, channelId: row.channel_id, at });
  return ownSettings(ctx, viewer, broadcastId);
}

/** @param form undefined: nothing but name and address is asked */
export function settingsOf(mode: RegistrationSettings["mode"], form: FormRow | undefined): RegistrationSettings {
  if (form === undefined) return { mode, fields: [], capacity: null, consent: "" };
  return { mode, fields: form.fields, capacity: form.capacity, consent: form.consent };
}

function formerOf(before: FormRow | undefined, next: readonly RegistrationField[]): RegistrationField[] {
  const asked = new Set(next.map((field) => field.id));
  const all = [...(before?.former ?? []), ...(before?.fields ?? [])];
  return all.filter((field) => !asked.has(field.id)).slice(-MAX_FORMER);
}

function plainField(field: RegistrationField, at: number): RegistrationField {
  const label = plainText(field.label);
  const options = field.options.map(plainText);
  if (lengthOf(label) === 0) throw refusalOf([{ path: `fields.${at}.label`, message: "has nothing that can be seen" }]);
  if (options.includes("") || new Set(options).size < options.length) {
    const message = "two options look the same, or one has nothing that can be seen";
    throw refusalOf([{ path: `fields.${at}.options`, message }]);
  }
  return { ...field, label, options };
}
