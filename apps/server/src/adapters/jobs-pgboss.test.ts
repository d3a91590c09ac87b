import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { createLogger } from "../lib/log.ts";
import { jobsContract } from "../ports/jobs.contract.ts";
import { listDumps } from "../store/dump.ts";
import { openStore } from "../store/open.ts";
import { startProgram } from "../store/process.suite.ts";
import { restore } from "../store/restore.ts";
import { onEachStore } from "../store/store.suite.ts";
import { createMemoryBus } from "./bus-memory.ts";
import { createPgBossJobs } from "./jobs-pgboss.ts";

vi.setConfig({ testTimeout: 180_000 });

const log = createLogger("silent", false);

onEachStore((store) => jobsContract(() => createPgBossJobs({ store: store(), bus: createMemoryBus(), log })));

type Taken = Readonly<{ data: object; attempt: number }>;

/** Opens the folder, does the first job of each queue, closes. */
async function firstJobs(dataDir: string, ...queues: string[]): Promise<Taken[]> {
  const store = await openStore({ dataDir, log });
  const jobs = createPgBossJobs({ store, bus: createMemoryBus(), log });
  const first = async (queue: string): Promise<Taken> => {
    const done = Promise.withResolvers<Taken>();
    const options = { concurrency: 1, limitSec: 60 };
    await jobs.work(queue, options, async (data, { attempt }) => done.resolve({ data, attempt }));
    return done.promise;
  };
  try {
    return await Promise.all(queues.map(first));
  } finally {
    await jobs.close();
    await store.close();
  }
}

test("a job that was acknowledged, and one that was running, survive kill -9", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "rostrum-jobs-"));
  try {
    const program = startProgram("../adapters/jobs-pgboss.suite.ts", [dataDir], {});
    expect(await program.line()).toBe("running");
    await program.kill();
    expect(await firstJobs(dataDir, "waiting", "running")).toEqual([
      { data: { n: 2 }, attempt: 1 },
      { data: { n: 1 }, attempt: 2 },
    ]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("a dump carries the jobs", async () => {
  const [from, to] = ["a", "b"].map((name) => mkdtempSync(path.join(os.tmpdir(), `rostrum-jobs-${name}-`)));
  if (from === undefined || to === undefined) throw new Error("two folders were made");
  try {
    const store = await openStore({ dataDir: from, log });
    const jobs = createPgBossJobs({ store, bus: createMemoryBus(), log });
    await jobs.send("later", { n: 3 });
    await jobs.close();
    await store.close();
    await restore(to, (await listDumps(from))[0]);
    expect(await firstJobs(to, "later")).toMatchObject([{ data: { n: 3 } }]);
  } finally {
    for (const folder of [from, to]) rmSync(folder, { recursive: true, force: true });
  }
});
