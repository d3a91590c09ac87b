/** Rules of webhooks: who makes, sees and changes them. Every row is looked up on the channel that the caller may manage. */
import type { CreateWebhookBody, UpdateWebhookBody, Webhook } from "@rostrum/contract/webhooks";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { WEBHOOKS_TOPIC } from "../../ports/bus-events.ts";
import { actorOf, audit } from "../audit/service.ts";
import { lockChannel, requirePermission } from "../channels/service.ts";
import { presentWebhook } from "./present.ts";
import {
  type Db,
  deleteWebhookRow,
  findWebhookOn,
  insertWebhook,
  listWebhooks,
  updateWebhookRow,
  type WebhookRow,
} from "./queries.ts";
import { sealSecret } from "./secrets.ts";
import { createWebhookSecret } from "./signature.ts";

const MAX_OF_CHANNEL = 20;
/** Long enough for a receiver to change over without losing anything. */
const FORMER_SECRET_MS = 24 * 60 * 60_000;

/** A webhook of a channel. */
export type WebhookAt = Readonly<{ channelId: string; webhookId: string }>;

/** @throws {AppError} forbidden, not_found */
export async function webhooksOf(ctx: Context, viewer: AccountViewer, channelId: string): Promise<Webhook[]> {
  await requirePermission(ctx, viewer, channelId, "webhooks.manage");
  return (await listWebhooks(ctx.store.db, channelId)).map(presentWebhook);
}

/** @throws {AppError} forbidden, not_found; invalid_input for an address that is not allowed; conflict when there are too many */
export async function createWebhook(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  body: z.output<typeof CreateWebhookBody>,
): Promise<Webhook & { secret: string }> {
  await requirePermission(ctx, viewer, channelId, "webhooks.manage");
  requireGoodUrl(ctx, body.url);
  const id = newId();
  const secret = createWebhookSecret();
  await changed(ctx, channelId, async (tx) => {
    await lockChannel(tx, channelId);
    if ((await listWebhooks(tx, channelId)).length >= MAX_OF_CHANNEL) {
      throw new AppError("conflict", `A channel may have ${MAX_OF_CHANNEL} webhooks; delete one first.`);
    }
    await insertWebhook(tx, {
      ...{ id, channel_id: channelId, url: body.url, description: body.description },
      ...{ events: JSON.stringify(body.events), sealed: sealSecret(ctx.secrets, id, secret) },
      ...{ old_sealed: null, old_until: null, disabled_reason: null, failing_since: null },
      created_by: viewer.accountId,
    });
    await note(
      ctx,
      viewer,
      { channelId, webhookId: id },
      "create",
      { host: hostOf(body.url), events: body.events },
      tx,
    );
  });
  return { ...presentWebhook(await requireWebhook(ctx, viewer, { channelId, webhookId: id })), secret };
}

/** Switching it on again forgets that it failed. @throws {AppError} as `createWebhook` */
export async function updateWebhook(
  ctx: Context,
  viewer: AccountViewer,
  at: WebhookAt,
  { url, description, events, enabled }: z.output<typeof UpdateWebhookBody>,
): Promise<Webhook> {
  const row = await requireWebhook(ctx, viewer, at);
  if (url !== undefined) requireGoodUrl(ctx, url);
  const values = {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(events === undefined ? {} : { events: JSON.stringify(events) }),
    ...(enabled === undefined ? {} : { enabled, disabled_reason: null }),
    ...(enabled === true && !row.enabled ? { failing_since: null, failures: 0 } : {}),
  };
  const fields = Object.keys(values);
  if (fields.length > 0) {
    await changed(ctx, at.channelId, async (tx) => {
      await updateWebhookRow(tx, row.id, values);
      await note(ctx, viewer, at, "update", { host: hostOf(url ?? row.url), fields }, tx);
    });
  }
  return presentWebhook(await requireWebhook(ctx, viewer, at));
}

/** With its deliveries. @throws {AppError} forbidden, not_found */
export async function deleteWebhook(ctx: Context, viewer: AccountViewer, at: WebhookAt): Promise<void> {
  const row = await requireWebhook(ctx, viewer, at);
  await changed(ctx, at.channelId, async (tx) => {
    await deleteWebhookRow(tx, row.id);
    await note(ctx, viewer, at, "delete", { host: hostOf(row.url) }, tx);
  });
}

/** For a day both secrets sign. @throws {AppError} forbidden, not_found */
export async function rotateSecret(
  ctx: Context,
  viewer: AccountViewer,
  at: WebhookAt,
): Promise<{ secret: string; formerUntil: string }> {
  const row = await requireWebhook(ctx, viewer, at);
  const secret = createWebhookSecret();
  const formerUntil = new Date(Date.now() + FORMER_SECRET_MS);
  await ctx.store.db.transaction().execute(async (tx) => {
    const sealed = sealSecret(ctx.secrets, row.id, secret);
    await updateWebhookRow(tx, row.id, { sealed, old_sealed: row.sealed, old_until: formerUntil });
    await note(ctx, viewer, at, "rotate", {}, tx);
  });
  return { secret, formerUntil: formerUntil.toISOString() };
}

/** @throws {AppError} forbidden, not_found */
export async function requireWebhook(ctx: Context, viewer: AccountViewer, at: WebhookAt): Promise<WebhookRow> {
  await requirePermission(ctx, viewer, at.channelId, "webhooks.manage");
  const row = await findWebhookOn(ctx.store.db, at.channelId, at.webhookId);
  if (row === undefined) throw new AppError("not_found", "No such webhook.");
  return row;
}

/** Into the audit log. An address may carry a secret: only its host is noted. */
export async function note(
  ctx: Context,
  viewer: AccountViewer,
  { channelId, webhookId }: WebhookAt,
  what: "create" | "update" | "delete" | "rotate" | "test" | "replay",
  details: Readonly<Record<string, unknown>>,
  db: Db = ctx.store.db,
): Promise<void> {
  await audit(ctx, actorOf(viewer), { action: `webhook.${what}`, channelId, target: webhookId, details }, db);
}

async function changed(ctx: Context, channelId: string, change: (tx: Db) => Promise<void>): Promise<void> {
  await ctx.store.db.transaction().execute(change);
  await ctx.bus.publish(WEBHOOKS_TOPIC, { channelId });
}

function requireGoodUrl(ctx: Context, url: string): void {
  const message = ctx.outbound.problemOf(url);
  if (message === null) return;
  throw new AppError("invalid_input", message, { details: { issues: [{ path: "url", message }] } });
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "";
}
