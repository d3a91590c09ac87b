/** The real app for tests: store, bus and blobs are the embedded ones, nothing listens, everything is thrown away on `close`. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createDiskBlobs } from "../adapters/blobs-disk.ts";
import { createMemoryBus } from "../adapters/bus-memory.ts";
import { type Config, readConfig } from "../config.ts";
import type { Context } from "../context.ts";
import { newId } from "../lib/ids.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { openSecrets } from "../lib/secrets.ts";
import { openTestStore } from "../store/testing.ts";
import { type AppOptions, createApp } from "./app.ts";
import type { App, AppPlugin } from "./kit.ts";

export type TestAppOptions = Readonly<{
  /** Features under test, bound to the context of this app. */
  plugins?: (ctx: Context) => readonly AppPlugin[];
  /** Settings that differ from the defaults. */
  config?: Partial<Config>;
}> &
  Omit<AppOptions, "plugins">;

/** `close` ends the app and removes its folder. */
export type TestApp = Readonly<{ app: App; ctx: Context; close(): Promise<void> }>;

/** An app with an empty store. The public address is `http://localhost:3000` unless `config.PUBLIC_URL` says otherwise. */
export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-test-"));
  const ctx = await openTestContext(dir, options.config ?? {});
  const { plugins, config: _config, ...rest } = options;
  const app = await createApp(ctx, { ...rest, plugins: plugins?.(ctx) ?? [] });
  return {
    app,
    ctx,
    async close() {
      await app.close();
      await ctx.bus.close();
      await ctx.blobs.close();
      await ctx.store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function openTestContext(dir: string, overrides: Partial<Config>): Promise<Context> {
  const config = { ...readConfig({ DATA_DIR: dir, LOG_LEVEL: "silent" }, { dev: false }), ...overrides };
  return {
    config,
    log: createLogger(config.LOG_LEVEL, false),
    metrics: createMetrics(),
    store: await openTestStore(),
    bus: createMemoryBus(),
    blobs: createDiskBlobs(path.join(dir, "blobs")),
    secrets: openSecrets(dir),
    nodeId: newId(),
    publicUrl: () => config.PUBLIC_URL ?? "http://localhost:3000",
  };
}
