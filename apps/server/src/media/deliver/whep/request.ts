/** What a URL under /whep/ asks for. Pure. */

const PATH = /^\/whep\/([A-Za-z0-9_-]{1,64})$/;
const MAX_URL_CHARS = 4096;

/** The broadcast whose endpoint this is; undefined for anything else, a session's path too. @param pathname without the query */
export function broadcastOf(pathname: string): string | undefined {
  return PATH.exec(pathname)?.[1];
}

/** The playback token in the query of a request target; undefined when there is none. */
export function tokenOf(url: string): string | undefined {
  const queryAt = url.indexOf("?");
  if (queryAt < 0 || url.length > MAX_URL_CHARS) return undefined;
  return new URLSearchParams(url.slice(queryAt + 1)).get("token") ?? undefined;
}
