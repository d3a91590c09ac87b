/** All settings. The only file that reads process.env. Names carry units; every setting has a default that works. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { parseBlobsUrl } from "./lib/blobs-url.ts";

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
  "SETUP_TOKEN",
  "BLOBS_URL",
  "BLOBS_ACCESS_KEY_ID",
  "BLOBS_SECRET_ACCESS_KEY",
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
      "Which parts this process runs. Only all of them for now: events do not leave the process, so parts in several could not meet.",
    ),
  RTMP_PORT: port(1935).describe("RTMP ingest."),
  RTMPS_PORT: optionalPort.describe("RTMPS ingest; needs TLS_CERT and TLS_KEY."),
  SRT_PORT: port(8890).describe("SRT ingest (UDP). Served when libsrt is installed."),
  SRT_LIBRARY: z
    .string()
    .optional()
    .describe("File name of libsrt to load. Left out: the names under which systems install it."),
  TLS_CERT: z.string().optional().describe("PEM file with the certificate chain, for RTMPS."),
  TLS_KEY: z.string().optional().describe("PEM file with the private key, for RTMPS."),
  DATABASE_URL: url("postgres", "postgresql").describe(
    "PostgreSQL 15 or newer. Left out: the embedded database in DATA_DIR.",
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
  SETUP_TOKEN: z.string().min(16).max(200).optional().describe("Presets the one-time token of the first run."),
  INSTANCE_NAME: z.string().min(1).max(60).default("Rostrum").describe("Name shown in the header and in titles."),
  TRUST_PROXY: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("`true` when a reverse proxy sets X-Forwarded-For and -Proto."),
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
  const missing = ROLES.filter((role) => !config.ROLES.includes(role));
  if (missing.length > 0) {
    problems.push(
      `ROLES leaves out ${missing.join(", ")}: parts in other processes could not be reached, because events do not leave this one; leave ROLES unset`,
    );
  }
  return problems;
}
