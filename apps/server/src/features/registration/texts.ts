/** The mails of a registration. Titles and names come from anybody. */
import { type MailPart, mailHtml, mailSubject, mailText, oneLine } from "../../lib/mail-text.ts";
import type { MailMessage } from "../../ports/mail.ts";
import type { RegistrationMailKind } from "../../store/registration-tables.ts";
import { calendarFile } from "./calendar.ts";

/** `link` lets its bearer in; null when there is nothing to come to. */
export type MailFacts = Readonly<{
  broadcastId: string;
  title: string;
  channelTitle: string;
  startAt: Date | null;
  /** It has been on the air. */
  hasBegun: boolean;
  /** What the person had in the calendar before. */
  formerStartAt: Date | null;
  sequence: number;
  link: string | null;
  to: Readonly<{ name: string; email: string; timeZone: string }>;
  instanceName: string;
  /** The address that mails come from. */
  organizer: string;
}>;

const TITLE = 80;

export function registrationMail(kind: RegistrationMailKind, facts: MailFacts, now: Date): MailMessage {
  const title = oneLine(facts.title, TITLE);
  // A show may begin before its time.
  const left = facts.hasBegun ? "now" : leftOf(facts.startAt, now);
  const [subject, ...lines] = WORDS[kind]({ title, when: whenOf(facts), left, facts });
  const parts: MailPart[] = [
    { kind: "line", text: `Hello ${oneLine(facts.to.name, TITLE)},` },
    ...lines.map((text) => ({ kind: "line", text }) as const),
    ...(facts.link === null ? [] : [{ kind: "link", text: linkText(kind), url: facts.link } as const]),
    { kind: "small", text: `You get this because this address was registered for the show on ${facts.instanceName}.` },
    ...(facts.link === null
      ? []
      : [
          {
            kind: "small",
            text: "The link is yours alone. On its page you can also take your registration back.",
          } as const,
        ]),
  ];
  const calendar = attachmentOf(kind, facts, now);
  return {
    to: facts.to.email,
    subject: mailSubject(subject ?? title),
    text: mailText(parts),
    html: mailHtml(parts),
    ...(calendar === null ? {} : { attachments: [calendar] }),
  };
}

/** In the zone of the person who reads it, which is named. */
function timeText(at: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ weekday: "long", day: "numeric", month: "long", year: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", timeZoneName: "short", timeZone },
  });
  return format.format(at);
}

type Words = Readonly<{ title: string; when: string | null; left: string; facts: MailFacts }>;

const UNKNOWN = "When it begins is not known yet; you will be told.";

/** The subject, then the lines. */
const WORDS: Readonly<Record<RegistrationMailKind, (words: Words) => readonly string[]>> = {
  confirmation: ({ title, when, facts }) => [
    `You are registered: ${title}`,
    `You are registered for “${title}” by ${oneLine(facts.channelTitle, TITLE)}.`,
    facts.hasBegun ? "It has begun: the link takes you there." : when === null ? UNKNOWN : `It begins on ${when}.`,
  ],
  hour: ({ title, when, left, facts }) => [
    `${upperFirst(left)}: ${title}`,
    `“${title}” ${facts.hasBegun ? "has begun" : beginsIn(left)}.`,
    ...(when === null || facts.hasBegun ? [] : [`That is ${when}.`]),
  ],
  minutes: ({ title, left, facts }) => [
    `${upperFirst(left)}: ${title}`,
    `“${title}” ${facts.hasBegun ? "has begun" : beginsIn(left)}.`,
  ],
  changed: ({ title, when }) => [
    when === null ? `Postponed: ${title}` : `New time: ${title}`,
    when === null ? `“${title}” was postponed. ${UNKNOWN}` : `“${title}” now begins on ${when}.`,
    ...(when === null ? [] : ["The file with this mail brings your calendar up to date."]),
  ],
  cancelled: ({ title, when }) => [
    `Cancelled: ${title}`,
    `“${title}”${when === null ? "" : `, planned for ${when},`} was cancelled.`,
  ],
};

function linkText(kind: RegistrationMailKind): string {
  return kind === "hour" || kind === "minutes" ? "Watch" : "Open the show";
}

function beginsIn(left: string): string {
  return left === "now" ? "begins now" : `begins ${left}`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Also right in a mail that goes out late. */
function leftOf(startAt: Date | null, now: Date): string {
  const minutes = startAt === null ? 0 : Math.round((startAt.getTime() - now.getTime()) / 60_000);
  if (minutes <= 0) return "now";
  if (minutes >= 55) return minutes < 90 ? "in one hour" : `in ${Math.round(minutes / 60)} hours`;
  return minutes === 1 ? "in one minute" : `in ${minutes} minutes`;
}

function whenOf({ startAt, to }: MailFacts): string | null {
  if (startAt === null) return null;
  const local = timeText(startAt, to.timeZone);
  return to.timeZone === "UTC" ? local : `${local} (${startAt.toISOString().slice(11, 16)} UTC)`;
}

function attachmentOf(kind: RegistrationMailKind, facts: MailFacts, now: Date) {
  if (kind === "hour" || kind === "minutes" || (kind === "confirmation" && facts.hasBegun)) return null;
  const isGone = kind === "cancelled" || facts.startAt === null;
  const startAt = facts.startAt ?? facts.formerStartAt;
  // What was in no calendar need not go out of one.
  if (startAt === null || (isGone && kind === "confirmation")) return null;
  const method = isGone ? "cancel" : "publish";
  const content = calendarFile({ ...facts, startAt, method, url: facts.link ?? "" }, now);
  const contentType = `text/calendar; charset=utf-8; method=${method.toUpperCase()}`;
  return { fileName: "show.ics", contentType, content };
}
