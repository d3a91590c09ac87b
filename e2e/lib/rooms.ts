/** Where guests meet in tests: rooms of a server of ours with its embedded SFU, or of LiveKit's own server. */
import { AccessToken, RoomServiceClient, type VideoGrant } from "livekit-server-sdk";
import { findLiveKitServer, startLiveKitServer } from "./livekit-server.ts";
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

/** Which rooms a suite runs on. */
export type RoomsKind = Readonly<{
  /** For the suite's title. */
  name: string;
  /** The embedded SFU. */
  isOurs: boolean;
  /** What shows the contract is enough here: the scenarios that are long or about quality are for the embedded SFU. */
  isBrief: boolean;
  open: () => Promise<Rooms>;
}>;

const KEY = "e2e";
const SECRET = "a secret of the end-to-end tests";

/** The embedded SFU always; LiveKit's own server where LIVEKIT_URL names one (everything), or where it is installed (briefly). */
export function roomKinds(): RoomsKind[] {
  const kinds: RoomsKind[] = [{ name: "the embedded SFU", isOurs: true, isBrief: false, open: openEmbedded }];
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: key = "", LIVEKIT_API_SECRET: secret = "" } = process.env;
  const program = findLiveKitServer();
  const theirs = { name: "LiveKit's server", isOurs: false };
  if (url !== undefined && url !== "")
    kinds.push({ ...theirs, isBrief: false, open: async () => roomsAt(url, { key, secret }) });
  else if (program !== undefined) kinds.push({ ...theirs, isBrief: true, open: () => openLiveKit(program) });
  return kinds;
}

/** For the title of a skipped test: what would have to be there. */
export const LIVEKIT_IS_MISSING =
  "LiveKit's own server: not run, LIVEKIT_URL names none and it is not built (.ci/run does that where Go is)";

async function openEmbedded(): Promise<Rooms> {
  const server = await startServer({ env: { LIVEKIT_API_KEY: KEY, LIVEKIT_API_SECRET: SECRET } });
  return roomsAt(server.ready.url, { key: KEY, secret: SECRET }, server);
}

async function openLiveKit(program: string): Promise<Rooms> {
  const server = await startLiveKitServer(program, { key: KEY, secret: SECRET });
  return { ...roomsAt(server.url, { key: KEY, secret: SECRET }), [Symbol.asyncDispose]: () => server.stop() };
}

function roomsAt(url: string, { key, secret }: { key: string; secret: string }, server?: RunningServer): Rooms {
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
