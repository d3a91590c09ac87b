/** The program: reads the configuration, opens the ports, starts the roles, waits for a signal, closes in reverse order. */
import { mkdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { createPgBossJobs } from "./adapters/jobs-pgboss.ts";
import { openBlobs } from "./adapters/open-blobs.ts";
import { openBus } from "./adapters/open-bus.ts";
import { openOutside } from "./adapters/open-outside.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { createLogger } from "./lib/log.ts";
import { createMetrics } from "./lib/metrics.ts";
import { openNodeId } from "./lib/node-id.ts";
import { openSecrets } from "./lib/secrets.ts";
import { openLiveKit } from "./livekit/livekit.ts";
import { listenHttp } from "./roles/http-listener.ts";
import { startRoles } from "./roles/index.ts";
import { lockDataDir } from "./store/lock.ts";
import { openStore, type StoreClosed } from "./store/open.ts";

const STOP_WITHIN_MS = 10_000;

// The seconds of media that are kept in memory count as garbage to come: left to itself, V8 collects a quiet heap each time it
// has grown by a tenth, every 2 s with four broadcasts, for more CPU than the broadcasts. It may double instead.
setFlagsFromString("--heap-growing-percent=100");

/** What was opened, closed in reverse order. */
type Closers = Array<Readonly<{ name: string; close: () => Promise<void> | void }>>;

async function start(config: Config, closers: Closers): Promise<Readonly<{ storeClosed: Promise<StoreClosed> }>> {
  const opened = <T>(name: string, thing: T, close: (thing: T) => Promise<void> | void): T => {
    closers.unshift({ name, close: () => close(thing) });
    return thing;
  };
  mkdirSync(config.DATA_DIR, { recursive: true, mode: 0o700 });
  const terminal = process.stdout.isTTY === true;
  const log = createLogger(config.LOG_LEVEL, terminal);
  const lock = opened("data folder lock", lockDataDir(config.DATA_DIR), (it) => it.release());
  const secrets = openSecrets(config.DATA_DIR);
  // The port first: a taken one is found before anything is changed.
  const http = opened("http", await listenHttp(config), (listener) => listener.close());
  const store = opened(
    "store",
    await openStore({ dataDir: config.DATA_DIR, databaseUrl: config.DATABASE_URL, log, lock }),
    (it) => it.close(),
  );
  const bus = opened("bus", await openBus(config.REDIS_URL, log), (it) => it.close());
  const blobs = opened("blobs", await openBlobs(config), (it) => it.close());
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${http.port}`;
  const outside = openOutside(config, publicUrl, secrets);
  opened("mail", outside.mail, (it) => it.close());
  const jobs = opened("jobs", createPgBossJobs({ store, bus, log }), (it) => it.close());
  const metrics = createMetrics();
  const rooms = { config, log, metrics, secrets, publicUrl, httpPort: http.port };
  const livekit = opened("rooms", openLiveKit(rooms), (it) => it?.close());
  const ctx: Context = {
    ...outside,
    config,
    log,
    metrics,
    store,
    bus,
    blobs,
    jobs,
    secrets,
    livekit,
    nodeId: openNodeId(config.DATA_DIR),
    publicUrl: () => publicUrl,
  };
  const roles = opened("roles", await startRoles(ctx, http), (it) => it.close());
  // Closed before the roles, which still hear what the end of the rooms tells.
  opened("rooms", livekit, (it) => it?.close());
  await livekit?.ready;
  const ports = { http: http.port, ...roles.ports, ...livekit?.ports() };
  announce(terminal, { url: publicUrl, ports, setupUrl: roles.setupUrl });
  return { storeClosed: store.closed };
}

/** The one line that programs wait for; people get sentences. */
function announce(
  terminal: boolean,
  ready: Readonly<{ url: string; ports: Readonly<Record<string, number>>; setupUrl: string | null }>,
): void {
  const { setupUrl, ...rest } = ready;
  if (terminal) {
    const lines = [`\n  Rostrum is ready: ${ready.url}`];
    for (const [name, port] of Object.entries(ready.ports)) lines.push(`    ${name} port ${port}`);
    if (setupUrl !== null) lines.push(`\n  First run. Create the owner here:\n    ${setupUrl}`);
    process.stdout.write(`${lines.join("\n")}\n\n`);
    return;
  }
  const line = { level: "info", time: new Date().toISOString(), msg: "ready", ...rest };
  process.stdout.write(`${JSON.stringify(setupUrl === null ? line : { ...line, setupUrl })}\n`);
}

/** Closes everything; a part that hangs does not keep the program alive. */
async function closeAll(closers: Closers): Promise<void> {
  const late = setTimeout(() => {
    process.stderr.write(`Closing took longer than ${STOP_WITHIN_MS / 1000} s; ending now.\n`);
    process.exit(1);
  }, STOP_WITHIN_MS);
  for (const { name, close } of closers.splice(0)) {
    try {
      await close();
    } catch (error) {
      process.stderr.write(
        `Closing the ${name} did not work: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
  clearTimeout(late);
}

/** Errors that an operator causes and can mend: their message is a sentence, a stack would only hide it. */
function isForOperator(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof ConfigError || ["StoreError", "StartError"].includes(error.name) || "syscall" in error;
}

async function main(): Promise<void> {
  const closers: Closers = [];
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await closeAll(closers);
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const) process.on(signal, () => void stop(0));
  try {
    const config = readConfig(process.env, { dev: process.argv.includes("--dev") });
    const { storeClosed } = await start(config, closers);
    void storeClosed.then((end) => {
      if (end.kind === "closed") return;
      process.stderr.write(`The database is gone: ${end.error.message}\n`);
      return stop(1);
    });
  } catch (error) {
    process.stderr.write(
      `${isForOperator(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    await stop(1);
  }
}

await main();
