/** Playing a broadcast: where, with which token; the players' beacons; thumbnail and test signal. */
import { BeaconAnswer, OverlayToken, Playback, TestSignalBody, ViewerBeacon } from "@rostrum/contract/broadcasts";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { FOR_OTHER_SITES } from "../../http/page-headers.ts";
import { AppError } from "../../lib/app-error.ts";
import type { Parts } from "./parts.ts";
import { overlayTokenOf, playbackOf, switchTestSignal, takeBeacon, thumbnailOf } from "./playback.ts";

const params = z.object({ id: Id });
const tags = ["broadcasts"];
const jpeg = { description: "JPEG", content: { "image/jpeg": { schema: z.unknown() } } };
const THUMBNAILS_PER_MIN = 1_200;
const MAX_BEACON_BYTES = 2048;

export function playbackRoutes(app: App, parts: Parts): void {
  viewerRoutes(app, parts);
  overlayRoute(app, parts);
  thumbnailRoute(app, parts);
  testSignalRoute(app, parts);
}

function viewerRoutes(app: App, parts: Parts): void {
  app.get(
    "/api/v1/broadcasts/:id/playback",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "How to play a broadcast",
        description: "`hlsUrl` carries a signed token when the broadcast is private, in preview, or restricted by age.",
        tags,
        params,
        response: { 200: Playback, ...errorAnswers("forbidden", "age_restricted", "not_found", "conflict") },
      },
    },
    async (request) => playbackOf(parts.ctx, await viewerOf(request), request.params.id),
  );
  app.post(
    "/api/v1/broadcasts/:id/beacon",
    {
      bodyLimit: MAX_BEACON_BYTES,
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "A player says that it plays, and how well",
        tags,
        params,
        body: ViewerBeacon,
        response: { 200: BeaconAnswer, ...errorAnswers("forbidden", "not_found", "too_large") },
      },
    },
    async (request) => {
      const userAgent = request.headers["user-agent"] ?? "";
      return takeBeacon(parts, await viewerOf(request), request.params.id, request.body, userAgent);
    },
  );
}

function overlayRoute(app: App, parts: Parts): void {
  app.get(
    "/api/v1/broadcasts/:id/overlay-token",
    {
      schema: {
        summary: "A token for overlays",
        description:
          "As `?token=` of `/embed/:id/chat`, `/tips` and `/poll` it lets them read along in a show that is not for everybody, for 30 days.",
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: OverlayToken, ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request) => overlayTokenOf(parts.ctx, await requireAccount(request, "read"), request.params.id),
  );
}

function thumbnailRoute(app: App, parts: Parts): void {
  app.get(
    "/api/v1/broadcasts/:id/thumbnail.jpg",
    {
      config: { rateLimit: { max: THUMBNAILS_PER_MIN } },
      schema: {
        summary: "The newest picture as JPEG",
        tags,
        params,
        response: { 200: jpeg, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request, reply) => {
      const picture = await thumbnailOf(parts, await viewerOf(request), request.params.id);
      if (picture === null) throw new AppError("not_found", "There is no picture of this broadcast.");
      if (picture.shared) void reply.header(...FOR_OTHER_SITES);
      return reply
        .header("cache-control", picture.shared ? "public, max-age=5" : "private, no-store")
        .header("x-content-type-options", "nosniff")
        .type("image/jpeg")
        .send(Buffer.from(picture.jpeg));
    },
  );
}

function testSignalRoute(app: App, parts: Parts): void {
  app.post(
    "/api/v1/broadcasts/:id/test-signal",
    {
      schema: {
        summary: "Switch the test signal on or off",
        tags,
        security: sessionOrToken("broadcasts"),
        params,
        body: TestSignalBody,
        response: {
          204: z.undefined(),
          ...errorAnswers("unauthenticated", "forbidden", "not_found", "conflict", "unavailable"),
        },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "broadcasts");
      await switchTestSignal(parts, viewer, request.params.id, request.body.on);
      return reply.code(204).send();
    },
  );
}
