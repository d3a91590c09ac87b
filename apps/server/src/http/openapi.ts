/** OpenAPI 3.1 from the zod schemas of the routes, at /api/openapi.json, and its human form at /api/docs. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import * as accounts from "@rostrum/contract/accounts";
import * as audit from "@rostrum/contract/audit";
import * as broadcasts from "@rostrum/contract/broadcasts";
import * as channels from "@rostrum/contract/channels";
import * as chat from "@rostrum/contract/chat";
import * as errors from "@rostrum/contract/errors";
import * as health from "@rostrum/contract/health";
import type { TokenScope } from "@rostrum/contract/permissions";
import type { RouteOptions } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { errorAnswers } from "./errors.ts";
import type { App, HttpKit } from "./kit.ts";

/** For a route's `schema.security`: a person's session only. */
export const SESSION_ONLY: Array<Record<string, string[]>> = [{ cookie: [] }, { bearer: [] }];

/** For a route's `schema.security`: a session, or an API token with `scope`. */
export function sessionOrToken(scope: TokenScope): Array<Record<string, string[]>> {
  return [...SESSION_ONLY, { apiToken: [scope] }];
}

/** Must run before any route is added. */
export async function registerOpenApi(app: App, kit: HttpKit, version: string): Promise<void> {
  const schemaRegistry = namedSchemas();
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: `${kit.ctx.config.INSTANCE_NAME} API`, version, description: DESCRIPTION },
      servers: [{ url: "/", description: "this server" }],
      tags: TAGS,
      components: { securitySchemes: securitySchemes(kit) },
    },
    transform: createJsonSchemaTransform({ schemaRegistry, skipList: [] }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  app.addHook("onRoute", completeRoute);
  app.get("/api/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: "/api/docs",
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
      "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    uiConfig: { docExpansion: "none", deepLinking: true },
    logLevel: "warn",
  });
}

const DESCRIPTION =
  "Everything the pages do, programs can do too. Send an access token or an API token (`rst_…`) as `Authorization: Bearer`. " +
  "Lists are `{ items, nextCursor }`; errors are `{ error: { code, message, details? } }` with a code from a closed list.";

const TAGS = [
  { name: "accounts", description: "Sign in, sessions, API tokens" },
  { name: "instance", description: "This installation: first run, registration, invites" },
  { name: "channels", description: "Channels, members, stream keys" },
  { name: "broadcasts", description: "Shows, their states, playback" },
  { name: "rooms", description: "Rooms of guests: what LiveKit calls" },
  { name: "recordings", description: "What was recorded, to watch again or to download" },
  { name: "clips", description: "Moments that viewers cut out of shows" },
  { name: "files", description: "Uploaded videos, and playing them as a source" },
  { name: "follows", description: "Following channels, and what followers are told" },
  { name: "registrations", description: "Registering for shows, and who came" },
  { name: "webhooks", description: "What a channel tells other programs" },
  { name: "realtime", description: "The topics and actions of `WS /realtime`, by polling" },
  { name: "chat", description: "What is said during shows" },
  { name: "moderation", description: "Bans, filters, appeals, and the log of what was decided" },
  { name: "engagement", description: "Polls, questions, raised hands, announcements, handouts" },
  { name: "health", description: "What arrives from the encoder and reaches the viewers" },
  { name: "analytics", description: "How shows are and were watched" },
  { name: "tips", description: "Tips, goals, and how they are paid" },
  { name: "audit", description: "Who did what" },
  { name: "operations", description: "For operators and their monitoring" },
];

function securitySchemes(kit: HttpKit) {
  return {
    cookie: { type: "apiKey", in: "cookie", name: kit.cookies.access, description: "Set by log-in; for pages." },
    bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "Access token, good for 15 minutes." },
    apiToken: {
      type: "http",
      scheme: "bearer",
      description: "API token `rst_…` with scopes; every scope includes `read`.",
    },
  } as const;
}

/** Every schema the contract exports by a capital name becomes a component of that name; queries are written out as parameters. */
function namedSchemas() {
  const registry = z.registry<{ id: string }>();
  const modules = { ...accounts, ...audit, ...broadcasts, ...channels, ...chat, ...errors, ...health };
  for (const [name, value] of Object.entries(modules)) {
    if (/^[A-Z]/.test(name) && !name.endsWith("Query") && value instanceof z.ZodObject)
      registry.add(value, { id: name });
  }
  return registry;
}

/** Adds the refusals every API route can give; a route that says nothing about itself is a mistake found at start. */
function completeRoute(route: RouteOptions): void {
  const schema = route.schema;
  if (!route.url.startsWith("/api/v1/") || schema?.hide === true) return;
  if (schema?.summary === undefined || schema.tags === undefined) {
    throw new Error(`${String(route.method)} ${route.url} needs a summary and tags in its schema`);
  }
  const takesInput = schema.body !== undefined || schema.querystring !== undefined || schema.params !== undefined;
  const always = errorAnswers("rate_limited", "internal", ...(takesInput ? (["invalid_input"] as const) : []));
  schema.response = { ...always, ...(schema.response as Record<string, unknown> | undefined) };
}
