/** What leads out of this installation: mails, messages to browsers, and requests to addresses that people gave. */
import path from "node:path";
import { createOutbound, type Outbound } from "../lib/outbound.ts";
import { parseOutboundAllow } from "../lib/outbound-allow.ts";
import { vapidKeysOf } from "../lib/push-encryption.ts";
import type { Secrets } from "../lib/secrets.ts";
import { StartError } from "../lib/start-error.ts";
import type { Mail } from "../ports/mail.ts";
import type { Push } from "../ports/push.ts";
import { openMail } from "./open-mail.ts";
import { createWebPush } from "./push-web.ts";

type Settings = Readonly<{
  DATA_DIR: string;
  INSTANCE_NAME: string;
  SMTP_URL?: string | undefined;
  MAIL_FROM?: string | undefined;
  OUTBOUND_ALLOW?: string | undefined;
}>;

/** @throws {StartError} what is wrong with the settings, as a sentence */
export function openOutside(
  config: Settings,
  publicUrl: string,
  secrets: Secrets,
): Readonly<{ mail: Mail; outbound: Outbound; push: Push }> {
  const allow = parseOutboundAllow(config.OUTBOUND_ALLOW ?? "");
  if (typeof allow === "string") throw new StartError(`OUTBOUND_ALLOW ${allow}.`);
  const from = config.MAIL_FROM ?? `${config.INSTANCE_NAME.replace(/[<>]/g, "")} <no-reply@${hostOf(publicUrl)}>`;
  const mail = openMail({ smtpUrl: config.SMTP_URL, dir: path.join(config.DATA_DIR, "mail"), from });
  const outbound = createOutbound(allow);
  const subject = publicUrl.startsWith("https:") ? publicUrl : `mailto:${addressOf(from)}`;
  return { mail, outbound, push: createWebPush(outbound, vapidKeysOf(secrets), subject) };
}

function addressOf(from: string): string {
  return /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from;
}

/** Of an address there are mails for names only. */
function hostOf(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return /^\[|^[\d.]+$/.test(hostname) ? "localhost" : hostname;
}
