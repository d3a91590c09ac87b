/** /me: the signed-in person's account, sessions and API tokens. */
import {
  ChangePasswordBody,
  CreatedToken,
  CreateTokenBody,
  SessionAnswer,
  SessionList,
  TokenList,
  UpdateMeBody,
  User,
} from "@rostrum/contract/accounts";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY, sessionOrToken } from "../../http/openapi.ts";
import { AppError } from "../../lib/app-error.ts";
import { actorOf } from "../audit/service.ts";
import { changePassword, createToken, removeToken } from "./me.ts";
import { apiToken, ownUser, sessionInfo } from "./present.ts";
import { findAccount, listApiTokens, listSessions, updateDisplayName } from "./queries.ts";
import { clientOf, dropSession, giveSession } from "./replies.ts";
import { endSession } from "./sessions.ts";

const Params = z.object({ id: Id });
const tags = ["accounts"];
const security = SESSION_ONLY;
const refusals = errorAnswers("unauthenticated", "forbidden");

export function meRoutes(app: App): void {
  profileRoutes(app);
  sessionListRoutes(app);
  tokenRoutes(app);
}

function profileRoutes(app: App): void {
  const { kit } = app;
  const { db } = kit.ctx.store;
  app.get(
    "/api/v1/me",
    {
      schema: {
        summary: "The own account",
        tags,
        security: sessionOrToken("read"),
        response: { 200: User, ...refusals },
      },
    },
    async (request) => {
      const { accountId } = await requireAccount(request, "read");
      return ownUser((await findAccount(db, accountId)) ?? gone());
    },
  );
  app.patch(
    "/api/v1/me",
    {
      schema: {
        summary: "Change the display name",
        tags,
        security,
        body: UpdateMeBody,
        response: { 200: User, ...refusals },
      },
    },
    async (request) => {
      const { accountId } = await requireAccount(request);
      return ownUser((await updateDisplayName(db, accountId, request.body.displayName)) ?? gone());
    },
  );
  app.post(
    "/api/v1/me/password",
    {
      config: { rateLimit: { max: kit.limits.loginPerMin, timeWindow: 60_000 } },
      schema: {
        summary: "Change the password",
        description: "Ends every session; the caller gets a new one, in the answer and the cookies. API tokens stand.",
        tags,
        security,
        body: ChangePasswordBody,
        response: { 200: SessionAnswer, ...errorAnswers("unauthenticated", "invalid_credentials", "forbidden") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request);
      return giveSession(reply, await changePassword(kit, viewer, request.body, clientOf(request)));
    },
  );
}

function sessionListRoutes(app: App): void {
  const { kit } = app;
  app.get(
    "/api/v1/me/sessions",
    {
      schema: {
        summary: "Where the account is signed in",
        tags,
        security,
        response: { 200: SessionList, ...refusals },
      },
    },
    async (request) => {
      const { accountId, sessionId } = await requireAccount(request);
      const rows = await listSessions(kit.ctx.store.db, accountId, new Date(kit.now()));
      return { items: rows.map((row) => sessionInfo(row, sessionId)) };
    },
  );
  app.delete(
    "/api/v1/me/sessions/:id",
    {
      schema: {
        summary: "End a session",
        tags,
        security,
        params: Params,
        response: { 204: z.void(), ...refusals, ...errorAnswers("not_found") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request);
      const { id } = request.params;
      if (!(await endSession(kit, actorOf(viewer), viewer.accountId, id))) {
        throw new AppError("not_found", "There is no such session.");
      }
      if (id === viewer.sessionId) dropSession(reply);
      return reply.code(204).send();
    },
  );
}

function tokenRoutes(app: App): void {
  const { kit } = app;
  app.get(
    "/api/v1/me/tokens",
    { schema: { summary: "API tokens", tags, security, response: { 200: TokenList, ...refusals } } },
    async (request) => {
      const { accountId } = await requireAccount(request);
      return { items: (await listApiTokens(kit.ctx.store.db, accountId)).map(apiToken) };
    },
  );
  app.post(
    "/api/v1/me/tokens",
    {
      schema: {
        summary: "Create an API token",
        description: "The answer is the only one that carries the token itself.",
        tags,
        security,
        body: CreateTokenBody,
        response: { 201: CreatedToken, ...refusals, ...errorAnswers("conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request);
      return reply.code(201).send(await createToken(kit, viewer, request.body));
    },
  );
  app.delete(
    "/api/v1/me/tokens/:id",
    {
      schema: {
        summary: "Revoke an API token",
        tags,
        security,
        params: Params,
        response: { 204: z.void(), ...refusals, ...errorAnswers("not_found") },
      },
    },
    async (request, reply) => {
      await removeToken(kit, await requireAccount(request), request.params.id);
      return reply.code(204).send();
    },
  );
}

/** The account of a session that stands cannot be missing, unless it goes in this moment. */
function gone(): never {
  throw new AppError("unauthenticated", "Sign in first.");
}
