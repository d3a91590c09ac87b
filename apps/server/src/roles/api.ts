/** The API role: every feature's routes in one app behind the HTTP port, and the pages when this process serves them. */
import type { Context } from "../context.ts";
import { accountRoutes } from "../features/accounts/routes.ts";
import { createSetup } from "../features/accounts/service.ts";
import { auditRoutes } from "../features/audit/routes.ts";
import { broadcastRoutes } from "../features/broadcasts/routes.ts";
import { channelRoutes } from "../features/channels/routes.ts";
import { clipRoutes } from "../features/clips/routes.ts";
import { fileRoutes } from "../features/files/routes.ts";
import { healthRoutes } from "../features/health/routes.ts";
import { oembedRoutes } from "../features/oembed/routes.ts";
import { posterRoutes } from "../features/posters/routes.ts";
import { recordingRoutes } from "../features/recordings/routes.ts";
import { sourceRoutes } from "../features/sources/routes.ts";
import { createApp } from "../http/app.ts";
import type { AppPlugin } from "../http/kit.ts";
import type { MediaPlane } from "../media/plane.ts";
import type { HttpListener } from "./http-listener.ts";

/**
 * Answers on `http` until `signal` aborts; `close` waits for what is running.
 * @param plane the media plane of this process; null when another process has it
 * @throws {StartError} when the pages are wanted but were never built
 */
export async function startApi(
  ctx: Context,
  http: HttpListener,
  plane: MediaPlane | null,
  signal: AbortSignal,
): Promise<{ setupUrl: string | null; close(): Promise<void> }> {
  const setup = await createSetup(ctx);
  const pages = ctx.config.ROLES.includes("web") ? await (await import("./web.ts")).createPages(ctx, http) : null;
  const plugins: AppPlugin[] = [
    (app) => accountRoutes(app, ctx, setup),
    (app) => auditRoutes(app, ctx),
    (app) => channelRoutes(app, ctx, plane),
    (app) => broadcastRoutes(app, ctx, plane),
    (app) => clipRoutes(app, ctx, plane),
    (app) => fileRoutes(app, ctx, plane),
    (app) => healthRoutes(app, ctx),
    (app) => oembedRoutes(app, ctx),
    (app) => posterRoutes(app, ctx),
    (app) => recordingRoutes(app, ctx),
    (app) => sourceRoutes(app, ctx, plane),
  ];
  if (pages !== null) plugins.push(pages.staticPlugin);
  const app = await createApp(ctx, { plugins, ...(pages === null ? {} : { pages: pages.handler }) });
  const handler = (...exchange: Parameters<typeof app.routing>): void => app.routing(...exchange);
  http.app = handler;
  // From now on new requests hear that the server is not there, while running ones are answered.
  signal.addEventListener("abort", () => (http.app = undefined), { once: true });
  return {
    setupUrl: setup.url(),
    async close() {
      if (http.app === handler) http.app = undefined;
      await app.close();
      await pages?.close();
    },
  };
}
