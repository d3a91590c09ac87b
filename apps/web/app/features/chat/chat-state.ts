/** A chat as one page knows it: a pure fold of the topic `chat:<id>`, the picture's place, and one's own messages under way. */
import type {
  ChatEmote,
  ChatEvent,
  ChatMessage,
  ChatSettings,
  ChatSnapshot,
  ChatStanding,
} from "@rostrum/contract/chat";
import { CHAT_DEFAULTS, CHAT_LIMITS } from "@rostrum/contract/chat";
import type { ChatColor } from "@rostrum/contract/chat-colors";
import { arrived, emptyGate, foundEarlier, type Gate, isAhead, isDue, moved } from "./media-gate.ts";
import { isInSample, measured, NO_SAMPLING, type Sampling } from "./sampling.ts";
import { mentions } from "./text-pieces.ts";

/** One's own, said here and not yet acknowledged. */
export type Pending = Readonly<{ key: string; text: string; replyTo: ChatMessage | null }>;

export type Reader = Readonly<{ id: string; handle: string; displayName: string }>;

export type ChatState = Readonly<{
  gate: Gate<ChatMessage>;
  /** What was said around a picture that lies before everything in `gate`. */
  past: readonly ChatMessage[];
  /** `gate` has all that was said since the beginning. */
  hasAll: boolean;
  pending: readonly Pending[];
  pinned: ChatMessage | null;
  /** Is pinned as soon as its picture has come. */
  nextPin: ChatMessage | null;
  settings: ChatSettings;
  /** Addresses by name. */
  emotes: ReadonlyMap<string, string>;
  ownReactions: Readonly<Record<string, readonly string[]>>;
  /** Null until the first state came. */
  you: ChatStanding | null;
  sampling: Sampling;
  /** The reader wants all, however many. */
  showsAll: boolean;
  /** How many came so far: numbers the sample. */
  count: number;
  /** The reader has scrolled up: what they read is kept. */
  isReading: boolean;
}>;

/** Messages that are kept, and while somebody reads back. */
const KEEP = 400;
const KEEP_READING = 2000;
const KEEP_WAITING = 5000;
/** Further than this at once the picture does not play, it is moved. */
const JUMP_MS = 10_000;

export const EMPTY_CHAT: ChatState = {
  gate: emptyGate(),
  past: [],
  hasAll: false,
  pending: [],
  pinned: null,
  nextPin: null,
  settings: CHAT_DEFAULTS,
  emotes: new Map(),
  ownReactions: {},
  you: null,
  sampling: NO_SAMPLING,
  showsAll: false,
  count: 0,
  isReading: false,
};

/** The whole state, as the server tells it. What waits for its picture goes on waiting. */
export function resetChat(
  before: ChatState,
  { messages, pinned, settings, emotes, ownReactions, you }: ChatSnapshot,
): ChatState {
  const gate = arrived({ ...emptyGate<ChatMessage>(), atMs: before.gate.atMs }, messages, (message) =>
    isOwn(message, you),
  );
  const hasAll = messages.length < CHAT_LIMITS.snapshot;
  const next = { ...before, gate, hasAll, settings, emotes: byName(emotes), ownReactions, you, sampling: NO_SAMPLING };
  return withPin({ ...next, pinned: null }, pinned);
}

/** @param nowMs monotonic; only for the rate */
export function applyEvents(
  state: ChatState,
  events: readonly ChatEvent[],
  reader: Reader | null,
  nowMs: number,
): ChatState {
  const fresh: ChatMessage[] = [];
  let next = state;
  for (const event of events) {
    if (event.type === "chat.message" && !isKnown(next, fresh, event.message.id)) fresh.push(event.message);
    else next = applyChange(next, fresh, event);
  }
  return fresh.length === 0 ? next : take(next, fresh, reader, nowMs);
}

function isKnown({ gate }: ChatState, fresh: readonly ChatMessage[], id: string): boolean {
  const has = (list: readonly ChatMessage[]): boolean => list.some((message) => message.id === id);
  return has(fresh) || has(gate.shown) || has(gate.waiting);
}

