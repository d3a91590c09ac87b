/** All settings. The only file that reads process.env. Names carry units; every setting has a default that works. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import path from "node:path";
import { z } from "zod";
import { parseBlobsUrl } from "./lib/blobs-url.ts";
import { parseIceServers } from "./lib/ice-servers.ts";
import { parseOutboundAllow } from "./lib/outbound-allow.ts";

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const optionalPort = z.coerce.number().int().min(0).max(65_535).optional();
const url = (...schemes: string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), {
      message: `must be a URL that begins with ${schemes.map((s) => `${s}://`).join(" or ")}`,
    })
    .optional();

/** Their values appear in no message. */
const SECRETS: ReadonlySet<string> = new Set([
  "DATABASE_URL",
  "REDIS_URL",
  "SETUP_TOKEN",
  "BLOBS_URL",
  "TURN_URLS",
  "LIVEKIT_API_SECRET",
  "BLOBS_ACCESS_KEY_ID",
  "BLOBS_SECRET_ACCESS_KEY",
  "SMTP_URL",
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
]);

export const ROLES = ["api", "realtime", "media", "worker", "web"] as const;

/** One entry per variable; the description becomes docs/config.md. */
export const ConfigSchema = z.object({
  PORT: port(3000).describe("HTTP port: pages, API and playback. 0 means any free port."),
  HOST: z.string().default("0.0.0.0").describe("Address that the HTTP and ingest ports are bound to."),
  PUBLIC_URL: url("http", "https").describe(
    "The address that people and encoders use, e.g. `https://live.example.org`. Default: `http://localhost:PORT`. Cookies are `Secure` when it is https.",
  ),
  DATA_DIR: z
    .string()
    .default("./data")
    .describe("Folder for the embedded database, secrets, the DVR window and uploads."),
  ROLES: z
    .string()
    .default(ROLES.join(","))
    .transform((text) => text.split(",").map((part) => part.trim()))
    .pipe(z.array(z.enum(ROLES)).min(1))
    .describe(
      "Which parts this process runs. Leaving some to other processes needs DATABASE_URL, REDIS_URL and BLOBS_URL, where parts meet, and the same `secrets.json` in the DATA_DIR of each. `api` and `realtime` come together: a process with one of them answers for both.",
    ),
  RTMP_PORT: port(1935).describe("RTMP ingest."),
  RTMPS_PORT: optionalPort.describe("RTMPS ingest; needs TLS_CERT and TLS_KEY."),
  SRT_PORT: port(8890).describe("SRT ingest (UDP). Served when libsrt is installed."),
  SRT_LIBRARY: z
    .string()
    .optional()
    .describe("File name of libsrt to load. Left out: the names under which systems install it."),
  // Two processes cannot share a port: WHIP and WHEP run in the server's, the rooms' SFU in its own. The server opens RTC_UDP_PORT; the
  // SFU is started with RTC_UDP_PORT + 1, or 0 when it is 0.
  RTC_UDP_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_534)
    .default(7882)
    .describe(
      "UDP port of WebRTC ingest and playback (WHIP, WHEP). The rooms of guests, unless LIVEKIT_URL is set, use the port after it. 0 means any free ones.",
    ),
  RTC_PUBLIC_IP: z
    .string()
    .refine((text) => isIP(text) !== 0, { message: "must be an IPv4 or IPv6 address" })
    .optional()
    .describe(
      "The address under which WebRTC peers reach this machine when it is not its own, as behind a one-to-one NAT or in a container. Left out: the addresses of its network interfaces.",
    ),
  TURN_URLS: z
    .string()
    .superRefine((text, issues) => {
      const servers = parseIceServers(text);
      if (typeof servers === "string") issues.addIssue({ code: "custom", message: servers });
    })
    .optional()
    .describe(
      "STUN and TURN servers that browsers and encoders are told of, joined by commas: `stun:host:port`, `turn:name:password@host:port?transport=udp`. Names and passwords may be percent-encoded.",
    ),
  LIVEKIT_URL: url("ws", "wss", "http", "https").describe(
    "LiveKit server or cluster for the rooms of guests, e.g. `wss://livekit.example.org`. Left out: an SFU of our own is started, where one process has all roles.",
  ),
  LIVEKIT_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be printable characters without spaces, 200 at most")
    .optional()
    .describe("API key of that server. Left out: the SFU of our own has one of its own."),
  LIVEKIT_API_SECRET: z
    .string()
    .min(32, "must have 32 characters or more: make one by `openssl rand -base64 36`")
    .max(500)
    .optional()
    .describe("The secret that belongs to LIVEKIT_API_KEY, 32 characters or more."),
  TLS_CERT: z.string().optional().describe("PEM file with the certificate chain, for RTMPS."),
  TLS_KEY: z.string().optional().describe("PEM file with the private key, for RTMPS."),
  DATABASE_URL: url("postgres", "postgresql").describe(
    "PostgreSQL 15 or newer. Left out: the embedded database in DATA_DIR.",
  ),
  REDIS_URL: url("redis", "rediss").describe(
    "Redis 6 or newer, through which events travel between processes, e.g. `redis://name:password@host:6379/0`; `rediss://` is encrypted. Its `maxmemory-policy` should be `noeviction`. Left out: events stay in the process.",
  ),
  BLOBS_URL: z
    .string()
    .superRefine((text, issues) => {
      const place = parseBlobsUrl(text);
      if (typeof place === "string") issues.addIssue({ code: "custom", message: place });
    })
    .optional()
    .describe(
      "Where recordings, clips, uploads and posters are kept: `s3://bucket/prefix?endpoint=https://…&region=…` for any store that speaks S3, or `file:///folder`. Left out: a folder in DATA_DIR.",
    ),
  BLOBS_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("Access key for an S3 store. Left out: what AWS' own variables and files say."),
  BLOBS_SECRET_ACCESS_KEY: z.string().optional().describe("The secret that belongs to BLOBS_ACCESS_KEY_ID."),
  FFMPEG_PATH: z
    .string()
    .optional()
    .describe("FFmpeg to use. Left out: the system's, then the one that came with the packages."),
  TRANSCODE_CORES: z.coerce
    .number()
    .min(0)
    .max(1024)
    .optional()
    .describe("Processor cores that transcoding may use, fractions allowed. Left out: what is free is measured."),
  PART_TARGET_MS: z.coerce.number().int().min(200).max(1000).default(333).describe("LL-HLS part target."),
  SEGMENT_TARGET_MS: z.coerce.number().int().min(1000).max(10_000).default(2000).describe("LL-HLS segment target."),
  REGISTRATION: z.enum(["open", "invite", "closed"]).default("invite").describe("Who may create an account."),
  AGE_CONSENT_TTL_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(8760)
    .default(24)
    .describe(
      "For how long a visitor who has said to be old enough for shows with an age restriction is not asked again.",
    ),
  SETUP_TOKEN: z.string().min(16).max(200).optional().describe("Presets the one-time token of the first run."),
  INSTANCE_NAME: z.string().min(1).max(60).default("Rostrum").describe("Name shown in the header and in titles."),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_[A-Za-z0-9]+$/, "must be a secret or restricted key of Stripe: sk_… or rk_…")
    .optional()
    .describe(
      "Key of the Stripe account that tips are paid to. Left out, or a key of Stripe's test mode: tips are a demo, no money moves. A restricted key needs to write Checkout Sessions and Refunds and to read PaymentIntents, Charges and balance transactions.",
    ),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=_-]+$/, "must be the signing secret of a webhook endpoint: whsec_…")
    .optional()
    .describe(
      "Signing secret of the endpoint that was added at Stripe for `PUBLIC_URL/api/v1/payments/stripe/webhook`; belongs to STRIPE_SECRET_KEY.",
    ),
  TRUST_PROXY: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("`true` when a reverse proxy sets X-Forwarded-For and -Proto."),
  SMTP_URL: url("smtp", "smtps").describe(
    "Mail server, e.g. `smtps://name:password@mail.example.org`. Left out: mails become files in DATA_DIR/mail.",
  ),
  MAIL_FROM: z
    .string()
    .max(300)
    .refine((text) => /^[^\r\n]*$/.test(text) && /^(?:[^<>]*<)?[^\s<>@,;]+@[^\s<>@,;]+>?$/.test(text.trim()), {
      message: "must be an address, or a name with an address: Example <no-reply@example.org>",
    })
    .optional()
    .describe("Sender of mails, e.g. `Example <no-reply@example.org>`. Left out: no-reply at the host of PUBLIC_URL."),
  OUTBOUND_ALLOW: z
    .string()
    .superRefine((text, issues) => {
      const allow = parseOutboundAllow(text);
      if (typeof allow === "string") issues.addIssue({ code: "custom", message: allow });
    })
    .optional()
    .describe(
      "Where webhooks and push messages may go beside ports 80, 443, 8080 and 8443 of public addresses: addresses, networks and ports, e.g. `10.0.0.0/8, ::1, port:9000-9100`.",
    ),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("Least severe level that is logged."),
});

