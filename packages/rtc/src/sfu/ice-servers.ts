/** STUN and TURN servers that clients are told of, from `TURN_URLS`. RFC 7064, RFC 7065. */
import { ICEServer } from "@livekit/protocol";

/**
 * Reads a list such as `stun:stun.example.org:3478, turn:name:password@turn.example.org:3478?transport=udp`. The user
 * part is ours: RFC 7065 has none, and clients get it as username and credential. It may be percent-encoded.
 * @throws {RangeError} an entry is not such a URL, or a TURN server has no name and password
 */
export function readIceServers(list: string): ICEServer[] {
  return list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map(readIceServer);
}

function readIceServer(entry: string): ICEServer {
  const match = /^(stuns?|turns?):(?:\/\/)?(?:([^:@]*):([^@]*)@)?([^@\s/]+)$/i.exec(entry);
  const [, scheme, username, credential, place] = match ?? [];
  // The entry itself stands in no message: it may hold a password.
  if (scheme === undefined || place === undefined)
    throw new RangeError("TURN_URLS holds an entry that is not stun:host:port or turn:name:password@host:port");
  const url = `${scheme.toLowerCase()}:${place}`;
  if (!scheme.toLowerCase().startsWith("turn")) return new ICEServer({ urls: [url] });
  if (username === undefined || credential === undefined)
    throw new RangeError(`${url} in TURN_URLS has no name and password: write turn:name:password@host:port`);
  return new ICEServer({
    urls: [url],
    username: decodeURIComponent(username),
    credential: decodeURIComponent(credential),
  });
}
