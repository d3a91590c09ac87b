/** Who may take part in a show: whoever sees it, has an account, and where the channel lets its audience. */
import type { EngagementSettings } from "@rostrum/contract/engagement";
import { can, type ChannelRole, type Permission } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import { type AccountViewer, hasScope } from "../../http/auth.ts";
import type { Caller } from "../../http/realtime-rules.ts";
import { addressKey } from "../../lib/address.ts";
import { AppError } from "../../lib/app-error.ts";
import { type findShown, requireRight, type Sight, sightOf, whyNotWithKids } from "../broadcasts/service.ts";
import { requireNotBanned } from "../moderation/service.ts";
import { settingsOf } from "./settings.ts";

export type ShownRow = NonNullable<Awaited<ReturnType<typeof findShown>>>;

/** What the settings switch on and off. */
export type Switch = "polls" | "questions" | "reactions" | "hands" | "announcements" | "handouts";

/** Somebody who takes part. `isStaff`: free of limits. */
export type Participant = Readonly<{
  viewer: AccountViewer;
  row: ShownRow;
  role: ChannelRole;
  isStaff: boolean;
  settings: EngagementSettings;
}>;

const NAMES: Readonly<Record<Switch, string>> = {
  polls: "Polls",
  questions: "Questions",
  reactions: "Reactions",
  hands: "Raised hands",
  announcements: "Announcements",
  handouts: "Handouts",
};

/** @throws {AppError} unauthenticated; forbidden for an API token that may only read */
export function requireVoice({ viewer }: Caller): AccountViewer {
  if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in to take part.");
  if (!hasScope(viewer, "broadcasts")) {
    throw new AppError("forbidden", 'This API token does not have the scope "broadcasts".');
  }
  return viewer;
}

/** @throws {AppError} unauthenticated; not_found and forbidden as for the show, or for who is banned; conflict when it is off */
export async function requireParticipant(
  ctx: Context,
  caller: Caller,
  broadcastId: string,
  what: Switch,
): Promise<Participant> {
  const viewer = requireVoice(caller);
  const sight = await sightOf(ctx, viewer, broadcastId);
  const role = sight.kind === "crew" ? sight.role : "viewer";
  requireGrownUps(sight.row);
  const settings = await settingsOf(ctx, sight.row.channel_id);
  requireOn(settings, what);
  await requireNotBanned(ctx, { channelId: sight.row.channel_id, role, accountId: viewer.accountId });
  return { viewer, row: sight.row, role, isStaff: can(role, "engagement.manage"), settings };
}

/** @throws {AppError} conflict */
export function requireOn(settings: EngagementSettings, what: Switch): void {
  if (!settings[what]) throw new AppError("conflict", `${NAMES[what]} are switched off on this channel.`);
}

/** @throws {AppError} conflict when the show is for children */
export function requireGrownUps(row: Pick<ShownRow, "kid_mode">): void {
  const refusal = whyNotWithKids(row, "engagement");
  if (refusal !== null) throw new AppError("conflict", refusal);
}

/** @throws {AppError} conflict when the show is over */
export function requireNotOver(row: Pick<ShownRow, "state">): void {
  if (isOver(row)) throw new AppError("conflict", "This show is over.");
}

export function isOver({ state }: Pick<ShownRow, "state">): boolean {
  return state === "ended" || state === "archived";
}

/** As what limits count a caller: an account, or an address. */
export function keyOf({ viewer, address }: Caller): string {
  return viewer.kind === "account" ? `account ${viewer.accountId}` : `address ${addressKey(address)}`;
}

const MANAGE: Permission = "engagement.manage";

/** The show's row, for those who run polls, questions and the rest of it. @throws {AppError} not_found, forbidden */
export async function requireManager(ctx: Context, viewer: AccountViewer, broadcastId: string): Promise<ShownRow> {
  return (await requireRight(ctx, viewer, broadcastId, MANAGE)).row;
}

/** Whether what is seen is the crew's view of it. */
export function seesAsStaff(sight: Sight): boolean {
  return sight.kind === "crew" && can(sight.role, MANAGE);
}
