/** The cookie that carries a browser's passes into shows: tokens, newest first, that are checked where they are used. */
import type { CookieNames, SessionCookie } from "./cookies.ts";

const BETWEEN = "~";
const TOKEN = /^[0-9a-z.]{20,200}$/;
/** A cookie holds 4 KB; who goes to more shows opens the link again. */
const MAX_PASSES = 12;
const KEPT_SEC = 180 * 24 * 60 * 60;

/** @param cookie the cookie's value; whatever is no token is left out */
export function passesOf(cookie: string | undefined): readonly string[] {
  if (cookie === undefined || cookie === "") return [];
  return cookie
    .slice(0, 4096)
    .split(BETWEEN)
    .filter((token) => TOKEN.test(token))
    .slice(0, MAX_PASSES);
}

/** The cookie with another one; of the same show (what stands before the first dot) only the newest is kept. */
export function cookieWithPass(names: CookieNames, passes: readonly string[], token: string): SessionCookie {
  const show = token.slice(0, token.indexOf(".") + 1);
  const kept = passes.filter((other) => !other.startsWith(show));
  return cookieOf(names, [token, ...kept].slice(0, MAX_PASSES));
}

/** The cookie without those of one show. */
export function cookieWithoutPass(names: CookieNames, passes: readonly string[], broadcastId: string): SessionCookie {
  return cookieOf(
    names,
    passes.filter((token) => !token.startsWith(`${broadcastId}.`)),
  );
}

function cookieOf(names: CookieNames, passes: readonly string[]): SessionCookie {
  const maxAge = passes.length === 0 ? 0 : KEPT_SEC;
  const options = { path: "/", httpOnly: true, sameSite: "lax", secure: names.secure, maxAge } as const;
  return { name: names.passes, value: passes.join(BETWEEN), options };
}
