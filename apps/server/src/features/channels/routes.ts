/** /api/v1/channels: a channel's own data. Members and stream keys have files of their own. */
import {
  Channel,
  ChannelPage,
  CreateChannelBody,
  DeleteChannelBody,
  IngestEndpoints,
  ListChannelsQuery,
  OwnChannel,
  OwnChannelPage,
  UpdateChannelBody,
} from "@rostrum/contract/channels";
import { Handle, Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { readPosterUpload } from "../posters/service.ts";
import { ingestEndpoints } from "./ingest-endpoints.ts";
import { memberRoutes } from "./member-routes.ts";
import { clearChannelPoster, createChannel, deleteChannel, setChannelPoster, updateChannel } from "./settings.ts";
import { requirePermission } from "./service.ts";
import { streamKeyRoutes } from "./stream-key-routes.ts";
import { pageOfChannels, viewChannel, viewChannelByHandle } from "./view.ts";

const params = z.object({ id: Id });
const tags = ["channels"];
const either = z.union([OwnChannel, Channel]);

/** @param plane the media plane of this process; null when another process has it */
export async function channelRoutes(app: App, ctx: Context, plane: MediaPlane | null): Promise<void> {
  readRoutes(app, ctx);
  writeRoutes(app, ctx);
  posterUploadRoutes(app, ctx);
  ingestRoute(app, ctx, plane);
  memberRoutes(app, ctx);
  streamKeyRoutes(app, ctx, plane);
}

function readRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/channels",
    {
      schema: {
        summary: "Channels, newest first",
        description: "With `mine=true` those on which the caller has a role.",
        tags,
        querystring: ListChannelsQuery,
        response: { 200: z.union([OwnChannelPage, ChannelPage]), ...errorAnswers("unauthenticated") },
      },
    },
    async (request) => {
      const { mine, ...page } = request.query;
      return pageOfChannels(ctx, page, mine === "true" ? await requireAccount(request, "read") : null);
    },
  );
  app.get(
    "/api/v1/channels/by-handle/:handle",
    {
      schema: {
        summary: "A channel by its handle",
        tags,
        params: z.object({ handle: Handle }),
        response: { 200: either, ...errorAnswers("not_found") },
      },
    },
    async (request) => viewChannelByHandle(ctx, request.params.handle, await viewerOf(request)),
  );
  app.get(
    "/api/v1/channels/:id",
    { schema: { summary: "A channel", tags, params, response: { 200: either, ...errorAnswers("not_found") } } },
    async (request) => viewChannel(ctx, request.params.id, await viewerOf(request)),
  );
}

function writeRoutes(app: App, ctx: Context): void {
  const security = sessionOrToken("channels");
  app.post(
    "/api/v1/channels",
    {
      schema: {
        summary: "Create a channel",
        tags,
        security,
        body: CreateChannelBody,
        response: { 201: OwnChannel, ...errorAnswers("unauthenticated", "handle_taken", "conflict") },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await createChannel(ctx, await requireAccount(request, "channels"), request.body)),
  );
  app.patch(
    "/api/v1/channels/:id",
    {
      schema: {
        summary: "Change a channel",
        tags,
        security,
        params,
        body: UpdateChannelBody,
        response: { 200: OwnChannel, ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request) => updateChannel(ctx, await requireAccount(request, "channels"), request.params.id, request.body),
  );
  app.delete(
    "/api/v1/channels/:id",
    {
      schema: {
        summary: "Delete a channel with everything on it",
        tags,
        security,
        params,
        body: DeleteChannelBody,
        response: { 204: z.undefined(), ...errorAnswers("unauthenticated", "forbidden", "not_found", "conflict") },
      },
    },
    async (request, reply) => {
      await deleteChannel(ctx, await requireAccount(request, "channels"), request.params.id, request.body.confirm);
      return reply.code(204).send();
    },
  );
}

function posterUploadRoutes(app: App, ctx: Context): void {
  const security = sessionOrToken("channels");
  const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
  app.put(
    "/api/v1/channels/:id/poster",
    {
      schema: {
        summary: "Set the poster (multipart, one file)",
        tags,
        security,
        params,
        response: { 200: OwnChannel, ...errorAnswers(...refusals, "too_large", "unsupported_media") },
      },
    },
    async (request) =>
      setChannelPoster(ctx, await requireAccount(request, "channels"), request.params.id, () =>
        readPosterUpload(request),
      ),
  );
  app.delete(
    "/api/v1/channels/:id/poster",
    {
      schema: {
        summary: "Remove the poster",
        tags,
        security,
        params,
        response: { 200: OwnChannel, ...errorAnswers(...refusals) },
      },
    },
    async (request) => clearChannelPoster(ctx, await requireAccount(request, "channels"), request.params.id),
  );
}

function ingestRoute(app: App, ctx: Context, plane: MediaPlane | null): void {
  app.get(
    "/api/v1/channels/:id/ingest",
    {
      schema: {
        summary: "Where encoders connect",
        description: "URLs without the stream key.",
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: IngestEndpoints, ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request) => {
      await requirePermission(ctx, await requireAccount(request, "read"), request.params.id, "keys.read");
      const { PUBLIC_URL, RTMP_PORT: rtmp, RTMPS_PORT: rtmps, SRT_PORT: srt, RTC_UDP_PORT: rtc } = ctx.config;
      const base = PUBLIC_URL ?? `${request.protocol}://${request.host}`;
      return ingestEndpoints(base, plane?.ports ?? { rtmp, rtmps, srt, rtc }, plane?.srtMissing ?? null);
    },
  );
}
