/** What must hold for one media playlist, and between two answers of the same playlist. draft-pantos-hls-rfc8216bis. */
import HLS from "hls-parser";
import type { Findings } from "./hls-findings.ts";
import type { ReadPlaylist, ReadSegment } from "./hls-reader.ts";

const EPSILON_SEC = 0.001;
const LOWEST_VERSION: ReadonlyArray<readonly [name: string, version: number]> = [
  ["EXT-X-SKIP", 9],
  ["EXT-X-GAP", 8],
  ["EXT-X-MAP", 6],
  ["EXT-X-BYTERANGE", 4],
];

/** Rules for the text of one media playlist of a live low-latency broadcast. */
export function checkPlaylist(playlist: ReadPlaylist, url: string, findings: Findings): void {
  const must = (holds: boolean, section: string, rule: string, detail?: string): void =>
    findings.check(holds, "must", section, rule, url, detail);
  must(playlist.firstLine === "#EXTM3U", "4.4.1.1", "the first line is #EXTM3U", playlist.firstLine.slice(0, 40));
  must(!/\p{Cc}/u.test(playlist.text.replaceAll(/[\r\n]/g, "")), "4.1", "no control characters");
  must(!playlist.names.includes("EXT-X-STREAM-INF"), "4.4.6", "no tag of a multivariant playlist in a media playlist");
  for (const [name, version] of LOWEST_VERSION) {
    must(
      !playlist.names.includes(name) || playlist.version >= version,
      "8",
      `${name} asks for EXT-X-VERSION ${version}`,
      `${playlist.version}`,
    );
  }
  const repeated = playlist.names.filter((name, at) => SINGLE.has(name) && playlist.names.indexOf(name) !== at);
  must(repeated.length === 0, "4.4", "playlist tags stand once", repeated.join());
  checkTarget(playlist, url, findings);
  checkControl(playlist, url, findings);
  for (const [at, segment] of playlist.segments.entries())
    checkSegment(playlist, segment, playlist.segments[at + 1], url, findings);
  must(!playlist.ended || playlist.hints === 0, "4.4.5.3", "an ended playlist has no preload hint");
  must(playlist.ended || playlist.hint !== undefined, "B.1", "a low-latency playlist hints at its next part");
  const dated = playlist.segments.some(({ date }) => date !== undefined);
  must(dated || playlist.segments.length === 0, "B.1", "a low-latency playlist has EXT-X-PROGRAM-DATE-TIME");
  checkDates(playlist, url, findings);
  checkOldParts(playlist, url, findings);
  checkWithParser(playlist, url, findings);
}

const SINGLE = new Set([
  "EXTM3U",
  "EXT-X-VERSION",
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-ENDLIST",
  "EXT-X-PLAYLIST-TYPE",
  "EXT-X-PART-INF",
  "EXT-X-SERVER-CONTROL",
  "EXT-X-INDEPENDENT-SEGMENTS",
  "EXT-X-START",
  "EXT-X-SKIP",
]);

function checkTarget({ targetSec, segments }: ReadPlaylist, url: string, findings: Findings): void {
  findings.check(
    Number.isInteger(targetSec),
    "must",
    "4.4.3.1",
    "EXT-X-TARGETDURATION is there and a whole number",
    url,
    `${targetSec}`,
  );
  for (const { durationSec, msn } of segments) {
    const fits = Math.round(durationSec) <= (targetSec ?? 0);
    findings.check(
      fits,
      "must",
      "4.4.3.1",
      "no rounded segment duration is over the target duration",
      url,
      `${durationSec} in ${msn}`,
    );
  }
}

function checkControl(
  { control, targetSec = 0, partTargetSec, segments }: ReadPlaylist,
  url: string,
  findings: Findings,
): void {
  const hasParts = segments.some(({ parts }) => parts.length > 0);
  findings.check(
    !hasParts || partTargetSec !== undefined,
    "must",
    "4.4.3.7",
    "EXT-X-PART-INF is there when there are parts",
    url,
  );
  findings.check(control?.get("CAN-BLOCK-RELOAD") === "YES", "must", "B.1", "blocking playlist reload is offered", url);
  const number = (name: string): number | undefined => (control?.has(name) ? Number(control.get(name)) : undefined);
  const partHoldBack = number("PART-HOLD-BACK");
  const part = partTargetSec ?? 0;
  findings.check(partHoldBack !== undefined, "must", "4.4.3.8", "PART-HOLD-BACK is there when there are parts", url);
  const detail = `${partHoldBack} with parts of ${part}`;
  findings.check(
    (partHoldBack ?? 0) >= 2 * part - EPSILON_SEC,
    "must",
    "4.4.3.8",
    "PART-HOLD-BACK is at least twice the part target",
    url,
    detail,
  );
  findings.check(
    (partHoldBack ?? 0) >= 3 * part - EPSILON_SEC,
    "should",
    "4.4.3.8",
    "PART-HOLD-BACK is three times the part target",
    url,
    detail,
  );
  const skip = number("CAN-SKIP-UNTIL");
  findings.check(
    skip === undefined || skip >= 6 * targetSec,
    "must",
    "4.4.3.8",
    "CAN-SKIP-UNTIL is at least six target durations",
    url,
    `${skip}`,
  );
  const holdBack = number("HOLD-BACK");
  findings.check(
    holdBack === undefined || holdBack >= 3 * targetSec,
    "must",
    "4.4.3.8",
    "HOLD-BACK is at least three target durations",
    url,
    `${holdBack}`,
  );
}

