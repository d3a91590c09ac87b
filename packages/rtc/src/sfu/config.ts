/** Settings of the SFU process, read from its environment once at start. The only file of the SFU that reads them. */
import { readFileSync } from "node:fs";
import type { ICEServer } from "@livekit/protocol";
import { readIceServers } from "./ice-servers.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";

export type SfuConfig = Readonly<{
  /** Signalling, RoomService, health and metrics. Port 0 means any free one. */
  httpHost: string;
  httpPort: number;
  /** ICE of all participants on one UDP port. Port 0 means any free one. */
  udpHost: string;
  udpPort: number;
  /** The address that host candidates name instead of the bound one, when the machine is behind a one-to-one NAT. */
  publicIp: string | undefined;
  iceServers: readonly ICEServer[];
  /** API key to secret; the first signs. */
  keys: ReadonlyMap<string, string>;
  webhookUrls: readonly string[];
  limits: Limits;
  rooms: RoomDefaults;
  logLevel: LogLevel;
}>;

/** What holds for a room that says nothing else. */
export type RoomDefaults = Readonly<{
  /** Seconds that a room waits for its first participant. */
  emptyTimeoutSec: number;
  /** Seconds that a room waits after the last one left. */
  departureTimeoutSec: number;
  /** Whether RoomService may unmute a track: a microphone that somebody else opens is a surprise, so no by default. */
  remoteUnmute: boolean;
}>;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * @param env as `process.env`
 * @throws {RangeError} one message with a line for each setting that is wrong; no secret stands in it
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): SfuConfig {
  const problems: string[] = [];
  const read = <T>(make: () => T, fallback: T): T => {
    try {
      return make();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return fallback;
    }
  };
  const count = (name: string, fallback: number, max = 1_000_000): number =>
    read(() => readCount(name, env[name], fallback, max), fallback);
  const config: SfuConfig = {
    httpHost: env["SFU_HTTP_HOST"] ?? "127.0.0.1",
    httpPort: count("SFU_HTTP_PORT", 0, 65_535),
    udpHost: env["RTC_BIND_ADDRESS"] ?? "0.0.0.0",
    udpPort: count("RTC_UDP_PORT", 7882, 65_535),
    publicIp: env["RTC_PUBLIC_IP"] === "" ? undefined : env["RTC_PUBLIC_IP"],
    iceServers: read(() => readIceServers(secret(env, "TURN_URLS") ?? ""), []),
    keys: read(() => readKeys(env), new Map()),
    webhookUrls: read(() => readUrls(env["SFU_WEBHOOK_URLS"] ?? ""), []),
    limits: readLimits(count),
    rooms: {
      emptyTimeoutSec: count("SFU_EMPTY_TIMEOUT_SEC", 300),
      departureTimeoutSec: count("SFU_DEPARTURE_TIMEOUT_SEC", 20),
      remoteUnmute: env["SFU_REMOTE_UNMUTE"] === "true",
    },
    logLevel: read(() => readLogLevel(env["LOG_LEVEL"] ?? "info"), "info"),
  };
  if (problems.length > 0) throw new RangeError(`the SFU's settings are wrong:\n- ${problems.join("\n- ")}`);
  return config;
}

function readLimits(count: (name: string, fallback: number) => number): Limits {
  return {
    ...DEFAULT_LIMITS,
    maxRooms: count("SFU_MAX_ROOMS", DEFAULT_LIMITS.maxRooms),
    maxParticipants: count("SFU_MAX_PARTICIPANTS", DEFAULT_LIMITS.maxParticipants),
    maxParticipantsPerRoom: count("SFU_MAX_PARTICIPANTS_PER_ROOM", DEFAULT_LIMITS.maxParticipantsPerRoom),
  };
}

function readCount(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${name} is "${text}", a whole number from 0 to ${max} is needed`);
}

function readKeys(env: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  const key = env["LIVEKIT_API_KEY"];
  const value = secret(env, "LIVEKIT_API_SECRET");
  if (key === undefined || key === "" || value === undefined || value === "")
    throw new RangeError("LIVEKIT_API_KEY and LIVEKIT_API_SECRET are both needed");
  return new Map([[key, value]]);
}

function readUrls(list: string): string[] {
  const urls = list
    .split(",")
    .map((url) => url.trim())
    .filter((url) => url !== "");
  for (const url of urls) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new RangeError(`SFU_WEBHOOK_URLS holds "${url}", a URL that begins with http:// or https:// is needed`);
  }
  return urls;
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text.toLowerCase());
  // Levels of the server's logger that this one does not have.
  if (level !== undefined) return level;
  if (text === "trace") return "debug";
  if (text === "fatal") return "error";
  throw new RangeError(`LOG_LEVEL is "${text}", one of ${LOG_LEVELS.join(", ")} is needed`);
}

/** A secret may be in a file whose path stands in `NAME_FILE`. */
function secret(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  return file === undefined || file === "" ? env[name] : readFileSync(file, "utf8").trim();
}
