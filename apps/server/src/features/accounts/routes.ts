/** /instance, /setup and /auth: what people do before they are signed in, and what keeps them signed in. */
import { Instance, LoginBody, RegisterBody, SessionAnswer, SetupBody } from "@rostrum/contract/accounts";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY } from "../../http/openapi.ts";
import { readVersion } from "../../lib/version.ts";
import { inviteRoutes } from "./invite-routes.ts";
import { meRoutes } from "./me-routes.ts";
import { clientOf, dropSession, giveSession } from "./replies.ts";
import type { Setup } from "./service.ts";
import { endAllSessions, login, logout, refreshSession } from "./sessions.ts";
import { register, setUp } from "./sign-up.ts";

/** Everything of this feature; `setup` is the same object that `createSetup` gave for the start-up line. */
export async function accountRoutes(app: App, ctx: Context, setup: Setup): Promise<void> {
  instanceRoutes(app, ctx, setup);
  signInRoutes(app, setup);
  sessionRoutes(app);
  meRoutes(app);
  inviteRoutes(app);
}

function instanceRoutes(app: App, ctx: Context, setup: Setup): void {
  const version = readVersion();
  app.get(
    "/api/v1/instance",
    {
      config: perMinute(app.kit.limits.watchPerMin),
      schema: { summary: "What this installation is", tags: ["instance"], response: { 200: Instance } },
    },
    async () => ({
      name: ctx.config.INSTANCE_NAME,
      setUp: !(await setup.check()),
      registration: ctx.config.REGISTRATION,
      version,
    }),
  );
  app.post(
    "/api/v1/setup",
    {
      config: perMinute(app.kit.limits.setupPerMin),
      schema: {
        summary: "Create the owner and the first channel",
        description: "Works once, with the token that the server prints at its start. Sets the session cookies.",
        tags: ["instance"],
        body: SetupBody,
        response: {
          201: SessionAnswer,
          ...errorAnswers("invalid_token", "already_set_up", "email_taken", "handle_taken", "bad_origin"),
        },
      },
    },
    async (request, reply) => {
      const session = await setUp(app.kit, setup, request.body, clientOf(request));
      return giveSession(reply.code(201), session);
    },
  );
}

function signInRoutes(app: App, setup: Setup): void {
  app.post(
    "/api/v1/auth/register",
    {
      config: perMinute(app.kit.limits.registerPerMin),
      schema: {
        summary: "Create an account and its channel",
        description:
          "The channel has the same handle. Needs an invite unless registration is open. Sets the session cookies.",
        tags: ["accounts"],
        body: RegisterBody,
        response: {
          201: SessionAnswer,
          ...errorAnswers("registration_closed", "invalid_token", "email_taken", "handle_taken", "bad_origin"),
        },
      },
    },
    async (request, reply) => {
      const session = await register(app.kit, setup, request.body, clientOf(request));
      return giveSession(reply.code(201), session);
    },
  );
  app.post(
    "/api/v1/auth/login",
    {
      config: perMinute(app.kit.limits.loginPerMin),
      schema: {
        summary: "Sign in",
        description: "Sets the session cookies. Wrong passwords are limited by account and address.",
        tags: ["accounts"],
        body: LoginBody,
        response: { 200: SessionAnswer, ...errorAnswers("invalid_credentials", "bad_origin", "unavailable") },
      },
    },
    async (request, reply) => giveSession(reply, await login(app.kit, request.body, clientOf(request))),
  );
}

function sessionRoutes(app: App): void {
  const { kit } = app;
  app.post(
    "/api/v1/auth/refresh",
    {
      config: perMinute(kit.limits.refreshPerMin),
      schema: {
        summary: "Renew the session",
        description: "With the refresh cookie, which is used up: a second use ends the session.",
        tags: ["accounts"],
        response: { 200: SessionAnswer, ...errorAnswers("session_expired", "bad_origin") },
      },
    },
    async (request, reply) => {
      try {
        return giveSession(reply, await refreshSession(kit, request.cookies[kit.cookies.refresh], clientOf(request)));
      } catch (refusal) {
        dropSession(reply);
        throw refusal;
      }
    },
  );
  app.post(
    "/api/v1/auth/logout",
    {
      schema: {
        summary: "Sign out",
        description: "Ends this session; no error when it has ended already.",
        tags: ["accounts"],
        response: { 204: z.void(), ...errorAnswers("bad_origin") },
      },
    },
    async (request, reply) => {
      const viewer = await viewerOf(request);
      await logout(kit, viewer.kind === "account" ? viewer : null, request.cookies[kit.cookies.refresh]);
      return dropSession(reply).code(204).send();
    },
  );
  app.post(
    "/api/v1/auth/logout-all",
    {
      schema: {
        summary: "Sign out everywhere",
        description: "Ends every session of the account, on all devices, and their push messages. API tokens stand.",
        tags: ["accounts"],
        security: SESSION_ONLY,
        response: { 204: z.void(), ...errorAnswers("unauthenticated", "forbidden", "bad_origin") },
      },
    },
    async (request, reply) => {
      await endAllSessions(kit, await requireAccount(request));
      return dropSession(reply).code(204).send();
    },
  );
}

function perMinute(max: number) {
  return { rateLimit: { max, timeWindow: 60_000 } };
}
