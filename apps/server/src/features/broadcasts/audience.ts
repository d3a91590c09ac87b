/** Whom a show is for: everybody, who has registered, who is old enough, children. */
import type { AgeRefusal } from "@rostrum/contract/age-gate";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { passFor } from "./passes.ts";
import { type Opens, signPlaybackToken } from "./playback-token.ts";
import type { BroadcastRow } from "./queries.ts";
import type { Sight } from "./service.ts";

type Ages = Pick<BroadcastRow, "age_restricted" | "minimum_age">;
type Asks = Ages & Pick<BroadcastRow, "visibility" | "registration">;

/**
 * Whether whoever knows the address may watch. Else its media needs a token, and files of it are kept by nobody on the way.
 * A show before its time is another matter.
 */
export function isForEverybody(row: Omit<Asks, "minimum_age">): boolean {
  return row.visibility !== "private" && row.registration !== "required" && !row.age_restricted;
}

/** False when the show asks for an age that the viewer has not confirmed. Its crew is not asked. */
export function isOldEnough({ age }: Viewer, { kind, row }: Readonly<{ kind: Sight["kind"]; row: Ages }>): boolean {
  return kind === "crew" || !row.age_restricted || (age?.years ?? 0) >= row.minimum_age;
}

/** @throws {AppError} age_restricted: they are not old enough, or have not said so */
export function requireAge(viewer: Viewer, sight: Sight): void {
  if (isOldEnough(viewer, sight)) return;
  const { minimum_age: minimumAge } = sight.row;
  const details: AgeRefusal = { minimumAge };
  const message = `This show is for viewers of ${minimumAge} and over. Confirm your age first.`;
  throw new AppError("age_restricted", message, { details });
}

/** Whether a token stands for all that the show asks for now; what is asked for since it was given, it does not. Its pass may be revoked. */
export function isEnough(opens: Opens, row: Asks): boolean {
  if (opens === "everything") return true;
  if (row.visibility === "private") return false;
  const isOld = !row.age_restricted || opens.years >= row.minimum_age;
  return isOld && (row.registration !== "required" || opens.pass !== null);
}

/**
 * For whom may watch it; null when everybody may without one. What it is needed for decides what it opens, and for how long.
 * @param isEarly it is not on the air yet
 */
export function tokenFor(
  ctx: Context,
  viewer: Viewer,
  kind: Sight["kind"],
  row: Asks & Readonly<{ id: string }>,
  isEarly = false,
): { token: string; expiresAt: Date } | null {
  if (isForEverybody(row) && !isEarly) return null;
  const nowMs = Date.now();
  if (kind === "crew") return signPlaybackToken(ctx.secrets, row.id, nowMs);
  const age = row.age_restricted ? viewer.age : undefined;
  const pass = row.registration === "required" ? passFor(ctx.secrets, viewer, row.id) : null;
  const opens: Opens = { years: age?.years ?? 0, pass };
  return signPlaybackToken(ctx.secrets, row.id, nowMs, opens, age?.untilMs);
}

const WITHOUT = {
  chat: "This show is for children: it has no chat.",
  tips: "This show is for children: it takes no tips.",
  engagement: "This show is for children: there are no polls, questions, reactions or raised hands.",
} as const;

/** Why a show for children does without it, as a sentence for everybody, its crew too; null when the show is for others. */
export function whyNotWithKids(row: Pick<BroadcastRow, "kid_mode">, what: keyof typeof WITHOUT): string | null {
  return row.kid_mode ? WITHOUT[what] : null;
}
