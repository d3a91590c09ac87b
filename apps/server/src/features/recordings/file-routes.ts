/** What of a recording is a file: chapters, the MP4, its pictures. */
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { sendBlob } from "./send-blob.ts";
import { chaptersOf, chaptersVtt } from "./present.ts";
import { listMarkers } from "./queries.ts";
import { requireMp4, requirePlayable } from "./service.ts";

const params = z.object({ id: Id });
const tags = ["recordings"];
const file = (type: string) => ({ description: "The file", content: { [type]: { schema: z.unknown() } } });

export function fileRoutes(app: App, ctx: Context): void {
  downloadRoute(app, ctx);
  chaptersRoute(app, ctx);
}

function downloadRoute(app: App, ctx: Context): void {
  app.get(
    "/api/v1/recordings/:id/download.mp4",
    {
      schema: {
        summary: "The MP4 file of a recording, once it is made",
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: file("video/mp4"), ...errorAnswers("unauthenticated", "forbidden", "not_found", "conflict") },
      },
    },
    async (request, reply) => {
      const row = await requireMp4(ctx, await requireAccount(request, "read"), request.params.id);
      const name = fileName(row.title ?? row.broadcast_title);
      return sendBlob(ctx, request, reply, {
        key: `recordings/${row.id}/recording.mp4`,
        sizeBytes: Number(row.mp4_bytes),
        type: "video/mp4",
        // RFC 6266 §4.3: the plain name for old programs, the encoded one for all others.
        disposition: `attachment; filename="${row.id}.mp4"; filename*=UTF-8''${encodeURIComponent(name)}.mp4`,
      });
    },
  );
}

function chaptersRoute(app: App, ctx: Context): void {
  app.get(
    "/api/v1/recordings/:id/chapters.vtt",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "The chapters of a recording as WebVTT",
        tags,
        params,
        response: { 200: file("text/vtt"), ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request, reply) => {
      const row = await requirePlayable(ctx, await viewerOf(request), request.params.id);
      const chapters = chaptersOf(row, await listMarkers(ctx.store.db, row.broadcast_id));
      return reply
        .header("cache-control", "private, max-age=10")
        .header("x-content-type-options", "nosniff")
        .type("text/vtt; charset=utf-8")
        .send(chaptersVtt(chapters, Math.round(row.duration_ms)));
    },
  );
}

/** Without signs that mean something to file systems. */
function fileName(title: string): string {
  return (
    title
      .replaceAll(/[\p{Cc}"*/:<>?\\|]+/gu, " ")
      .trim()
      .slice(0, 100) || "recording"
  );
}
