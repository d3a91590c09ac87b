/** What a request says of who watches, as classes: device and browser by the user agent, region by the reported time zone. Pure. */
import type { BrowserFamily, DeviceClass } from "@rostrum/contract/analytics";

const DEVICES: readonly (readonly [RegExp, DeviceClass])[] = [
  [/\b(smart-?tv|hbbtv|googletv|android tv|appletv|crkey|roku|web0s|webos|tizen.*\btv|bravia|aftt|aftm|aftb)/i, "tv"],
  [/\b(ipad|tablet|kindle|silk|playbook)\b/i, "tablet"],
  // Tablets with Android leave out the word.
  [/android(?!.*\bmobile\b)/i, "tablet"],
  [/\b(iphone|ipod|mobile|windows phone)\b/i, "phone"],
  [/\b(windows nt|macintosh|x11|cros|linux)\b/i, "desktop"],
];

/** An iPad that asks for desktop pages says that it is a Macintosh, and counts as one. */
export function deviceOf(userAgent: string): DeviceClass {
  return DEVICES.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
}

/** Most of them also name those after them. */
const BROWSERS: readonly (readonly [RegExp, BrowserFamily])[] = [
  [/\bedg(e|a|ios)?\//i, "edge"],
  [/\b(opr|opera|opios)\b/i, "opera"],
  [/\bsamsungbrowser\//i, "samsung"],
  [/\b(firefox|fxios)\//i, "firefox"],
  [/\b(chrome|chromium|crios|headlesschrome)\//i, "chrome"],
  [/\bversion\/[\d.]+.*\bsafari\//i, "safari"],
];

export function browserOf(userAgent: string): BrowserFamily {
  return BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
}

/** The zone's own name; "unknown" for what is no zone, so that there are never more regions than zones. */
export function regionOf(timeZone: string | undefined): string {
  // Offsets such as "+01:00" are accepted by Intl, and any number of them could be made up.
  if (timeZone === undefined || !/^[A-Za-z]/.test(timeZone)) return "unknown";
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return "unknown";
  }
}
