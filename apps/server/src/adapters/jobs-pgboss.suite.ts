/** `node jobs-pgboss.suite.ts DATA_DIR`: runs a job that does not end, leaves another waiting, says so, and waits to be killed. */
import { createLogger } from "../lib/log.ts";
import { openStore } from "../store/open.ts";
import { createMemoryBus } from "./bus-memory.ts";
import { createPgBossJobs } from "./jobs-pgboss.ts";

const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error("name the data folder");

const log = createLogger("silent", false);
const store = await openStore({ dataDir, log });
const jobs = createPgBossJobs({ store, bus: createMemoryBus(), log });
await jobs.send("waiting", { n: 2 });
await jobs.send("running", { n: 1 });
await jobs.work("running", { concurrency: 1, limitSec: 600 }, async () => {
  process.stdout.write("running\n");
  await new Promise(() => setInterval(() => {}, 60_000));
});
