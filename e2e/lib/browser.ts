/** The system's Chromium, without anything that would reach for the network. */
import { type Browser, chromium } from "playwright-core";

// prettier-ignore
const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-features=Translate,MediaRouter", "--autoplay-policy=no-user-gesture-required",
];

/** The caller closes it. @throws {Error} when no browser is known: `npm test` and `npm run e2e` set CHROMIUM */
export async function openBrowser(extraFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"];
  if (!executablePath) throw new Error("CHROMIUM must name a Chromium or Chrome: start this with npm run e2e");
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...extraFlags] });
}
