/** What people write, made harmless to show beside what others write. It stays plain text: escaping is for who puts it into a document. */

/** Marks that one letter may carry; no script in use needs more. */
const MAX_MARKS = 4;

/** Scripts whose words need joiners and non-joiners between letters. UTS 39, RFC 5892 appendix A. */
const JOINING = [
  "Arabic",
  "Syriac",
  "Mongolian",
  "Devanagari",
  "Bengali",
  "Gurmukhi",
  "Gujarati",
  "Oriya",
  "Tamil",
  "Telugu",
  "Kannada",
  "Malayalam",
  "Sinhala",
  "Khmer",
  "Myanmar",
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join("");

type Patterns = Readonly<{ emoji: RegExp; strayJoiner: RegExp; unseen: RegExp }>;
let compiled: Patterns | undefined;

/** Made when they are first needed: pages that clean nothing run in browsers that do not know them. */
function patterns(): Patterns {
  return (compiled ??= {
    emoji: new RegExp("\\p{RGI_Emoji}", "gv"),
    strayJoiner: new RegExp(`(?<![${JOINING}])[\\u200C\\u200D]|[\\u200C\\u200D](?![${JOINING}])`, "gu"),
    unseen: new RegExp(UNSEEN, "gu"),
  });
}

/**
 * What is not seen but changes what is: controls, direction marks and overrides, zero-width characters, selectors, tags, fillers
 * that look like nothing. Joiners are looked at by themselves.
 */
const UNSEEN =
  "[\\p{Cc}\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B\\u200E\\u200F\\u202A-\\u202E" +
  "\\u2060-\\u206F\\u2800\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\p{Noncharacter_Code_Point}" +
  "\\u{1BCA0}-\\u{1BCA3}\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}]";
const TOO_MANY_MARKS = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, "gu");
const LONG_RUN = /(\p{M}{32})\p{M}+/gu;

/**
 * One line of composed text (NFC) without what is invisible, turns the direction of what follows, or piles up; every white space is one
 * space. Emoji stay whole. Doing it twice changes nothing. It is empty when nothing was to be seen.
 */
export function plainText(text: string): string {
  const line = text.toWellFormed().replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, " ");
  // Composing sorts marks: of thousands on one letter that takes its time.
  const bounded = line.replace(LONG_RUN, "$1");
  // A letter and its marks may meet only once something between them is gone.
  const once = clean(bounded.normalize("NFC")).normalize("NFC");
  return clean(once).replace(/\s+/g, " ").trim();
}

/** As `plainText`, line by line; of empty lines one is left at a time, and none at the ends. */
export function plainLines(text: string): string {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/).map((line) => plainText(line));
  return lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** How long it is for people: code points, not bytes. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The first `chars` code points; an ellipsis says that there is more. */
export function excerptOf(text: string, chars: number): string {
  const points = Array.from(text);
  return points.length <= chars
    ? text
    : `${points
        .slice(0, chars - 1)
        .join("")
        .trimEnd()}…`;
}

function clean(text: string): string {
  let out = "";
  let at = 0;
  for (const { 0: emoji, index } of text.matchAll(patterns().emoji)) {
    out += cleanWords(text.slice(at, index)) + emoji;
    at = index + emoji.length;
  }
  return out + cleanWords(text.slice(at));
}

function cleanWords(text: string): string {
  const { unseen, strayJoiner } = patterns();
  return text
    .replace(unseen, "")
    .replace(/([\u200C\u200D])[\u200C\u200D]+/g, "$1")
    .replace(strayJoiner, "")
    .replace(TOO_MANY_MARKS, "$1");
}
