/** What followers are told: a mail, and what a browser shows. Titles and names come from anybody. */
import type { PushPayload } from "@rostrum/contract/notifications";
import { type MailPart, mailHtml, mailSubject, mailText, oneLine } from "../../lib/mail-text.ts";
import type { MailMessage } from "../../ports/mail.ts";

export type LiveShow = Readonly<{ id: string; title: string; channelTitle: string }>;

const TITLE = 80;
const BODY = 160;

export function liveMail(
  show: LiveShow,
  to: Readonly<{ email: string; publicUrl: string; instanceName: string; unsubscribeUrl: string }>,
): MailMessage {
  const parts: MailPart[] = [
    { kind: "line", text: `${oneLine(show.channelTitle, TITLE)} is live: ${show.title}` },
    { kind: "link", text: "Watch now", url: `${to.publicUrl}/watch/${show.id}` },
    { kind: "small", text: `You get this because you follow this channel on ${to.instanceName}.` },
    { kind: "small", text: "No more mails of this channel", url: to.unsubscribeUrl },
  ];
  return {
    to: to.email,
    subject: mailSubject(`${oneLine(show.channelTitle, TITLE)} is live: ${show.title}`),
    text: mailText(parts),
    html: mailHtml(parts),
    unsubscribeUrl: to.unsubscribeUrl,
  };
}

export function livePayload(show: LiveShow): PushPayload {
  return {
    type: "broadcast.live",
    title: `${oneLine(show.channelTitle, TITLE)} is live`,
    body: oneLine(show.title, BODY),
    url: `/watch/${show.id}`,
    tag: show.id,
  };
}
