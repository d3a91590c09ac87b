/** GET /media/posters/:name: uploaded pictures for everybody, cacheable for ever because a new picture has a new name. */
import { z } from "zod";
import type { Context } from "../../context.ts";
import type { App } from "../../http/kit.ts";
import { FOR_OTHER_SITES } from "../../http/page-headers.ts";
import { AppError } from "../../lib/app-error.ts";
import { openPoster } from "./service.ts";

export async function posterRoutes(app: App, ctx: Context): Promise<void> {
  app.get(
    "/media/posters/:name",
    { schema: { hide: true, params: z.object({ name: z.string().max(100) }) } },
    async (request, reply) => {
      const poster = await openPoster(ctx, request.params.name);
      if (poster === null) throw new AppError("not_found", "There is no such picture.");
      return reply
        .header("cache-control", "public, max-age=31536000, immutable")
        .header("x-content-type-options", "nosniff")
        .header(...FOR_OTHER_SITES)
        .header("content-length", poster.bytes)
        .type("image/webp")
        .send(poster.body);
    },
  );
}
