/** The pages: React Router's build behind everything that no route claims, its files, and Vite in their place while developing. */
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fastifyStatic from "@fastify/static";
import { Instance } from "@rostrum/contract/accounts";
import { pageServices } from "@rostrum/web/context";
import type { FastifyReply, FastifyRequest } from "fastify";
import { createRequestHandler, RouterContextProvider, type ServerBuild } from "react-router";
import type { ViteDevServer } from "vite";
import type { Context } from "../context.ts";
import type { PagesHandler } from "../http/errors.ts";
import type { AppPlugin } from "../http/kit.ts";
import { createPageApi, type PageApi, type Renewals } from "../http/page-fetch.ts";
import { FOR_OTHER_SITES, pageHeaders } from "../http/page-headers.ts";
import { AppError } from "../lib/app-error.ts";
import { StartError } from "../lib/start-error.ts";
import type { HttpListener } from "./http-listener.ts";

const WEB = path.resolve(import.meta.dirname, "../../../web");

export type Pages = Readonly<{
  /** For `createApp`'s `pages`. */
  handler: PagesHandler;
  /** Scripts, styles, fonts and pictures of the build. */
  staticPlugin: AppPlugin;
  close(): Promise<void>;
}>;

/** @throws {StartError} when the pages were never built; with `ctx.config.dev` they are built as they are asked for */
export async function createPages(ctx: Context, http: HttpListener): Promise<Pages> {
  return ctx.config.dev ? createDevPages(ctx, http) : createBuiltPages(ctx);
}

async function createBuiltPages(ctx: Context): Promise<Pages> {
  const entry = path.join(WEB, "build/server/index.js");
  if (!existsSync(entry)) throw new StartError("The pages are not built. Run: npm start");
  const build = (await import(pathToFileURL(entry).href)) as ServerBuild;
  return {
    handler: createHandler(ctx, build),
    staticPlugin: (app) => registerFiles(app),
    close: async () => undefined,
  };
}

async function createDevPages(ctx: Context, http: HttpListener): Promise<Pages> {
  const { createServer } = await import("vite");
  const vite = await createServer({
    root: WEB,
    appType: "custom",
    server: { middlewareMode: true, hmr: { server: http.server } },
  });
  const render = createHandler(
    ctx,
    () => vite.ssrLoadModule("virtual:react-router/server-build") as Promise<ServerBuild>,
  );
  return {
    async handler(request, reply) {
      return (await answeredByVite(vite, request, reply)) ? reply.hijack() : render(request, reply);
    },
    staticPlugin: async () => undefined,
    close: () => vite.close(),
  };
}

/** True when Vite had the file. */
function answeredByVite(vite: ViteDevServer, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  return new Promise((resolve, reject) => {
    reply.raw.once("finish", () => resolve(true));
    vite.middlewares(request.raw, reply.raw, (error?: unknown) => {
      if (error === undefined) resolve(false);
      else reject(error instanceof Error ? error : new Error("Vite could not answer", { cause: error }));
    });
  });
}

/** Names under `assets/` carry a hash of their content. `.br` and `.gz` files beside them are sent to those who take them. */
async function registerFiles(app: Parameters<AppPlugin>[0]): Promise<void> {
  const shared = { index: false, wildcard: false, preCompressed: true } as const;
  const root = path.join(WEB, "build/client");
  await app.register(fastifyStatic, {
    ...shared,
    root,
    cacheControl: false,
    setHeaders(reply, file) {
      if (file === path.join(root, "preview.png")) void reply.header(...FOR_OTHER_SITES);
      const forever = file.startsWith(path.join(root, "assets") + path.sep);
      void reply.header("cache-control", forever ? "public, max-age=31536000, immutable" : "public, max-age=3600");
    },
  });
}

function createHandler(ctx: Context, build: ServerBuild | (() => Promise<ServerBuild>)): PagesHandler {
  const handle = createRequestHandler(build, ctx.config.dev ? "development" : "production");
  const renewals: Renewals = new Map();
  return async (request, reply) => {
    // Pages are read; what changes something is the API's. So nothing here needs a body.
    if ((request.method !== "GET" && request.method !== "HEAD") || !request.url.startsWith("/")) {
      throw new AppError("not_found", `There is nothing at ${request.method} ${request.url}.`);
    }
    const api = createPageApi(request, renewals);
    await api.prepare();
    const { nonce, headers } = pageHeaders(request);
    const context = new RouterContextProvider();
    const publicUrl = ctx.publicUrl();
    context.set(pageServices, { fetch: api.fetch, publicUrl, nonce, instance: await readInstance(api) });
    const answer = await handle(webRequest(request, reply, publicUrl), context);
    // Set for API answers; a page says for itself who may frame it.
    void reply.removeHeader("x-frame-options");
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    for (const line of api.setCookies()) answer.headers.append("set-cookie", line);
    if (!answer.headers.has("cache-control")) answer.headers.set("cache-control", "private, no-cache");
    return reply.send(answer);
  };
}

async function readInstance(api: PageApi): Promise<Instance> {
  const answer = await api.fetch("/api/v1/instance");
  if (!answer.ok) throw new AppError("unavailable", "The server is not ready; try again in a moment.");
  return Instance.parse(await answer.json());
}

function webRequest(request: FastifyRequest, reply: FastifyReply, publicUrl: string): Request {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return new Request(new URL(publicUrl + request.url), { method: request.method, headers, signal: gone.signal });
}
