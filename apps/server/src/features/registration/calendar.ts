/** A show as an iCalendar file. Pure. RFC 5545; what an update or a cancellation must carry is RFC 5546 §3.2. */
import { mailSubject, oneLine } from "../../lib/mail-text.ts";

/** How long a show is put down for: nobody says how long it will take. */
const LENGTH_MS = 60 * 60_000;
/** RFC 5545 §3.1, without the line break. */
const LINE_OCTETS = 75;

export type CalendarShow = Readonly<{
  broadcastId: string;
  title: string;
  channelTitle: string;
  startAt: Date;
  /** Rises with every change that is told. */
  sequence: number;
  /** Where one watches. */
  url: string;
  /** The address that mails come from. */
  organizer: string;
  /** `cancel` takes the entry out of the calendar again. */
  method: "publish" | "cancel";
}>;

/** @param now when the file is made */
export function calendarFile(show: CalendarShow, now: Date): string {
  const isCancelled = show.method === "cancel";
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Rostrum//EN",
    "CALSCALE:GREGORIAN",
    `METHOD:${isCancelled ? "CANCEL" : "PUBLISH"}`,
    "BEGIN:VEVENT",
    `UID:${show.broadcastId}@rostrum`,
    `SEQUENCE:${show.sequence}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(show.startAt)}`,
    `DTEND:${utc(new Date(show.startAt.getTime() + LENGTH_MS))}`,
    `SUMMARY:${text(mailSubject(`${show.title} (${show.channelTitle})`))}`,
    `STATUS:${isCancelled ? "CANCELLED" : "CONFIRMED"}`,
    `ORGANIZER;CN=${parameter(show.channelTitle)}:mailto:${uri(show.organizer)}`,
    ...(isCancelled ? [] : [`DESCRIPTION:${text(`Watch: ${show.url}`)}`, `URL:${uri(show.url)}`]),
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

/** RFC 5545 §3.3.5, form 2. */
function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** RFC 5545 §3.3.11. Nothing that people wrote can end the line. */
function text(value: string): string {
  return oneLine(value).replace(/[\\;,]/g, (character) => `\\${character}`);
}

/** RFC 5545 §3.2: in quotes, and a quote itself cannot be told. */
function parameter(value: string): string {
  return `"${oneLine(value, 80).replaceAll('"', "'")}"`;
}

function uri(value: string): string {
  return value.replace(/[\s\p{Cc}]/gu, "");
}

/** Lines of at most 75 octets; a character is never cut in two. RFC 5545 §3.1. */
function folded(line: string): string {
  let out = "";
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > LINE_OCTETS) {
      out += "\r\n ";
      octets = 1;
    }
    out += character;
    octets += size;
  }
  return out;
}
