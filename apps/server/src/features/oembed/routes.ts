/** GET /api/v1/oembed: how other sites show our broadcasts. oEmbed 1.0, JSON only. */
import { OEmbed, OEmbedQuery } from "@rostrum/contract/broadcasts";
import type { Context } from "../../context.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { publicView } from "../broadcasts/service.ts";
import { broadcastIdOf, embedOf } from "./embed.ts";

export async function oembedRoutes(app: App, ctx: Context): Promise<void> {
  app.get(
    "/api/v1/oembed",
    {
      schema: {
        summary: "oEmbed of a watch page",
        tags: ["broadcasts"],
        querystring: OEmbedQuery,
        response: { 200: OEmbed, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => {
      const { url, format, maxwidth, maxheight } = request.query;
      if (format !== undefined && format !== "json") throw new AppError("invalid_input", "Only format=json is served.");
      const own = ctx.publicUrl();
      const id = broadcastIdOf(url, [own, `${request.protocol}://${request.host}`]);
      if (id === null) throw new AppError("not_found", "This is not the address of a broadcast on this server.");
      return embedOf(await publicView(ctx, id), {
        publicUrl: own,
        providerName: ctx.config.INSTANCE_NAME,
        maxWidthPx: maxwidth,
        maxHeightPx: maxheight,
      });
    },
  );
}
