/** /api/v1/channels/:id/moderation/* and /api/v1/me/bans. What is done is done by actions: `POST /api/v1/realtime/send`. */
import { Id } from "@rostrum/contract/common";
import {
  AppealPage,
  BanPage,
  CreateFilterBody,
  ListAppealsQuery,
  ListBansQuery,
  ListLogQuery,
  LogPage,
  ModerationSettings,
  OwnBans,
  PersonCard,
  TryTextAnswer,
  TryTextBody,
  UpdateFilterBody,
  WordFilter,
  WordFilters,
} from "@rostrum/contract/moderation";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { appealsOn, bansOn, cardOf, logOn, ownBans } from "./lists.ts";
import {
  addFilter,
  changeFilter,
  readFilters,
  readSettings,
  removeFilter,
  tryText,
  writeSettings,
} from "./settings.ts";

const params = z.object({ id: Id });
const filterParams = params.extend({ filterId: Id });
const tags = ["moderation"];
const reading = { tags, security: sessionOrToken("read") };
const changing = { tags, security: sessionOrToken("channels") };
const refusals = errorAnswers("unauthenticated", "forbidden", "not_found");
const url = "/api/v1/channels/:id/moderation";

export async function moderationRoutes(app: App, ctx: Context): Promise<void> {
  listRoutes(app, ctx);
  personRoutes(app, ctx);
  settingsRoutes(app, ctx);
  filterRoutes(app, ctx);
}

function listRoutes(app: App, ctx: Context): void {
  const now = (): Date => new Date(app.kit.now());
  app.get(
    `${url}/bans`,
    {
      schema: {
        summary: "Bans and time-outs that concern a channel, newest first",
        ...reading,
        params,
        querystring: ListBansQuery,
        response: { 200: BanPage, ...refusals },
      },
    },
    async (request) => bansOn(ctx, await requireAccount(request, "read"), request.params.id, request.query, now()),
  );
  app.get(
    `${url}/log`,
    {
      schema: {
        summary: "Who moderated what, newest first",
        ...reading,
        params,
        querystring: ListLogQuery,
        response: { 200: LogPage, ...refusals },
      },
    },
    async (request) => logOn(ctx, await requireAccount(request, "read"), request.params.id, request.query),
  );
  app.get(
    `${url}/appeals`,
    {
      schema: {
        summary: "Appeals of people who are banned, newest first",
        ...reading,
        params,
        querystring: ListAppealsQuery,
        response: { 200: AppealPage, ...refusals },
      },
    },
    async (request) => appealsOn(ctx, await requireAccount(request, "read"), request.params.id, request.query, now()),
  );
}

function personRoutes(app: App, ctx: Context): void {
  const now = (): Date => new Date(app.kit.now());
  app.get(
    `${url}/accounts/:accountId`,
    {
      schema: {
        summary: "What moderators know of an account: bans, warnings, notes, hints of evasion",
        description: "Hints never show an address: networks are compared by keyed hashes that are kept for 30 days.",
        ...reading,
        params: params.extend({ accountId: Id }),
        response: { 200: PersonCard, ...refusals },
      },
    },
    async (request) => {
      const { id, accountId } = request.params;
      return cardOf(ctx, await requireAccount(request, "read"), id, accountId, now());
    },
  );
  app.get(
    "/api/v1/me/bans",
    {
      schema: {
        summary: "The bans that count against the caller, with their appeals",
        ...reading,
        response: { 200: OwnBans, ...errorAnswers("unauthenticated") },
      },
    },
    async (request) => ({ items: await ownBans(ctx, await requireAccount(request, "read"), now()) }),
  );
}

function settingsRoutes(app: App, ctx: Context): void {
  app.get(
    `${url}/settings`,
    {
      schema: {
        summary: "Lists of swear words and limits against spam",
        ...reading,
        params,
        response: { 200: ModerationSettings, ...refusals },
      },
    },
    async (request) => readSettings(ctx, await requireAccount(request, "read"), request.params.id),
  );
  app.put(
    `${url}/settings`,
    {
      schema: {
        summary: "Set them as a whole; what is left out has its default",
        ...changing,
        params,
        body: ModerationSettings,
        response: { 200: ModerationSettings, ...refusals },
      },
    },
    async (request) => writeSettings(ctx, await requireAccount(request, "channels"), request.params.id, request.body),
  );
  app.post(
    `${url}/try`,
    {
      schema: {
        summary: "What filters and limits would make of a text",
        ...reading,
        params,
        body: TryTextBody,
        response: { 200: TryTextAnswer, ...refusals },
      },
    },
    async (request) => tryText(ctx, await requireAccount(request, "read"), request.params.id, request.body.text),
  );
}

function filterRoutes(app: App, ctx: Context): void {
  app.get(
    `${url}/filters`,
    {
      schema: {
        summary: "A channel's own words and patterns, newest first",
        ...reading,
        params,
        response: { 200: WordFilters, ...refusals },
      },
    },
    async (request) => ({ items: await readFilters(ctx, await requireAccount(request, "read"), request.params.id) }),
  );
  app.post(
    `${url}/filters`,
    {
      schema: {
        summary: "Add a word or a pattern",
        description:
          "In patterns `*` stands for any letters of a word, alone for one whole word, and `?` for one letter.",
        ...changing,
        params,
        body: CreateFilterBody,
        response: { 201: WordFilter, ...refusals, ...errorAnswers("conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "channels");
      return reply.code(201).send(await addFilter(ctx, viewer, request.params.id, request.body));
    },
  );
  app.patch(
    `${url}/filters/:filterId`,
    {
      schema: {
        summary: "Change what a filter does",
        ...changing,
        params: filterParams,
        body: UpdateFilterBody,
        response: { 200: WordFilter, ...refusals },
      },
    },
    async (request) => {
      const { id, filterId } = request.params;
      return changeFilter(ctx, await requireAccount(request, "channels"), id, filterId, request.body.action);
    },
  );
  app.delete(
    `${url}/filters/:filterId`,
    {
      schema: {
        summary: "Remove a filter",
        ...changing,
        params: filterParams,
        response: { 204: z.undefined(), ...refusals },
      },
    },
    async (request, reply) => {
      const { id, filterId } = request.params;
      await removeFilter(ctx, await requireAccount(request, "channels"), id, filterId);
      return reply.code(204).send();
    },
  );
}
