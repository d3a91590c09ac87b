/** A disk that is full: one sentence, nothing half written. On a small file system of its own, in a namespace where this user may mount. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger } from "../lib/log.ts";
import { verifyAudit } from "./audit.ts";
import { openStore, type Store } from "./open.ts";

const WRITER = fileURLToPath(new URL("writer.suite.ts", import.meta.url));
const MAY_MOUNT = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
if (!MAY_MOUNT && process.env["REQUIRE_ALL"] === "1") throw new Error("unshare -rm is needed for the disk-full test");
const NAME = "a full disk is one sentence, and everything acknowledged before is there";

/** $1 node, $2 writer, $3 mount point, $4 size, $5 what is there first, $6 where to keep what is there last. */
const SCRIPT = `
set -e
mount -t tmpfs -o size="$4" tmpfs "$3"
cp -a "$5/." "$3/"
"$1" --disable-warning=ExperimentalWarning "$2" "$3" 700000 && exit 9
"$1" --disable-warning=ExperimentalWarning "$2" "$3" && exit 9
cp -a "$3/." "$6/"`;

let base: string;
let seed: string;
const open = (dataDir: string): Promise<Store> => openStore({ dataDir, log: createLogger("silent", false) });
const folder = (name: string): string => {
  const made = path.join(base, name);
  mkdirSync(made);
  return made;
};

beforeAll(async () => {
  base = mkdtempSync(path.join(os.tmpdir(), "rostrum-full-"));
  seed = folder("seed");
  await (await open(seed)).close();
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

test.skipIf(!MAY_MOUNT)(
  MAY_MOUNT ? NAME : `${NAME} (skipped: this user may not mount)`,
  { timeout: 180_000 },
  async () => {
    const saved = folder("saved");
    const args = [process.execPath, WRITER, folder("small"), "88m", seed, saved];
    const done = spawnSync("unshare", ["-rm", "sh", "-c", SCRIPT, "sh", ...args], { encoding: "utf8" });
    expect(done).toMatchObject({ status: 0, stderr: "" });
    const lines = done.stdout.trim().split("\n");
    const refusals = lines.filter((line) => line.startsWith("refused: "));
    expect(refusals[0]).toBe("refused: The disk that holds the database is full; nothing was written.");
    expect(refusals[1]).toMatch(
      /^refused: The disk that holds DATA_DIR .* is full: \d+ MiB are free, 32 MiB are needed\. Nothing was changed\.$/,
    );
    const acknowledged = lines.filter((line) => /^\d+$/.test(line)).length;
    expect(acknowledged).toBeGreaterThan(0);
    const store = await open(saved);
    try {
      expect(await verifyAudit(store.db)).toMatchObject({ ok: true, rows: acknowledged });
    } finally {
      await store.close();
    }
  },
);
