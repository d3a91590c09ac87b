/** The real app for tests: store, bus and blobs are the embedded ones, nothing listens, everything is thrown away on `close`. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createDiskBlobs } from "../adapters/blobs-disk.ts";
import { createMemoryBus } from "../adapters/bus-memory.ts";
import { createPgBossJobs } from "../adapters/jobs-pgboss.ts";
import { openOutside } from "../adapters/open-outside.ts";
import { type Config, readConfig } from "../config.ts";
import type { Context } from "../context.ts";
import { newId } from "../lib/ids.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { openSecrets } from "../lib/secrets.ts";
import type { Store } from "../store/open.ts";
import { openTestStore, truncateAll } from "../store/testing.ts";
import { type AppOptions, createApp } from "./app.ts";
import type { App, AppPlugin } from "./kit.ts";

export type TestAppOptions = Readonly<{
  /** Features under test, bound to the context of this app. */
  plugins?: (ctx: Context) => readonly AppPlugin[];
  /** Settings that differ from the defaults. */
  config?: Partial<Config>;
  /** Shared by the tests of a file, because a new one costs a second: emptied here, closed by who opened it. */
  store?: Store;
  /** Rooms of guests; none when left out. */
  livekit?: Context["livekit"];
}> &
  Omit<AppOptions, "plugins">;

/** `close` ends the app and removes its folder. */
export type TestApp = Readonly<{ app: App; ctx: Context; close(): Promise<void> }>;

/** An app with an empty store. The public address is `http://localhost:3000` unless `config.PUBLIC_URL` says otherwise. */
export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-test-"));
  const ctx = await openTestContext(dir, options);
  const { plugins, config: _config, store, livekit: _livekit, ...rest } = options;
  const app = await createApp(ctx, { ...rest, plugins: plugins?.(ctx) ?? [] });
  return {
    app,
    ctx,
    async close() {
      await app.close();
      await ctx.jobs.close();
      await ctx.bus.close();
      await ctx.mail.close();
      await ctx.blobs.close();
      if (store === undefined) await ctx.store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function openTestContext(
  dir: string,
  { config: overrides, store, livekit = null }: TestAppOptions,
): Promise<Context> {
  const config = { ...readConfig({ DATA_DIR: dir, LOG_LEVEL: "silent" }, { dev: false }), ...overrides };
  if (store !== undefined) await truncateAll(store.db);
  const parts = {
    log: createLogger(config.LOG_LEVEL, false),
    store: store ?? (await openTestStore()),
    bus: createMemoryBus(),
  };
  const publicUrl = config.PUBLIC_URL ?? "http://localhost:3000";
  const secrets = openSecrets(dir);
  return {
    ...parts,
    ...openOutside(config, publicUrl, secrets),
    config,
    metrics: createMetrics(),
    jobs: createPgBossJobs(parts),
    blobs: createDiskBlobs(path.join(dir, "blobs")),
    secrets,
    livekit,
    nodeId: newId(),
    publicUrl: () => publicUrl,
  };
}
