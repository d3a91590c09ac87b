/** /api/v1/age-consents: a visitor says to be old enough. And what is shown of a poster until then. */
import { AGE_TOKEN_HEADER, AgeConsent, AgeConsentBody } from "@rostrum/contract/age-gate";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { ageCookie } from "../../http/cookies.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { createBlurredPosters } from "./blurred-posters.ts";

const tags = ["broadcasts"];
/** A whole school may sit behind one address. */
const CONSENTS_PER_MIN = 300;
const YEAR_SEC = 31_536_000;

export async function ageGateRoutes(app: App, ctx: Context): Promise<void> {
  consentRoute(app);
  blurredPosterRoute(app, ctx);
}

function consentRoute(app: App): void {
  app.post(
    "/api/v1/age-consents",
    {
      config: { rateLimit: { max: CONSENTS_PER_MIN } },
      schema: {
        summary: "Confirm one's age",
        description:
          "What shows with an age restriction ask for before anything of them is played. The answer's token is also set as an " +
          "HTTP-only cookie; a client without cookies sends it as the header `X-Age-Token`. How long it is good says " +
          "AGE_CONSENT_TTL_HOURS. Nothing about who asked is stored.",
        tags,
        body: AgeConsentBody,
        response: { 201: AgeConsent, ...errorAnswers("invalid_input", "bad_origin", "rate_limited") },
      },
    },
    async (request, reply) => {
      const { kit } = app;
      const given = request.headers[AGE_TOKEN_HEADER];
      const known = typeof given === "string" ? kit.ages.read(given) : undefined;
      // Who lost the cookie and kept the token gets the same again, for no longer than it was good.
      const isKnown = typeof given === "string" && known !== undefined && known.years >= request.body.minimumAge;
      const { token, untilMs } = isKnown
        ? { token: given, untilMs: known.untilMs }
        : kit.ages.sign(request.body.minimumAge);
      const minimumAge = isKnown ? known.years : request.body.minimumAge;
      const cookie = ageCookie(kit.cookies, token, Math.floor((untilMs - kit.now()) / 1000));
      void reply.setCookie(cookie.name, cookie.value, cookie.options);
      return reply.code(201).send({ token, minimumAge, expiresAt: new Date(untilMs).toISOString() });
    },
  );
}

function blurredPosterRoute(app: App, ctx: Context): void {
  const posters = createBlurredPosters(ctx);
  app.get(
    "/api/v1/broadcasts/:id/blurred-poster.webp",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "The poster of a show with an age restriction, as a few soft colours",
        tags,
        params: z.object({ id: Id }),
        querystring: z.object({ of: z.string().max(20).optional() }),
        response: {
          200: { description: "WebP", content: { "image/webp": { schema: z.unknown() } } },
          ...errorAnswers("not_found"),
        },
      },
    },
    async (request, reply) => {
      const webp = await posters.get(request.params.id);
      if (webp === null) throw new AppError("not_found", "There is no such picture.");
      return reply
        .header("cache-control", `public, max-age=${YEAR_SEC}, immutable`)
        .header("x-content-type-options", "nosniff")
        .type("image/webp")
        .send(Buffer.from(webp));
    },
  );
}
