/** /api/v1/channels/:id/files, /api/v1/files/:id and /api/v1/broadcasts/:id/file-source. */
import { Socket } from "node:net";
import { Id } from "@rostrum/contract/common";
import { FileSourceAnswer, FileSourceBody, MediaFile, MediaFiles, UpdateFileBody } from "@rostrum/contract/files";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { AppError } from "../../lib/app-error.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { type Playing, playFiles, playingFiles, skipFile, stopFiles } from "./playing.ts";
import { RunningUploads } from "./running-uploads.ts";
import { filesOf, openPicture, removeFile, renameFile, uploadFile } from "./service.ts";

const params = z.object({ id: Id });
const common = { tags: ["files"], security: sessionOrToken("broadcasts"), params };
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
const jpeg = { description: "JPEG", content: { "image/jpeg": { schema: z.unknown() } } };

/** @param plane the media plane of this process; null when another process has it */
export async function fileRoutes(app: App, ctx: Context, plane: MediaPlane | null): Promise<void> {
  channelFileRoutes(app, ctx);
  oneFileRoutes(app, ctx);
  pictureRoute(app, ctx);
  playingRoutes(app, { ctx, plane });
  stoppingRoutes(app, { ctx, plane });
}

function channelFileRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/channels/:id/files";
  const uploads = new RunningUploads();
  app.get(
    url,
    {
      schema: {
        summary: "A channel's uploaded videos",
        ...common,
        response: { 200: MediaFiles, ...errorAnswers(...refusals) },
      },
    },
    async (request) => filesOf(ctx, await requireAccount(request, "broadcasts"), request.params.id),
  );
  app.post(
    url,
    {
      schema: {
        summary: "Upload a video (multipart, one file)",
        description: "It is prepared for playing afterwards; ask for the list to see how far that is.",
        ...common,
        response: { 201: MediaFile, ...errorAnswers(...refusals, "conflict", "too_large", "unsupported_media") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "broadcasts");
      const { socket } = request.raw;
      // Storing gigabytes takes longer than a connection may stand still.
      const onReceived = (): void => {
        if (socket instanceof Socket) socket.setTimeout(0);
      };
      return reply
        .code(201)
        .send(await uploadFile({ ctx, uploads }, viewer, request.params.id, { request, onReceived }));
    },
  );
}

function oneFileRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/files/:id";
  app.patch(
    url,
    {
      schema: {
        summary: "Rename an uploaded video",
        ...common,
        body: UpdateFileBody,
        response: { 200: MediaFile, ...errorAnswers(...refusals) },
      },
    },
    async (request) =>
      renameFile(ctx, await requireAccount(request, "broadcasts"), request.params.id, request.body.title),
  );
  app.delete(
    url,
    {
      schema: {
        summary: "Delete an uploaded video",
        ...common,
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      await removeFile(ctx, await requireAccount(request, "broadcasts"), request.params.id);
      return reply.code(204).send();
    },
  );
}

function pictureRoute(app: App, ctx: Context): void {
  app.get(
    "/api/v1/files/:id/picture.jpg",
    {
      schema: {
        summary: "A picture of an uploaded video",
        ...common,
        response: { 200: jpeg, ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const picture = await openPicture(ctx, await requireAccount(request, "broadcasts"), request.params.id);
      if (picture === null) throw new AppError("not_found", "There is no picture of this file.");
      return reply
        .header("cache-control", "private, max-age=3600")
        .header("x-content-type-options", "nosniff")
        .header("content-length", picture.bytes)
        .type("image/jpeg")
        .send(picture.body);
    },
  );
}

const SOURCE = "/api/v1/broadcasts/:id/file-source";

function playingRoutes(app: App, playing: Playing): void {
  app.get(
    SOURCE,
    {
      schema: {
        summary: "Which files a broadcast plays",
        ...common,
        response: { 200: FileSourceAnswer, ...errorAnswers(...refusals) },
      },
    },
    async (request) => playingFiles(playing, await requireAccount(request, "broadcasts"), request.params.id),
  );
  app.post(
    SOURCE,
    {
      schema: {
        summary: "Play files as a source",
        description: "They are on the air while no encoder is.",
        ...common,
        body: FileSourceBody,
        response: { 200: FileSourceAnswer, ...errorAnswers(...refusals, "conflict", "unavailable") },
      },
    },
    async (request) => playFiles(playing, await requireAccount(request, "broadcasts"), request.params.id, request.body),
  );
}

function stoppingRoutes(app: App, playing: Playing): void {
  const response = { 204: z.undefined(), ...errorAnswers(...refusals, "conflict", "unavailable") };
  app.delete(SOURCE, { schema: { summary: "Stop playing files", ...common, response } }, async (request, reply) => {
    await stopFiles(playing, await requireAccount(request, "broadcasts"), request.params.id);
    return reply.code(204).send();
  });
  app.post(
    `${SOURCE}/next`,
    { schema: { summary: "Go on with the next file", ...common, response } },
    async (request, reply) => {
      await skipFile(playing, await requireAccount(request, "broadcasts"), request.params.id);
      return reply.code(204).send();
    },
  );
}