function checkSegment(
  playlist: ReadPlaylist,
  segment: ReadSegment,
  next: ReadSegment | undefined,
  url: string,
  findings: Findings,
): void {
  const { parts, msn, uri, durationSec } = segment;
  const target = playlist.partTargetSec ?? 0;
  findings.check(
    !segment.lateTags,
    "must",
    "4.4.4.9",
    "tags of a segment stand before its first part",
    url,
    `in ${msn}`,
  );
  findings.check(
    segment.map !== undefined || playlist.skipped !== undefined,
    "must",
    "3.1.2",
    "an fMP4 segment has EXT-X-MAP",
    url,
    `in ${msn}`,
  );
  for (const [at, part] of parts.entries()) {
    const where = `${part.durationSec} of ${target} in ${msn}.${at}`;
    findings.check(
      part.uri !== "" && part.durationSec > 0,
      "must",
      "4.4.4.9",
      "a part has URI and DURATION",
      url,
      where,
    );
    findings.check(
      part.durationSec <= target + EPSILON_SEC,
      "must",
      "4.4.4.9",
      "no part is longer than the part target",
      url,
      where,
    );
    const last = at === parts.length - 1 && (uri !== undefined || next !== undefined);
    const excused =
      part.independent ||
      part.gap ||
      last ||
      parts[at + 1]?.gap === true ||
      (at === parts.length - 1 && uri === undefined);
    findings.check(
      excused || part.durationSec >= 0.85 * target - EPSILON_SEC,
      "must",
      "4.4.4.9",
      "a part lasts at least 85 % of the part target",
      url,
      where,
    );
  }
  if (uri === undefined || parts.length === 0) return;
  const sum = parts.reduce((total, part) => total + part.durationSec, 0);
  const same = Math.abs(sum - durationSec) <= EPSILON_SEC * (parts.length + 1);
  findings.check(
    same,
    "must",
    "4.4.4.9",
    "a segment lasts as long as its parts",
    url,
    `${durationSec}, parts ${sum.toFixed(6)} in ${msn}`,
  );
}

function checkDates({ segments }: ReadPlaylist, url: string, findings: Findings): void {
  for (const [at, segment] of segments.entries()) {
    const before = segments[at - 1];
    if (segment.date === undefined || before?.date === undefined || segment.discontinuity) continue;
    const drift = (segment.date - before.date) / 1000 - before.durationSec;
    findings.check(
      Math.abs(drift) <= 0.02,
      "must",
      "4.4.4.6",
      "dates advance by the segment durations",
      url,
      `${drift.toFixed(3)} s off at ${segment.msn}`,
    );
  }
}

/** Parts help at the live edge only. Section 6.2.2. */
function checkOldParts({ segments, targetSec = 0 }: ReadPlaylist, url: string, findings: Findings): void {
  let fromEndSec = 0;
  for (const { durationSec, uri, parts, msn } of segments.toReversed()) {
    const old = fromEndSec > 3 * targetSec + EPSILON_SEC && parts.length > 0;
    const rule = "parts that ended three target durations before the end are removed";
    findings.check(
      !old,
      "should",
      "6.2.2",
      rule,
      url,
      `${parts.length} parts in ${msn}, ${fromEndSec.toFixed(3)} s before the end`,
    );
    fromEndSec += uri === undefined ? parts.reduce((sum, part) => sum + part.durationSec, 0) : durationSec;
  }
}

