/** The analytics of a show as files. */
import type { Analytics, BreakdownItem } from "@rostrum/contract/analytics";
import { CSV_START, csvLine } from "../../lib/csv.ts";

/** One line for each step of the show. */
export function timelineCsv({ series, chapters, stepMs }: Analytics): string {
  const headings = ["seconds", "viewers", "joins", "stall_ratio", "bitrate_bps", "chat_messages", "chapters"];
  const lines = series.map(({ atMs, viewers, joins, stallRatio, bitrateBps, chatMessages }) => {
    const begun = chapters.filter((chapter) => chapter.atMs >= atMs && chapter.atMs < atMs + stepMs);
    const titles = begun.map((chapter) => chapter.title).join("; ");
    return csvLine([Math.round(atMs / 1000), viewers, joins, stallRatio, bitrateBps, chatMessages, titles]);
  });
  return CSV_START + csvLine(headings) + lines.join("");
}

/** One line for each kind of viewer. */
export function audienceCsv(analytics: Analytics): string {
  const lines = (["devices", "browsers", "regions", "modes", "qualities", "sources"] as const).flatMap((name) =>
    analytics[name].map((item) => lineOf(name, item)),
  );
  return CSV_START + csvLine(["by", "what", "sessions", "watched_minutes"]) + lines.join("");
}

function lineOf(name: string, { key, sessions, watchedMs }: BreakdownItem): string {
  return csvLine([name, key, sessions, Math.round(watchedMs / 6000) / 10]);
}
