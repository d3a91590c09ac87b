/** Calendar files: the whole text, and that nothing people wrote can break it. */
import { expect, test } from "vitest";
import { calendarFile, type CalendarShow } from "./calendar.ts";

const NOW = new Date("2026-08-01T10:00:00Z");
const show: CalendarShow = {
  broadcastId: "01234567890123456789",
  title: "A show",
  channelTitle: "Main stage",
  startAt: new Date("2026-08-03T18:30:00.000Z"),
  sequence: 2,
  url: "https://live.example.org/register/01234567890123456789?t=abc",
  organizer: "no-reply@example.org",
  method: "publish",
};
/** RFC 5545 §3.1. */
const unfolded = (file: string): string => file.replaceAll("\r\n ", "");

test("a show is an entry of an hour, in UTC", () => {
  expect(unfolded(calendarFile(show, NOW))).toBe(
    [
      ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rostrum//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"],
      ...["BEGIN:VEVENT", "UID:01234567890123456789@rostrum", "SEQUENCE:2", "DTSTAMP:20260801T100000Z"],
      ...["DTSTART:20260803T183000Z", "DTEND:20260803T193000Z", "SUMMARY:A show (Main stage)", "STATUS:CONFIRMED"],
      'ORGANIZER;CN="Main stage":mailto:no-reply@example.org',
      "DESCRIPTION:Watch: https://live.example.org/register/01234567890123456789?t=abc",
      "URL:https://live.example.org/register/01234567890123456789?t=abc",
      ...["END:VEVENT", "END:VCALENDAR", ""],
    ].join("\r\n"),
  );
});

test("another start and a cancellation are about the same entry", () => {
  const uid = (file: string): string | undefined => /^UID:(.*)\r$/m.exec(file)?.[1];
  const moved = calendarFile({ ...show, startAt: new Date("2026-09-01T08:00:00Z"), sequence: 3 }, NOW);
  const gone = calendarFile({ ...show, method: "cancel", sequence: 4, url: "" }, NOW);
  expect(uid(moved)).toBe(uid(calendarFile(show, NOW)));
  expect(uid(gone)).toBe(uid(moved));
  expect(gone).toContain("METHOD:CANCEL\r\n");
  expect(gone).toContain("STATUS:CANCELLED\r\n");
  expect(gone).not.toContain("URL:");
});

test.each([
  ["line ends and properties", "Win\r\nATTENDEE:mailto:x@example.org\nEND:VEVENT"],
  ["what separates values", "a;b,c\\d"],
  ["quotes and colons in a parameter", 'Evil":mailto:x@example.org;X="'],
  ["ten thousand characters", "x".repeat(10_000)],
  ["letters of several octets", "ü🎉漢".repeat(60)],
  ["what turns the direction", "\u202egnp.exe\u2066"],
])("hostile titles stay one value: %s", (_, text) => {
  const file = calendarFile({ ...show, title: text, channelTitle: text }, NOW);
  const lines = file.split("\r\n");
  expect(lines.every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  expect(file).not.toMatch(/[^\r]\n|\r[^\n]|[\u202a-\u202e\u2066-\u2069]/);
  const names = unfolded(file)
    .trimEnd()
    .split("\r\n")
    .map((line) => /^[A-Z]+/.exec(line)?.[0]);
  expect(names).toEqual(
    unfolded(calendarFile(show, NOW))
      .trimEnd()
      .split("\r\n")
      .map((line) => /^[A-Z]+/.exec(line)?.[0]),
  );
  expect(file.isWellFormed()).toBe(true);
  expect(/^ORGANIZER;CN="[^"]*":mailto:no-reply@example\.org$/m.test(unfolded(file).replaceAll("\r", ""))).toBe(true);
});
