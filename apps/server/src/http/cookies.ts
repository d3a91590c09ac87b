/** The two session cookies, the one with passes into shows, and the one of a visitor's age. All are HttpOnly and SameSite=Lax; over https they carry the `__Host-` prefix. RFC 6265bis §4.1.3.2. */
import type { CookieSerializeOptions } from "@fastify/cookie";
import { ACCESS_TTL_SEC } from "./access-token.ts";

export type CookieNames = Readonly<{ access: string; refresh: string; passes: string; age: string; secure: boolean }>;

/**
 * The refresh cookie has the path `/` although only three doors read it (refresh, log-out, and the renewal before a page is
 * rendered): a page asked for after 15 idle minutes carries no access cookie any more, and could not be rendered for its person if
 * the refresh cookie stayed behind. One path also lets both cookies have the `__Host-` prefix.
 * @param publicUrl undefined counts as http
 */
export function cookieNames(publicUrl: string | undefined): CookieNames {
  const secure = publicUrl?.startsWith("https:") ?? false;
  const prefix = secure ? "__Host-" : "";
  const name = (of: string): string => `${prefix}rostrum_${of}`;
  return { access: name("access"), refresh: name("refresh"), passes: name("passes"), age: name("age"), secure };
}

/** One Set-Cookie to send; `value` empty removes the cookie. */
export type SessionCookie = Readonly<{ name: string; value: string; options: CookieSerializeOptions }>;

/** Cookies of a new or renewed session. `refresh` left out keeps the one the browser has. */
export function sessionCookies(
  names: CookieNames,
  session: { accessToken: string; refresh?: { token: string; maxAgeSec: number } },
): SessionCookie[] {
  const cookies = [cookie(names, names.access, session.accessToken, ACCESS_TTL_SEC)];
  if (session.refresh !== undefined) {
    cookies.push(cookie(names, names.refresh, session.refresh.token, session.refresh.maxAgeSec));
  }
  return cookies;
}

/** The cookie with which a visitor has said to be old enough. */
export function ageCookie(names: CookieNames, token: string, maxAgeSec: number): SessionCookie {
  return cookie(names, names.age, token, maxAgeSec);
}

/** Removes both cookies of a session. */
export function clearedCookies(names: CookieNames): SessionCookie[] {
  return [cookie(names, names.access, "", 0), cookie(names, names.refresh, "", 0)];
}

function cookie(names: CookieNames, name: string, value: string, maxAgeSec: number): SessionCookie {
  const options = { path: "/", httpOnly: true, sameSite: "lax", secure: names.secure, maxAge: maxAgeSec } as const;
  return { name, value, options };
}
