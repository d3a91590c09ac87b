/** A main HTTP port with the embedded SFU behind it, for tests: real processes and sockets, nothing else of the server. */
import type { Sfu } from "@rostrum/rtc/sfu/sfu";
import { TestClient } from "@rostrum/rtc/sfu/testing/client";
import { type Config, readConfig } from "../config.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics, type Metrics } from "../lib/metrics.ts";
import { listenHttp } from "../roles/http-listener.ts";
import { openRooms } from "../roles/rooms.ts";
import type { JoinToken } from "./access.ts";
import { type LiveKit, openLiveKit, WEBHOOK_PATH } from "./livekit.ts";

export type RoomsStand = Readonly<{
  livekit: LiveKit;
  metrics: Metrics;
  /** `http://127.0.0.1:<port>`. */
  url: string;
  /** Lines of the log, as they were written. */
  lines: readonly string[];
  /** Webhooks that were posted: body and Authorization header. */
  posted: ReadonlyArray<readonly [body: string, authorization: string | undefined]>;
  /** A client of LiveKit's signalling that comes by the main port. */
  join(identity: string, token?: Partial<JoinToken>): Promise<TestClient>;
  close(): Promise<void>;
}>;

export const ROOM = "stage";

/** Waits until the SFU serves. @throws {StartError} it does not */
export async function openStand(settings: Partial<Config> = {}): Promise<RoomsStand> {
  const base = readConfig({ HOST: "127.0.0.1", PORT: "0", RTC_UDP_PORT: "0" }, { dev: false });
  const config: Config = { ...base, ...settings };
  const http = await listenHttp(config);
  const url = `http://127.0.0.1:${http.port}`;
  const lines: string[] = [];
  const posted: Array<readonly [string, string | undefined]> = [];
  http.app = (req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += chunk.toString()));
    req.on("end", () => {
      if (req.url === WEBHOOK_PATH) posted.push([body, req.headers.authorization]);
      res.writeHead(req.url === WEBHOOK_PATH ? 200 : 404).end();
    });
  };
  const log = createLogger("info", false, { write: (line: string) => void lines.push(line) });
  const metrics = createMetrics();
  const secrets = { lookupHash: (purpose: string, text: string) => `${purpose} ${text} `.repeat(3) };
  const livekit = openLiveKit({ config, log, metrics, secrets, publicUrl: url, httpPort: http.port });
  if (livekit === null) throw new Error("These settings have no rooms.");
  openRooms(livekit, http);
  const clients: TestClient[] = [];
  const close = async (): Promise<void> => {
    for (const client of clients) client.close();
    await livekit.close();
    http.server.closeAllConnections();
    await http.close();
  };
  try {
    await livekit.ready;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ livekit, metrics, url, lines, posted, close },
    async join(identity, change = {}) {
      const token = await livekit.createToken({ room: ROOM, identity, ttlSec: 60, ...change });
      // Where it listens is all that is asked of it.
      const sfu = { ports: { http: http.port, udp: 0 } } as Sfu;
      const client = await TestClient.join(sfu, identity, ROOM, { token });
      clients.push(client);
      return client;
    },
  };
}
