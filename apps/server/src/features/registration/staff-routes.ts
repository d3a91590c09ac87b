/** The crew's part: what is asked, who has registered, who came. */
import { Readable } from "node:stream";
import { Id } from "@rostrum/contract/common";
import {
  ListRegistrationsQuery,
  OwnRegistrationSettings,
  RegistrationPage,
  UpdateRegistrationBody,
} from "@rostrum/contract/registration";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { exportRegistrations, registrationsFor, removeRegistration, renewLink } from "./desk.ts";
import { ownSettings, updateSettings } from "./settings.ts";

const params = z.object({ id: Id });
const one = z.object({ id: Id, registrationId: Id });
const tags = ["registrations"];
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
const reading = { tags, security: sessionOrToken("read") };
const writing = { tags, security: sessionOrToken("broadcasts") };
const SETTINGS = "/api/v1/broadcasts/:id/registration-settings";
const ALL = "/api/v1/broadcasts/:id/registrations";

export function staffRoutes(app: App, ctx: Context): void {
  settingsRoutes(app, ctx);
  listRoutes(app, ctx);
  oneRoutes(app, ctx);
}

function settingsRoutes(app: App, ctx: Context): void {
  const response = { 200: OwnRegistrationSettings, ...errorAnswers("invalid_input", ...refusals) };
  app.get(
    SETTINGS,
    { schema: { summary: "What is asked of those who register", ...reading, params, response } },
    async (request) => ownSettings(ctx, await requireAccount(request, "read"), request.params.id),
  );
  app.patch(
    SETTINGS,
    {
      schema: {
        summary: "Change what is asked, and whether one must register",
        description: "Questions that are taken away stay in the report with what was answered.",
        ...writing,
        params,
        body: UpdateRegistrationBody,
        response,
      },
    },
    async (request) =>
      updateSettings(ctx, await requireAccount(request, "broadcasts"), request.params.id, request.body),
  );
}

function listRoutes(app: App, ctx: Context): void {
  app.get(
    ALL,
    {
      schema: {
        summary: "Who has registered, newest first, and what they watched",
        ...reading,
        params,
        querystring: ListRegistrationsQuery,
        response: { 200: RegistrationPage, ...errorAnswers("invalid_input", ...refusals) },
      },
    },
    async (request) => registrationsFor(ctx, await requireAccount(request, "read"), request.params.id, request.query),
  );
  app.get(
    `${ALL}/export.csv`,
    { schema: { summary: "The attendance report as CSV", ...reading, params } },
    async (request, reply) => {
      const { id } = request.params;
      const pieces = await exportRegistrations(ctx, await requireAccount(request, "read"), id);
      return reply
        .header("cache-control", "private, no-store")
        .header("x-content-type-options", "nosniff")
        .header("content-disposition", `attachment; filename="registrations-${id}.csv"`)
        .type("text/csv; charset=utf-8")
        .send(Readable.from(pieces));
    },
  );
}

function oneRoutes(app: App, ctx: Context): void {
  app.delete(
    `${ALL}/:registrationId`,
    {
      schema: {
        summary: "Delete a registration and everything that is known of it",
        ...writing,
        params: one,
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const { id, registrationId } = request.params;
      await removeRegistration(ctx, await requireAccount(request, "broadcasts"), id, registrationId);
      return reply.code(204).send();
    },
  );
  app.post(
    `${ALL}/:registrationId/renew`,
    {
      schema: {
        summary: "Revoke the links of a registration and mail a new one",
        ...writing,
        params: one,
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const { id, registrationId } = request.params;
      await renewLink(ctx, await requireAccount(request, "broadcasts"), id, registrationId);
      return reply.code(204).send();
    },
  );
}
