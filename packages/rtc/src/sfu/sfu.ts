/** The SFU as a whole: ports, rooms, webhooks and metrics of one process. Everything that it opens it closes. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { openUdpMux, type UdpMux } from "../pipe/mux.ts";
import type { SfuConfig } from "./config.ts";
import type { Log } from "./log.ts";
import { createCounters } from "./media/types.ts";
import { createMetrics } from "./metrics.ts";
import { createRoomService } from "./room-service.ts";
import type { DataCounters } from "./room/data.ts";
import type { RoomDeps } from "./room/membership.ts";
import { Rooms } from "./room/rooms.ts";
import { RtcHttp } from "./rtc-http.ts";
import { createSid } from "./sids.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { serveTwirp, type TwirpService } from "./twirp.ts";
import { Webhooks } from "./webhooks.ts";

/** Time for the last webhooks when it stops. */
const WEBHOOKS_MS = 2_000;
/** A page that sends its request slowly holds a connection no longer than this. */
const HEADERS_TIMEOUT_MS = 10_000;
/** A join request with a whole offer in it is part of the address, and so is a token with its metadata. */
const MAX_HEADER_BYTES = 128 * 1024;

export type Sfu = Readonly<{
  /** The ports that were bound. */
  ports: Readonly<{ http: number; udp: number }>;
  rooms: Rooms;
  /** Tells clients that the server stops, and closes everything. */
  close: () => Promise<void>;
}>;

/**
 * @throws {Error} a port is in use
 * @throws {RangeError} no API key, or a secret that is too short
 */
export async function startSfu(config: SfuConfig, log: Log): Promise<Sfu> {
  const tokens = createTokens(config.keys);
  const webhooks = new Webhooks({ urls: config.webhookUrls, tokens, log });
  const mux = await openUdpMux(config.udpPort, boundAddress(config));
  const deps = roomDeps(config, tokens, mux, log);
  const rooms = new Rooms(deps, config.rooms, (event, subject) => webhooks.post(event, subject));
  const { nowMs } = deps.session;
  const rtc = new RtcHttp({ rooms, tokens, limits: config.limits, log, nowMs });
  const metrics = createMetrics({
    rooms,
    media: deps.session.counters,
    data: deps.dataCounters,
    webhooks: webhooks.counters,
  });
  const service = createRoomService({ rooms, room: deps, defaults: config.rooms });
  const server = openServer({ rtc, service, tokens, metrics, log });
  const close = async (): Promise<void> => {
    rooms.close();
    await rtc.close();
    server.closeAllConnections();
    await Promise.all([webhooks.close(WEBHOOKS_MS), closed(server)]);
    mux.close();
  };
  try {
    server.listen(config.httpPort, config.httpHost);
    await once(server, "listening");
  } catch (error) {
    await close();
    throw error;
  }
  return { ports: { http: (server.address() as AddressInfo).port, udp: mux.port }, rooms, close };
}

/** Not listening yet. */
function openServer(doors: Doors): Server {
  const { rtc, log } = doors;
  const options = { headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = createServer(options, (request, response) => {
    serve(doors, request, response).catch((error: unknown) => fail(response, error, log));
  });
  server.on("upgrade", (request, socket, head) => {
    rtc.upgrade(request, socket, head).catch((error: unknown) => {
      log.error("an upgrade failed", { error: String(error) });
      socket.destroy();
    });
  });
  return server;
}

function roomDeps(config: SfuConfig, tokens: Tokens, mux: UdpMux, log: Log): RoomDeps {
  const address = boundAddress(config);
  const dataCounters: DataCounters = { packetsIn: 0, packetsOut: 0, dropped: 0 };
  return {
    session: {
      peer: {
        ...(address === undefined ? {} : { bindAddress: address }),
        udpPort: mux.port,
        ...(config.publicIp === undefined ? {} : { publicAddresses: [config.publicIp] }),
        maxMessageSizeBytes: config.limits.maxDataBytes,
      },
      counters: createCounters(),
      limits: config.limits,
      nowMs: () => performance.now(),
    },
    limits: config.limits,
    tokens,
    iceServers: config.iceServers,
    nodeId: createSid("ND"),
    dataCounters,
    log,
  };
}

/** Undefined for all interfaces: each then gives a candidate of its own. */
function boundAddress({ udpHost }: SfuConfig): string | undefined {
  return udpHost === "" || udpHost === "0.0.0.0" || udpHost === "::" ? undefined : udpHost;
}

type Doors = Readonly<{ rtc: RtcHttp; service: TwirpService; tokens: Tokens; metrics: Registry; log: Log }>;

async function serve(
  { rtc, service, tokens, metrics, log }: Doors,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  if (path.startsWith("/twirp/")) {
    return serveTwirp(service, tokens, request, response, (error) =>
      log.error("a call failed", {
        path,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    );
  }
  if (rtc.serves(path)) return rtc.serve(request, response);
  if (path === "/metrics") {
    const text = await metrics.metrics();
    response.writeHead(200, { "content-type": metrics.contentType }).end(text);
  } else if (path === "/" || path === "/healthz") {
    // Clients look here, from pages of any origin, whether the network is back.
    response
      .writeHead(200, { "content-type": "text/plain; charset=utf-8", "access-control-allow-origin": "*" })
      .end("OK");
  } else
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is nothing at this address.");
}

function fail(response: ServerResponse, error: unknown, log: Log): void {
  log.error("a request failed", { error: String(error) });
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end();
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const done = once(server, "close");
  server.close();
  await done;
}
