/** /api/v1/push, /api/v1/me/push-subscriptions and /api/v1/unsubscribe. */
import { Id } from "@rostrum/contract/common";
import {
  PushKey,
  PushSubscription,
  PushSubscriptionList,
  SubscribePushBody,
  UnsubscribeQuery,
} from "@rostrum/contract/notifications";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY } from "../../http/openapi.ts";
import { AppError } from "../../lib/app-error.ts";
import { escapeHtml } from "../../lib/mail-text.ts";
import { setWishes } from "../follows/service.ts";
import { subscribe, subscriptionsOf, unsubscribe } from "./subscriptions.ts";
import { readUnsubscribeToken } from "./unsubscribe.ts";

const tags = ["follows"];
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export async function notificationRoutes(app: App, ctx: Context): Promise<void> {
  pushRoutes(app, ctx);
  unsubscribeRoutes(app, ctx);
}

function pushRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/me/push-subscriptions";
  const common = { tags, security: SESSION_ONLY };
  app.get(
    "/api/v1/push/key",
    { schema: { summary: "The key that browsers subscribe with", tags, response: { 200: PushKey } } },
    async () => ({ publicKey: ctx.push.publicKey }),
  );
  app.get(
    url,
    {
      schema: {
        summary: "The caller's browsers that take push messages",
        ...common,
        response: { 200: PushSubscriptionList, ...errorAnswers("unauthenticated", "forbidden") },
      },
    },
    async (request) => ({ items: await subscriptionsOf(ctx, await requireAccount(request)) }),
  );
  app.post(
    url,
    {
      schema: {
        summary: "Add a browser that takes push messages",
        ...common,
        body: SubscribePushBody,
        response: { 201: PushSubscription, ...errorAnswers("unauthenticated", "forbidden") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request);
      const added = await subscribe(ctx, viewer, request.body, request.headers["user-agent"] ?? "");
      return reply.code(201).send(added);
    },
  );
  app.delete(
    `${url}/:id`,
    {
      schema: {
        summary: "Remove a browser",
        ...common,
        params: z.object({ id: Id }),
        response: { 204: z.undefined(), ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request, reply) => {
      await unsubscribe(ctx, await requireAccount(request), request.params.id);
      return reply.code(204).send();
    },
  );
}

/** Looking at the link changes nothing: scanners of mails open every link. */
function unsubscribeRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/unsubscribe";
  // RFC 8058 §3.1: mail programs post a form. What it says is not needed.
  const ignore = (_request: unknown, _body: unknown, done: (error: null, body?: unknown) => void): void => done(null);
  app.removeContentTypeParser("multipart/form-data");
  for (const type of ["application/x-www-form-urlencoded", "multipart/form-data"]) {
    app.addContentTypeParser(type, { parseAs: "string", bodyLimit: 4096 }, ignore);
  }
  const schema = { tags, querystring: UnsubscribeQuery };
  app.get(
    url,
    { schema: { ...schema, summary: "A page that ends the mails of a channel" } },
    async (request, reply) => {
      const channel = await channelOf(ctx, request.query.t);
      const form = `<form method="post"><button>No more mails of ${escapeHtml(channel.title)}</button></form>`;
      return sendPage(reply, form);
    },
  );
  app.post(
    url,
    { schema: { ...schema, summary: "End the mails of a channel", description: "One click, RFC 8058." } },
    async (request, reply) => {
      const channel = await channelOf(ctx, request.query.t);
      await setWishes(ctx, channel.accountId, channel.id, { mail: false });
      const settings = `<a href="/settings#follows">What you hear of the channels you follow</a>`;
      return sendPage(reply, `<p>There will be no more mails of ${escapeHtml(channel.title)}.</p><p>${settings}</p>`);
    },
  );
}

async function channelOf(ctx: Context, token: string): Promise<{ id: string; title: string; accountId: string }> {
  const mails = readUnsubscribeToken(ctx.secrets, token);
  if (mails === null)
    throw new AppError("invalid_token", "This link is not complete. Copy it from the mail as a whole.");
  const { channelId: id, accountId } = mails;
  const row = await ctx.store.db.selectFrom("channel").select("title").where("id", "=", id).executeTakeFirst();
  return { id, accountId, title: row?.title ?? "this channel" };
}

function sendPage(reply: FastifyReply, content: string): FastifyReply {
  return (
    reply
      .header("content-security-policy", PAGE_POLICY)
      // Without a referrer browsers send a form from nowhere (`Origin: null`), which is refused. Other sites never get this address.
      .header("referrer-policy", "same-origin")
      .type("text/html; charset=utf-8")
      .send(
        `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>Mails</title><style>${STYLE}</style></head><body><main dir="auto"><h1>Mails</h1>${content}</main></body></html>`,
      )
  );
}

const STYLE =
  ":root{color-scheme:light dark}body{margin:0;font:18px/1.5 system-ui,sans-serif}" +
  "main{max-width:32rem;margin:15vh auto;padding:0 1.5rem;text-align:center;overflow-wrap:anywhere}h1{font-size:1.5rem}" +
  "button{min-height:44px;padding:.5rem 1.25rem;font:inherit;font-weight:600;cursor:pointer}";
