import { expect, test } from "vitest";
import { piecesOf } from "./rich-text.ts";

const link = (text: string) => ({ kind: "link", text });
const plain = (text: string) => ({ kind: "text", text });

test.each([
  ["no address", "Hello\nworld", [plain("Hello\nworld")]],
  ["script addresses stay text", "javascript:alert(1)", [plain("javascript:alert(1)")]],
  ["markup stays text", '<a href="x">y</a>', [plain('<a href="x">y</a>')]],
  [
    "the sentence's full stop stays outside",
    "See https://a.example/b.",
    [plain("See "), link("https://a.example/b"), plain(".")],
  ],
  ["brackets around an address", "(https://a.example)", [plain("("), link("https://a.example"), plain(")")]],
  ["brackets of an address", "https://a.example/x_(y)", [link("https://a.example/x_(y)")]],
  ["an address that is none", "https://:/ ok", [plain("https://:/ ok")]],
  ["nothing", "", []],
])("%s", (_, text, pieces) => {
  expect(piecesOf(text)).toEqual(pieces);
});
