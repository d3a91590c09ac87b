import { expect, test } from "vitest";
import { escapeHtml, mailHtml, mailSubject, mailText, oneLine } from "./mail-text.ts";

test.each([
  ["line ends", "a\r\nBcc: b\u2028c\u2029d\ve", "a Bcc: b c d e"],
  ["controls", "a\0b\u0007c\u009bd\u007fe", "a b c d e"],
  ["what turns the direction", "a\u202eb\u2066c\u2069d\u200fe\u061cf", "a b c d e f"],
  ["what hides", "a\u200bb\ufeffc\u00add\u2060e", "a b c d e"],
  ["halves of characters", "a\ud800b", "a\ufffdb"],
  ["spaces at the ends and in rows", "  a \t  b  ", "a b"],
  ["and leaves what languages and emoji need", "می‌خواهم 👩‍👩‍👧 ünï", "می‌خواهم 👩‍👩‍👧 ünï"],
])("one line is rid of %s", (_, text, wanted) => expect(oneLine(text)).toBe(wanted));

test("long words are cut between characters", () => {
  expect(Array.from(mailSubject("👍".repeat(10_000)))).toHaveLength(150);
  expect(mailSubject("👍".repeat(10_000)).endsWith("👍…")).toBe(true);
});

test("nothing becomes markup, and links are web addresses", () => {
  const evil = `</p><script>alert('1')</script>" onclick="x" &lt;`;
  const parts = [
    { kind: "line", text: evil },
    { kind: "link", text: evil, url: 'https://example.org/"><script>?a=1&b=2' },
    { kind: "small", text: evil, url: "https://example.org/" },
  ] as const;
  const html = mailHtml(parts);
  expect(html.match(/<[a-z/!]+/g)?.every((tag) => /^<\/?(!doctype|html|head|meta|body|div|p|a)$|^<!$/.test(tag))).toBe(
    true,
  );
  expect(html).toContain('href="https://example.org/%22%3E%3Cscript%3E?a=1&#38;b=2"');
  expect(mailText(parts).split("\n\n")).toHaveLength(3);
  for (const url of ["javascript:alert(1)", "data:text/html,x"]) {
    expect(() => mailHtml([{ kind: "link", text: "x", url }])).toThrow(TypeError);
    expect(() => mailText([{ kind: "link", text: "x", url }])).toThrow(TypeError);
  }
  expect(escapeHtml(`<>&"'`)).toBe("&#60;&#62;&#38;&#34;&#39;");
});
