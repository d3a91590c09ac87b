import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { readIceServers } from "./ice-servers.ts";

const KEYS = { LIVEKIT_API_KEY: "key", LIVEKIT_API_SECRET: "secret" };

test("what is wrong is told all at once, and no secret with it", () => {
  const env = {
    ...KEYS,
    LIVEKIT_API_KEY: "",
    SFU_HTTP_PORT: "70000",
    SFU_WEBHOOK_URLS: "ftp://x",
    TURN_URLS: "turn:u:hidden@",
    LOG_LEVEL: "loud",
  };
  let message = "";
  try {
    readConfig(env);
  } catch (error) {
    message = String(error);
  }
  for (const name of ["LIVEKIT_API_KEY", "SFU_HTTP_PORT", "SFU_WEBHOOK_URLS", "TURN_URLS", "LOG_LEVEL"])
    expect(message).toContain(name);
  expect(message).not.toContain("hidden");
  expect(message).not.toMatch(/\bsecret\b/);
});

test("with nothing but keys it listens on the loopback, and ICE on every interface", () => {
  expect(readConfig(KEYS)).toMatchObject({
    httpHost: "127.0.0.1",
    httpPort: 0,
    udpHost: "0.0.0.0",
    udpPort: 7882,
    publicIp: undefined,
    iceServers: [],
    webhookUrls: [],
    limits: { maxParticipantsPerRoom: 11 },
    rooms: { emptyTimeoutSec: 300, departureTimeoutSec: 20, remoteUnmute: false },
    logLevel: "info",
  });
});

test("a secret may be in a file", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "sfu-"));
  const file = path.join(folder, "secret");
  writeFileSync(file, "from a file\n");
  const { keys } = readConfig({ LIVEKIT_API_KEY: "key", LIVEKIT_API_SECRET_FILE: file });
  rmSync(folder, { recursive: true });
  expect([...keys]).toEqual([["key", "from a file"]]);
});

test("STUN and TURN servers, name and password decoded", () => {
  const servers = readIceServers(
    "stun:s.example.org:3478, turn:a%40b:p%3Aw@t.example.org:3478?transport=udp,turns:u:p@t.example.org",
  );
  expect(servers.map((server) => server.toJson())).toEqual([
    { urls: ["stun:s.example.org:3478"] },
    { urls: ["turn:t.example.org:3478?transport=udp"], username: "a@b", credential: "p:w" },
    { urls: ["turns:t.example.org"], username: "u", credential: "p" },
  ]);
});

test.each(["http://x", "turn:t.example.org", "turn:", "stun:a b"])("%s is refused", (entry) => {
  expect(() => readIceServers(entry)).toThrow(RangeError);
});
