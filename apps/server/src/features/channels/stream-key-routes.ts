/** /api/v1/channels/:id/keys: stream keys, masked; revealed to a person who gives the password again. */
import { KeySlot, MaskedKeys, RevealedKey, RevealKeyBody } from "@rostrum/contract/channels";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY, sessionOrToken } from "../../http/openapi.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { listKeys, revealKey, rotateKey } from "./stream-keys.ts";

const params = z.object({ id: Id });
const slotParams = z.object({ id: Id, slot: KeySlot });
const tags = ["channels"];
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
/** Reveal hashes a password: the cost is bounded per address beside the count of failures. */
const REVEALS_PER_MIN = 60;

export function streamKeyRoutes(app: App, ctx: Context, plane: MediaPlane | null): void {
  app.get(
    "/api/v1/channels/:id/keys",
    {
      schema: {
        summary: "Stream keys, masked",
        tags,
        security: sessionOrToken("keys"),
        params,
        response: { 200: MaskedKeys, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const viewer = await requireAccount(request, "keys");
      return { items: await listKeys(ctx, viewer, id, (slot) => plane?.slotInUse(id, slot) ?? false) };
    },
  );
  app.post(
    "/api/v1/channels/:id/keys/:slot/reveal",
    {
      config: { rateLimit: { max: REVEALS_PER_MIN } },
      schema: {
        summary: "Show a stream key",
        description: "The password must be given again. Audited.",
        tags,
        security: SESSION_ONLY,
        params: slotParams,
        body: RevealKeyBody,
        response: { 200: RevealedKey, ...errorAnswers(...refusals, "invalid_credentials", "rate_limited") },
      },
    },
    async (request) => {
      const viewer = await requireAccount(request);
      const { id, slot } = request.params;
      return revealKey(app.kit, viewer, id, slot, request.body.password);
    },
  );
  app.post(
    "/api/v1/channels/:id/keys/:slot/rotate",
    {
      schema: {
        summary: "Replace a stream key",
        description: "The old key stops working at once; an encoder that uses it is disconnected. Audited.",
        tags,
        security: sessionOrToken("keys"),
        params: slotParams,
        response: { 200: RevealedKey, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      const { id, slot } = request.params;
      return rotateKey(ctx, await requireAccount(request, "keys"), id, slot);
    },
  );
}
