/** Webhooks that have not worked for days are switched off, and the owner is told. */
import type { Context } from "../../context.ts";
import { type MailPart, mailHtml, mailSubject, mailText } from "../../lib/mail-text.ts";
import { audit, SYSTEM } from "../audit/service.ts";
import { failPending } from "./delivery-queries.ts";
import { disableWebhook, findOwner, noteFailure, type WebhookRow } from "./queries.ts";

const DAYS = 3;
const FAILING_MS = DAYS * 24 * 60 * 60_000;
/** One that is rarely sent anything is not given up for a single bad moment before. */
const MIN_FAILURES = 8;

/** Counts a failure; switches off what has failed for days. */
export async function giveUpIfDead(ctx: Context, webhook: WebhookRow, now: Date): Promise<void> {
  const noted = await noteFailure(ctx.store.db, webhook.id, now);
  const since = noted?.failing_since ?? null;
  if (noted === undefined || since === null || noted.failures < MIN_FAILURES) return;
  if (now.getTime() - since.getTime() < FAILING_MS) return;
  await switchOff(ctx, webhook, `Every attempt has failed for ${DAYS} days.`);
}

/** Once: who comes second finds it done. */
export async function switchOff(ctx: Context, webhook: WebhookRow, reason: string): Promise<void> {
  const { db } = ctx.store;
  if (!(await disableWebhook(db, webhook.id, reason))) return;
  await failPending(db, webhook.id, "The webhook was switched off.");
  const fact = { action: "webhook.disabled", channelId: webhook.channel_id, target: webhook.id, details: { reason } };
  await audit(ctx, SYSTEM, fact);
  ctx.log.warn({ webhookId: webhook.id, channelId: webhook.channel_id, reason }, "a webhook was switched off");
  await tellOwner(ctx, webhook, reason).catch((err: unknown) =>
    // The settings say it, too.
    ctx.log.warn({ err, webhookId: webhook.id }, "the owner was not told that a webhook was switched off"),
  );
}

async function tellOwner(ctx: Context, webhook: WebhookRow, reason: string): Promise<void> {
  const owner = await findOwner(ctx.store.db, webhook.channel_id);
  if (owner === undefined) return;
  const parts: MailPart[] = [
    { kind: "line", text: `A webhook of your channel ${owner.channel_title} was switched off. ${reason}` },
    {
      kind: "line",
      text: `It sent to ${new URL(webhook.url).host}. Its deliveries can be seen and replayed in the channel's settings.`,
    },
    { kind: "link", text: "To your channels", url: `${ctx.publicUrl()}/dashboard` },
  ];
  const subject = mailSubject(`A webhook of ${owner.channel_title} was switched off`);
  await ctx.mail.send({ to: owner.email, subject, text: mailText(parts), html: mailHtml(parts) });
}
