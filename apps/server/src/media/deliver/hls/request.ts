/** What a URL under /live/ and /livestream/ asks for. Pure. rfc8216bis §6.2.5.2 for the delivery directives. */

/** `msn` undefined: answer at once. `skip`: a delta update may be sent. */
export type Directives = Readonly<{ msn: number | undefined; part: number | undefined; skip: boolean }>;

export type MediaFile =
  | Readonly<{ kind: "init"; name: string }>
  | Readonly<{ kind: "segment"; name: string; msn: number }>
  | Readonly<{ kind: "part"; name: string; msn: number; part: number }>;

export type Wanted =
  | Readonly<{ kind: "multivariant"; base: string }>
  | Readonly<{ kind: "playlist"; rendition: string; directives: Directives }>
  | Readonly<{ kind: "file"; rendition: string; file: MediaFile }>;

export type HlsRequest = Readonly<{ broadcastId: string; token: string | undefined; wanted: Wanted }>;

export type Parsed =
  | Readonly<{ ok: true; request: HlsRequest }>
  | Readonly<{ ok: false; status: 400 | 404; message: string }>;

const PATH =
  /^\/(live|livestream)\/([A-Za-z0-9_-]{1,64})\/(?:([a-z][a-z0-9]{0,7})\/)?([a-z0-9-]{1,64}\.(?:m3u8|m4s|mp4))$/;
const FILE = /^([0-9a-z]{1,16})-(?:i([0-9]{1,9})\.mp4|([0-9]{1,12})(?:-([0-9]{1,6}))?\.m4s)$/;
const INTEGER = /^[0-9]{1,12}$/;
const MAX_URL_CHARS = 4096;
const NO_QUERY: Pick<URLSearchParams, "get"> = { get: () => null };
const NOT_FOUND = { ok: false, status: 404, message: "There is no such media." } as const;

/** `url` is the request target: path and query. */
export function parseRequest(url: string): Parsed {
  if (url.length > MAX_URL_CHARS) return { ok: false, status: 400, message: "The address is too long." };
  const queryAt = url.indexOf("?");
  const match = PATH.exec(queryAt < 0 ? url : url.slice(0, queryAt));
  const [, root, broadcastId, rendition, file] = match ?? [];
  if (broadcastId === undefined || file === undefined) return NOT_FOUND;
  const query = queryAt < 0 ? NO_QUERY : new URLSearchParams(url.slice(queryAt + 1));
  const wanted = parseWanted(root === "livestream", broadcastId, rendition, file, query);
  if ("ok" in wanted) return wanted;
  return { ok: true, request: { broadcastId, token: query.get("t") ?? undefined, wanted } };
}

function parseWanted(
  alias: boolean,
  broadcastId: string,
  rendition: string | undefined,
  file: string,
  query: Pick<URLSearchParams, "get">,
): Wanted | Extract<Parsed, { ok: false }> {
  if (rendition === undefined) {
    if (file !== (alias ? "stream.m3u8" : "index.m3u8")) return NOT_FOUND;
    return { kind: "multivariant", base: alias ? `../../live/${broadcastId}/` : "" };
  }
  if (alias) return NOT_FOUND;
  if (file === "index.m3u8") {
    const directives = parseDirectives(query);
    if (directives === undefined) return { ok: false, status: 400, message: "The delivery directives are malformed." };
    return { kind: "playlist", rendition, directives };
  }
  const media = parseFile(file);
  return media === undefined ? NOT_FOUND : { kind: "file", rendition, file: media };
}

function parseDirectives(query: Pick<URLSearchParams, "get">): Directives | undefined {
  const msn = query.get("_HLS_msn");
  const part = query.get("_HLS_part");
  const skip = query.get("_HLS_skip");
  if ((msn !== null && !INTEGER.test(msn)) || (part !== null && !INTEGER.test(part))) return undefined;
  // A part without its segment means nothing.
  if (part !== null && msn === null) return undefined;
  return {
    msn: msn === null ? undefined : Number(msn),
    part: part === null ? undefined : Number(part),
    skip: skip === "YES" || skip === "v2",
  };
}

function parseFile(file: string): MediaFile | undefined {
  const [, run, init, msn, part] = FILE.exec(file) ?? [];
  if (run === undefined) return undefined;
  if (init !== undefined) return { kind: "init", name: `${run}-i${init}` };
  const name = `${run}-${msn}`;
  if (part === undefined) return { kind: "segment", name, msn: Number(msn) };
  return { kind: "part", name, msn: Number(msn), part: Number(part) };
}
