/** /api/v1/channels/:id/webhooks. */
import { Id } from "@rostrum/contract/common";
import {
  CreatedWebhook,
  CreateWebhookBody,
  DeliveryPage,
  ListDeliveriesQuery,
  RotatedSecret,
  UpdateWebhookBody,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetails,
  WebhookList,
} from "@rostrum/contract/webhooks";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { deliveriesOf, deliveryOf, replay, sendTest } from "./log.ts";
import { createWebhook, deleteWebhook, rotateSecret, updateWebhook, webhooksOf } from "./service.ts";

const onChannel = z.object({ id: Id });
const params = z.object({ id: Id, webhookId: Id });
const deliveryParams = z.object({ id: Id, webhookId: Id, deliveryId: Id });
const common = { tags: ["webhooks"], security: sessionOrToken("channels") };
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
/** Each makes a request to another server. */
const SENDS_PER_MIN = 30;
const HOW =
  "Events are sent as `POST` with the headers of [Standard Webhooks](https://www.standardwebhooks.com): check `webhook-signature`, answer 2xx " +
  "within 15 seconds. Failures are tried again 7 times within 28 hours, redirects are failures, and after 3 days of failures the webhook is " +
  "switched off. An event may come twice and later than one that happened after it: remember `webhook-id`, and order by `timestamp`.";

type At = Readonly<{ id: string; webhookId: string }>;
const atOf = ({ id: channelId, webhookId }: At) => ({ channelId, webhookId });

export async function webhookRoutes(app: App, ctx: Context): Promise<void> {
  listRoutes(app, ctx);
  changeRoutes(app, ctx);
  secretRoute(app, ctx);
  logRoutes(app, ctx);
  sendRoutes(app, ctx);
}

function listRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/channels/:id/webhooks";
  app.get(
    url,
    {
      schema: {
        summary: "The webhooks of a channel",
        ...common,
        params: onChannel,
        response: { 200: WebhookList, ...errorAnswers(...refusals) },
      },
    },
    async (request) => ({
      items: await webhooksOf(ctx, await requireAccount(request, "channels"), request.params.id),
    }),
  );
  app.post(
    url,
    {
      schema: {
        summary: "Create a webhook",
        description: `${HOW} The secret is shown in this answer only.`,
        ...common,
        params: onChannel,
        body: CreateWebhookBody,
        response: { 201: CreatedWebhook, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "channels");
      return reply.code(201).send(await createWebhook(ctx, viewer, request.params.id, request.body));
    },
  );
}

function changeRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/channels/:id/webhooks/:webhookId";
  app.patch(
    url,
    {
      schema: {
        summary: "Change a webhook, or switch it on or off",
        ...common,
        params,
        body: UpdateWebhookBody,
        response: { 200: Webhook, ...errorAnswers(...refusals) },
      },
    },
    async (request) =>
      updateWebhook(ctx, await requireAccount(request, "channels"), atOf(request.params), request.body),
  );
  app.delete(
    url,
    {
      schema: {
        summary: "Delete a webhook with its deliveries",
        ...common,
        params,
        response: { 204: z.undefined(), ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      await deleteWebhook(ctx, await requireAccount(request, "channels"), atOf(request.params));
      return reply.code(204).send();
    },
  );
}

function secretRoute(app: App, ctx: Context): void {
  app.post(
    "/api/v1/channels/:id/webhooks/:webhookId/rotate",
    {
      schema: {
        summary: "Replace the secret",
        description: "For a day what is sent has two signatures, one by each secret. Audited.",
        ...common,
        params,
        response: { 200: RotatedSecret, ...errorAnswers(...refusals) },
      },
    },
    async (request) => rotateSecret(ctx, await requireAccount(request, "channels"), atOf(request.params)),
  );
}

function logRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/channels/:id/webhooks/:webhookId/deliveries";
  app.get(
    url,
    {
      schema: {
        summary: "What was sent, newest first; kept for 30 days",
        ...common,
        params,
        querystring: ListDeliveriesQuery,
        response: { 200: DeliveryPage, ...errorAnswers(...refusals) },
      },
    },
    async (request) =>
      deliveriesOf(ctx, await requireAccount(request, "channels"), atOf(request.params), request.query),
  );
  app.get(
    `${url}/:deliveryId`,
    {
      schema: {
        summary: "One delivery, with its body and the beginning of the answer",
        ...common,
        params: deliveryParams,
        response: { 200: WebhookDeliveryDetails, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      const viewer = await requireAccount(request, "channels");
      return deliveryOf(ctx, viewer, atOf(request.params), request.params.deliveryId);
    },
  );
}

function sendRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/channels/:id/webhooks/:webhookId";
  const config = { rateLimit: { max: SENDS_PER_MIN } };
  const response = { 202: WebhookDelivery, ...errorAnswers(...refusals, "conflict") };
  app.post(
    `${url}/test`,
    { config, schema: { summary: "Send an event webhook.test", ...common, params, response } },
    async (request, reply) => {
      const viewer = await requireAccount(request, "channels");
      return reply.code(202).send(await sendTest(ctx, viewer, atOf(request.params)));
    },
  );
  app.post(
    `${url}/deliveries/:deliveryId/replay`,
    {
      config,
      schema: {
        summary: "Send an event again",
        description: "As a delivery of its own, with the same `webhook-id`.",
        ...{ ...common, params: deliveryParams, response },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "channels");
      return reply.code(202).send(await replay(ctx, viewer, atOf(request.params), request.params.deliveryId));
    },
  );
}
