/** What the embedded database survives: the death of the process at any moment. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { watch } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createLogger } from "../lib/log.ts";
import { verifyAudit } from "./audit.ts";
import { openStore } from "./open.ts";
import { type Running, startProgram } from "./process.suite.ts";

/** A closed, empty database: a first start costs seconds, a copy does not. */
let seed: string;
let dataDir: string;
let running: Running | undefined;
beforeAll(async () => {
  seed = mkdtempSync(path.join(os.tmpdir(), "rostrum-durability-seed-"));
  await (await openStore({ dataDir: seed, log: createLogger("silent", false) })).close();
}, 120_000);
afterAll(() => rmSync(seed, { recursive: true, force: true }));
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), "rostrum-durability-"));
});
afterEach(async () => {
  await running?.kill();
  running = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

const useSeed = (): void => cpSync(seed, dataDir, { recursive: true });

/** Lets a process write until it has said `rows` of them, kills it in the middle of the next, and gives the last number it said. */
async function writeAndDie(rows: number): Promise<number> {
  running = startProgram("writer.suite.ts", [dataDir], {});
  expect(await running.line()).toBe("open");
  let last = 0;
  for (let n = 0; n < rows; n += 1) last = Number(await running.line());
  const gone = running.kill();
  // What it managed to say before it died counts as well.
  for (let line = await running.line(); line !== null; line = await running.line()) last = Number(line);
  await gone;
  return last;
}

test("no acknowledged row is lost when the process is killed, five times in a row", { timeout: 180_000 }, async () => {
  useSeed();
  let acknowledged = 0;
  for (const rows of [1, 40, 7, 120, 25]) {
    const last = await writeAndDie(rows);
    expect(last).toBeGreaterThan(acknowledged);
    acknowledged = last;
  }
  const store = await openStore({ dataDir, log: createLogger("silent", false) });
  try {
    const verdict = await verifyAudit(store.db);
    expect(verdict.ok).toBe(true);
    // At most the one row that was being written when it died is there without having been said.
    expect([acknowledged, acknowledged + 1]).toContain(verdict.ok ? verdict.rows : -1);
    await sql`reindex table audit`.execute(store.db);
  } finally {
    await store.close();
  }
});

test(
  "a second process on the same folder is refused by name while the first goes on",
  { timeout: 60_000 },
  async () => {
    running = startProgram("writer.suite.ts", [dataDir], {});
    expect(await running.line()).toBe("open");
    const second = startProgram("writer.suite.ts", [dataDir], {});
    expect(await second.line()).toMatch(
      /^refused: DATA_DIR .* is in use by process \d+; stop it or choose another DATA_DIR\.$/,
    );
    await second.kill();
    expect(Number(await running.line())).toBeGreaterThan(0);
  },
);

test("a process that is killed during its first start leaves nothing in the way", { timeout: 120_000 }, async () => {
  running = startProgram("writer.suite.ts", [dataDir], {});
  await untilExists(path.join(dataDir, "db.unfinished"));
  await running.kill();
  running = startProgram("writer.suite.ts", [dataDir], {});
  expect(await running.line()).toBe("open");
  expect(await running.line()).toBe("1");
});

async function untilExists(file: string): Promise<void> {
  for await (const event of watch(path.dirname(file))) if (event.filename === path.basename(file)) return;
}
