import { expect, test } from "vitest";
import { mentions, messagePieces } from "./text-pieces.ts";

const context = { emotes: new Map([["wave", "/emotes/1.webp"]]), me: "Ada" };

test.each([
  ["plain words", ["text:plain words"]],
  ["hi @ada, hello @bob", ["text:hi ", "mention!:@ada", "text:, hello ", "mention:@bob"]],
  ["mail me@ada.example", ["text:mail me@ada.example"]],
  ['well,@ada! "@bob"', ["text:well,", "mention!:@ada", 'text:! "', "mention:@bob", 'text:"']],
  ["@ada-bob @é@bob", ["mention!:@ada", "text:-bob @é@bob"]],
  [":wave: and :unknown:", ["emote:/emotes/1.webp", "text: and :unknown:"]],
  ["see https://a.example/@ada now", ["text:see ", "link:https://a.example/@ada", "text: now"]],
  ["<img src=x onerror=alert(1)>", ["text:<img src=x onerror=alert(1)>"]],
  ["", []],
])("%j", (text, expected) => {
  const shown = messagePieces(text, context).map((piece) => {
    if (piece.kind === "mention") return `${piece.isMe ? "mention!" : "mention"}:${piece.text}`;
    return piece.kind === "emote" ? `emote:${piece.url}` : `${piece.kind}:${piece.text}`;
  });
  expect(shown).toEqual(expected);
});

test.each([
  ["@ada look", "Ada", true],
  ["@adam look", "Ada", false],
  ["ada", "Ada", false],
  ["@ada", null, false],
])("%j mentions %s: %s", (text, me, expected) => {
  expect(mentions(text, me)).toBe(expected);
});
