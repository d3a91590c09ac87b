/** The system's Chromium, without anything that would reach for the network. */
import { type Browser, chromium } from "playwright-core";

// prettier-ignore
const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-features=Translate,MediaRouter", "--autoplay-policy=no-user-gesture-required",
];

/** A page that was left may come back as it was, as for viewers; tests usually want none that lives on unseen. */
export const KEEPS_PAGES = { ignoreDefaultArgs: ["--disable-back-forward-cache"] } as const;

/** The caller closes it. @throws {Error} when no browser is known: `npm test` and `npm run e2e` set CHROMIUM */
export async function openBrowser(
  extraFlags: readonly string[] = [],
  options: Partial<typeof KEEPS_PAGES> = {},
): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"];
  if (!executablePath) throw new Error("CHROMIUM must name a Chromium or Chrome: start this with npm run e2e");
  const { ignoreDefaultArgs = [] } = options;
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...FLAGS, ...extraFlags],
    ignoreDefaultArgs: [...ignoreDefaultArgs],
  });
}
