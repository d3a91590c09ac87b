/** What filters find: obfuscated words, and no words inside innocent ones. */
import { ModerationSettings, type FilterAction } from "@rostrum/contract/moderation";
import { expect, test } from "vitest";
import { applyFilters, compileFilters, findHits } from "./filter.ts";
import { globFits, parsePattern } from "./filter-pattern.ts";

const { profanity } = ModerationSettings.parse({ profanity: { level: "all", action: "refuse" } });
const BUILT_IN = compileFilters([], profanity);
const OFF = { ...profanity, level: "off" } as const;
const only = (text: string, kind: "word" | "pattern" = "word", action: FilterAction = "refuse") =>
  compileFilters([{ kind, text, action }], OFF);

test.each([
  ["plain", "what the fuck"],
  ["capitals", "FUCK off"],
  ["built on", "fucking hell"],
  ["punctuation around", "(fuck!!!)"],
  ["leet", "sh1t"],
  ["leet with signs", "$h!t happens"],
  ["1 for l", "s1ut"],
  ["l for i", "bltch"],
  ["@ for a", "@sshole"],
  ["repeated letters", "fuuuuuuuck"],
  ["every letter repeated", "ffuucckk"],
  ["dots", "f.u.c.k you"],
  ["dashes", "f-u-c-k"],
  ["underscores", "s_h_i_t"],
  ["spaces", "f u c k you"],
  ["spaces and signs", "(f, u, c, k!)"],
  ["spaces in a sentence", "i s h i t on this"],
  ["blanked letter", "f*ck"],
  ["two blanked letters", "f**k this"],
  ["blanked letters in what is built on", "f**king hell"],
  ["zero-width spaces", "f\u200bu\u200bc\u200bk"],
  ["soft hyphens", "f\u00aduck"],
  ["a word joiner and a BOM", "fu\u2060c\ufeffk"],
  ["bidi controls", "f\u202eu\u202cck"],
  ["full width", "ｆｕｃｋ"],
  ["mathematical letters", "𝓯𝓾𝓬𝓴 𝖋𝖚𝖈𝖐"],
  ["circled letters", "ⓕⓤⓒⓚ"],
  ["boxed letters", "🅵🆄🅲🅺"],
  ["flags as letters", "🇫🇺🇨🇰"],
  ["Cyrillic letters", "fu\u0441k"],
  ["Cyrillic in every place", "\u0455h\u0456t"],
  ["Greek letters", "f\u03c5ck"],
  ["small capitals", "ꜰᴜᴄᴋ"],
  ["marks over letters", "fu\u0308\u0301ck"],
  ["a heap of marks", "f\u0300\u0301\u0302\u0303u\u0300\u0334c\u0489k"],
  ["inside a German compound", "so ein Arschlochverein"],
  ["ß", "Scheiße"],
  ["ss for ß", "so eine scheisse"],
  ["compounds with ß", "Riesenscheiß"],
  ["umlauts", "ihr Arschlöcher"],
  ["a phrase", "Halt die   Fresse!"],
  ["Spanish with accents", "cabrón"],
  ["Spanish without them", "cabron"],
  ["ñ", "coño"],
  ["ñ made of n and a tilde", "con\u0303o"],
  ["French", "espèce d'enculé"],
  ["French phrase", "ta gueule !"],
  ["a short one with letters repeated", "kyyyys"],
  ["French for what is built on", "quel merdier"],
  ["a slur", "n1gg3r"],
  ["a call to harm", "just KILL yourself"],
])("found: %s", (_, text) => {
  expect(applyFilters(BUILT_IN, text).action).toBe("refuse");
});

test.each(
  [
    "Scunthorpe, Penistone and Lightwater",
    "a class of assassins assessed the passage",
    "the grape harvest, scraped and draped",
    "shiitake mushrooms; Matsushita; Mishit",
    "cockpit, cocktail, peacock, Hancock",
    "cucumber, document, accumulate, magna cum laude",
    "analysis, canal, banal, annals",
    "title, titan, constitution, competition",
    "the therapist, drapes, a snigger, niggardly, Niger and Nigeria",
    "Essex, Sussex, Middlesex, sextant",
    "class-act, push-it, we'll, she'll, can't, he'll",
    "put a lid on it; as a rule; pull it; it is his hit",
    "I scored 455 points on the A55 at 5:37, 8008135 views",
    "Dickens, Moby Dick, dickes Auto, du bist dick",
    "dsn=https://******@sentry.example/12345 or token:************ab",
    "written by **Milad Fa** and *Ka*",
    "Pute mit Rotkohl, zwei Puten; en kyss; merdeka",
    "Wir haben viel geschafft: Fagott, Marsch, Barsch, Arschin, Hurenkind? nein",
    "wanken, schwanken, Wankel, Nuttelex",
    "un negro gato, el año pasado, un cono de helado, computador, reputación, disputa",
    "con leche, por favor; la zorra y la polla",
    "en retard, la bite du bateau, un bordel, discothèque, le computer, député, réputation",
    "Push it! Foot, feet, book, boot, good, cooking",
    "fickle, Fotzelschnitte, Negation, Kanada",
    "g o a l! G G W P, a b c d e f g",
    "U S A and U K",
    "**important** and *this* too, 3 * 4 * 5",
    "¡Hola! ¿Qué tal? ça va très bien",
    "Привет, как дела? Γειά σου, τι κάνεις",
    "สวัสดีครับ こんにちは 你好",
    "🇩🇪🇺🇸🇫🇷 🎉🎉🎉 :party: @ada_lovelace",
    "https://example.org/watch?v=dQw4w9WgXcQ&t=10s",
    "v1.2.3-rc.4+build.5 on x86_64 with C++ and C#",
    "",
    "   ",
    "!!!!! ????? *****",
  ].map((text) => [text]),
)("innocent: %s", (text) => {
  expect(findHits(BUILT_IN, text).map((hit) => [text.slice(hit.from, hit.to), hit.label])).toEqual([]);
});

