/** Where guests meet in tests: rooms of a server of ours with its embedded SFU, or of the LiveKit server that LIVEKIT_URL names. */
import { AccessToken, RoomServiceClient, type VideoGrant } from "livekit-server-sdk";
import { type RunningServer, startServer } from "./server.ts";

export type TokenWishes = Readonly<{ name?: string; metadata?: string; ttl?: number | string; grant?: VideoGrant }>;

export interface Rooms extends AsyncDisposable {
  /** What livekit-client connects to. */
  readonly url: string;
  readonly service: RoomServiceClient;
  /** Ours; undefined when the rooms are another LiveKit's. */
  readonly server: RunningServer | undefined;
  /** Signed by livekit-server-sdk. */
  token(identity: string, room: string, wishes?: TokenWishes): Promise<string>;
}

/** Which rooms a suite runs on, by a name for its title. */
export type RoomsKind = Readonly<{ name: string; open: () => Promise<Rooms> }>;

const KEY = "e2e";
const SECRET = "a secret of the end-to-end tests";

/** The embedded SFU always, and LiveKit's own server where one is named. */
export function roomKinds(): RoomsKind[] {
  const embedded = { name: "the embedded SFU", open: openEmbedded };
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: key = "", LIVEKIT_API_SECRET: secret = "" } = process.env;
  if (url === undefined || url === "") return [embedded];
  return [embedded, { name: "LiveKit's server", open: async () => roomsAt(url, key, secret, undefined) }];
}

/** For the title of a skipped test: what would have to be there. */
export const LIVEKIT_IS_MISSING = "LiveKit's own server: not run, LIVEKIT_URL names none";

async function openEmbedded(): Promise<Rooms> {
  const server = await startServer({ env: { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET } });
  return roomsAt(server.ready.url, KEY, SECRET, server);
}

function roomsAt(url: string, key: string, secret: string, server: RunningServer | undefined): Rooms {
  return {
    url: url.replace(/^http/, "ws"),
    service: new RoomServiceClient(url.replace(/^ws/, "http"), key, secret),
    server,
    async token(identity, room, { grant, ttl = 3600, name, metadata } = {}) {
      const about = { ...(name === undefined ? {} : { name }), ...(metadata === undefined ? {} : { metadata }) };
      const token = new AccessToken(key, secret, { identity, ttl, ...about });
      token.addGrant({ roomJoin: true, room, canUpdateOwnMetadata: true, ...grant });
      return token.toJwt();
    },
    [Symbol.asyncDispose]: async () => server?.dispose(),
  };
}

/** A gauge or counter of the embedded SFU, by the server's /metrics. @throws {Error} it is not there */
export async function sfuMetric(server: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.ready.url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(line.slice(name.length + 1));
}
