/** Figures of an audience as people read them. Pure. */
import type { Analytics, LatencyBin } from "@rostrum/contract/analytics";
import { UNKNOWN } from "../../lib/format.ts";

/** What can be broken down, in the order in which it is shown. */
export const BREAKDOWNS = ["sources", "devices", "regions", "browsers", "modes", "qualities"] as const;
export type BreakdownName = (typeof BREAKDOWNS)[number];

/** 0 to 1 as "38 %"; below a tenth with one decimal. */
export function formatShare(share: number | null, locale: string): string {
  if (share === null) return UNKNOWN;
  const maximumFractionDigits = share < 0.1 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits }).format(share * 100)} %`;
}

/** With one decimal below ten, as averages of a few people need it. */
export function formatViewers(viewers: number | null, locale: string): string {
  if (viewers === null) return UNKNOWN;
  return new Intl.NumberFormat(locale, { maximumFractionDigits: viewers < 10 ? 1 : 0 }).format(viewers);
}

/** "Europe/Isle_of_Man" is "Isle of Man, Europe". */
export function regionName(timeZone: string): string {
  const [area = "", ...rest] = timeZone.replaceAll("_", " ").split("/");
  return rest.length === 0 ? area : `${rest.toReversed().join(", ")}, ${area}`;
}

/** "1–2 s", "under 0.5 s" is "0–0.5 s", the last "30 s +". */
export function binName({ fromMs, toMs }: LatencyBin, locale: string): string {
  const sec = (ms: number): string => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(ms / 1000);
  return toMs === null ? `${sec(fromMs)} s +` : `${sec(fromMs)}–${sec(toMs)} s`;
}

/** What a chapter's mark stands beside in the table: those that begin within the step. */
export function chaptersIn(chapters: Analytics["chapters"], fromMs: number, stepMs: number): string {
  return chapters
    .filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + stepMs)
    .map(({ title }) => title)
    .join("; ");
}
