/** Text as filters read it: look-alikes, widths, capitals, marks and invisible characters make no difference. Pure. */

/** One folded character, and where it stood: UTF-16 indexes into the original, `to` exclusive. */
export type Cell = Readonly<{ char: string; from: number; to: number }>;

const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]$/u;
/** `\s` takes the byte order mark for a space; people do not see it. */
const SPACE = /^[^\S\ufeff]$/u;
/** Marks that are drawn over or under letters of any script (first and last of each block); vowel signs are letters to filters. */
const MARKS = [
  [0x300, 0x36f],
  [0x483, 0x489],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe20, 0xfe2f],
] as const;

/** Characters that look like Latin letters and that compatibility decomposition leaves as they are. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  (
    [
      // Cyrillic
      ["аеорсухіјѕһԁԛԝкмтвнгпиьԍѵӏ", "aeopcyxijshdqwkmtbhrnubgvl"],
      // Greek
      ["αβεηικνορτυχωγςμ", "abenikvoptuxwysu"],
      // Armenian
      ["օսհոց", "ouhng"],
      // Latin with strokes and hooks, phonetic and small capitals
      ["ıłøđħƒðɡɑŧƀɓɗɛɔɾʋ", "ilodhfdgatbbdeorv"],
      ["ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz"],
    ] as const
  ).flatMap(([from, to]) => Array.from(from, (char, at) => [char, to[at] ?? char] as const)),
);
const LIGATURES: ReadonlyMap<string, string> = new Map([
  ["ß", "ss"],
  ["æ", "ae"],
  ["œ", "oe"],
  ["þ", "th"],
]);
/** Letters in circles, boxes and flags that have no decomposition: where each row of A to Z begins. */
const ROWS = [0x1f150, 0x1f170, 0x1f1e6] as const;

/** Ordered as the text is. A character may become several cells or none; runs of spaces stay as they are. */
export function fold(text: string): Cell[] {
  const cells: Cell[] = [];
  let at = 0;
  for (const char of text) {
    const to = at + char.length;
    for (const folded of foldOne(char, cells)) cells.push({ char: folded, from: at, to });
    at = to;
  }
  return cells;
}

function foldOne(char: string, before: Cell[]): Iterable<string> {
  // Most of what is written; all that follows would find the same.
  if (char > " " && char < "\u007f") return char.toLowerCase();
  if (SPACE.test(char)) return " ";
  if (isMark(char)) return tildeOver(char, before);
  if (INVISIBLE.test(char)) return "";
  const lower = char.toLowerCase();
  if (lower === "ñ") return "ñ"; // a letter of its own: "año" is no "ano"
  const row = ROWS.find((first) => (char.codePointAt(0) ?? 0) - first >= 0 && (char.codePointAt(0) ?? 0) - first < 26);
  if (row !== undefined) return String.fromCharCode(97 + (char.codePointAt(0) ?? 0) - row);
  let folded = "";
  for (const part of lower.normalize("NFKD").toLowerCase()) {
    if (!isMark(part)) folded += LIGATURES.get(part) ?? LOOKALIKES.get(part) ?? part;
  }
  return folded;
}

function isMark(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return MARKS.some(([first, last]) => code >= first && code <= last);
}

/** Marks go, but an n and its tilde are the letter ñ. */
function tildeOver(mark: string, before: Cell[]): string {
  const last = before.at(-1);
  if (mark === "\u0303" && last?.char === "n") before[before.length - 1] = { ...last, char: "ñ" };
  return "";
}
