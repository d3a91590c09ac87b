/** What LiveKit calls: webhooks about the rooms of guests, verified and put on the bus. */
import { z } from "zod";
import type { Context } from "../../context.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { publishRoomEvent } from "../../ports/bus-events.ts";
import { readRoomEvent } from "./room-event.ts";

/** A participant's metadata stands in its events: 64 KiB at most, with what JSON adds. */
const MAX_WEBHOOK_BYTES = 256 * 1024;

export async function guestRoutes(app: App, ctx: Context): Promise<void> {
  app.removeAllContentTypeParsers();
  // The signature is over the bytes as they came; LiveKit sends `application/webhook+json`.
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: MAX_WEBHOOK_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.post(
    "/api/v1/rooms/webhook",
    {
      bodyLimit: MAX_WEBHOOK_BYTES,
      // Signed with the API secret. A room of eleven that ends says dozens of things at once, all from one address.
      config: { signed: true, rateLimit: false },
      schema: {
        summary: "For LiveKit: what happened in a room",
        description:
          "With a LiveKit server of your own, name this address in `webhook.urls` of its configuration, with the API key in " +
          "`webhook.api_key`. The embedded SFU knows it.",
        tags: ["rooms"],
        response: {
          200: z.object({ received: z.literal(true) }),
          ...errorAnswers("unauthenticated", "too_large", "unavailable"),
        },
      },
    },
    async (request) => {
      if (ctx.livekit === null) throw new AppError("unavailable", "This process has no rooms of guests.");
      const body = typeof request.body === "string" ? request.body : "";
      const event = await ctx.livekit.readWebhook(body, request.headers.authorization);
      if (event === undefined) throw new AppError("unauthenticated", "This webhook was not signed with our API key.");
      const known = readRoomEvent(event);
      if (known !== undefined) await publishRoomEvent(ctx.bus, known);
      return { received: true as const };
    },
  );
}
