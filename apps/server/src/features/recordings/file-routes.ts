/** What of a recording is a file: chapters, the MP4, its pictures. */
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
import { isForEverybody } from "../broadcasts/service.ts";
import { chaptersOf, chaptersVtt } from "./present.ts";
import { listMarkers } from "./queries.ts";
import { requireMp4, requirePlayable } from "./service.ts";

const params = z.object({ id: Id });
const tags = ["recordings"];
const file = (type: string) => ({ description: "The file", content: { [type]: { schema: z.unknown() } } });

export function fileRoutes(app: App, ctx: Context): void {
  downloadRoute(app, ctx);
  chaptersRoute(app, ctx);
  pictureRoutes(app, ctx);
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
      // RFC 6266 §4.3: the plain name for old programs, the encoded one for all others.
      const names = `filename="${row.id}.mp4"; filename*=UTF-8''${encodeURIComponent(name)}.mp4`;
      return sendBlob(ctx.blobs, request, reply.header("content-disposition", `attachment; ${names}`), {
        key: `recordings/${row.id}/recording.mp4`,
        bytes: Number(row.mp4_bytes),
        contentType: "video/mp4",
        cacheControl: "private, no-store",
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
        response: { 200: file("text/vtt"), ...errorAnswers("forbidden", "age_restricted", "not_found") },
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

function pictureRoutes(app: App, ctx: Context): void {
  const routes = [
    { path: "thumbnail.jpg", type: "image/jpeg", summary: "A picture of a recording" },
    { path: "storyboard.vtt", type: "text/vtt", summary: "Where the seek bar's pictures are, as WebVTT" },
    { path: "storyboard-:nth.jpg", type: "image/jpeg", summary: "The seek bar's pictures" },
  ] as const;
  for (const { path, type, summary } of routes) {
    app.get(
      `/api/v1/recordings/:id/${path}`,
      {
        config: { rateLimit: { max: app.kit.limits.watchPerMin } },
        schema: {
          summary,
          tags,
          params: z.object({
            id: Id,
            nth: z
              .string()
              .regex(/^\d{1,3}$/)
              .optional(),
          }),
          response: { 200: file(type), ...errorAnswers("forbidden", "age_restricted", "not_found") },
        },
      },
      async (request, reply) => {
        const { id, nth } = request.params;
        const row = await requirePlayable(ctx, await viewerOf(request), id);
        const blob = await ctx.blobs.get(`recordings/${row.id}/${path.replace(":nth", nth ?? "")}`);
        if (blob === null) throw new AppError("not_found", "There is no such picture.");
        const shared = isForEverybody(row);
        if (shared && type === "image/jpeg") void reply.header(...FOR_OTHER_SITES);
        return reply
          .header("cache-control", shared ? "public, max-age=3600" : "private, no-store")
          .header("x-content-type-options", "nosniff")
          .header("content-length", blob.info.bytes)
          .type(blob.info.contentType)
          .send(blob.body);
      },
    );
  }
}

/** Without signs that mean something to file systems. */
function fileName(title: string): string {
  return (
    title
      .replaceAll(/[\p{Cc}"*/:<>?\\|]+/gu, " ")
      .trim()
      .slice(0, 100)
      // The cut may go through a character that takes two places; half of one cannot stand in a header.
      .replaceAll(/\p{Cs}/gu, "") || "recording"
  );
}
