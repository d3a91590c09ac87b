/** From a line of `table.ts` to what one caller must be answered. */
import { SIGHTS, type SightName } from "./fixture.ts";
import { type CallerName, MAY, type More, OTHERS, PEOPLE, type TokenNeed, type Who } from "./table.ts";

/** Everybody of the table. */
export const CALLERS: readonly CallerName[] = [...PEOPLE, ...OTHERS];

const STRANGERS: ReadonlySet<CallerName> = new Set([
  "anonymous",
  "viewer",
  "banned",
  "maker",
  "operator",
  "other owner",
]);
/** What strangers need to see the show for. */
const SEEN: ReadonlySet<Who> = new Set(["seers", "accounts that see it", "accounts that are not banned"]);

/** The code of the refusal; `ok` when there is none. @param sight how the show is seen that it is about */
export function wanted(
  caller: CallerName,
  [who, token, more]: readonly [Who, TokenNeed, More],
  sight: SightName = "public",
): string {
  if (caller === "suspended") return who === "unasked" ? "ok" : "unauthenticated";
  if (caller.startsWith("token ")) return ofToken(caller, who, token, more);
  const may: readonly CallerName[] = MAY[who];
  const isNobody = caller === "anonymous" && !may.includes(caller);
  const unseen = STRANGERS.has(caller) && SEEN.has(who) ? SIGHTS[sight] : null;
  if (unseen !== null && (!isNobody || more.sightFirst === true)) return unseen;
  // Where any token does, nobody needs to sign in to be told that this is not for them.
  if (isNobody) return token === "any" ? "forbidden" : "unauthenticated";
  if (may.includes(caller)) return "ok";
  return more.refusal ?? "forbidden";
}

/** The tokens are the owner's. */
function ofToken(caller: CallerName, who: Who, token: TokenNeed, more: More): string {
  const scope = caller.slice("token ".length);
  const isEnough = who === "unasked" || token === "any" || token === "read" || token === scope;
  if (!isEnough) return "forbidden";
  return (MAY[who] as readonly CallerName[]).includes("owner") ? "ok" : (more.refusal ?? "forbidden");
}
