/** STUN and TURN servers that WebRTC peers are told of, as TURN_URLS lists them. RFC 7064, RFC 7065. */

/** `url` has no user part; TURN servers have both name and password, STUN servers neither. */
export type IceServer = Readonly<{ url: string; username?: string; password?: string }>;

const ENTRY = /^(stuns?|turns?):(?:\/\/)?(?:([^:@\s]*):([^@\s]*)@)?([^@\s/<>",;]+)$/i;
const MAX_SERVERS = 8;
const SHAPE = "stun:host:port or turn:name:password@host:port?transport=udp";

/**
 * Reads a list such as `stun:stun.example.org:3478, turn:name:password@turn.example.org:3478?transport=udp`. The user part is ours: RFC
 * 7065 has none. It may be percent-encoded. A sentence says what is wrong, without the entry: it may hold a password.
 */
export function parseIceServers(list: string): readonly IceServer[] | string {
  const entries = list.split(",").flatMap((entry) => entry.trim() || []);
  if (entries.length > MAX_SERVERS) return `must list at most ${MAX_SERVERS} servers`;
  const servers: IceServer[] = [];
  for (const [index, entry] of entries.entries()) {
    const server = parseIceServer(entry);
    if (typeof server === "string") return `entry ${index + 1} ${server}`;
    servers.push(server);
  }
  return servers;
}

function parseIceServer(entry: string): IceServer | string {
  const [, scheme, username, password, place] = ENTRY.exec(entry) ?? [];
  if (scheme === undefined || place === undefined) return `must be ${SHAPE}`;
  const url = `${scheme.toLowerCase()}:${place}`;
  if (!url.startsWith("turn")) return { url };
  if (!username || !password) return `has no name and password: write ${SHAPE}`;
  try {
    return { url, username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return "has a % in its name or password that encodes nothing: write %25 for a percent sign";
  }
}
