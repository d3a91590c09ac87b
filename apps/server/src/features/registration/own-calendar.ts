/** The calendar file that somebody who has registered downloads: the same entry as in the mails. */
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { listingOf } from "../broadcasts/service.ts";
import { calendarFile } from "./calendar.ts";
import { linkOf } from "./link.ts";
import { ownRegistration } from "./register.ts";

/** @throws {AppError} not_found; forbidden for whom has not registered; conflict while nobody knows when it begins */
export async function ownCalendar(ctx: Context, viewer: Viewer, broadcastId: string): Promise<string> {
  const { row } = await listingOf(ctx, viewer, broadcastId);
  const own = await ownRegistration(ctx, viewer, broadcastId);
  if (own === null) throw new AppError("forbidden", "Open the link in the mail first.");
  if (row.start_at === null) throw new AppError("conflict", "It is not known yet when the show begins.");
  const show = { broadcastId, title: row.title, channelTitle: row.channel_title, startAt: row.start_at };
  const entry = { sequence: own.calendar_sequence, url: linkOf(ctx, own), organizer: ctx.mail.from };
  return calendarFile({ ...show, ...entry, method: "publish" }, new Date());
}
