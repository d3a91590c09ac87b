/** /api/v1/broadcasts/:id/sources: what is connected, and taking one of it. */
import { Id } from "@rostrum/contract/common";
import { ConnectedSources, SourceSlot, TakeSourceBody } from "@rostrum/contract/sources";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { type SourceParts, sourcePicture, sourcesOf, takeSource } from "./service.ts";

const params = z.object({ id: Id });
const common = { tags: ["broadcasts"], security: sessionOrToken("broadcasts") };
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
const jpeg = { description: "JPEG", content: { "image/jpeg": { schema: z.unknown() } } };

/** @param plane the media plane of this process; null when another process has it */
export async function sourceRoutes(app: App, ctx: Context, plane: MediaPlane | null): Promise<void> {
  choiceRoutes(app, { ctx, plane });
  pictureRoute(app, { ctx, plane });
}

function choiceRoutes(app: App, parts: SourceParts): void {
  const url = "/api/v1/broadcasts/:id/sources";
  app.get(
    url,
    {
      schema: {
        summary: "The connected sources, the best first, and which one viewers see",
        ...common,
        params,
        response: { 200: ConnectedSources, ...errorAnswers(...refusals) },
      },
    },
    async (request) => sourcesOf(parts, await requireAccount(request, "broadcasts"), request.params.id),
  );
  app.post(
    `${url}/take`,
    {
      schema: {
        summary: "Take a source, the slate, or let the order decide",
        description: "A source takes over with its next key frame, the slate at once.",
        ...common,
        params,
        body: TakeSourceBody,
        response: { 200: ConnectedSources, ...errorAnswers(...refusals, "conflict", "unavailable") },
      },
    },
    async (request) => {
      const viewer = await requireAccount(request, "broadcasts");
      return takeSource(parts, viewer, request.params.id, request.body.sourceId);
    },
  );
}

function pictureRoute(app: App, parts: SourceParts): void {
  app.get(
    "/api/v1/broadcasts/:id/sources/:sourceId/thumbnail.jpg",
    {
      schema: {
        summary: "The newest picture of a connected source as JPEG",
        ...common,
        params: z.object({ id: Id, sourceId: SourceSlot }),
        response: { 200: jpeg, 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const { id, sourceId } = request.params;
      const picture = await sourcePicture(parts, await requireAccount(request, "broadcasts"), id, sourceId);
      // A source that has sent none yet, or none that can be drawn, is nothing that went wrong: browsers would call it an error.
      if (picture === null) return reply.code(204).header("cache-control", "no-store").send();
      return reply
        .header("cache-control", "private, no-store")
        .header("x-content-type-options", "nosniff")
        .type("image/jpeg")
        .send(Buffer.from(picture));
    },
  );
}
