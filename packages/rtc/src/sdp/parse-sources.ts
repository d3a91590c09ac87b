/** Reads the synchronisation sources that a section announces (RFC 5576). */
import type { Level } from "./lines.ts";
import type { Msid, Source, SourceGroup } from "./model.ts";

const SSRC = /^(\d{1,10})(?: ([A-Za-z-]{1,32})(?::(.*))?)?$/;
const SSRC_GROUP = /^([A-Za-z-]{1,32})((?: \d{1,10}){1,16})$/;
const MAX_SSRC = 0xffff_ffff;
const MAX_SOURCES = 64;

type Growing = { ssrc: number; cname?: string; msid?: Msid };

/** In the order of their first lines. */
export function parseSources(level: Level): readonly Source[] {
  const sources = new Map<number, Growing>();
  for (const { value } of level.all("ssrc")) {
    const [, ssrcText, name, text = ""] = SSRC.exec(value) ?? [];
    const ssrc = Number(ssrcText ?? Number.NaN);
    if (!(ssrc <= MAX_SSRC) || (!sources.has(ssrc) && sources.size >= MAX_SOURCES)) continue;
    const source: Growing = sources.get(ssrc) ?? { ssrc };
    sources.set(ssrc, source);
    if (name === "cname") source.cname = text;
    const [stream = "", track = ""] = text.split(" ");
    if (name === "msid" && stream !== "") source.msid = { stream, track };
  }
  return [...sources.values()];
}

/** In the order of their lines. */
export function parseSourceGroups(level: Level): readonly SourceGroup[] {
  const groups: SourceGroup[] = [];
  for (const { value } of level.all("ssrc-group")) {
    const [, semantics, list = ""] = SSRC_GROUP.exec(value) ?? [];
    const ssrcs = list.trim().split(" ").map(Number);
    if (semantics === undefined || groups.length >= MAX_SOURCES || ssrcs.some((ssrc) => ssrc > MAX_SSRC)) continue;
    groups.push({ semantics, ssrcs });
  }
  return groups;
}
