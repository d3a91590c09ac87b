/** Follows one media playlist as a low-latency player does, and checks every answer. */
import { checkPlaylistHeaders, checkDirectives, get, playlistOf, withDirectives } from "./hls-fetch.ts";
import type { Findings } from "./hls-findings.ts";
import { checkMedia, extent, probe, type Probed } from "./hls-probe.ts";
import { contains, following, newest, type ReadPart, type ReadPlaylist, type ReadSegment } from "./hls-reader.ts";
import { applyDelta, checkDelta, checkPlaylist, checkUpdate } from "./hls-rules.ts";

/** What was seen of one media playlist. */
export type Followed = {
  readonly url: string;
  /** The newest full playlist. */
  latest: ReadPlaylist | undefined;
  /** When it came, on the clock of performance.now(). */
  receivedMs: number;
  reloads: number;
  deltas: number;
  hints: number;
  segments: number;
  parts: number;
  /** Highest bit rate of a checked segment. */
  peakBps: number;
  probed: Probed | undefined;
  /** Wall clock minus media time of the checked segments, by discontinuity sequence. */
  readonly offsetsMs: Map<number, number>;
};

export type FollowOptions = Readonly<{
  seconds: number;
  maxProbed: number;
  /** Promised by the multivariant playlist for all. */
  independentSegments: boolean;
  findings: Findings;
}>;

/** Where the media of a segment ends. */
type MediaEnd = Readonly<{ msn: number; endSec: number }>;

const SLACK_MS = 2_000;
/** A full one, a delta update and what follows it. */
const MIN_RELOADS = 4;

/** A playlist that nothing is known of yet. */
export function createFollowed(url: string): Followed {
  return {
    url,
    latest: undefined,
    receivedMs: 0,
    reloads: 0,
    deltas: 0,
    hints: 0,
    segments: 0,
    parts: 0,
    peakBps: 0,
    probed: undefined,
    offsetsMs: new Map(),
  };
}

/** Follows for `seconds` after the first answers, and for as many reloads as the rules need. Returns early when the playlist ends or cannot be had. */
export async function follow(followed: Followed, options: FollowOptions): Promise<void> {
  const { url } = followed;
  const { findings } = options;
  const first = await get(url, 10_000);
  const playlist = playlistOf(first);
  findings.check(
    playlist !== undefined,
    "must",
    "6.2.1",
    "the media playlist can be had",
    url,
    `${first.status} ${first.problem ?? ""}`,
  );
  if (playlist === undefined) return;
  checkPlaylistHeaders(first, url, playlist.targetSec ?? 0, findings);
  checkPlaylist(playlist, url, findings);
  followed.latest = playlist;
  followed.receivedMs = performance.now();
  await checkDirectives(url, playlist, 3_000 * (playlist.targetSec ?? 1) + SLACK_MS, findings);
  let checkedMsn = newest(playlist).msn - 2;
  let end: MediaEnd | undefined;
  const untilMs = performance.now() + options.seconds * 1000;
  while ((performance.now() < untilMs || followed.reloads < MIN_RELOADS) && !followed.latest.ended) {
    if (!(await reload(followed, findings))) return;
    for (const segment of followed.latest.segments) {
      if (segment.msn <= checkedMsn || segment.uri === undefined) continue;
      checkedMsn = segment.msn;
      end = await checkSegment(followed, segment, end, options);
    }
  }
}

