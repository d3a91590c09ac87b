/** Signs of spam: what counts as the same, floods, capitals, links, mentions. */
import { ModerationSettings } from "@rostrum/contract/moderation";
import { expect, test } from "vitest";
import { findSpam, nearlySame, spamWindowSec } from "./spam.ts";

const NOW = new Date("2026-01-01T12:00:00Z");
const ago = (sec: number, text = "hello") => ({ text, at: new Date(NOW.getTime() - sec * 1000) });
const PRESET = ModerationSettings.parse({});

test.each([
  ["buy now at my shop!", "Buy NOW, at my shop", true],
  ["buy now at my shop 1", "buy now at my shop 2", true],
  ["follow me on my new channel please", "follow me on my new channel plz", true],
  ["buuuuy nooow", "buy now", true],
  ["ｆｏｌｌｏｗ me", "follow\u200b me", true],
  ["🎉🎉", "🎉 🎉", true],
  ["🎉", "🔥", false],
  ["yes", "no", false],
  ["lol", "lool", true],
  ["what is the second speaker's name?", "when does the third talk begin?", false],
  ["", "", true],
])("%s and %s are nearly the same: %s", (a, b, same) => {
  expect(nearlySame(a, b)).toBe(same);
});

test("the third same text within 30 s is refused, and says when it may be said again", () => {
  expect(findSpam(PRESET, "hello", [ago(5)], NOW)).toBeNull();
  expect(findSpam(PRESET, "hello", [ago(5), ago(29)], NOW)).toMatchObject({ action: "refuse", retryAfterSec: 1 });
  expect(findSpam(PRESET, "hello", [ago(5), ago(10)], NOW)).toMatchObject({ action: "refuse", retryAfterSec: 20 });
  expect(findSpam(PRESET, "hello", [ago(5), ago(31)], NOW)).toBeNull();
  expect(findSpam(PRESET, "something else", [ago(5), ago(10)], NOW)).toBeNull();
});

test("the ninth message within 10 s is refused", () => {
  const said = (count: number) =>
    Array.from({ length: count }, (_, n) => ago(n, `number ${"abcdefghi"[n]?.repeat(n + 3)}`));
  expect(findSpam(PRESET, "another one", said(7), NOW)).toBeNull();
  expect(findSpam(PRESET, "another one", said(8), NOW)).toMatchObject({ action: "refuse", retryAfterSec: 3 });
});

test.each([
  ["PLEASE LOOK AT MY CHANNEL NOW", "refuse"],
  ["GOAL", null],
  ["GOOOOOOOOOOOOOOAL!!!!!", null],
  ["NASA and ESA launched the JWST telescope", null],
  ["@LOUD_HANDLE_OF_SOMEBODY_ELSE hi", null],
  ["https://EXAMPLE.ORG/ABCDEFGHIJKLMNOPQRSTUVWXYZ", null],
  ["ПОСМОТРИТЕ ВСЕ НА МОЙ КАНАЛ", "refuse"],
  ["一二三四五六七八九十一二三四五六七八九十一", null],
])("capitals: %s", (text, action) => {
  expect(findSpam(PRESET, text, [], NOW)?.action ?? null).toBe(action);
});

test.each([
  ["one https://a.example and www.b.example", null],
  ["https://a.example www.b.example shop.example.com", "hold"],
  ["@ada @bob @cem @dan @eve", null],
  ["@ada @bob @cem @dan @eve @fay", "hold"],
  ["a@example.com b@example.com c@example.com", null],
])("links and mentions: %s", (text, action) => {
  expect(findSpam(PRESET, text, [], NOW)?.action ?? null).toBe(action);
});

test("what is off finds nothing; the strictest finding counts", () => {
  const off = ModerationSettings.parse({
    ...{ repeat: { action: "off" }, flood: { action: "off" }, caps: { action: "off" } },
    ...{ links: { action: "off" }, mentions: { action: "off" } },
  });
  const text = "LOOK AT https://a.example https://b.example https://c.example ALL OF YOU OUT THERE";
  expect(
    findSpam(
      off,
      text,
      Array.from({ length: 20 }, () => ago(1, text)),
      NOW,
    ),
  ).toBeNull();
  expect(spamWindowSec(off)).toBe(0);
  expect(findSpam(PRESET, text, [], NOW)).toMatchObject({ action: "refuse", reason: "Mostly capitals." });
  const noLinks = ModerationSettings.parse({ links: { action: "refuse", most: 0 } });
  expect(findSpam(noLinks, "see www.a.example", [], NOW)?.message).toBe(
    "A message may have no links here; yours has 1.",
  );
});

test("long words take time in proportion", () => {
  for (const text of [
    "a".repeat(20_000),
    "@".repeat(20_000),
    "a-".repeat(10_000),
    "http://".repeat(3000),
    ":a".repeat(9000),
  ]) {
    expect(() => findSpam(PRESET, text, [ago(1, text), ago(2, text)], NOW)).not.toThrow();
  }
});
