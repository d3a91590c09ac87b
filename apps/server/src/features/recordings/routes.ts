/** /api/v1/recordings, markers of a show, and what a channel's recordings take. */
import { Id } from "@rostrum/contract/common";
import {
  ChannelStorage,
  CreateMarkerBody,
  ListRecordingsQuery,
  Marker,
  Markers,
  OwnRecording,
  OwnRecordingPage,
  Recording,
  RecordingPage,
  UpdateRecordingBody,
} from "@rostrum/contract/recordings";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { fileRoutes } from "./file-routes.ts";
import { createMarker, deleteMarker, markersFor } from "./markers.ts";
import { channelStorage, deleteRecording, listFor, recordingFor, renameRecording, startMp4 } from "./service.ts";

const params = z.object({ id: Id });
const tags = ["recordings"];
const either = z.union([OwnRecording, Recording]);
const security = sessionOrToken("broadcasts");
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;

export async function recordingRoutes(app: App, ctx: Context): Promise<void> {
  readRoutes(app, ctx);
  writeRoutes(app, ctx);
  markerRoutes(app, ctx);
  fileRoutes(app, ctx);
}

function readRoutes(app: App, ctx: Context): void {
  const config = { rateLimit: { max: app.kit.limits.watchPerMin } };
  app.get(
    "/api/v1/recordings",
    {
      config,
      schema: {
        summary: "Recordings of a channel or of a show, newest first",
        description: "The crew gets all of them in its own view, everybody else those that are public and complete.",
        tags,
        querystring: ListRecordingsQuery,
        response: {
          200: z.union([OwnRecordingPage, RecordingPage]),
          ...errorAnswers("invalid_input", "forbidden", "not_found"),
        },
      },
    },
    async (request) => listFor(ctx, await viewerOf(request), request.query),
  );
  app.get(
    "/api/v1/recordings/:id",
    {
      config,
      schema: {
        summary: "A recording",
        description: "Who may see the show may play its recording.",
        tags,
        params,
        response: { 200: either, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => recordingFor(ctx, await viewerOf(request), request.params.id),
  );
  app.get(
    "/api/v1/channels/:id/storage",
    {
      schema: {
        summary: "What a channel's recordings, uploaded videos and clips take",
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: ChannelStorage, ...errorAnswers(...refusals) },
      },
    },
    async (request) => channelStorage(ctx, await requireAccount(request, "read"), request.params.id),
  );
}

function writeRoutes(app: App, ctx: Context): void {
  app.patch(
    "/api/v1/recordings/:id",
    {
      schema: {
        summary: "Rename a recording",
        tags,
        security,
        params,
        body: UpdateRecordingBody,
        response: { 200: either, ...errorAnswers(...refusals) },
      },
    },
    async (request) =>
      renameRecording(ctx, await requireAccount(request, "broadcasts"), request.params.id, request.body),
  );
  app.delete(
    "/api/v1/recordings/:id",
    {
      schema: {
        summary: "Delete a recording for good",
        description: "It cannot be played from now on; its files are removed within two minutes.",
        tags,
        security,
        params,
        response: { 204: z.undefined(), ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      await deleteRecording(ctx, await requireAccount(request, "broadcasts"), request.params.id);
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/recordings/:id/mp4",
    {
      schema: {
        summary: "Make an MP4 file of a recording",
        description: "Its progress stands in the answer of `GET /api/v1/recordings/:id`.",
        tags,
        security,
        params,
        response: { 202: either, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) =>
      reply.code(202).send(await startMp4(ctx, await requireAccount(request, "broadcasts"), request.params.id)),
  );
}

function markerRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/markers",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "Markers of a show, in the order of their media times",
        tags,
        params,
        response: { 200: Markers, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => ({ items: await markersFor(ctx, await viewerOf(request), request.params.id) }),
  );
  app.post(
    "/api/v1/broadcasts/:id/markers",
    {
      schema: {
        summary: "Mark a moment of a show",
        description: "Without `atMs` it is now, while the show is on the air.",
        tags,
        security,
        params,
        body: CreateMarkerBody,
        response: { 201: Marker, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "broadcasts");
      return reply.code(201).send(await createMarker(ctx, viewer, request.params.id, request.body));
    },
  );
  app.delete(
    "/api/v1/broadcasts/:id/markers/:markerId",
    {
      schema: {
        summary: "Remove a marker",
        tags,
        security,
        params: params.extend({ markerId: Id }),
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const { id, markerId } = request.params;
      await deleteMarker(ctx, await requireAccount(request, "broadcasts"), id, markerId);
      return reply.code(204).send();
    },
  );
}