function applyChange(state: ChatState, fresh: ChatMessage[], event: ChatEvent): ChatState {
  switch (event.type) {
    case "chat.message":
    case "chat.updated":
      return patch(state, fresh, [event.message.id], () => event.message);
    case "chat.deleted":
      return deleted(state, fresh, event.ids);
    case "chat.reactions":
      return patch(state, fresh, [event.id], (message) => ({ ...message, reactions: event.reactions }));
    case "chat.pinned":
      return withPin(state, event.message);
    case "chat.settings":
      return { ...state, settings: event.settings, you: state.you && mayTry(state.you) };
    case "chat.emotes":
      return { ...state, emotes: byName(event.emotes) };
    default:
      // A newer server may say what this page does not know yet.
      return (event satisfies never, state);
  }
}

/** Other rules: whether they let one write is said when one does. */
function mayTry(you: ChatStanding): ChatStanding {
  return you.accountId === null ? you : { ...you, mayWrite: true, why: null };
}

/** Until the picture of a pinned message has come, what was pinned before stays. */
function withPin(state: ChatState, message: ChatMessage | null): ChatState {
  if (message !== null && !isDue(message, state.gate.atMs)) return { ...state, nextPin: message };
  return { ...state, pinned: message, nextPin: null };
}

/** Moderators go on seeing what it was; the others not even where it is quoted. */
function deleted(state: ChatState, fresh: ChatMessage[], ids: readonly string[]): ChatState {
  if (state.you?.mayModerate) return patch(state, fresh, ids, (message) => ({ ...message, state: "deleted" }));
  const { shown, waiting } = state.gate;
  const gone = new Set(ids);
  const answers = [...state.past, ...shown, ...waiting, ...fresh].filter(
    ({ replyTo }) => replyTo !== null && gone.has(replyTo.id),
  );
  const quiet = patch(state, fresh, idsOf(answers), (message) => ({
    ...message,
    replyTo: message.replyTo && { ...message.replyTo, excerpt: "" },
  }));
  return patch(quiet, fresh, ids, (message) => ({ ...message, state: "deleted", text: "", reactions: [] }));
}

const idsOf = (messages: readonly ChatMessage[]): string[] => messages.map(({ id }) => id);

/** Also those that came in this very frame. */
function patch(
  state: ChatState,
  fresh: ChatMessage[],
  ids: readonly string[],
  how: (message: ChatMessage) => ChatMessage,
): ChatState {
  const changed = new Set(ids);
  const one = (message: ChatMessage): ChatMessage => (changed.has(message.id) ? how(message) : message);
  fresh.splice(0, fresh.length, ...fresh.map(one));
  const { gate } = state;
  const past = state.past.some(({ id }) => changed.has(id)) ? state.past.map(one) : state.past;
  const shown = gate.shown.some(({ id }) => changed.has(id)) ? gate.shown.map(one) : gate.shown;
  const waiting = gate.waiting.some(({ id }) => changed.has(id)) ? gate.waiting.map(one) : gate.waiting;
  const pin = (message: ChatMessage | null): ChatMessage | null => {
    const next = message && one(message);
    return next?.state === "deleted" ? null : next;
  };
  return { ...state, past, gate: { ...gate, shown, waiting }, pinned: pin(state.pinned), nextPin: pin(state.nextPin) };
}

function take(state: ChatState, fresh: readonly ChatMessage[], reader: Reader | null, nowMs: number): ChatState {
  const sampling = measured(state.sampling, nowMs, fresh.length);
  const oneOf = state.showsAll ? 1 : sampling.oneOf;
  const kept = fresh.filter(
    (message, index) => isInSample(state.count + index, oneOf) || isNeverLeftOut(message, reader),
  );
  const gate = arrived(state.gate, kept, (message) => message.author !== null && message.author.id === reader?.id);
  return trimmed({ ...state, gate, sampling, count: state.count + fresh.length });
}

/** One's own, those that call the reader, those of the crew, and those that stand out. */
function isNeverLeftOut(message: ChatMessage, reader: Reader | null): boolean {
  const { author, kind, highlighted, text, replyTo } = message;
  if (author === null || kind !== "message" || highlighted || author.role !== "viewer") return true;
  if (reader === null) return false;
  return author.id === reader.id || replyTo?.author?.id === reader.id || mentions(text, reader.handle);
}

function isOwn(message: ChatMessage, you: ChatStanding): boolean {
  return message.author !== null && message.author.id === you.accountId;
}