/** One blocking reload with the hinted part beside it; every second one asks for a delta update. False when it was refused. */
async function reload(followed: Followed, findings: Findings): Promise<boolean> {
  const { url, latest: before } = followed;
  if (before === undefined) return false;
  const wanted = following(before);
  const timeoutMs = 3_000 * (before.targetSec ?? 1) + SLACK_MS;
  // A delta update is for who knows the playlist as it was within half of the skip boundary. Section 6.2.5.1.
  const freshMs = 500 * Number(before.control?.get("CAN-SKIP-UNTIL") ?? 0);
  const delta = followed.reloads % 2 === 1 && performance.now() - followed.receivedMs < freshMs;
  const hint = before.hint && new URL(before.hint.uri, url).href;
  const asked = withDirectives(url, { msn: wanted.msn, part: wanted.part, ...(delta ? { skip: "YES" } : {}) });
  const [answer, hinted] = await Promise.all([
    get(asked, timeoutMs),
    hint === undefined ? undefined : get(hint, timeoutMs),
  ]);
  const receivedMs = performance.now();
  const received = playlistOf(answer);
  followed.reloads += 1;
  const where = `${wanted.msn}.${wanted.part}: ${answer.status} after ${Math.round(answer.ms)} ms ${answer.problem ?? ""}`;
  findings.check(received !== undefined, "must", "6.2.5.2", "a blocking reload is answered", url, where);
  if (received === undefined) return false;
  const full = received.skipped === undefined ? received : applyDelta(before, received);
  findings.check(
    contains(full, wanted) || full.ended,
    "must",
    "6.2.5.2",
    "a blocking reload is answered with the part asked for",
    url,
    where,
  );
  checkPlaylist(full, url, findings);
  checkUpdate(before, full, url, findings);
  if (received.skipped !== undefined) await compareDelta(followed, before, received, findings);
  if (hinted !== undefined) await checkHint(followed, before, full, hinted, findings);
  await checkRemoved(url, before, full, findings);
  followed.latest = full;
  followed.receivedMs = receivedMs;
  return true;
}

async function compareDelta(
  followed: Followed,
  before: ReadPlaylist,
  delta: ReadPlaylist,
  findings: Findings,
): Promise<void> {
  followed.deltas += 1;
  findings.check(
    delta.version >= 9,
    "must",
    "4.4.5.2",
    "a delta update has EXT-X-VERSION 9 or more",
    followed.url,
    `${delta.version}`,
  );
  const now = playlistOf(await get(followed.url, 10_000));
  if (now !== undefined) checkDelta(before, delta, now, followed.url, findings);
}

/** The hinted part appears under the hinted URI, and asking early gave the same bytes. Section 4.4.5.3. */
async function checkHint(
  followed: Followed,
  before: ReadPlaylist,
  after: ReadPlaylist,
  hinted: Awaited<ReturnType<typeof get>>,
  findings: Findings,
): Promise<void> {
  const { url } = followed;
  const hint = before.hint?.uri ?? "";
  followed.hints += 1;
  const next = partAt(after, following(before));
  if (next === undefined) return;
  findings.check(
    next.uri === hint,
    "must",
    "4.4.5.3",
    "the hinted part appears under the hinted URI",
    url,
    `${hint} hinted, ${next.uri} came`,
  );
  if (next.uri !== hint) return;
  findings.check(
    hinted.status === 200,
    "must",
    "4.4.5.3",
    "a request for the hinted part is held until it can be answered",
    url,
    `${hinted.status} ${hinted.problem ?? ""} for ${hint}`,
  );
  const later = await get(new URL(hint, url).href, 10_000);
  const same = Buffer.compare(hinted.bytes, later.bytes) === 0 && later.status === 200;
  findings.check(
    same,
    "must",
    "6.2.1",
    "a part never changes",
    url,
    `${hint}: ${hinted.bytes.length} and ${later.bytes.length} bytes, ${later.status}`,
  );
}

/** The part at that place; behind a closed segment's last it is the first of the next segment. Undefined when it has left the playlist. */
function partAt(playlist: ReadPlaylist, { msn, part }: { msn: number; part: number }): ReadPart | undefined {
  const segment = playlist.segments[msn - playlist.mediaSequence];
  if (segment === undefined || (segment.uri !== undefined && segment.parts.length === 0)) return undefined;
  return segment.parts[part] ?? playlist.segments[msn + 1 - playlist.mediaSequence]?.parts[0];
}

