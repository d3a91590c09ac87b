import { expect, test } from "vitest";
import { calendarFile } from "./calendar.ts";

test("a show becomes a calendar entry; text cannot break out of its line", () => {
  const channel = { id: "0000000000abcdefghjk", handle: "ada", title: "Ada", posterUrl: null };
  const address = calendarFile({
    id: "0000000000abcdefghjk",
    title: "Live; coding,\nSTATUS:CANCELLED",
    startAt: "2026-11-20T18:30:00.000Z",
    channel,
  });
  const [head, body = ""] = address.split(",", 2);
  expect(head).toBe("data:text/calendar;charset=utf-8");
  const lines = decodeURIComponent(body).split("\r\n");
  expect(lines).toContain("DTSTART:20261120T183000Z");
  expect(lines).toContain("DTEND:20261120T193000Z");
  expect(lines).toContain("SUMMARY:Live\\; coding\\,\\nSTATUS:CANCELLED (Ada)");
});
