import { expect, test } from "vitest";
import { encoderName } from "./encoder-name.ts";
import { closeReason, isEndMessage } from "./messages.ts";
import { RateLimit } from "./rate-limit.ts";

test("a close reason fits its frame, cut between characters", () => {
  expect(closeReason("Short.")).toBe("Short.");
  for (const long of ["x".repeat(200), "ü".repeat(100), "😀".repeat(50)]) {
    const cut = closeReason(long);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(123);
    expect(cut.endsWith("…")).toBe(true);
    expect(cut).not.toContain("�");
  }
});

test.each([
  ['{"type":"end"}', true],
  ['{"type":"other"}', false],
  ["end", false],
  ["null", false],
  ["[]", false],
])("%s says goodbye: %s", (text, expected) => {
  expect(isEndMessage(Buffer.from(text))).toBe(expected);
});

test("a second's worth may come at once; then as much as time allows", () => {
  const rate = new RateLimit(1000);
  expect(rate.take(1000, 0)).toBe(0);
  expect(rate.take(500, 0)).toBe(500);
  expect(rate.take(0, 500)).toBe(0);
  expect(rate.take(100, 600)).toBe(0);
  expect(rate.take(2000, 60_000)).toBe(1000);
});

test.each([
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Chrome 156",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153"],
  ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15", "Safari 26"],
  ["obs-studio/31.0 extra", "obs-studio/31.0"],
  ["", null],
  [undefined, null],
])("%s is %s", (userAgent, name) => {
  expect(encoderName(userAgent)).toBe(name);
});
