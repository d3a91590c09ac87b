/** What an operator can get wrong: one clear sentence, an exit code that is not 0, and nothing that breaks what is there. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logIn, setUp } from "../lib/owner.ts";
import { spawnServer, startServer } from "../lib/server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), "rostrum-refused-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs the server until it gives up. */
async function refused(dataDir: string, env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawnServer(dataDir, env);
  let said = "";
  child.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString("utf8")));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { code, said };
}

/** A message for people: no stack, few lines. */
function expectSentence(said: string): void {
  expect(said).not.toMatch(/\n\s+at /);
  expect(said.trim().split("\n").length).toBeLessThanOrEqual(6);
}

test("an unreadable configuration is told in full, with every mistake", async () => {
  const { code, said } = await refused(dir, {
    PORT: "eighty",
    PART_TARGET_MS: "5",
    TLS_CERT_FILE: "/nowhere/cert.pem",
  });
  expect(code).toBe(1);
  expectSentence(said);
  expect(said).toContain("PORT");
  expect(said).toContain("PART_TARGET_MS");
  expect(said).toContain("/nowhere/cert.pem");
});

test("a data folder that is a file is refused", async () => {
  const file = path.join(dir, "data");
  await writeFile(file, "not a folder");
  const { code, said } = await refused(file, {});
  expect(code).toBe(1);
  expectSentence(said);
  expect(said).toContain(file);
});

test.each([
  ["PORT", "HTTP"],
  ["RTMP_PORT", "RTMP"],
])("a taken %s is refused by its name and number", async (variable, name) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as { port: number };
  try {
    const { code, said } = await refused(dir, { [variable]: String(port) });
    expect(code).toBe(1);
    expectSentence(said);
    expect(said).toContain(String(port));
    expect(said).toContain(name);
    expect(said).toContain(variable);
  } finally {
    holder.close();
  }
});

test("a second process on one data folder is refused and the first goes on", async () => {
  const first = await startServer({ dataDir: dir });
  try {
    const { code, said } = await refused(dir, {});
    expect(code).toBe(1);
    expectSentence(said);
    expect(said).toContain(dir);
    expect(said).toContain(String(first.pid));
    expect((await fetch(`${first.ready.url}/readyz`)).status).toBe(200);
  } finally {
    await first.stop();
  }
});

test("an FFmpeg that is not there is refused before anything is opened", async () => {
  const { code, said } = await refused(dir, { FFMPEG_PATH: path.join(dir, "no-ffmpeg") });
  expect(code).toBe(1);
  expectSentence(said);
  expect(said).toContain("no-ffmpeg");
});

// A file system of 24 MB in a mount namespace of its own: what the embedded database needs at first does not fit.
const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;
if (!canMount && process.env["REQUIRE_ALL"] === "1") throw new Error("unshare -rm is needed for the disk-full tests");

function inSmallDisk(script: string, env: Record<string, string>) {
  return spawn("unshare", ["-rm", "sh", "-c", script], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "", ...env },
  });
}

test.skipIf(!canMount)("a full disk is told in one sentence at the first start", async () => {
  const child = inSmallDisk(
    `mount -t tmpfs -o size=24m none ${dir} && exec ${process.execPath} apps/server/src/main.ts`,
    {
      DATA_DIR: path.join(dir, "data"),
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      RTMP_PORT: "0",
      SRT_PORT: "0",
      RTC_UDP_PORT: "0",
    },
  );
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString("utf8")));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  expect(code).toBe(1);
  expect(said).toMatch(/disk.* is full/i);
});

test.skipIf(!canMount)("a disk that is full at a restart refuses the start and keeps what was stored", async () => {
  const first = await startServer({ dataDir: dir });
  await setUp(first);
  await first.stop();
  const small = path.join(os.tmpdir(), path.basename(dir) + "-small");
  execFileSync("mkdir", ["-p", small]);
  try {
    // The copy leaves a few hundred kilobytes; the filler takes the rest.
    const script = [
      `mount -t tmpfs -o size=400m none ${small}`,
      `cp -a ${dir}/. ${small}/`,
      `(cat /dev/zero > ${small}/filler || true) 2>/dev/null`,
      `${process.execPath} apps/server/src/main.ts; code=$?`,
      `rm ${small}/filler`,
      `echo "first exit $code" >&2`,
      `mkdir -p ${dir}-after && cp -a ${small}/. ${dir}-after/`,
    ].join("\n");
    const child = inSmallDisk(script, {
      DATA_DIR: small,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      RTMP_PORT: "0",
      SRT_PORT: "0",
      RTC_UDP_PORT: "0",
    });
    let said = "";
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString("utf8")));
    await new Promise<number | null>((resolve) => child.once("exit", resolve));
    expect(said).toMatch(/disk.* is full/i);
    expect(said).toContain("first exit 1");
    const again = await startServer({ dataDir: `${dir}-after` });
    const owner = await logIn(again.ready.url);
    expect(owner.channelId).toBeTruthy();
    await again.stop();
  } finally {
    await rm(`${dir}-after`, { recursive: true, force: true });
    await rm(small, { recursive: true, force: true });
  }
});
