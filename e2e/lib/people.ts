/** Viewers with accounts, for shows whose registration is open. */
import type { Browser, BrowserContext } from "playwright-core";
import { openContext, type Screen } from "./sign-in.ts";

export const PASSWORD = "correct horse battery";

export type Viewer = Readonly<{ email: string; handle: string }>;

/** Makes an account named `handle`. */
export async function register(origin: string, handle: string): Promise<Viewer> {
  const email = `${handle}@example.org`;
  const answer = await fetch(`${origin}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ email, handle, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`registering ${handle}: ${await answer.text()}`);
  return { email, handle };
}

/** A browser in which they are signed in. The caller closes it. */
export async function contextOf(
  browser: Browser,
  origin: string,
  viewer: Viewer,
  screen: Screen = "desktop",
): Promise<BrowserContext> {
  const context = await openContext(browser, { origin, screen });
  const data = { email: viewer.email, password: PASSWORD };
  const answer = await context.request.post(`${origin}/api/v1/auth/login`, { data, headers: { origin } });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  return context;
}
