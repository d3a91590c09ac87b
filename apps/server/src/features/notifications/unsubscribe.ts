/** Links that end mails of one channel to one account, for ever and without a log-in. RFC 8058. */
import { timingSafeEqual } from "node:crypto";
import type { Context } from "../../context.ts";
import type { Secrets } from "../../lib/secrets.ts";

const FORM = /^([0-9a-hjkmnp-tv-z]{20})\.([0-9a-hjkmnp-tv-z]{20})\.([0-9a-f]{64})$/;

/** Who, and of which channel. */
type Mails = Readonly<{ accountId: string; channelId: string }>;

export function unsubscribeUrl(ctx: Context, mails: Mails): string {
  const token = `${mails.accountId}.${mails.channelId}.${mac(ctx.secrets, mails)}`;
  return `${ctx.publicUrl()}/api/v1/unsubscribe?t=${token}`;
}

/** Null for a made-up one. */
export function readUnsubscribeToken(secrets: Secrets, token: string): Mails | null {
  const [, accountId, channelId, given] = FORM.exec(token) ?? [];
  if (accountId === undefined || channelId === undefined || given === undefined) return null;
  const mails = { accountId, channelId };
  return timingSafeEqual(Buffer.from(mac(secrets, mails)), Buffer.from(given)) ? mails : null;
}

function mac(secrets: Secrets, { accountId, channelId }: Mails): string {
  return secrets.lookupHash("unsubscribe", `${accountId}.${channelId}`);
}
