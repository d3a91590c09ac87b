/** A channel's filters, ready to be asked: what they find in a text, and the text with words replaced. Pure. */
import type { FilterAction, FilterKind, ModerationSettings } from "@rostrum/contract/moderation";
import { PROFANITY } from "./filter-lists.ts";
import { globFits, isExact, parsePattern } from "./filter-pattern.ts";
import { ANY_LETTER, type Token, type Tokens, tokenise } from "./filter-tokens.ts";
import type { Cell } from "./filter-fold.ts";

/** `label` is what moderators read: the filter as it was written, or the list. */
type Rule = Readonly<{ action: FilterAction; label: string }>;
type RuledGlobs = Readonly<{ globs: readonly string[]; rule: Rule }>;

/** Made by `compileFilters`; the same for every text. */
export type Filters = Readonly<{
  exact: ReadonlyMap<string, Rule>;
  globs: ReadonlyArray<Readonly<{ glob: string; rule: Rule }>>;
  phrases: readonly RuledGlobs[];
  raw: ReadonlyArray<Readonly<{ needle: string; rule: Rule }>>;
}>;

/** `from`, `to` (exclusive) stand in the text that was looked at. */
export type Hit = Readonly<{ from: number; to: number }> & Rule;

/** What becomes of the text: the strictest of what the hits ask for. `label` is the first hit of that kind. */
export type Filtered = Readonly<{ action: FilterAction | null; label: string; text: string }>;

const STRICTNESS: Readonly<Record<FilterAction, number>> = { replace: 1, hold: 2, refuse: 3 };
/** Shorter words are too often part of letters that stand alone for other reasons. */
const MIN_WITHIN_SPELLED = 4;
const BLANKED = "***";

/** Filters that say nothing are left out. Where two rules are for the same word the stricter one counts. */
export function compileFilters(
  own: ReadonlyArray<Readonly<{ kind: FilterKind; text: string; action: FilterAction }>>,
  profanity: ModerationSettings["profanity"],
): Filters {
  const exact = new Map<string, Rule>();
  const globs: { glob: string; rule: Rule }[] = [];
  const phrases: RuledGlobs[] = [];
  const raw: { needle: string; rule: Rule }[] = [];
  for (const { text, wildcards, rule } of [...own.map(ownRule), ...profanityRules(profanity)]) {
    const pattern = parsePattern(text, wildcards);
    if (pattern === null) continue;
    if (pattern.kind === "raw") raw.push({ needle: pattern.needle, rule });
    else if (pattern.globs.length > 1) phrases.push({ globs: pattern.globs, rule });
    else {
      const [glob = ""] = pattern.globs;
      if (isExact(glob)) exact.set(glob, stricter(exact.get(glob), rule));
      else globs.push({ glob, rule });
    }
  }
  return { exact, globs, phrases, raw };
}

/** Looks at a text with all filters. */
export function applyFilters(filters: Filters, text: string): Filtered {
  const hits = findHits(filters, text);
  const [first] = hits.toSorted((a, b) => STRICTNESS[b.action] - STRICTNESS[a.action] || a.from - b.from);
  if (first === undefined) return { action: null, label: "", text };
  const shown = first.action === "replace" ? blank(text, hits) : text;
  return { action: first.action, label: first.label, text: shown };
}

/** In no order; the same place may be found twice. */
export function findHits(filters: Filters, text: string): Hit[] {
  const tokens = tokenise(text);
  const hits: Hit[] = [];
  for (const token of [...tokens.words, ...tokens.chunks]) addHit(hits, token, ruleOf(filters, token));
  for (const token of tokens.spelled) addHit(hits, token, ruleOf(filters, token) ?? ruleWithin(filters, token));
  for (const phrase of filters.phrases) hits.push(...phraseHits(phrase, tokens.words));
  if (filters.raw.length > 0) hits.push(...rawHits(filters, tokens));
  return hits;
}

function ownRule({ kind, text, action }: { kind: FilterKind; text: string; action: FilterAction }) {
  return { text, wildcards: kind === "pattern", rule: { action, label: `"${text}"` } };
}

