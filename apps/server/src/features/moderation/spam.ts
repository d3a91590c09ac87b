/** Signs of spam: repeats, floods, capitals, links, mentions. Pure; what was said before is an argument. */
import type { ModerationSettings } from "@rostrum/contract/moderation";
import { foldText } from "./filter-pattern.ts";

/** Something that an account has said before. */
export type Said = Readonly<{ text: string; at: Date }>;

/**
 * `message` is for who wrote it, `reason` for moderators. `retryAfterSec` when only time helps.
 */
export type SpamFinding = Readonly<{
  action: "hold" | "refuse";
  reason: string;
  message: string;
  retryAfterSec: number | null;
}>;

/** Of what was said before, no more is looked at. */
export const MOST_SAID = 30;
/** From here on texts are compared by their pieces; shorter ones are the same or not. */
const MIN_NEAR_CHARS = 12;
/** Texts with so many pieces in common are nearly the same. */
const NEAR = 0.8;

const LINK =
  /[a-z][a-z0-9+.-]{1,20}:\/\/\S+|(?<![\p{L}\p{N}])www\.\S+|(?<![\p{L}\p{N}@.-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|net|org|io|gg|tv|me|co|app|dev|xyz|live|link|ly|to|eu|de|fr|es|uk|ru)(?![\p{L}\p{N}])/giu;
const MENTION = /(?<![\p{L}\p{N}_])@[a-z0-9_]{3,30}/giu;
const EMOTE = /:[a-z0-9_]{2,24}:/giu;

/**
 * The strictest finding; null when there is none.
 * @param said what the account said before, in any order; what is older than the settings' windows does not count
 */
export function findSpam(
  settings: ModerationSettings,
  text: string,
  said: readonly Said[],
  now: Date,
): SpamFinding | null {
  const found = [
    repeated(settings.repeat, text, said, now),
    flooding(settings.flood, said, now),
    shouting(settings.caps, text),
    tooMany(settings.links, count(LINK, text), "links"),
    tooMany(settings.mentions, count(MENTION, text), "mentions"),
  ].filter((one) => one !== null);
  return found.find((one) => one.action === "refuse") ?? found[0] ?? null;
}

/** How far back `findSpam` looks. */
export function spamWindowSec({ repeat, flood }: ModerationSettings): number {
  return Math.max(repeat.action === "off" ? 0 : repeat.withinSec, flood.action === "off" ? 0 : flood.withinSec);
}

/** True when both say the same, but for capitals, signs, numbers and small changes. */
export function nearlySame(a: string, b: string): boolean {
  return sayingTheSameAs(a)(b);
}

/** As `nearlySame`, for one text and many others. */
function sayingTheSameAs(text: string): (other: string) => boolean {
  const own = essence(text);
  const ownPieces = pieces(own);
  return (other) => {
    const theirs = essence(other);
    if (own === theirs) return true;
    const [short, long] = [Math.min(own.length, theirs.length), Math.max(own.length, theirs.length)];
    // So different in length they cannot have enough in common.
    if (short < MIN_NEAR_CHARS || (2 * short) / (short + long) < NEAR) return false;
    return inCommon(ownPieces, pieces(theirs)) >= NEAR;
  };
}

function repeated(rule: ModerationSettings["repeat"], text: string, said: readonly Said[], now: Date) {
  if (rule.action === "off") return null;
  const isSame = sayingTheSameAs(text);
  const same = within(said, rule.withinSec, now).filter((one) => isSame(one.text));
  if (same.length < rule.times - 1) return null;
  return finding(rule.action, "It says the same again and again.", {
    message: "You have just said that; say something else.",
    retryAfterSec: secondsUntilFewer(same, rule.times - 1, rule.withinSec, now),
  });
}

function flooding(rule: ModerationSettings["flood"], said: readonly Said[], now: Date) {
  if (rule.action === "off") return null;
  const recent = within(said, rule.withinSec, now);
  if (recent.length < rule.messages) return null;
  const retryAfterSec = secondsUntilFewer(recent, rule.messages, rule.withinSec, now);
  const message = `That were many messages in a short time; write again in ${retryAfterSec} s.`;
  return finding(rule.action, "Many messages in a short time.", { message, retryAfterSec });
}

function shouting(rule: ModerationSettings["caps"], text: string) {
  if (rule.action === "off") return null;
  const bare = text.replace(MENTION, "").replace(EMOTE, "").replace(LINK, "");
  const upper = count(/\p{Lu}/gu, bare);
  const letters = upper + count(/\p{Ll}/gu, bare);
  if (letters < rule.letters || upper * 100 < letters * rule.percent) return null;
  return finding(rule.action, "Mostly capitals.", { message: "Please write with fewer capitals." });
}

function tooMany(rule: ModerationSettings["links"], number: number, what: "links" | "mentions") {
  if (rule.action === "off" || number <= rule.most) return null;
  const most = rule.most === 0 ? `no ${what}` : `at most ${rule.most} ${rule.most === 1 ? what.slice(0, -1) : what}`;
  return finding(rule.action, `It has ${number} ${number === 1 ? what.slice(0, -1) : what}.`, {
    message: `A message may have ${most} here; yours has ${number}.`,
  });
}

function finding(
  action: "hold" | "refuse",
  reason: string,
  told: Readonly<{ message: string; retryAfterSec?: number }>,
): SpamFinding {
  return { action, reason, message: told.message, retryAfterSec: told.retryAfterSec ?? null };
}

function within(said: readonly Said[], sec: number, now: Date): readonly Said[] {
  return said.filter((one) => one.at.getTime() > now.getTime() - sec * 1000);
}

/** When so many have left the window that fewer than `most` are in it. */
function secondsUntilFewer(said: readonly Said[], most: number, windowSec: number, now: Date): number {
  const leaving = said.toSorted((a, b) => b.at.getTime() - a.at.getTime())[most - 1];
  const ms = leaving === undefined ? 0 : leaving.at.getTime() + windowSec * 1000 - now.getTime();
  return Math.max(1, Math.ceil(ms / 1000));
}

function count(what: RegExp, text: string): number {
  return [...text.matchAll(what)].length;
}

/** Letters only, repeated ones once; for texts without letters what there is (emoji, numbers). */
function essence(text: string): string {
  const folded = foldText(text);
  const letters = folded.replace(/[^\p{L}\p{M}]+/gu, "").replace(/(\p{L})\1+/gu, "$1");
  return letters === "" ? folded.replace(/\s+/gu, "") : letters;
}

/** Every three neighbouring characters, with how often they stand there. */
function pieces(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let at = 0; at + 3 <= text.length; at += 1) {
    const piece = text.slice(at, at + 3);
    found.set(piece, (found.get(piece) ?? 0) + 1);
  }
  return found;
}

/** Sørensen and Dice's measure: 1 for the same, 0 for nothing in common. */
function inCommon(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  let all = 0;
  for (const [piece, times] of a) {
    common += Math.min(times, b.get(piece) ?? 0);
    all += times;
  }
  for (const times of b.values()) all += times;
  return (2 * common) / all;
}
