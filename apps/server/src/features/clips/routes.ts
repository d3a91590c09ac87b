/** /api/v1/clips and /api/v1/broadcasts/:id/clips. */
import { Clip, ClipPage, CreateClipBody, ListClipsQuery, UpdateClipBody } from "@rostrum/contract/clips";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { FOR_OTHER_SITES } from "../../http/page-headers.ts";
import { sendBlob } from "../../http/send-blob.ts";
import { AppError } from "../../lib/app-error.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { blobKeys } from "./files.ts";
import { clipsFor } from "./lists.ts";
import { countView } from "./queries.ts";
import { clipOf, createClip, playClip, removeClip, renameClip } from "./service.ts";

const params = z.object({ id: Id });
const tags = ["clips"];
const security = sessionOrToken("broadcasts");
/** A whole school may sit behind one address; what is in the works is limited besides. */
const CLIPS_PER_MIN = 60;
/** A clip's bytes never change; who got them through a cache may lose them when it is deleted. */
const CACHED = { shared: "public, max-age=3600, immutable", own: "private, no-store" } as const;

/** @param plane the media plane of this process; null when another process has it */
export async function clipRoutes(app: App, ctx: Context, plane: MediaPlane | null): Promise<void> {
  createRoute(app, ctx, plane);
  readRoutes(app, ctx);
  changeRoutes(app, ctx);
  fileRoutes(app, ctx);
}

function createRoute(app: App, ctx: Context, plane: MediaPlane | null): void {
  app.post(
    "/api/v1/broadcasts/:id/clips",
    {
      config: { rateLimit: { max: CLIPS_PER_MIN } },
      schema: {
        summary: "Make a clip of a show",
        description:
          "The media is secured at once; the file follows within seconds: ask for the clip until `state` is no longer `making`. Who may is the channel's setting `clips`.",
        tags,
        params,
        body: CreateClipBody,
        response: {
          201: Clip,
          ...errorAnswers("unauthenticated", "forbidden", "not_found", "conflict", "rate_limited", "unavailable"),
        },
      },
    },
    async (request, reply) => {
      const viewer = await viewerOf(request);
      // A token acts only within its scopes.
      if (viewer.kind === "account") await requireAccount(request, "broadcasts");
      return reply.code(201).send(await createClip({ ctx, plane }, viewer, request.params.id, request.body));
    },
  );
}

function readRoutes(app: App, ctx: Context): void {
  const config = { rateLimit: { max: app.kit.limits.watchPerMin } };
  app.get(
    "/api/v1/clips",
    {
      config,
      schema: {
        summary: "Clips of a channel or of a show, newest first",
        tags,
        querystring: ListClipsQuery,
        response: { 200: ClipPage, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => clipsFor(ctx, await viewerOf(request), request.query),
  );
  app.get(
    "/api/v1/clips/:id",
    {
      config,
      schema: {
        summary: "A clip",
        tags,
        params,
        response: { 200: Clip, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => clipOf(ctx, await viewerOf(request), request.params.id),
  );
  app.post(
    "/api/v1/clips/:id/view",
    {
      schema: {
        summary: "A player says that it plays the clip",
        tags,
        params,
        response: { 204: z.undefined(), ...errorAnswers("forbidden", "age_restricted", "not_found") },
      },
    },
    async (request, reply) => {
      const { row } = await playClip(ctx, await viewerOf(request), request.params.id);
      await countView(ctx.store.db, row.id);
      return reply.code(204).send();
    },
  );
}

function changeRoutes(app: App, ctx: Context): void {
  const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
  app.patch(
    "/api/v1/clips/:id",
    {
      schema: {
        summary: "Rename a clip",
        tags,
        security,
        params,
        body: UpdateClipBody,
        response: { 200: Clip, ...errorAnswers(...refusals) },
      },
    },
    async (request) =>
      renameClip(ctx, await requireAccount(request, "broadcasts"), request.params.id, request.body.title),
  );
  app.delete(
    "/api/v1/clips/:id",
    {
      schema: {
        summary: "Delete a clip with its files",
        tags,
        security,
        params,
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      await removeClip(ctx, await requireAccount(request, "broadcasts"), request.params.id);
      return reply.code(204).send();
    },
  );
}

function fileRoutes(app: App, ctx: Context): void {
  const config = { rateLimit: { max: app.kit.limits.watchPerMin } };
  app.get(
    "/api/v1/clips/:id/clip.mp4",
    {
      config,
      schema: {
        summary: "The clip as MP4, whole or in ranges",
        description: "With `download=1` browsers save it.",
        tags,
        params,
        querystring: z.object({ download: z.enum(["0", "1"]).optional() }),
      },
    },
    async (request, reply) => {
      const { row, shared } = await playClip(ctx, await viewerOf(request), request.params.id);
      if (row.state !== "ready") throw new AppError("not_found", "This clip has no file yet.");
      if (shared) void reply.header(...FOR_OTHER_SITES);
      if (request.query.download === "1")
        void reply.header("content-disposition", `attachment; filename="${row.id}.mp4"`);
      return sendBlob(ctx.blobs, request, reply, {
        key: blobKeys(row.id).mp4,
        bytes: Number(row.size_bytes),
        contentType: "video/mp4",
        cacheControl: shared ? CACHED.shared : CACHED.own,
      });
    },
  );
  app.get(
    "/api/v1/clips/:id/thumbnail.jpg",
    { config, schema: { summary: "A picture of the clip as JPEG", tags, params } },
    async (request, reply) => {
      const { row, shared } = await playClip(ctx, await viewerOf(request), request.params.id);
      const blob = row.has_thumbnail ? await ctx.blobs.get(blobKeys(row.id).thumbnail) : null;
      if (blob === null) throw new AppError("not_found", "There is no picture of this clip.");
      if (shared) void reply.header(...FOR_OTHER_SITES);
      return reply
        .header("cache-control", shared ? CACHED.shared : CACHED.own)
        .header("x-content-type-options", "nosniff")
        .header("content-length", blob.info.bytes)
        .type("image/jpeg")
        .send(blob.body);
    },
  );
}
