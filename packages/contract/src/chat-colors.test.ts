import { expect, test } from "vitest";
import { CHAT_COLORS, ChatColor, defaultChatColor } from "./chat-colors.ts";

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test.each(ChatColor.options)("%s can be read in both schemes", (color) => {
  expect(contrast(CHAT_COLORS[color].onDark, "#1c1f26")).toBeGreaterThanOrEqual(4.5);
  expect(contrast(CHAT_COLORS[color].onLight, "#f4f5f7")).toBeGreaterThanOrEqual(4.5);
});

test("an account always has the same colour, and accounts differ", () => {
  expect(defaultChatColor("01j0000000000000000a")).toBe(defaultChatColor("01j0000000000000000a"));
  const many = new Set(Array.from({ length: 200 }, (_, n) => defaultChatColor(`01j${String(n).padStart(17, "0")}`)));
  expect(many.size).toBe(ChatColor.options.length);
});
