import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../lib/log.ts";
import { openStore } from "./open.ts";
import { StoreError } from "./store-error.ts";
import { POSTGRES_SKIPPED, openTestStore } from "./testing.ts";

const log = createLogger("silent", false);
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), "rostrum-open-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test("a PostgreSQL that is not there is refused in one sentence that names it without its password", async () => {
  const opening = openStore({ databaseUrl: "postgres://ada:hunter2@127.0.0.1:1/show", dataDir, log });
  const error: unknown = await opening.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(StoreError);
  expect(String(error)).toMatch(/Cannot use the database at 127\.0\.0\.1:1\/show: .*ECONNREFUSED.*\.$/);
  expect(String(error)).not.toContain("hunter2");
});

test("an attempt that is given up before it begins touches nothing", async () => {
  await expect(openStore({ dataDir, log, signal: AbortSignal.abort(new Error("stopping")) })).rejects.toThrow(
    "stopping",
  );
});

for (const kind of ["pglite", "postgres"] as const) {
  const skipped = kind === "postgres" ? POSTGRES_SKIPPED : null;
  const name = `a closed ${kind} store says so once and refuses work`;
  test.skipIf(skipped !== null)(skipped === null ? name : `${name} (skipped: ${skipped})`, async () => {
    const store = await openTestStore(kind);
    await store.health();
    await Promise.all([store.close(), store.close()]);
    expect(await store.closed).toEqual({ kind: "closed" });
    await expect(store.health()).rejects.toThrow();
  });
}
