/** What a visitor's browser tells the server by cookie: the wish for dark or light, and the time zone. */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const THEME_COOKIE = "rostrum_theme";
const ZONE_COOKIE = "rostrum_tz";
const YEAR_SEC = 31_536_000;

/** `timeZone` is UTC until the browser has told. */
export function readVisitor(cookieHeader: string | null): Readonly<{ theme: Theme; timeZone: string }> {
  const theme = cookieOf(cookieHeader, THEME_COOKIE);
  const zone = cookieOf(cookieHeader, ZONE_COOKIE);
  return {
    theme: THEMES.find((known) => known === theme) ?? "system",
    timeZone: zone !== null && isTimeZone(zone) ? zone : "UTC",
  };
}

/** In the browser: the wish holds for every page from the next one on. */
export function rememberTheme(theme: Theme): void {
  writeCookie(THEME_COOKIE, theme, theme === "system" ? 0 : YEAR_SEC);
}

/** In the browser. */
export function rememberTimeZone(): void {
  writeCookie(ZONE_COOKIE, new Intl.DateTimeFormat().resolvedOptions().timeZone, YEAR_SEC);
}

/** True when the request carries a session; it may be dead. */
export function hasSessionCookie(cookieHeader: string | null): boolean {
  return /(^|;\s*)(__Host-)?rostrum_(access|refresh)=/.test(cookieHeader ?? "");
}

function cookieOf(header: string | null, name: string): string | null {
  for (const pair of (header ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value) return safeDecode(value);
  }
  return null;
}

function safeDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function writeCookie(name: string, value: string, maxAgeSec: number): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${maxAgeSec}; samesite=lax${secure}`;
}
