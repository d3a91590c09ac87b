/** The rooms of guests: a LiveKit server where LIVEKIT_URL names one, else the SFU of our own. Nothing after this knows which. */
import type { RoomServiceClient, WebhookEvent } from "livekit-server-sdk";
import { type Config, ROLES } from "../config.ts";
import type { Logger } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import type { Secrets } from "../lib/secrets.ts";
import { createAccess, type JoinToken } from "./access.ts";
import { EmbeddedSfu } from "./embedded.ts";
import { SfuDoor, type SfuHttp } from "./sfu-door.ts";
import { readSfuMetrics } from "./sfu-metrics.ts";
import type { ApiKey } from "./sfu-env.ts";

export type LiveKitOptions = Readonly<{
  config: Config;
  log: Logger;
  metrics: Metrics;
  secrets: Pick<Secrets, "lookupHash">;
  publicUrl: string;
  /** Of this server, bound already: the SFU's webhooks come in here. */
  httpPort: number;
}>;

export type LiveKit = Readonly<{
  /** What livekit-client connects to: `ws://` or `wss://`. */
  clientUrl: string;
  /** Fulfils when rooms can be had. Rejects with a StartError. */
  ready: Promise<void>;
  /** Signs a token that livekit-client joins with. */
  createToken(join: JoinToken): Promise<string>;
  /** RoomService. Calls reject with livekit-server-sdk's `ServerError`, or as `fetch` does when nobody answers. */
  roomService(): RoomServiceClient;
  /** Undefined when it was not signed by this LiveKit. @param body as it came, to the byte */
  readWebhook(body: string, authorization: string | undefined): Promise<WebhookEvent | undefined>;
  /** Whether rooms can be had at the moment. Never rejects. */
  health(): Promise<"ok" | "down">;
  /** Prometheus text to be added to the server's own; empty when there is none. Never rejects. */
  metrics(): Promise<string>;
  /** Bound by this machine, by name; known when it is ready. */
  ports(): Readonly<Record<string, number>>;
  /** Passes on what comes for the rooms by the main HTTP port; undefined when clients go elsewhere. */
  door: SfuHttp | undefined;
  close(): Promise<void>;
}>;

/** Where LiveKit posts what happens in rooms: features/guests takes it in. */
export const WEBHOOK_PATH = "/api/v1/rooms/webhook";

const HEALTH_WITHIN_MS = 1_500;

/** Null where this process can have no rooms: without LIVEKIT_URL the SFU belongs to the one process that has all roles. */
export function openLiveKit(options: LiveKitOptions): LiveKit | null {
  const { config, log } = options;
  if (config.LIVEKIT_URL !== undefined) return openCluster(options, config.LIVEKIT_URL);
  if (ROLES.every((role) => config.ROLES.includes(role))) return openEmbedded(options);
  log.info("no rooms for guests in this process: LIVEKIT_URL is not set, and other roles run elsewhere");
  return null;
}

function openCluster({ config, log }: LiveKitOptions, url: string): LiveKit {
  const { LIVEKIT_API_KEY: key = "", LIVEKIT_API_SECRET: secret = "" } = config;
  const { createToken, roomService, readWebhook } = createAccess({ key, secret });
  const httpUrl = url.replace(/^ws/, "http").replace(/\/+$/, "");
  log.info({ url: httpUrl }, "guests meet in rooms of a LiveKit server");
  return {
    clientUrl: httpUrl.replace(/^http/, "ws"),
    ready: Promise.resolve(),
    createToken,
    roomService: () => roomService(httpUrl),
    readWebhook,
    health: () => answers(httpUrl),
    metrics: async () => "",
    ports: () => ({}),
    door: undefined,
    close: async () => undefined,
  };
}

function openEmbedded(options: LiveKitOptions): LiveKit {
  const { config, log, metrics, publicUrl } = options;
  const api = embeddedKey(options);
  const { createToken, roomService, readWebhook } = createAccess(api);
  const sfu = new EmbeddedSfu({ config, api, webhookUrl: webhookUrl(options), log, metrics });
  const door = new SfuDoor({ portNow: () => (sfu.isUp ? sfu.ports?.http : undefined), trustProxy: config.TRUST_PROXY });
  return {
    clientUrl: publicUrl.replace(/^http/, "ws"),
    ready: sfu.ready,
    createToken,
    // Port 0 answers nobody: before the first start calls fail as they do while it is started again.
    roomService: () => roomService(`http://127.0.0.1:${sfu.ports?.http ?? 0}`),
    readWebhook,
    health: async () => (sfu.isUp ? "ok" : "down"),
    metrics: async () => (sfu.isUp && sfu.ports !== undefined ? readSfuMetrics(sfu.ports.http, log) : ""),
    ports: (): Readonly<Record<string, number>> => (sfu.ports === undefined ? {} : { sfu: sfu.ports.udp }),
    door,
    close: () => sfu.close(),
  };
}

/** Derived from the secrets of the installation: the same after a restart, and in no file of its own. */
function embeddedKey({ config, secrets }: LiveKitOptions): ApiKey {
  const { LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = config;
  if (key !== undefined && secret !== undefined) return { key, secret };
  return { key: "rostrum", secret: secrets.lookupHash("livekit", "api secret") };
}

/** The SFU runs on this machine: not by way of the public address. */
function webhookUrl({ config: { HOST }, httpPort }: LiveKitOptions): string {
  const host = HOST === "0.0.0.0" || HOST === "::" ? "127.0.0.1" : HOST;
  return `http://${host.includes(":") ? `[${host}]` : host}:${httpPort}${WEBHOOK_PATH}`;
}

/** LiveKit answers "OK" at its root. */
async function answers(url: string): Promise<"ok" | "down"> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) });
    await answer.body?.cancel();
    return answer.ok ? "ok" : "down";
  } catch {
    return "down"; // nobody answers: that is what was asked
  }
}