function checkWithParser({ text }: ReadPlaylist, url: string, findings: Findings): void {
  HLS.setOptions({ strictMode: true });
  let problem = "";
  try {
    HLS.parse(withoutOldParts(text));
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  findings.check(problem === "", "must", "4", "hls-parser accepts the text", url, problem);
}

/** hls-parser allows parts in the last three segments, however short these are; checkOldParts counts seconds instead. */
function withoutOldParts(text: string): string {
  const lines = text.split("\n");
  const isUri = (line: string): boolean => line !== "" && !line.startsWith("#");
  const uris = lines.filter(isUri).length;
  let closed = 0;
  return lines
    .filter((line) => {
      if (isUri(line)) closed += 1;
      return !line.startsWith("#EXT-X-PART:") || closed >= uris - 2;
    })
    .join("\n");
}

/** Rules between an earlier and a later answer of one playlist, both full. Section 6.2.2. */
export function checkUpdate(before: ReadPlaylist, after: ReadPlaylist, url: string, findings: Findings): void {
  const must = (holds: boolean, section: string, rule: string, detail?: string): void =>
    findings.check(holds, "must", section, rule, url, detail);
  must(
    after.targetSec === before.targetSec,
    "6.2.1",
    "the target duration never changes",
    `${before.targetSec}, ${after.targetSec}`,
  );
  must(
    after.partTargetSec === before.partTargetSec,
    "6.2.1",
    "the part target never changes",
    `${before.partTargetSec}, ${after.partTargetSec}`,
  );
  must(
    after.mediaSequence >= before.mediaSequence,
    "6.2.2",
    "the media sequence number never falls",
    `${before.mediaSequence}, ${after.mediaSequence}`,
  );
  const removed = before.segments.filter(({ msn }) => msn < after.mediaSequence);
  const gone = removed.filter(({ discontinuity }) => discontinuity).length;
  const expected = before.discontinuitySequence + gone;
  must(
    after.discontinuitySequence === expected,
    "6.2.2",
    "EXT-X-DISCONTINUITY-SEQUENCE counts what was removed",
    `${after.discontinuitySequence}, expected ${expected}`,
  );
  if (removed.length > 0) {
    const seconds = after.segments.reduce((sum, segment) => sum + segment.durationSec, 0);
    must(
      seconds >= 3 * (after.targetSec ?? 0),
      "6.2.2",
      "a live playlist keeps three target durations",
      `${seconds.toFixed(3)} s`,
    );
  }
  for (const old of before.segments) {
    if (old.msn < after.mediaSequence) continue;
    const now = after.segments[old.msn - after.mediaSequence];
    if (now === undefined) must(false, "6.2.2", "no segment leaves at the end", `${old.msn}`);
    else checkKept(old, now, must);
  }
}

function checkKept(
  old: ReadSegment,
  now: ReadSegment,
  must: (holds: boolean, section: string, rule: string, detail?: string) => void,
): void {
  const closed = old.uri !== undefined;
  const kept = !closed || (now.uri === old.uri && now.tags.join() === old.tags.join() && now.map === old.map);
  must(
    kept,
    "6.2.1",
    "a closed segment never changes",
    `${old.msn}: ${old.tags.join(" ")} ${old.uri}, now ${now.tags.join(" ")} ${now.uri}`,
  );
  // Parts may leave, but only all at once, when their segment is three target durations old.
  const prefix =
    now.parts.length === 0 || old.parts.every((part, at) => JSON.stringify(part) === JSON.stringify(now.parts[at]));
  const gone = now.parts.length === 0 && now.uri !== undefined;
  must(prefix && (gone || now.parts.length >= old.parts.length), "6.2.1", "parts are only appended", `in ${old.msn}`);
}

/** The full playlist that a delta update stands for. Section 6.2.5.1. */
export function applyDelta(base: ReadPlaylist, delta: ReadPlaylist): ReadPlaylist {
  if (delta.skipped === undefined) return delta;
  const firstKept = delta.mediaSequence + delta.skipped;
  const skipped = base.segments.filter(({ msn }) => msn >= delta.mediaSequence && msn < firstKept);
  let map = skipped.at(-1)?.map;
  const rest = delta.segments.map((segment) => {
    map = segment.map ?? map;
    return { ...segment, map };
  });
  return { ...delta, segments: [...skipped, ...rest] };
}

/** A delta update leaves out only what is older than the skip boundary, and what it stands for equals the full playlist. */
export function checkDelta(
  base: ReadPlaylist,
  delta: ReadPlaylist,
  full: ReadPlaylist,
  url: string,
  findings: Findings,
): void {
  if (delta.skipped === undefined) return;
  const must = (holds: boolean, section: string, rule: string, detail?: string): void =>
    findings.check(holds, "must", section, rule, url, detail);
  const boundary = Number(delta.control?.get("CAN-SKIP-UNTIL"));
  const shown = delta.segments.reduce(
    (sum, { uri, durationSec, parts }) =>
      sum + (uri === undefined ? parts.reduce((total, part) => total + part.durationSec, 0) : durationSec),
    0,
  );
  must(
    shown >= boundary - EPSILON_SEC,
    "6.2.5.1",
    "only segments before the skip boundary are skipped",
    `${shown.toFixed(3)} s shown, boundary ${boundary}`,
  );
  must(delta.skipped > 0, "6.2.5.1", "EXT-X-SKIP replaces at least one segment");
  const applied = applyDelta(base, delta);
  for (const segment of applied.segments) {
    const now = full.segments[segment.msn - full.mediaSequence];
    if (segment.msn < full.mediaSequence) continue;
    const open = segment.uri === undefined;
    const same =
      now !== undefined &&
      (open
        ? now.msn === segment.msn
        : now.uri === segment.uri && now.tags.join() === segment.tags.join() && now.map === segment.map);
    must(
      same,
      "6.2.5.1",
      "a delta update applied gives the full playlist",
      `${segment.msn}: ${segment.uri} is ${now?.uri}`,
    );
  }
  const start = Math.max(applied.mediaSequence, full.mediaSequence);
  must(
    applied.segments.some(({ msn }) => msn === start),
    "6.2.5.1",
    "SKIPPED-SEGMENTS counts what is left out",
    `${delta.skipped} from ${delta.mediaSequence}`,
  );
}