test("levels and languages are switched", () => {
  const at = (level: "off" | "severe" | "all", languages: readonly ("en" | "de")[]) =>
    compileFilters([], { level, languages: [...languages], action: "hold" });
  expect(applyFilters(at("severe", ["en"]), "fuck").action).toBeNull();
  expect(applyFilters(at("severe", ["en"]), "faggot").action).toBe("hold");
  expect(applyFilters(at("all", ["en"]), "Arschloch").action).toBeNull();
  expect(applyFilters(at("all", ["de"]), "Arschloch").action).toBe("hold");
  expect(applyFilters(at("off", ["en", "de"]), "fuck faggot Arschloch").action).toBeNull();
});

test.each<[filter: string, kind: "word" | "pattern", text: string, found: boolean]>([
  ["spam", "word", "SP4M!", true],
  ["spam", "word", "spammer", false],
  ["buy followers", "word", "Buy  f0llowers now", true],
  ["buy followers", "word", "buy more followers", false],
  ["buy * followers", "pattern", "buy more followers", true],
  ["buy * followers", "pattern", "buy followers", false],
  ["spam*", "pattern", "spammers", true],
  ["*coin", "pattern", "shitcoin", true],
  ["*coin", "pattern", "coins", false],
  ["c?t", "pattern", "cat", true],
  ["c?t", "pattern", "cart", false],
  ["don't", "word", "I don’t know", true],
  ["c++", "word", "c is nice", false],
  ["c++", "word", "C++ is nice", true],
  ["evil.example", "word", "see http://EVIL.example/x", true],
  ["🍆", "word", "look🍆🍆", true],
  ["傻瓜", "word", "你是傻瓜吗", true],
  ["дурак", "word", "Ты ДУРАК!", true],
  ["дурак", "word", "дураки", false],
  [".*", "word", "anything", false],
  ["(a+)+$", "word", "aaaaaaaa", false],
])("a channel's own filter %s (%s) on %s: %s", (filter, kind, text, found) => {
  expect(applyFilters(only(filter, kind), text).action).toBe(found ? "refuse" : null);
});

test.each([
  ["*", "pattern", null],
  ["?*?", "pattern", null],
  ["a*", "pattern", null],
  ["\u200b", "word", null],
  ["a", "word", { kind: "words", globs: ["a"] }],
  ["SP*** B?T", "pattern", { kind: "words", globs: ["sp*", "b?t"] }],
])("what %s (%s) stands for", (text, kind, pattern) => {
  expect(parsePattern(text, kind === "pattern")).toEqual(pattern);
});

test("the strictest rule counts; only when all replace, words are replaced", () => {
  const own = [
    { kind: "word", text: "alpha", action: "replace" },
    { kind: "word", text: "beta", action: "hold" },
    { kind: "pattern", text: "gam*", action: "refuse" },
  ] as const;
  const filters = compileFilters(own, OFF);
  expect(applyFilters(filters, "An alpha, 4lpha and a.l.p.h.a!")).toEqual({
    action: "replace",
    label: '"alpha"',
    text: "An ***, *** and ***!",
  });
  expect(applyFilters(filters, "alpha beta")).toMatchObject({ action: "hold", text: "alpha beta", label: '"beta"' });
  expect(applyFilters(filters, "alpha beta gamma")).toMatchObject({ action: "refuse", label: '"gam*"' });
});

test("patterns take time in proportion, whatever somebody writes", () => {
  const pattern = "*a*a*a*a*a*a*a*a*a*a*a*a*b";
  expect(globFits(pattern, `${"a".repeat(2000)}c`)).toBe(false);
  expect(globFits(pattern, `${"a".repeat(2000)}b`)).toBe(true);
  const filters = compileFilters(
    Array.from({ length: 200 }, () => ({ kind: "pattern", text: pattern, action: "hold" }) as const),
    profanity,
  );
  expect(applyFilters(filters, "a".repeat(2000)).action).toBeNull();
  expect(applyFilters(filters, "\u0301".repeat(10_000)).action).toBeNull();
  expect(applyFilters(filters, "a ".repeat(1000)).action).toBeNull();
});

test("whatever is written, hits lie in the text and what is left is whole", () => {
  const pool = [
    "f",
    "u",
    "c",
    "k",
    "*",
    " ",
    ".",
    "1",
    "ß",
    "ñ",
    "\u0303",
    "\u200d",
    "\ufeff",
    "𝓯",
    "🅵",
    "🇫",
    "İ",
    "ﷺ",
    "👩‍🚀",
    "о",
    "\n",
  ];
  const filters = compileFilters([{ kind: "pattern", text: "*fu*", action: "replace" }], OFF);
  // A generator with a fixed seed: a failure can be repeated.
  let seed = 7;
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let run = 0; run < 500; run += 1) {
    const text = Array.from({ length: next(40) }, () => pool[next(pool.length)] ?? "").join("");
    for (const { from, to } of [...findHits(filters, text), ...findHits(BUILT_IN, text)]) {
      expect([from >= 0, from < to, to <= text.length]).toEqual([true, true, true]);
    }
    expect(applyFilters(filters, text).text.isWellFormed()).toBe(true);
  }
});
