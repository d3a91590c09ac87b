/** The words of a text, each in all the ways in which it may be meant. Pure; bounded by the length of the text. */
import { type Cell, fold } from "./filter-fold.ts";

/** `forms` are spellings to compare with; `from`, `to` (exclusive) stand in the original. */
export type Token = Readonly<{ forms: ReadonlySet<string>; from: number; to: number }>;

/**
 * `words`: runs of letters and digits, in order. `chunks`: what stands between spaces, read as if signs in it were letters or nothing
 * ("$h1t", "f.u.c.k"). `spelled`: letters that stand alone, read together ("f u c k"). `cells`: the whole text, folded.
 */
export type Tokens = Readonly<{
  words: readonly Token[];
  chunks: readonly Token[];
  spelled: readonly Token[];
  cells: readonly Cell[];
}>;

const WORD_CHAR = /^[\p{L}\p{M}\p{N}]$/u;
const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{N}$/u;

/** What a sign stands for when it is used as a letter. 1, ! and | may be i or l. */
const AS_LETTER: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "0": "o",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    $: "s",
    "€": "e",
    "£": "l",
    "+": "t",
  }),
);
const I_OR_L = new Set(["1", "!", "|", "¡"]);
/** A letter that is left out. */
const BLANK = new Set(["*", "#"]);
/** What stands for a blank in a form; no letter of any script. */
export const ANY_LETTER = "\u0001";
const MIN_SPELLED = 3;
/** A word so short is another one when its letters are taken together: the Swedish "kyss". */
const MIN_COLLAPSED = 4;

export function tokenise(text: string): Tokens {
  const cells = fold(text);
  const words = runs(cells, (char) => WORD_CHAR.test(char)).map((run) => token(run, wordForms(run)));
  const chunkRuns = runs(cells, (char) => char !== " ");
  const chunks = chunkRuns.flatMap((run) => chunkToken(run) ?? []);
  return { words, chunks, spelled: spelledOut(chunkRuns), cells };
}

function runs(cells: readonly Cell[], isIn: (char: string) => boolean): Cell[][] {
  const found: Cell[][] = [];
  let run: Cell[] = [];
  for (const cell of cells) {
    if (isIn(cell.char)) run.push(cell);
    else if (run.length > 0) {
      found.push(run);
      run = [];
    }
  }
  if (run.length > 0) found.push(run);
  return found;
}

const join = (run: readonly Cell[]): string => run.map((cell) => cell.char).join("");

function token(run: readonly Cell[], forms: ReadonlySet<string>): Token {
  return { forms, from: run[0]?.from ?? 0, to: run.at(-1)?.to ?? 0 };
}

function wordForms(run: readonly Cell[]): ReadonlySet<string> {
  const word = join(run);
  const forms = collapsed(word);
  if (!/\p{N}/u.test(word) || !mayBeWord(run)) return forms;
  for (const one of ["i", "l"]) for (const form of collapsed(asLetters(run, one))) forms.add(form);
  return forms;
}

/**
 * A word as it is, and with repeated letters taken together: three and more may stand for two or one, two for one only when the word is
 * nothing else then ("fuuck", but "foot" stays what it is because "fot" is no word of any list).
 */
function collapsed(word: string): Set<string> {
  const forms = new Set([word]);
  if (/(\p{L})\1/u.test(word)) {
    forms.add(word.replace(/(\p{L})\1{2,}/gu, "$1$1"));
    forms.add(word.replace(/(\p{L})\1{2,}/gu, "$1"));
    const single = word.replace(/(\p{L})\1+/gu, "$1");
    if (single.length >= MIN_COLLAPSED) forms.add(single);
  }
  // "slck" for "sick": an l in the place of an i.
  if (word.includes("l")) forms.add(word.replaceAll("l", "i"));
  return forms;
}

/** Undefined when the chunk is nothing but one word, which is among the words already. */
function chunkToken(run: readonly Cell[]): Token | undefined {
  const text = join(run);
  if (!/[^\p{L}\p{M}]/u.test(text) || !mayBeWord(run)) return undefined;
  const forms = new Set<string>();
  for (const part of [trimmed(run), run]) {
    for (const one of ["i", "l"]) for (const form of collapsed(asLetters(part, one))) forms.add(form);
  }
  const bare = trimmed(run);
  return token(bare.length === 0 ? run : bare, forms);
}

/** Digits are letters only where letters prevail: "455" is a number and "A55" a road. Words joined by signs stay words ("class-act"). */
function mayBeWord(run: readonly Cell[]): boolean {
  const letters = run.filter((cell) => LETTER.test(cell.char)).length;
  const digits = run.filter((cell) => DIGIT.test(cell.char)).length;
  return letters > 0 && letters >= digits;
}

/** Without signs before and after it. */
function trimmed(run: readonly Cell[]): readonly Cell[] {
  const first = run.findIndex((cell) => WORD_CHAR.test(cell.char));
  const last = run.findLastIndex((cell) => WORD_CHAR.test(cell.char));
  return first < 0 ? [] : run.slice(first, last + 1);
}

function asLetters(run: readonly Cell[], one: string): string {
  let text = "";
  const last = run.findLastIndex((cell) => WORD_CHAR.test(cell.char));
  run.forEach(({ char }, at) => {
    if (LETTER.test(char)) text += char;
    else if (I_OR_L.has(char)) text += one;
    else if (BLANK.has(char) && at > 0 && at < last) text += ANY_LETTER;
    else text += AS_LETTER.get(char) ?? "";
  });
  return text;
}

/** "f u c k", "f . u . c . k": at least three letters, each alone between spaces. */
function spelledOut(chunks: readonly (readonly Cell[])[]): Token[] {
  const found: Token[] = [];
  let letters: Cell[] = [];
  const close = (): void => {
    if (letters.length >= MIN_SPELLED) {
      const forms = new Set(["i", "l"].map((one) => asLetters(letters, one)));
      found.push(token(letters, forms));
    }
    letters = [];
  };
  for (const chunk of chunks) {
    const bare = chunk.length > 1 ? trimmed(chunk) : chunk;
    const [only] = bare;
    if (bare.length > 1 || only === undefined) close();
    else if (WORD_CHAR.test(only.char) || AS_LETTER.has(only.char) || I_OR_L.has(only.char)) letters.push(only);
  }
  close();
  return found;
}
