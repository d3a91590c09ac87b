/** The API role: every feature's routes in one app behind the HTTP port, and the pages when this process serves them. */
import type { Context } from "../context.ts";
import { accountRoutes } from "../features/accounts/routes.ts";
import { createSetup, type Setup } from "../features/accounts/service.ts";
import { analyticsRoutes } from "../features/analytics/routes.ts";
import { ageGateRoutes } from "../features/age-gate/routes.ts";
import { auditRoutes } from "../features/audit/routes.ts";
import { broadcastRoutes } from "../features/broadcasts/routes.ts";
import { channelRoutes } from "../features/channels/routes.ts";
import { chatRoutes } from "../features/chat/routes.ts";
import { clipRoutes } from "../features/clips/routes.ts";
import { engagementRoutes } from "../features/engagement/routes.ts";
import { fileRoutes } from "../features/files/routes.ts";
import { followRoutes } from "../features/follows/routes.ts";
import { guestRoutes } from "../features/guests/routes.ts";
import { healthRoutes } from "../features/health/routes.ts";
import { moderationRoutes } from "../features/moderation/routes.ts";
import { notificationRoutes } from "../features/notifications/routes.ts";
import { oembedRoutes } from "../features/oembed/routes.ts";
import { posterRoutes } from "../features/posters/routes.ts";
import { recordingRoutes } from "../features/recordings/routes.ts";
import { registrationRoutes } from "../features/registration/routes.ts";
import { createVisits } from "../features/registration/service.ts";
import { sourceRoutes } from "../features/sources/routes.ts";
import { tipRoutes } from "../features/tips/routes.ts";
import { webhookRoutes } from "../features/webhooks/routes.ts";
import { createApp } from "../http/app.ts";
import type { AppPlugin } from "../http/kit.ts";
import type { MediaPlane } from "../media/plane.ts";
import type { HttpListener } from "./http-listener.ts";
import { paymentsOf } from "./payments.ts";
import { createRealtime, type Realtime } from "./realtime.ts";

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
  const realtime = createRealtime(ctx, signal);
  const visits = createVisits(ctx, signal);
  const plugins = apiPlugins(ctx, { setup, plane, realtime, visits });
  if (pages !== null) plugins.push(pages.staticPlugin);
  const app = await createApp(ctx, { plugins, ...(pages === null ? {} : { pages: pages.handler }) });
  const handler = (...exchange: Parameters<typeof app.routing>): void => app.routing(...exchange);
  http.app = handler;
  realtime.open(http, app.kit);
  // From now on new requests hear that the server is not there, while running ones are answered.
  signal.addEventListener("abort", () => (http.app = undefined), { once: true });
  return {
    setupUrl: setup.url(),
    async close() {
      if (http.app === handler) http.app = undefined;
      await realtime.close();
      await app.close();
      await visits.store().catch((error: unknown) => ctx.log.warn({ err: error }, "the last visits are not stored"));
      await pages?.close();
    },
  };
}

/** What the routes of this process need beside the context. */
export type ApiParts = Readonly<{
  setup: Setup;
  plane: MediaPlane | null;
  realtime: Realtime;
  visits: ReturnType<typeof createVisits>;
}>;

/** Every feature's routes. */
export function apiPlugins(ctx: Context, { setup, plane, realtime, visits }: ApiParts): AppPlugin[] {
  return [
    (app) => accountRoutes(app, ctx, setup),
    (app) => analyticsRoutes(app, ctx),
    (app) => ageGateRoutes(app, ctx),
    (app) => auditRoutes(app, ctx),
    (app) => channelRoutes(app, ctx, plane),
    (app) => broadcastRoutes(app, ctx, plane, (pass, beacon) => visits.note(pass, beacon)),
    (app) => chatRoutes(app, ctx),
    (app) => clipRoutes(app, ctx, plane),
    (app) => engagementRoutes(app, ctx),
    (app) => fileRoutes(app, ctx, plane),
    (app) => followRoutes(app, ctx),
    (app) => guestRoutes(app, ctx),
    (app) => healthRoutes(app, ctx),
    (app) => moderationRoutes(app, ctx),
    (app) => notificationRoutes(app, ctx),
    (app) => oembedRoutes(app, ctx),
    (app) => posterRoutes(app, ctx),
    (app) => recordingRoutes(app, ctx),
    (app) => registrationRoutes(app, ctx),
    (app) => sourceRoutes(app, ctx, plane),
    (app) => tipRoutes(app, ctx, paymentsOf(ctx)),
    (app) => webhookRoutes(app, ctx),
    (app) => realtime.routes(app),
  ];
}
