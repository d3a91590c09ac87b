/** Reads playlists as a stranger would: line by line, knowing nothing of the server. */

export type SeenSegment = Readonly<{
  msn: number;
  uri: string;
  durationSec: number;
  discontinuity: boolean;
  /** The server says that it does not have it. */
  gap: boolean;
}>;
export type SeenPlaylist = Readonly<{
  text: string;
  segments: readonly SeenSegment[];
  /** Of the newest complete segment; -1 when there is none. */
  lastMsn: number;
  ended: boolean;
}>;

/** Absolute URLs of the media playlists: variants first, then renditions. */
export async function mediaPlaylistUrls(multivariantUrl: string): Promise<string[] | undefined> {
  const response = await fetch(multivariantUrl);
  if (!response.ok) return undefined;
  const lines = (await response.text()).split("\n");
  const variants = lines.filter((line, at) => lines[at - 1]?.startsWith("#EXT-X-STREAM-INF") && line !== "");
  const renditions = lines.flatMap((line) => /^#EXT-X-MEDIA:.*URI="([^"]+)"/.exec(line)?.[1] ?? []);
  return [...new Set([...variants, ...renditions])].map((uri) => new URL(uri, multivariantUrl).href);
}

/** @throws {Error} with the status when it is not answered */
export async function fetchPlaylist(url: string): Promise<SeenPlaylist> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  let msn = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0);
  let durationSec = 0;
  let discontinuity = false;
  let gap = false;
  const segments: SeenSegment[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXTINF:")) durationSec = Number.parseFloat(line.slice(8));
    else if (line === "#EXT-X-DISCONTINUITY") discontinuity = true;
    else if (line === "#EXT-X-GAP") gap = true;
    else if (line !== "" && !line.startsWith("#")) {
      segments.push({ msn, uri: line, durationSec, discontinuity, gap });
      msn += 1;
      discontinuity = false;
      gap = false;
    }
  }
  return { text, segments, lastMsn: msn - 1, ended: text.includes("#EXT-X-ENDLIST") };
}
