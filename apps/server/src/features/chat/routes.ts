/** Chat over HTTP: history, search, exports, settings. What is said goes through `realtime/send`. */
import {
  ChannelChatSearchQuery,
  ChatHistoryQuery,
  ChatPage,
  ChatSearchQuery,
  ModeratedChatPage,
  OwnChatSettings,
  UpdateChatSettingsBody,
} from "@rostrum/contract/chat";
import { Id } from "@rostrum/contract/common";
import { Readable } from "node:stream";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { emoteRoutes } from "./emote-routes.ts";
import { type ChatFile, exportChat } from "./export.ts";
import { historyFor, searchChannel, searchFor } from "./history.ts";
import { ownSettings, updateSettings } from "./settings.ts";

const params = z.object({ id: Id });
const tags = ["chat"];
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;

export async function chatRoutes(app: App, ctx: Context): Promise<void> {
  readRoutes(app, ctx);
  exportRoute(app, ctx, "csv", "text/csv; charset=utf-8");
  exportRoute(app, ctx, "json", "application/json; charset=utf-8");
  settingsRoutes(app, ctx, "channel");
  settingsRoutes(app, ctx, "broadcast");
  emoteRoutes(app, ctx);
}

function readRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/chat",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "What was said in the chat of a show",
        description:
          "Newest first; with `fromMs` or `toMs` by media time, oldest first, as players of a recording need it.",
        tags,
        params,
        querystring: ChatHistoryQuery,
        response: { 200: ChatPage, ...errorAnswers("invalid_input", "forbidden", "not_found", "conflict") },
      },
    },
    async (request) => historyFor(ctx, await viewerOf(request), request.params.id, request.query),
  );
  app.get(
    "/api/v1/broadcasts/:id/chat/search",
    {
      schema: {
        summary: "Search a chat by text and account, also in what is held or deleted",
        tags,
        security: sessionOrToken("read"),
        params,
        querystring: ChatSearchQuery,
        response: { 200: ModeratedChatPage, ...errorAnswers("invalid_input", ...refusals) },
      },
    },
    async (request) => searchFor(ctx, await requireAccount(request, "read"), request.params.id, request.query),
  );
  app.get(
    "/api/v1/channels/:id/chat/search",
    {
      schema: {
        summary: "Search all chats of a channel by text, account and time, also in what is held or deleted",
        tags,
        security: sessionOrToken("read"),
        params,
        querystring: ChannelChatSearchQuery,
        response: { 200: ModeratedChatPage, ...errorAnswers("invalid_input", ...refusals) },
      },
    },
    async (request) => searchChannel(ctx, await requireAccount(request, "read"), request.params.id, request.query),
  );
}

function exportRoute(app: App, ctx: Context, file: ChatFile, type: string): void {
  app.get(
    `/api/v1/broadcasts/:id/chat/export.${file}`,
    {
      schema: {
        summary: `The whole chat as ${file.toUpperCase()}, for the crew`,
        tags,
        security: sessionOrToken("read"),
        params,
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const pieces = await exportChat(ctx, await requireAccount(request, "read"), id, file);
      return reply
        .header("content-disposition", `attachment; filename="chat-${id}.${file}"`)
        .header("x-content-type-options", "nosniff")
        .type(type)
        .send(Readable.from(pieces));
    },
  );
}

function settingsRoutes(app: App, ctx: Context, kind: "channel" | "broadcast"): void {
  const path = `/api/v1/${kind}s/:id/chat-settings` as const;
  const what = kind === "channel" ? "all chats of a channel" : "the chat of one show";
  app.get(
    path,
    {
      schema: {
        summary: `What holds in ${what}`,
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: OwnChatSettings, ...errorAnswers(...refusals) },
      },
    },
    async (request) => ownSettings(ctx, await requireAccount(request, "read"), { kind, id: request.params.id }),
  );
  app.patch(
    path,
    {
      schema: {
        summary: `Change what holds in ${what}`,
        description: "Moderators may change `slowModeSec` and `shield`. Null goes back to what holds above it.",
        tags,
        security: sessionOrToken("broadcasts"),
        params,
        body: UpdateChatSettingsBody,
        response: { 200: OwnChatSettings, ...errorAnswers("invalid_input", ...refusals) },
      },
    },
    async (request) => {
      const account = await requireAccount(request, "broadcasts");
      return updateSettings(ctx, account, { kind, id: request.params.id }, request.body);
    },
  );
}
