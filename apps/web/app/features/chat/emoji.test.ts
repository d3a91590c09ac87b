import { expect, test } from "vitest";
import { findEmoji, loadEmoji, withTone } from "./emoji.ts";

test("the data has every group, and nothing that is no emoji", async () => {
  const groups = await loadEmoji();
  expect(groups.map(({ key }) => key)).toEqual([
    "smileys",
    "people",
    "nature",
    "food",
    "travel",
    "activities",
    "objects",
    "symbols",
    "flags",
  ]);
  expect(groups.every(({ emoji }) => emoji.length > 50)).toBe(true);
  expect(groups[0]!.emoji[0]).toMatchObject({ emoji: "😀", name: "grinning face" });
});

test.each([
  ["thumbs up", "👍️"],
  ["waving hand", "👋"],
  ["PARTY popper", "🎉"],
])("%s is found", async (query, emoji) => {
  const found = findEmoji(await loadEmoji(), query);
  expect(found.map((one) => one.emoji.replace("️", ""))).toContain(emoji.replace("️", ""));
});

test("nothing is found for nothing, and never too much", async () => {
  const groups = await loadEmoji();
  expect(findEmoji(groups, "  ")).toEqual([]);
  expect(findEmoji(groups, "a").length).toBe(80);
});

test("a skin tone where there is one", async () => {
  const groups = await loadEmoji();
  const [wave] = findEmoji(groups, "waving hand");
  expect([withTone(wave!, 0), withTone(wave!, 1), withTone(wave!, 5)]).toEqual(["👋", "👋🏻", "👋🏿"]);
  const [grin] = findEmoji(groups, "grinning face");
  expect(withTone(grin!, 3)).toBe(grin!.emoji);
});
