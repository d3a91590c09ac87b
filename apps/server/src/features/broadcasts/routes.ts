/** /api/v1/broadcasts: lists, one broadcast, its states. Playback has a file of its own. */
import {
  Broadcast,
  BroadcastPage,
  CreateBroadcastBody,
  ListBroadcastsQuery,
  OwnBroadcast,
  OwnBroadcastPage,
  UpdateBroadcastBody,
  WATERMARK_LIMITS,
} from "@rostrum/contract/broadcasts";
import { POSTER_LIMITS } from "@rostrum/contract/channels";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { readPosterUpload } from "../posters/service.ts";
import { listingOf, presentSight } from "./service.ts";
import { createKnownBroadcasts } from "./known.ts";
import { discover, listOwn } from "./lists.ts";
import type { OnVisit, Parts } from "./parts.ts";
import { playbackRoutes } from "./playback-routes.ts";
import { type Action, actOn, createBroadcast, deleteBroadcast, setPicture, updateBroadcast } from "./editing.ts";
import { createViewers } from "./viewers.ts";

const params = z.object({ id: Id });
const tags = ["broadcasts"];
const either = z.union([OwnBroadcast, Broadcast]);
const security = sessionOrToken("broadcasts");
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;

/**
 * Counts viewers until the app closes.
 * @param plane the media plane of this process; null when another process has it
 * @param onVisit hears what the players of the registered say
 */
export async function broadcastRoutes(
  app: App,
  ctx: Context,
  plane: MediaPlane | null,
  onVisit: OnVisit = () => undefined,
): Promise<void> {
  const closing = new AbortController();
  const viewers = createViewers(ctx, closing.signal, app.kit.now);
  const parts: Parts = { ctx, plane, viewers, known: createKnownBroadcasts(ctx, closing.signal), onVisit };
  app.addHook("onClose", async () => {
    closing.abort();
    await viewers.report().catch((error: unknown) => ctx.log.warn({ err: error }, "the last viewers are not stored"));
  });
  readRoutes(app, parts);
  writeRoutes(app, parts);
  actionRoutes(app, parts);
  pictureUploadRoutes(app, parts);
  playbackRoutes(app, parts);
}

function readRoutes(app: App, parts: Parts): void {
  const config = { rateLimit: { max: app.kit.limits.watchPerMin } };
  app.get(
    "/api/v1/broadcasts",
    {
      config,
      schema: {
        summary: "Discover broadcasts, or list one's own",
        description:
          "Public broadcasts for everybody; with `mine=true` all of the channels on which the caller has a role, drafts included.",
        tags,
        querystring: ListBroadcastsQuery,
        response: { 200: z.union([OwnBroadcastPage, BroadcastPage]), ...errorAnswers("unauthenticated") },
      },
    },
    async (request) => {
      if (request.query.mine !== "true") return discover(parts, request.query);
      return listOwn(parts, await requireAccount(request, "read"), request.query);
    },
  );
  app.get(
    "/api/v1/broadcasts/:id",
    {
      config,
      schema: {
        summary: "A broadcast",
        description: "The crew gets its own view. Private ones are `forbidden` to everybody else, drafts `not_found`.",
        tags,
        params,
        response: { 200: either, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => {
      const sight = await listingOf(parts.ctx, await viewerOf(request), request.params.id);
      return presentSight(sight, (id) => parts.viewers.count(id));
    },
  );
}

function writeRoutes(app: App, parts: Parts): void {
  app.post(
    "/api/v1/broadcasts",
    {
      schema: {
        summary: "Create a broadcast",
        description: "What is left out comes from the channel. With `startAt` it is scheduled, else a draft.",
        tags,
        security,
        body: CreateBroadcastBody,
        response: { 201: OwnBroadcast, ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await createBroadcast(parts, await requireAccount(request, "broadcasts"), request.body)),
  );
  app.patch(
    "/api/v1/broadcasts/:id",
    {
      schema: {
        summary: "Change a broadcast",
        tags,
        security,
        params,
        body: UpdateBroadcastBody,
        response: { 200: OwnBroadcast, ...errorAnswers(...refusals, "invalid_transition") },
      },
    },
    async (request) =>
      updateBroadcast(parts, await requireAccount(request, "broadcasts"), request.params.id, request.body),
  );
  app.delete(
    "/api/v1/broadcasts/:id",
    {
      schema: {
        summary: "Delete a broadcast that is not running",
        tags,
        security,
        params,
        response: { 204: z.undefined(), ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      await deleteBroadcast(parts.ctx, await requireAccount(request, "broadcasts"), request.params.id);
      return reply.code(204).send();
    },
  );
}

const ACTIONS: readonly { action: Action; summary: string }[] = [
  { action: "preview", summary: "Show the source to the crew only" },
  { action: "live", summary: "Go live" },
  { action: "end", summary: "End the broadcast" },
];

function actionRoutes(app: App, parts: Parts): void {
  for (const { action, summary } of ACTIONS) {
    app.post(
      `/api/v1/broadcasts/:id/${action}`,
      {
        schema: {
          summary,
          tags,
          security,
          params,
          response: { 200: OwnBroadcast, ...errorAnswers(...refusals, "invalid_transition", "conflict") },
        },
      },
      async (request) => actOn(parts, await requireAccount(request, "broadcasts"), request.params.id, action),
    );
  }
}

const PICTURES = [
  { name: "poster", words: "poster", limits: POSTER_LIMITS },
  { name: "watermark", words: "mark that players draw in a corner of the picture", limits: WATERMARK_LIMITS },
] as const;

function pictureUploadRoutes(app: App, parts: Parts): void {
  for (const { name, words, limits } of PICTURES) {
    app.put(
      `/api/v1/broadcasts/:id/${name}`,
      {
        schema: {
          summary: `Set the ${words} (multipart, one file)`,
          tags,
          security,
          params,
          response: { 200: OwnBroadcast, ...errorAnswers(...refusals, "too_large", "unsupported_media") },
        },
      },
      async (request) => {
        const viewer = await requireAccount(request, "broadcasts");
        return setPicture(parts, viewer, request.params.id, { name, read: () => readPosterUpload(request, limits) });
      },
    );
    app.delete(
      `/api/v1/broadcasts/:id/${name}`,
      {
        schema: {
          summary: `Remove the ${words}`,
          tags,
          security,
          params,
          response: { 200: OwnBroadcast, ...errorAnswers(...refusals) },
        },
      },
      async (request) => {
        const viewer = await requireAccount(request, "broadcasts");
        return setPicture(parts, viewer, request.params.id, { name, read: null });
      },
    );
  }
}
