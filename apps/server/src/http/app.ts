/** Puts the HTTP side together: who is asking, what is refused, how errors look, which documents exist. Features add their routes as plugins. */
import { randomBytes } from "node:crypto";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyBaseLogger, LogController, type RawServerDefault } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Context } from "../context.ts";
import { systemClock } from "../lib/clock.ts";
import { readVersion } from "../lib/version.ts";
import { createAccessTokens } from "./access-token.ts";
import { createAgeTokens } from "./age-token.ts";
import { cookieNames } from "./cookies.ts";
import { createCredentials } from "./credentials.ts";
import { isApiPath, type PagesHandler, registerErrors } from "./errors.ts";
import type { App, AppPlugin, HttpKit } from "./kit.ts";
import { registerOpenApi } from "./openapi.ts";
import { registerOperations } from "./operations.ts";
import { originFactsOf, requireSameOrigin } from "./origin.ts";
import { API_PERMISSIONS_POLICY, apiHelmetOptions } from "./page-headers.ts";
import { isPageQuestion } from "./page-fetch.ts";
import { createPasswords } from "./passwords.ts";
import { AttemptLimiter, DEFAULT_LIMITS, type Limits, tooMany } from "./rate-limit.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MAX_UPLOAD_BYTES = 10 * 1024 * 1024;

export type AppOptions = Readonly<{
  /** Called in order; each gets a scope of its own. */
  plugins?: readonly AppPlugin[];
  limits?: Partial<Limits>;
  /** Answers what no route claims outside `/api`. Left out: 404 as ErrorBody. */
  pages?: PagesHandler;
  /**
   * Wall time in ms, and what waits after failures go by; a test may turn the clock. Requests a minute go by the machine's wall clock, which
   * the plugin that counts them reads by itself.
   */
  now?: () => number;
}>;

/** A ready app that listens nowhere yet: `app.inject` it, `app.listen` it, or hand requests to `app.routing`. The caller closes it. */
export async function createApp(ctx: Context, options: AppOptions = {}): Promise<App> {
  const stopping = new AbortController();
  const kit = createKit(ctx, options, stopping.signal);
  const app: App = Fastify<RawServerDefault>({
    loggerInstance: ctx.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // One hop: the last address a proxy appended is the only one a client cannot make up.
    trustProxy: ctx.config.TRUST_PROXY ? (_address, hop) => hop < 1 : false,
  }).withTypeProvider<ZodTypeProvider>();
  app.addHook("onClose", async () => stopping.abort());
  app.decorate("kit", kit);
  app.decorateRequest("knownViewer", null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  acceptEmptyJson(app);
  // First: a route keeps the error handler that stands when it is added.
  registerErrors(app, options.pages && limitPages(app, kit, options.pages));
  await registerGuards(app, kit);
  await app.register(multipart, { limits: { fileSize: MAX_UPLOAD_BYTES, files: 1, fields: 20, fieldSize: 64 * 1024 } });
  await registerOpenApi(app, kit, readVersion());
  registerOperations(app, kit);
  for (const plugin of options.plugins ?? []) await app.register(async (scope) => plugin(scope as unknown as App));
  await app.ready();
  return app;
}

function createKit(ctx: Context, options: AppOptions, signal: AbortSignal): HttpKit {
  const now = options.now ?? Date.now;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  // Who waits does not wait longer, nor shorter, when the system's clock is set.
  const steady = options.now ?? (() => systemClock.monotonicMs());
  const perMinute = { windowMs: MINUTE_MS, maxKeys: 10_000, now: steady };
  return {
    ctx,
    now,
    limits,
    access: createAccessTokens(ctx.secrets.signingKeyPem, now),
    ages: createAgeTokens(ctx.secrets, now, ctx.config.AGE_CONSENT_TTL_HOURS * HOUR_MS),
    credentials: createCredentials(ctx, now, signal),
    passwords: createPasswords(),
    cookies: cookieNames(ctx.config.PUBLIC_URL),
    pageMark: randomBytes(20).toString("base64url"),
    failures: {
      byAddress: new AttemptLimiter({ ...perMinute, max: limits.failuresPerAddress, maxWaitMs: MINUTE_MS }),
      byAccount: new AttemptLimiter({ ...perMinute, max: limits.failuresPerAccount, maxWaitMs: 15 * MINUTE_MS }),
    },
  };
}

/** What every request passes before its route: headers, cookies, the Origin check, the limit of its address. */
async function registerGuards(app: App, kit: HttpKit): Promise<void> {
  await app.register(helmet, apiHelmetOptions(kit.cookies.secure));
  await app.register(cookie);
  app.addHook("onRequest", async (request, reply) => {
    void reply.header("permissions-policy", API_PERMISSIONS_POLICY);
    if (isApiPath(request.url)) void reply.header("cache-control", "no-store");
    if (request.routeOptions.config.signed !== true) requireSameOrigin(originFactsOf(request), kit.ctx.publicUrl());
  });
  await app.register(rateLimit, {
    global: true,
    max: kit.limits.apiPerMin,
    timeWindow: MINUTE_MS,
    cache: 10_000,
    ipv6Subnet: 64,
    allowList: (request) => !isApiPath(request.url) || isPageQuestion(request, kit),
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
  });
}

/** Pages are limited as such, not by what they ask. */
function limitPages(app: App, kit: HttpKit, pages: PagesHandler): PagesHandler {
  // With the first page: the plugin that counts is registered after the handlers of errors.
  let limit: ReturnType<App["createRateLimit"]> | undefined;
  return async (request, reply) => {
    // Asked for once behind every first page; and Vite's files are no pages.
    if (kit.ctx.config.dev || request.url.startsWith("/__manifest")) return pages(request, reply);
    limit ??= app.createRateLimit({ max: kit.limits.pagesPerMin, allowList: () => false });
    const counted = await limit(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(counted.ttl);
    return pages(request, reply);
  };
}

/** `POST` without a body but with a JSON content type, as many clients send it, is no mistake. */
function acceptEmptyJson(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body as string, done);
  });
}
