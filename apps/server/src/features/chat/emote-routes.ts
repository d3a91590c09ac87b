/** Emotes of a channel over HTTP, and their pictures for everybody. */
import { CHAT_LIMITS, ChatEmote, ChatEmoteList, EmoteName, UpdateEmoteBody } from "@rostrum/contract/chat";
import { Id } from "@rostrum/contract/common";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { FOR_OTHER_SITES } from "../../http/page-headers.ts";
import { AppError } from "../../lib/app-error.ts";
import { addEmote, listEmotes, openEmote, removeEmote, renameEmote } from "./emotes.ts";

const params = z.object({ id: Id });
const tags = ["chat"];
const security = sessionOrToken("channels");
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;

export function emoteRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/channels/:id/emotes",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: { summary: "The emotes of a channel", tags, params, response: { 200: ChatEmoteList } },
    },
    async (request) => ({ items: await listEmotes(ctx, request.params.id) }),
  );
  changeRoutes(app, ctx);
  app.get(
    "/media/emotes/:name",
    { schema: { hide: true, params: z.object({ name: z.string().max(100) }) } },
    async (request, reply) => {
      const emote = await openEmote(ctx, request.params.name);
      if (emote === null) throw new AppError("not_found", "There is no such picture.");
      return reply
        .header("cache-control", "public, max-age=31536000, immutable")
        .header("x-content-type-options", "nosniff")
        .header(...FOR_OTHER_SITES)
        .header("content-length", emote.bytes)
        .type("image/webp")
        .send(emote.body);
    },
  );
}

function changeRoutes(app: App, ctx: Context): void {
  app.post(
    "/api/v1/channels/:id/emotes",
    {
      schema: {
        summary: "Add an emote",
        description:
          "multipart/form-data with one JPEG, PNG, WebP or AVIF picture; it is cut to a square and re-encoded.",
        tags,
        security,
        params,
        querystring: z.object({ name: EmoteName }),
        response: {
          201: ChatEmote,
          ...errorAnswers("invalid_input", ...refusals, "conflict", "too_large", "unsupported_media"),
        },
      },
    },
    async (request, reply) => {
      const account = await requireAccount(request, "channels");
      const picture = { name: request.query.name, read: () => readUpload(request) };
      return reply.code(201).send(await addEmote(ctx, account, request.params.id, picture));
    },
  );
  app.patch(
    "/api/v1/channels/:id/emotes/:emoteId",
    {
      schema: {
        summary: "Give an emote another name",
        tags,
        security,
        params: params.extend({ emoteId: Id }),
        body: UpdateEmoteBody,
        response: { 200: ChatEmote, ...errorAnswers("invalid_input", ...refusals, "conflict") },
      },
    },
    async (request) => {
      const account = await requireAccount(request, "channels");
      const { id, emoteId } = request.params;
      return renameEmote(ctx, account, id, { id: emoteId, name: request.body.name });
    },
  );
  app.delete(
    "/api/v1/channels/:id/emotes/:emoteId",
    {
      schema: {
        summary: "Delete an emote",
        tags,
        security,
        params: params.extend({ emoteId: Id }),
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const { id, emoteId } = request.params;
      await removeEmote(ctx, await requireAccount(request, "channels"), id, emoteId);
      return reply.code(204).send();
    },
  );
}

async function readUpload(request: FastifyRequest): Promise<Uint8Array> {
  if (!request.isMultipart()) throw new AppError("unsupported_media", "Send the picture as multipart/form-data.");
  try {
    const file = await request.file({ limits: { fileSize: CHAT_LIMITS.emoteBytes, files: 1 } });
    if (file === undefined) throw new AppError("unsupported_media", "There is no file in the upload.");
    return await file.toBuffer();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "FST_REQ_FILE_TOO_LARGE") throw error;
    throw new AppError("too_large", `An emote may have ${CHAT_LIMITS.emoteBytes / 1024 / 1024} MB at most.`);
  }
}
