/** Requests of the conformance checker, and what HTTP itself must get right. */
import type { Findings } from "./hls-findings.ts";
import { type ReadPlaylist, readPlaylist } from "./hls-reader.ts";

export type Answer = Readonly<{ status: number; headers: Headers; bytes: Uint8Array; ms: number; problem?: string }>;

const PLAYLIST_TYPES = new Set(["application/vnd.apple.mpegurl", "audio/mpegurl", "application/x-mpegurl"]);

const WORTH_COMPRESSING_BYTES = 1_024;

/** Never throws: a request without answer has status 0 and says why. */
export async function get(url: string, timeoutMs: number): Promise<Answer> {
  const began = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), cache: "no-store" });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes, ms: performance.now() - began };
  } catch (error) {
    const problem =
      error instanceof Error
        ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`
        : String(error);
    return { status: 0, headers: new Headers(), bytes: new Uint8Array(), ms: performance.now() - began, problem };
  }
}

/** The URL with delivery directives. Section 6.2.5. */
export function withDirectives(url: string, directives: Readonly<Record<string, string | number>>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(directives)) target.searchParams.set(`_HLS_${name}`, String(value));
  return target.href;
}

/** The playlist in an answer, or undefined when it is no success. */
export function playlistOf(answer: Answer): ReadPlaylist | undefined {
  return answer.status === 200 ? readPlaylist(new TextDecoder().decode(answer.bytes)) : undefined;
}

/** Content type, compression and caching of a playlist's answer. */
export function checkPlaylistHeaders(
  { headers, bytes }: Answer,
  url: string,
  targetSec: number,
  findings: Findings,
): void {
  const type = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  findings.check(PLAYLIST_TYPES.has(type), "must", "4", "a playlist has the content type of playlists", url, type);
  const encoding = headers.get("content-encoding") ?? "none";
  findings.check(
    encoding === "gzip" || bytes.length < WORTH_COMPRESSING_BYTES,
    "should",
    "4",
    "a playlist is compressed with gzip for who accepts it",
    url,
    encoding,
  );
  const maxAge = /max-age=(\d+)/.exec(headers.get("cache-control") ?? "")?.[1];
  const detail = headers.get("cache-control") ?? "no Cache-Control";
  findings.check(
    headers.has("cache-control"),
    "should",
    "6.2.1",
    "a playlist says how long it may be cached",
    url,
    detail,
  );
  findings.check(
    Number(maxAge ?? 0) <= targetSec,
    "should",
    "6.2.1",
    "a live playlist is not cached beyond its target duration",
    url,
    detail,
  );
}

/** Requests that a server refuses, and the one that it moves on to the next segment. Section 6.2.5.2. */
export async function checkDirectives(
  url: string,
  playlist: ReadPlaylist,
  timeoutMs: number,
  findings: Findings,
): Promise<void> {
  const partOnly = await get(withDirectives(url, { part: 0 }), timeoutMs);
  findings.check(
    partOnly.status === 400,
    "must",
    "6.2.5.2",
    "_HLS_part without _HLS_msn is a bad request",
    url,
    `${partOnly.status}`,
  );
  const last = playlist.segments.at(-1)?.msn ?? 0;
  const far = await get(withDirectives(url, { msn: last + 10 }), timeoutMs);
  findings.check(
    far.status === 400,
    "should",
    "6.2.5.2",
    "a media sequence number too far ahead is a bad request",
    url,
    `${far.status} ${far.problem ?? ""}`,
  );
  const closed = playlist.segments.findLast(({ uri, parts }) => uri !== undefined && parts.length > 0);
  if (closed === undefined) return;
  const beyond = await get(withDirectives(url, { msn: closed.msn, part: closed.parts.length }), timeoutMs);
  const moved = playlistOf(beyond);
  const next = moved?.segments.find(({ msn }) => msn === closed.msn + 1);
  const rule = "a part index behind a segment's last is part 0 of the next segment";
  findings.check(
    next !== undefined && (next.uri !== undefined || next.parts.length > 0),
    "must",
    "6.2.5.2",
    rule,
    url,
    `${beyond.status} for ${closed.msn}.${closed.parts.length}`,
  );
}