function profanityRules({ level, languages, action }: ModerationSettings["profanity"]) {
  if (level === "off") return [];
  return languages.flatMap((language) => {
    const { severe, all } = PROFANITY[language];
    const words = level === "all" ? [...severe, ...all] : severe;
    const rule: Rule = { action, label: `the list of swear words (${language})` };
    return words.map((text) => ({ text, wildcards: text.includes("*"), rule }));
  });
}

function stricter(a: Rule | undefined, b: Rule): Rule {
  return a !== undefined && STRICTNESS[a.action] >= STRICTNESS[b.action] ? a : b;
}

function addHit(hits: Hit[], { from, to }: Token, rule: Rule | undefined): void {
  if (rule !== undefined) hits.push({ from, to, ...rule });
}

function ruleOf(filters: Filters, { forms }: Token): Rule | undefined {
  let found: Rule | undefined;
  for (const form of forms) {
    if (form.includes(ANY_LETTER) && !isReadable(form)) continue;
    const exact = form.includes(ANY_LETTER) ? blankedRule(filters, form) : filters.exact.get(form);
    if (exact !== undefined) found = stricter(found, exact);
    for (const { glob, rule } of filters.globs) if (mayFit(glob, form)) found = stricter(found, rule);
  }
  return found;
}

/** Blanks count from a word's beginning only: "*fucker*" would find any six of them, as in a password that is hidden. */
function mayFit(glob: string, form: string): boolean {
  return (!glob.startsWith("*") || !form.includes(ANY_LETTER)) && globFits(glob, form);
}

/** "f**k": the letters that are there must be half of the word, the first one among them. */
function isReadable(form: string): boolean {
  const blanks = form.split(ANY_LETTER).length - 1;
  return !form.startsWith(ANY_LETTER) && blanks * 2 <= form.length;
}

function blankedRule({ exact }: Filters, form: string): Rule | undefined {
  for (const [word, rule] of exact) if (word.length === form.length && globFits(word, form)) return rule;
  return undefined;
}

/** A word somewhere in letters that stand alone: "i say f u c k you". */
function ruleWithin(filters: Filters, { forms }: Token): Rule | undefined {
  const within = (word: string): boolean =>
    word.length >= MIN_WITHIN_SPELLED && [...forms].some((form) => form.includes(word));
  for (const [word, rule] of filters.exact) if (within(word)) return rule;
  return filters.globs.find(({ glob }) => !glob.includes("?") && within(glob.replaceAll("*", "")))?.rule;
}

function phraseHits({ globs, rule }: RuledGlobs, words: readonly Token[]): Hit[] {
  const hits: Hit[] = [];
  for (let at = 0; at + globs.length <= words.length; at += 1) {
    const fits = globs.every((glob, n) => [...(words[at + n]?.forms ?? [])].some((form) => globFits(glob, form)));
    const [first, last] = [words[at], words[at + globs.length - 1]];
    if (fits && first !== undefined && last !== undefined) hits.push({ from: first.from, to: last.to, ...rule });
  }
  return hits;
}

function rawHits({ raw }: Filters, { cells }: Tokens): Hit[] {
  const { text, owner } = flatten(cells);
  return raw.flatMap(({ needle, rule }) => {
    const hits: Hit[] = [];
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      const [first, last] = [owner[at], owner[at + needle.length - 1]];
      if (first !== undefined && last !== undefined) hits.push({ from: first.from, to: last.to, ...rule });
    }
    return hits;
  });
}

/** The folded text, and for each of its UTF-16 units the cell that it is of. */
function flatten(cells: readonly Cell[]): { text: string; owner: readonly Cell[] } {
  const owner = cells.flatMap((cell) => Array.from({ length: cell.char.length }, () => cell));
  return { text: cells.map((cell) => cell.char).join(""), owner };
}

function blank(text: string, hits: readonly Hit[]): string {
  let shown = "";
  let at = 0;
  for (const { from, to } of hits.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (to <= at) continue;
    shown += text.slice(at, Math.max(at, from)) + (from >= at ? BLANKED : "");
    at = to;
  }
  return shown + text.slice(at);
}