type Parsed = z.infer<typeof ConfigSchema>;

export type Config = Readonly<
  Omit<Parsed, "DATA_DIR" | "PUBLIC_URL"> & {
    DATA_DIR: string;
    PUBLIC_URL: string | undefined;
    dev: boolean;
  }
>;

/** What a person must mend before the server can start; one line per mistake. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads and checks the environment. A variable may also be given as a file by `NAME_FILE`.
 * @throws {ConfigError} with the whole list of what is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv, options: { dev: boolean }): Config {
  const raw: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of Object.keys(ConfigSchema.shape)) {
    const file = env[`${name}_FILE`];
    const value = env[name];
    if (value !== undefined && value !== "") raw[name] = value;
    else if (file !== undefined && file !== "") {
      try {
        raw[name] = readFileSync(file, "utf8").trim();
      } catch (cause) {
        problems.push(`${name}_FILE: cannot read ${file} (${(cause as NodeJS.ErrnoException).code ?? "error"})`);
      }
    }
  }
  const parsed = ConfigSchema.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0] ?? "environment");
      const value = SECRETS.has(name) ? "" : `=${JSON.stringify(raw[name] ?? "")}`;
      problems.push(`${name}${value}: ${issue.message}`);
    }
  }
  if (parsed.success) problems.push(...crossChecks(parsed.data));
  if (problems.length > 0 || !parsed.success) {
    throw new ConfigError(`The configuration is not usable:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
  }
  return {
    ...parsed.data,
    DATA_DIR: path.resolve(parsed.data.DATA_DIR),
    PUBLIC_URL: parsed.data.PUBLIC_URL?.replace(/\/+$/, ""),
    dev: options.dev,
  };
}

function crossChecks(config: Parsed): string[] {
  const problems: string[] = [];
  if (config.RTMPS_PORT !== undefined && (!config.TLS_CERT || !config.TLS_KEY)) {
    problems.push("RTMPS_PORT is set: TLS_CERT and TLS_KEY must name PEM files too");
  }
  if ((config.BLOBS_ACCESS_KEY_ID === undefined) !== (config.BLOBS_SECRET_ACCESS_KEY === undefined)) {
    problems.push("BLOBS_ACCESS_KEY_ID and BLOBS_SECRET_ACCESS_KEY belong together: set both or none");
  }
  if ((config.LIVEKIT_API_KEY === undefined) !== (config.LIVEKIT_API_SECRET === undefined)) {
    problems.push("LIVEKIT_API_KEY and LIVEKIT_API_SECRET belong together: set both or none");
  } else if (config.LIVEKIT_URL !== undefined && config.LIVEKIT_API_KEY === undefined) {
    problems.push("LIVEKIT_URL is set: LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set too");
  }
  if ((config.STRIPE_SECRET_KEY === undefined) !== (config.STRIPE_WEBHOOK_SECRET === undefined)) {
    problems.push("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together: set both or none");
  }
  const missing = ROLES.filter((role) => !config.ROLES.includes(role));
  const meeting = (["DATABASE_URL", "REDIS_URL", "BLOBS_URL"] as const).filter((name) => config[name] === undefined);
  if (missing.length > 0 && meeting.length > 0) {
    problems.push(
      `ROLES leaves out ${missing.join(", ")}: parts in other processes are reached through a database, Redis and a blob store of their own; set ${meeting.join(", ")}, or leave ROLES unset`,
    );
  }
  return problems;
}
