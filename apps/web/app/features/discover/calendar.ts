/** A reminder that needs no account: the show as a calendar entry. RFC 5545. */
import type { Broadcast } from "@rostrum/contract/broadcasts";

const MINUTE_MS = 60_000;
const LENGTH_MS = 60 * MINUTE_MS;

/** A `data:` address of an iCalendar file: one hour from `startAt`, with an alarm ten minutes before. */
export function calendarFile(broadcast: Pick<Broadcast, "id" | "title" | "startAt" | "channel">): string {
  const { id, title, startAt, channel } = broadcast;
  const at = Date.parse(startAt ?? "");
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Rostrum//EN",
    "BEGIN:VEVENT",
    `UID:${id}@rostrum`,
    `DTSTAMP:${stamp(at)}`,
    `DTSTART:${stamp(at)}`,
    `DTEND:${stamp(at + LENGTH_MS)}`,
    `SUMMARY:${escaped(`${title} (${channel.title})`)}`,
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    `DESCRIPTION:${escaped(title)}`,
    "TRIGGER:-PT10M",
    "END:VALARM",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return `data:text/calendar;charset=utf-8,${encodeURIComponent(`${lines.join("\r\n")}\r\n`)}`;
}

/** RFC 5545 §3.3.5, form 2. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** RFC 5545 §3.3.11. */
function escaped(text: string): string {
  return text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");
}