/** What has just left the playlist stays available. Section 6.2.2. */
async function checkRemoved(url: string, before: ReadPlaylist, after: ReadPlaylist, findings: Findings): Promise<void> {
  for (const { msn, uri } of before.segments) {
    if (msn >= after.mediaSequence || uri === undefined) continue;
    const { status } = await get(new URL(uri, url).href, 10_000);
    findings.check(
      status === 200,
      "must",
      "6.2.2",
      "a removed segment stays available for its and the playlist's duration",
      url,
      `${status} for ${uri}`,
    );
  }
}

/** Bytes, times and key frames of one closed segment; returns where its media ends. */
async function checkSegment(
  followed: Followed,
  segment: ReadSegment,
  previous: MediaEnd | undefined,
  options: FollowOptions,
): Promise<MediaEnd | undefined> {
  const { url } = followed;
  const { findings } = options;
  const fetchOne = async (uri: string): Promise<Uint8Array> => {
    const answer = await get(new URL(uri, url).href, 10_000);
    findings.check(
      answer.status === 200,
      "must",
      "6.2.1",
      "what the playlist names can be had",
      url,
      `${answer.status} ${answer.problem ?? ""} for ${uri}`,
    );
    return answer.bytes;
  };
  const media = await fetchOne(segment.uri ?? "");
  const parts = await Promise.all(segment.parts.map(({ uri }) => fetchOne(uri)));
  const ranged = segment.parts.some(({ byteRange }) => byteRange !== undefined);
  if (parts.length > 0 && !ranged) {
    const same = Buffer.compare(Buffer.concat(parts), media) === 0;
    findings.check(
      same,
      "must",
      "3.2",
      "a segment is its parts in order",
      url,
      `${segment.uri}: ${media.length} bytes, parts ${Buffer.concat(parts).length}`,
    );
  }
  followed.segments += 1;
  followed.parts += parts.length;
  followed.peakBps = Math.max(followed.peakBps, (media.length * 8) / Math.max(segment.durationSec, 0.001));
  if (followed.segments > options.maxProbed) return undefined;
  const init = await fetchOne(segment.map ?? "");
  const probed = await probe(init, media);
  findings.check(
    probed !== undefined && probed.packets.length > 0,
    "must",
    "3.1.2",
    "ffprobe reads init segment and segment",
    url,
    `${segment.uri}`,
  );
  if (probed === undefined || probed.packets.length === 0) return undefined;
  followed.probed = probed;
  checkMedia(
    segment,
    probed,
    init.length,
    parts.map(({ length }) => length),
    url,
    findings,
  );
  const keyFirst = probed.kind !== "video" || probed.packets[0]?.key === true;
  const promised = options.independentSegments || followed.latest?.independentSegments === true;
  const rule = "with EXT-X-INDEPENDENT-SEGMENTS every segment starts with a key frame";
  findings.check(!promised || keyFirst, "must", "4.4.2.1", rule, url, `${segment.uri}`);
  const { startSec, endSec } = extent(probed);
  if (previous?.msn === segment.msn - 1 && !segment.discontinuity) {
    const gap = startSec - previous.endSec;
    findings.check(
      Math.abs(gap) <= 0.05,
      "must",
      "4.4.4.3",
      "media goes on where the segment before ended",
      url,
      `${gap.toFixed(3)} s at ${segment.msn}`,
    );
  }
  if (segment.date !== undefined)
    followed.offsetsMs.set(sequenceOf(followed.latest, segment), segment.date - startSec * 1000);
  return { msn: segment.msn, endSec };
}

function sequenceOf(playlist: ReadPlaylist | undefined, { msn }: ReadSegment): number {
  const before = playlist?.segments.filter((segment) => segment.msn <= msn && segment.discontinuity).length ?? 0;
  return (playlist?.discontinuitySequence ?? 0) + before;
}
