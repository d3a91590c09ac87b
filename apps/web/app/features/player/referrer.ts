/** Where a viewer came from, as a class: addresses stay in the browser. Pure. */
import type { Referrer } from "@rostrum/contract/analytics";

/** By the last two parts of a host, or its first where they have many countries. */
const SEARCH = /(^|\.)(google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant|startpage|kagi|brave|seznam|naver)\./;
const SOCIAL =
  /(^|\.)(facebook|instagram|twitter|linkedin|reddit|youtube|tiktok|pinterest|threads|discord|whatsapp|telegram|mastodon|snapchat|vk)\./;
const SHORT_SOCIAL = /(^|\.)(t\.co|x\.com|t\.me|fb\.me|lnkd\.in|youtu\.be|bsky\.app|mastodon\.social)$/;

/**
 * @param referrer as `document.referrer`: empty when nobody says
 * @param host of this page
 * @param embedded the page stands in another one
 */
export function referrerOf(referrer: string, host: string, embedded: boolean): Referrer {
  if (embedded) return "embed";
  if (referrer === "") return "direct";
  const from = hostOf(referrer);
  if (from === null) return "other";
  if (from === host) return "internal";
  if (SOCIAL.test(from) || SHORT_SOCIAL.test(from)) return "social";
  return SEARCH.test(from) ? "search" : "other";
}

function hostOf(url: string): string | null {
  try {
    return new URL(url).host.toLowerCase();
  } catch {
    return null;
  }
}
