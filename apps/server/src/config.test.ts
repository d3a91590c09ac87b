import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const refusalOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env, { dev: false });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

test("a setting that cannot be used is named with its value", () => {
  expect(refusalOf({ PORT: "eighty", LOG_LEVEL: "loud" })).toMatch(
    /^The configuration is not usable:\n {2}- PORT="eighty": .+\n {2}- LOG_LEVEL="loud": .+$/,
  );
});

test("a secret that cannot be used is named without its value", () => {
  const secrets = {
    DATABASE_URL: "mysql://u:secretpw@h/db",
    REDIS_URL: "http://:secretpw@h",
    SETUP_TOKEN: "too-short",
  };
  const refusal = refusalOf(secrets);
  expect(refusal).toMatch(
    /\n {2}- DATABASE_URL: must be a URL .+\n {2}- REDIS_URL: must be a URL .+\n {2}- SETUP_TOKEN: .+$/,
  );
  expect(refusal).not.toMatch(/secretpw|too-short/);
});

test("a process that runs only some of the parts is refused where they could not meet", () => {
  const some = { ROLES: "api, web", DATABASE_URL: "postgres://h/db" };
  expect(refusalOf(some)).toMatch(
    /\n {2}- ROLES leaves out realtime, media, worker: .+; set REDIS_URL, BLOBS_URL, or /,
  );
  expect(refusalOf({ ...some, REDIS_URL: "redis://h", BLOBS_URL: "file:///blobs" })).toBe("");
  expect(refusalOf({ ROLES: "web,worker,media,realtime,api" })).toBe("");
});

test("a LiveKit server needs its key and a secret that is long enough, which is not told", () => {
  const url = { LIVEKIT_URL: "wss://livekit.example.org" };
  expect(refusalOf(url)).toMatch(/\n {2}- LIVEKIT_URL is set: LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set too$/);
  expect(refusalOf({ LIVEKIT_API_KEY: "key" })).toContain("LIVEKIT_API_KEY and LIVEKIT_API_SECRET belong together");
  const known = refusalOf({ ...url, LIVEKIT_API_KEY: "devkey", LIVEKIT_API_SECRET: "hushhush" });
  expect(known).toMatch(/\n {2}- LIVEKIT_API_SECRET: must have 32 characters or more/);
  expect(known).not.toContain("hushhush");
  expect(refusalOf({ LIVEKIT_URL: "livekit:7880" })).toContain("must be a URL that begins with ws:// or wss://");
  expect(refusalOf({ ...url, LIVEKIT_API_KEY: "key", LIVEKIT_API_SECRET: "s".repeat(32) })).toBe("");
});