function trimmed(state: ChatState): ChatState {
  const { gate, isReading } = state;
  const keep = isReading ? KEEP_READING : KEEP;
  if (gate.shown.length <= keep && gate.waiting.length <= KEEP_WAITING) return state;
  const kept = { ...gate, shown: gate.shown.slice(-keep), waiting: gate.waiting.slice(-KEEP_WAITING) };
  return { ...state, gate: kept, hasAll: false };
}

/** The picture is at `atMs`; null: chat does not follow it. */
export function followPicture(state: ChatState, atMs: number | null): ChatState {
  const gate = moved(state.gate, atMs);
  if (gate === state.gate) return state;
  const jumps = atMs === null || Math.abs(atMs - (state.gate.atMs ?? 0)) > JUMP_MS;
  return withPinAt(trimmed({ ...state, gate, past: jumps ? [] : state.past }), atMs);
}

function withPinAt(state: ChatState, atMs: number | null): ChatState {
  const { pinned, nextPin } = state;
  if (nextPin !== null && isDue(nextPin, atMs)) return { ...state, pinned: nextPin, nextPin: null };
  return pinned !== null && isAhead(pinned, atMs) ? { ...state, pinned: null, nextPin: nextPin ?? pinned } : state;
}

/** The rate falls without anybody saying anything. */
export function letRateFade(state: ChatState, nowMs: number): ChatState {
  const sampling = measured(state.sampling, nowMs, 0);
  return sampling.oneOf === state.sampling.oneOf ? state : { ...state, sampling };
}

/** The id before which older ones are to be found; null: nothing is known, or no more of it is kept. */
export function oldestId({ gate: { shown, waiting } }: ChatState): string | null {
  if (shown.length >= KEEP_READING || waiting.length >= KEEP_WAITING) return null;
  const [oldest = null] = idsOf([...shown, ...waiting]).toSorted();
  return oldest;
}

/** Older ones, oldest first, found by scrolling up. */
export function withOlder(state: ChatState, older: readonly ChatMessage[]): ChatState {
  const more = older.filter(({ id }) => !isKnown(state, [], id));
  if (more.length === 0) return state;
  return trimmed({ ...state, isReading: true, gate: foundEarlier(state.gate, more) });
}

export function reading(state: ChatState, isReading: boolean): ChatState {
  return state.isReading === isReading ? state : trimmed({ ...state, isReading });
}

export function sending(state: ChatState, pending: Pending): ChatState {
  return { ...state, pending: [...state.pending, pending] };
}

/** `message` is what became of it; null: it was refused, and is gone. */
export function settled(state: ChatState, key: string, message: ChatMessage | null): ChatState {
  const pending = state.pending.filter((one) => one.key !== key);
  if (message === null || isKnown(state, [], message.id)) return { ...state, pending };
  return trimmed({ ...state, pending, gate: arrived(state.gate, [message], () => true) });
}

/** The reader's own reaction, at once; the counts come from the server. */
export function reacted(state: ChatState, id: string, emote: string, isOn: boolean): ChatState {
  const others = (state.ownReactions[id] ?? []).filter((one) => one !== emote);
  const own = isOn ? [...others, emote] : others;
  const before = state.ownReactions[id]?.includes(emote) ?? false;
  const step = Number(isOn) - Number(before);
  const next = { ...state, ownReactions: { ...state.ownReactions, [id]: own } };
  return patch(next, [], [id], (message) => ({ ...message, reactions: counted(message.reactions, emote, step) }));
}

/** The reader's own colour, in what they have said here as well. */
export function recolored(state: ChatState, color: ChatColor): ChatState {
  const { you, gate } = state;
  if (you === null || you.accountId === null) return state;
  const own = [...state.past, ...gate.shown, ...gate.waiting].flatMap((message) =>
    isOwn(message, you) ? [message.id] : [],
  );
  const next = { ...state, you: { ...you, color } };
  return patch(next, [], own, (message) =>
    message.author === null ? message : { ...message, author: { ...message.author, color } },
  );
}

type Reactions = ChatMessage["reactions"];

function counted(reactions: Reactions, emote: string, step: number): Reactions {
  const known = reactions.some((one) => one.emote === emote) ? reactions : [...reactions, { emote, count: 0 }];
  return known
    .map((one) => (one.emote === emote ? { ...one, count: one.count + step } : one))
    .filter(({ count }) => count > 0);
}

const byName = (emotes: readonly ChatEmote[]): ReadonlyMap<string, string> =>
  new Map(emotes.map(({ name, url }) => [name, url]));
