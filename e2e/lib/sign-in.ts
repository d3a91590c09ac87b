/** Browser contexts as people have them: a colour scheme, a size, perhaps a session. */
import type { Browser, BrowserContext } from "playwright-core";
import { OWNER } from "./owner.ts";

export const SCREENS = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  narrow: { width: 360, height: 740 },
} as const;
export type Screen = keyof typeof SCREENS;
export type Scheme = "light" | "dark";

/** The caller closes it. */
export async function openContext(
  browser: Browser,
  options: Readonly<{ screen?: Screen; scheme?: Scheme; origin: string; signedIn?: boolean }>,
): Promise<BrowserContext> {
  const { screen = "desktop", scheme = "dark", origin } = options;
  const context = await browser.newContext({
    viewport: SCREENS[screen],
    colorScheme: scheme,
    reducedMotion: "reduce",
    ...(screen === "desktop" ? {} : { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
  });
  if (options.signedIn) await signIn(context, origin);
  return context;
}

async function signIn(context: BrowserContext, origin: string): Promise<void> {
  const { email, password } = OWNER;
  const answer = await context.request.post(`${origin}/api/v1/auth/login`, {
    data: { email, password },
    headers: { origin },
  });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
}
