/** /api/v1/broadcasts/:id/registration: what strangers see and do. The crew's part has a file of its own. */
import { Id } from "@rostrum/contract/common";
import {
  EnterShowBody,
  ResendLinkBody,
  RegisteredAnswer,
  RegisterForShowBody,
  RegistrationInfo,
} from "@rostrum/contract/registration";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { cookieWithoutPass, cookieWithPass, passesOf } from "../../http/passes.ts";
import { addressKey } from "../../lib/address.ts";
import { AppError } from "../../lib/app-error.ts";
import { systemClock } from "../../lib/clock.ts";
import { KeyedAllowance } from "../../lib/keyed-allowance.ts";
import { ownCalendar } from "./own-calendar.ts";
import { enter, infoFor, register, resendLink, withdraw } from "./register.ts";
import { staffRoutes } from "./staff-routes.ts";

const params = z.object({ id: Id });
const tags = ["registrations"];
const PATH = "/api/v1/broadcasts/:id/registration";
const calendar = { description: "iCalendar", content: { "text/calendar": { schema: z.unknown() } } };

/** One address may stand for an office whose people all register for the same show; each of them costs a mail. */
const PER_ADDRESS = { burst: 20, perSec: 1 / 30, maxKeys: 50_000 } as const;
const ENTRIES_PER_MIN = 60;

export async function registrationRoutes(app: App, ctx: Context): Promise<void> {
  infoRoute(app, ctx);
  registerRoute(app, ctx);
  entryRoutes(app, ctx);
  calendarRoute(app, ctx);
  staffRoutes(app, ctx);
}

function infoRoute(app: App, ctx: Context): void {
  app.get(
    PATH,
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "How one registers for a show",
        description: "`you` is the registration whose link was opened in this browser.",
        tags,
        params,
        response: { 200: RegistrationInfo, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => infoFor(ctx, await viewerOf(request), request.params.id),
  );
}

function registerRoute(app: App, ctx: Context): void {
  const byAddress = new KeyedAllowance(systemClock, PER_ADDRESS);
  const admit = ({ ip }: FastifyRequest): void => {
    const waitMs = byAddress.take(addressKey(ip));
    if (waitMs > 0) throw tooMany(waitMs);
  };
  app.post(
    PATH,
    {
      schema: {
        summary: "Register for a show",
        description: "Mails a link. The answer is the same for an address that has registered before.",
        tags,
        params,
        body: RegisterForShowBody,
        response: { 202: RegisteredAnswer, ...errorAnswers("invalid_input", "forbidden", "not_found", "conflict") },
      },
    },
    async (request, reply) => {
      admit(request);
      await register(ctx, await viewerOf(request), request.params.id, request.body);
      return reply.code(202).send({ state: "mail_sent" });
    },
  );
  app.post(
    `${PATH}/resend`,
    {
      schema: {
        summary: "Have the link mailed once more",
        description: "The answer is the same for an address that has not registered.",
        tags,
        params,
        body: ResendLinkBody,
        response: { 202: RegisteredAnswer, ...errorAnswers("invalid_input", "forbidden", "not_found") },
      },
    },
    async (request, reply) => {
      admit(request);
      await resendLink(ctx, await viewerOf(request), request.params.id, request.body.email);
      return reply.code(202).send({ state: "mail_sent" });
    },
  );
}

function entryRoutes(app: App, ctx: Context): void {
  const { cookies } = app.kit;
  const held = (request: FastifyRequest): readonly string[] => passesOf(request.cookies[cookies.passes]);
  app.post(
    `${PATH}/enter`,
    {
      config: { rateLimit: { max: ENTRIES_PER_MIN } },
      schema: {
        summary: "Come in by the link that was mailed",
        description: "Sets a cookie by which this browser gets media, chat and topics of the show.",
        tags,
        params,
        body: EnterShowBody,
        response: { 204: z.undefined(), ...errorAnswers("invalid_token") },
      },
    },
    async (request, reply) => {
      const { token } = request.body;
      await enter(ctx, request.params.id, token);
      const { name, value, options } = cookieWithPass(cookies, held(request), token);
      return reply.setCookie(name, value, options).code(204).send();
    },
  );
  app.delete(
    PATH,
    {
      schema: {
        summary: "Take one's registration back",
        description: "Everything that is known of it is removed, the cookie's part too.",
        tags,
        params,
        response: { 204: z.undefined(), ...errorAnswers("not_found") },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await withdraw(ctx, await viewerOf(request), id);
      const { name, value, options } = cookieWithoutPass(cookies, held(request), id);
      return reply.setCookie(name, value, options).code(204).send();
    },
  );
}

function calendarRoute(app: App, ctx: Context): void {
  app.get(
    `${PATH}/calendar.ics`,
    {
      schema: {
        summary: "The show as a calendar file, for whom has registered",
        tags,
        params,
        response: { 200: calendar, ...errorAnswers("forbidden", "not_found", "conflict") },
      },
    },
    async (request, reply) => {
      const file = await ownCalendar(ctx, await viewerOf(request), request.params.id);
      return reply
        .header("cache-control", "private, no-store")
        .header("x-content-type-options", "nosniff")
        .header("content-disposition", 'attachment; filename="show.ics"')
        .type("text/calendar; charset=utf-8")
        .send(file);
    },
  );
}

function tooMany(waitMs: number): AppError {
  const retryAfterSec = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `Many registrations came from your network. Try again in ${retryAfterSec} seconds.`;
  return new AppError("rate_limited", message, { details: { retryAfterSec } });
}
