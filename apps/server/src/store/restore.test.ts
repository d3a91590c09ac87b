/** Dumps, restore, and the two commands of an operator. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../lib/ids.ts";
import { createLogger } from "../lib/log.ts";
import { appendAudit } from "./audit.ts";
import { KEPT_DUMPS, listDumps, writeDump } from "./dump.ts";
import { lockDataDir } from "./lock.ts";
import { openStore, type Store } from "./open.ts";
import { PgliteClient } from "./pglite-client.ts";
import { runProgram } from "./process.suite.ts";
import { restore, restoreFolders } from "./restore.ts";

vi.setConfig({ testTimeout: 120_000 });

/** A folder with the account `ada`, closed, with its dump: a first start costs seconds, a copy does not. */
let seed: string;
let dataDir: string;
beforeAll(async () => {
  dataDir = seed = mkdtempSync(path.join(os.tmpdir(), "rostrum-restore-seed-"));
  await addAccount("ada");
}, 120_000);
afterAll(() => rmSync(seed, { recursive: true, force: true }));
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), "rostrum-restore-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
const useSeed = (): void => cpSync(seed, dataDir, { recursive: true });

/** Opens, works, closes; the close writes a dump when something changed. */
async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ dataDir, log: createLogger("silent", false) });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
const addAccount = (handle: string) =>
  withStore((store) =>
    store.db
      .insertInto("account")
      .values({
        id: newId(),
        email: `${handle}@example.org`,
        handle,
        display_name: handle,
        password_hash: "-",
        owner: false,
        disabled_at: null,
      })
      .execute(),
  );
const handles = () =>
  withStore(async (store) =>
    (await store.db.selectFrom("account").select("handle").execute()).map((row) => row.handle),
  );
const npmRun = (program: "restore-cli.ts" | "audit-verify-cli.ts", args: string[] = [], env = {}) =>
  runProgram(program, args, { DATA_DIR: dataDir, ...env });

describe("npm run restore", () => {
  test("without a dump, and on PostgreSQL, says so in one sentence", async () => {
    const none = await npmRun("restore-cli.ts");
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toMatch(/^There is no dump in .*dumps; name a file: npm run restore -- <file>\n$/);
    const postgres = await npmRun("restore-cli.ts", [], { DATABASE_URL: "postgres://localhost/x" });
    expect(postgres).toMatchObject({ code: 1 });
    expect(postgres.stderr).toContain("use pg_restore for PostgreSQL");
  });

  test("a file that is no dump is refused and nothing changes", async () => {
    useSeed();
    const file = path.join(dataDir, "not-a-dump.tar.gz");
    writeFileSync(file, "text");
    const ended = await npmRun("restore-cli.ts", ["not-a-dump.tar.gz"], { INIT_CWD: dataDir });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/cannot be restored: .* The database is unchanged\.\n$/);
    expect(await handles()).toEqual(["ada"]);
  });

  test("a folder in use is refused", async () => {
    const lock = lockDataDir(dataDir);
    const ended = await npmRun("restore-cli.ts");
    lock.release();
    expect(ended.stderr).toContain("is in use by process");
  });

  test("brings the newest dump back and keeps the former database beside it", async () => {
    useSeed();
    const [dump] = await listDumps(dataDir);
    await withStore(async (store) => {
      await sql`truncate account cascade`.execute(store.db);
    });
    const ended = await npmRun("restore-cli.ts", [dump ?? ""]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(
      /^Restored .*\.tar\.gz with 1 accounts; the former database is kept in .*before-restore/,
    );
    expect(await handles()).toEqual(["ada"]);
  });
});

describe("a restore that was interrupted", () => {
  test("before the exchange changes nothing", async () => {
    useSeed();
    const { restored, restoring } = restoreFolders(dataDir);
    for (const folder of [restored, restoring]) mkdirSync(folder);
    expect(await handles()).toEqual(["ada"]);
    expect([existsSync(restored), existsSync(restoring)]).toEqual([false, false]);
  });

  test("in the middle of the exchange is completed", async () => {
    useSeed();
    const { database, restored } = restoreFolders(dataDir);
    renameSync(database, restored);
    expect(await handles()).toEqual(["ada"]);
  });
});

describe("dumps", () => {
  test("a close without a change writes none, and with one writes one", async () => {
    useSeed();
    const first = await listDumps(dataDir);
    expect(await handles()).toEqual(["ada"]);
    expect(await listDumps(dataDir)).toEqual(first);
    await addAccount("eve");
    expect((await listDumps(dataDir)).slice(1)).toEqual(first);
  });

  test("the newest five are kept, and what an earlier process left half is removed", async () => {
    const client = await PgliteClient.open({});
    const folder = path.join(dataDir, "dumps");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "20200101T000000.000Z.tar.gz.part"), "half");
    writeFileSync(path.join(folder, "mine.txt"), "not ours");
    for (let n = 0; n <= KEPT_DUMPS; n += 1) {
      writeFileSync(path.join(folder, `2020010${n + 1}T000000.000Z.tar.gz`), "old");
    }
    const file = await writeDump(client, folder);
    await client.close();
    const dumps = await listDumps(dataDir);
    expect([dumps.length, dumps[0]]).toEqual([KEPT_DUMPS, file]);
    expect(readdirSync(folder).filter((name) => !name.endsWith(".tar.gz"))).toEqual(["mine.txt"]);
  });

  test("a dump can be restored into an empty folder", async () => {
    useSeed();
    const [dump] = await listDumps(dataDir);
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), "rostrum-restore-"));
    try {
      expect(await restore(elsewhere, dump)).toEqual({ file: dump, accounts: 1, setAside: null });
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});

describe("npm run audit:verify", () => {
  test("without a database says so and makes none", async () => {
    const ended = await npmRun("audit-verify-cli.ts");
    expect(ended).toMatchObject({ code: 1, stderr: `There is no database in ${dataDir}.\n` });
    expect(existsSync(path.join(dataDir, "db"))).toBe(false);
  });

  test("a log that was changed is named with the entry, a whole one with its last hash", async () => {
    useSeed();
    await withStore(async (store) => {
      for (const action of ["a.one", "a.two"])
        await appendAudit(store.db, { actorId: null, actorKind: "system", action });
    });
    const whole = await npmRun("audit-verify-cli.ts");
    expect(whole.code).toBe(0);
    expect(whole.stdout).toMatch(/^The audit log is whole: 2 entries; the last has the hash [0-9a-f]{64}\.\n$/);
    await withStore(async (store) => {
      await sql`alter table audit disable trigger audit_append_only`.execute(store.db);
      await sql`update audit set action = 'a.other' where seq = 1`.execute(store.db);
    });
    const broken = await npmRun("audit-verify-cli.ts");
    expect(broken.code).toBe(1);
    expect(broken.stdout).toBe("The audit log is broken at entry 1: it was changed after it was written.\n");
  });
});

test("a database of another engine version is refused before it is touched", async () => {
  const { database } = restoreFolders(dataDir);
  mkdirSync(database);
  writeFileSync(path.join(database, "PG_VERSION"), "12\n");
  await expect(handles()).rejects.toThrow(/is of PostgreSQL 12; this program's engine is PostgreSQL 18\.$/);
  expect(readFileSync(path.join(database, "PG_VERSION"), "utf8")).toBe("12\n");
});
