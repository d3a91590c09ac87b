/** The chat of a show as it crosses the wire: messages, settings, emotes, and what happens on the topic `chat:<broadcastId>`. DESIGN §5. */
import { z } from "zod";
import { ChatColor } from "./chat-colors.ts";
import { Handle, Id, Instant, PageQuery, Text, pageOf } from "./common.ts";
import { ErrorCode } from "./errors.ts";
import { ChannelRole } from "./permissions.ts";

/** Lengths are counted in characters as people see code points, not in bytes. */
export const CHAT_LIMITS = {
  textChars: 500,
  excerptChars: 120,
  mentions: 10,
  /** Different reactions to one message, and of one account to it. */
  reactions: 20,
  ownReactions: 5,
  slowModeMaxSec: 120,
  minAgeMaxMin: 43_200,
  /** Messages of a snapshot. */
  snapshot: 100,
  /** Of a channel. */
  emotes: 100,
  emoteBytes: 2 * 1024 * 1024,
  emotePx: 128,
  /** After the end of a show its chat stays open for so long. */
  openAfterEndMs: 10 * 60_000,
} as const;

/**
 * Who may write. Everybody needs an account.
 * - `registered`: accounts that are at least `minAgeMin` old · `followers`: who has followed the channel for at least `minAgeMin`
 * - `emotes`: everybody, but only emoji and the channel's emotes · `off`: there is no chat (its crew may still write)
 */
export const ChatMode = z.enum(["everybody", "registered", "followers", "emotes", "off"]);
export type ChatMode = z.infer<typeof ChatMode>;

/** Addresses of pages in messages. `moderators`: only they may; `hold`: a moderator looks at each first. */
export const ChatLinks = z.enum(["allow", "moderators", "hold"]);
export type ChatLinks = z.infer<typeof ChatLinks>;

const rules = {
  mode: ChatMode,
  /** Pause between two messages of one account; 0: none. */
  slowModeSec: z.number().int().min(0).max(CHAT_LIMITS.slowModeMaxSec),
  /** Minutes; what is counted depends on `mode`. */
  minAgeMin: z.number().int().min(0).max(CHAT_LIMITS.minAgeMaxMin),
  links: ChatLinks,
};
export const ChatRules = z.object(rules);
export type ChatRules = z.infer<typeof ChatRules>;

/** What holds now, for everybody who reads the chat. `shield`: the preset stands over the other settings, whichever is stricter. */
export const ChatSettings = z.object({ ...rules, shield: z.boolean() });
export type ChatSettings = z.infer<typeof ChatSettings>;

/**
 * For the crew. `effective` is what holds; `set` is what was said here (null: as above it); `preset` is what shield mode brings. Switching
 * shield mode off brings back `set`: it is never overwritten.
 */
export const OwnChatSettings = z.object({
  effective: ChatSettings,
  set: z.object({ ...rules, shield: z.boolean() }).partial(),
  preset: ChatRules,
});
export type OwnChatSettings = z.infer<typeof OwnChatSettings>;

/** Null goes back to what the channel says, on a channel to the default. `preset` only on channels. */
export const UpdateChatSettingsBody = z
  .object({
    mode: ChatMode.nullable(),
    slowModeSec: rules.slowModeSec.nullable(),
    minAgeMin: rules.minAgeMin.nullable(),
    links: ChatLinks.nullable(),
    shield: z.boolean().nullable(),
    preset: ChatRules.nullable(),
  })
  .partial()
  .strict();
export type UpdateChatSettingsBody = z.infer<typeof UpdateChatSettingsBody>;

export const CHAT_DEFAULTS: ChatSettings = {
  mode: "everybody",
  slowModeSec: 0,
  minAgeMin: 0,
  links: "allow",
  shield: false,
};
export const SHIELD_DEFAULTS: ChatRules = { mode: "followers", slowModeSec: 30, minAgeMin: 10, links: "moderators" };

/** `role` is what they were on the channel when they wrote it; badges are drawn from it. */
export const ChatAuthor = z.object({
  id: Id,
  handle: z.string(),
  displayName: z.string(),
  role: ChannelRole,
  color: ChatColor,
});
export type ChatAuthor = z.infer<typeof ChatAuthor>;

export const ChatMessageKind = z.enum(["message", "announcement", "system"]);
export type ChatMessageKind = z.infer<typeof ChatMessageKind>;

/** `held`: waits for a moderator. `deleted`: only moderators get it, with its text. */
export const ChatMessageState = z.enum(["visible", "held", "deleted"]);
export type ChatMessageState = z.infer<typeof ChatMessageState>;

/** What a system message is about; pages may say it in their own language. */
export const ChatSystemAbout = z.enum(["show_began", "show_ended", "pinned", "settings"]);
export type ChatSystemAbout = z.infer<typeof ChatSystemAbout>;

/** `emote` is an emoji or `:name:` of an emote of the channel. */
export const ChatReaction = z.object({ emote: z.string(), count: z.number().int() });
export type ChatReaction = z.infer<typeof ChatReaction>;

const Person = z.object({ id: Id, handle: z.string(), displayName: z.string() });

/** `text` is plain text: `:name:` stands for an emote, `@handle` for a mention. Ids sort in the order of the chat. */
export const ChatMessage = z.object({
  id: Id,
  broadcastId: Id,
  kind: ChatMessageKind,
  state: ChatMessageState,
  /** Null for system messages. */
  author: ChatAuthor.nullable(),
  text: z.string(),
  about: ChatSystemAbout.nullable(),
  replyTo: z.object({ id: Id, author: Person.nullable(), excerpt: z.string() }).nullable(),
  mentions: z.array(Person),
  reactions: z.array(ChatReaction),
  highlighted: z.boolean(),
  /** Position on the program's timeline; null when no show ran. */
  mediaTimeMs: z.number().int().nullable(),
  at: Instant,
});
export type ChatMessage = z.infer<typeof ChatMessage>;

/** As moderators see it. `note` is why it is held or was deleted. */
export const ModeratedChatMessage = ChatMessage.extend({
  note: z.string().nullable(),
  reports: z.number().int(),
});
export type ModeratedChatMessage = z.infer<typeof ModeratedChatMessage>;

/** A picture of the channel's own, written `:name:`. */
export const EmoteName = z.string().regex(/^[a-z0-9_]{2,24}$/, "2 to 24 letters a to z, digits or underscores");
export const ChatEmote = z.object({ id: Id, name: EmoteName, url: z.string() });
export type ChatEmote = z.infer<typeof ChatEmote>;
export const ChatEmoteList = z.object({ items: z.array(ChatEmote) });
/** Messages keep the name that they were written with. */
export const UpdateEmoteBody = z.object({ name: EmoteName });

/** Whether the caller may write now. `retryAfterSec` when only time is needed. */
export const ChatStanding = z.object({
  mayWrite: z.boolean(),
  /** `banId` when it is a ban or a time-out: `user:<id>` tells more of it. */
  why: z
    .object({
      code: ErrorCode,
      message: z.string(),
      retryAfterSec: z.number().int().nullable(),
      banId: Id.optional(),
    })
    .nullable(),
  mayModerate: z.boolean(),
  role: ChannelRole,
  /** Null for people without an account. */
  accountId: Id.nullable(),
  color: ChatColor.nullable(),
});
export type ChatStanding = z.infer<typeof ChatStanding>;

/** The state of `chat:<broadcastId>`. `messages` are the newest, oldest first; `ownReactions` by message. */
export const ChatSnapshot = z.object({
  messages: z.array(ChatMessage),
  pinned: ChatMessage.nullable(),
  settings: ChatSettings,
  emotes: z.array(ChatEmote),
  ownReactions: z.record(z.string(), z.array(z.string())),
  you: ChatStanding,
});
export type ChatSnapshot = z.infer<typeof ChatSnapshot>;

/**
 * Events of `chat:<broadcastId>`. All are whole states by id: hearing one twice changes nothing. `chat.message` is new, approved or
 * restored, `chat.updated` one that may be known. `chat.settings` is told on `broadcast:<id>`, too: who was refused because the chat
 * was off hears there that it is on.
 */
export const ChatEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("chat.message"), message: ChatMessage }),
  z.object({ type: z.literal("chat.updated"), message: ChatMessage }),
  z.object({ type: z.literal("chat.deleted"), ids: z.array(Id) }),
  z.object({ type: z.literal("chat.reactions"), id: Id, reactions: z.array(ChatReaction) }),
  z.object({ type: z.literal("chat.pinned"), message: ChatMessage.nullable() }),
  z.object({ type: z.literal("chat.settings"), settings: ChatSettings }),
  z.object({ type: z.literal("chat.emotes"), emotes: z.array(ChatEmote) }),
]);
export type ChatEvent = z.infer<typeof ChatEvent>;

/** Events that the chat adds to `moderation:<broadcastId>`. */
export const ChatStaffEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("chat.held"), message: ModeratedChatMessage }),
  /** It is shown or deleted now. */
  z.object({ type: z.literal("chat.released"), ids: z.array(Id) }),
  z.object({ type: z.literal("chat.reported"), message: ModeratedChatMessage, reason: z.string() }),
]);
export type ChatStaffEvent = z.infer<typeof ChatStaffEvent>;

/** Far more than is kept: marks and spaces that are taken away do not count. */
const RawText = Text.max(20_000);
const Emote = z.string().min(1).max(40);

/** `mediaTimeMs`: what the sender's player was showing. `announcement`: moderators only. The result is the `ChatMessage`. */
export const ChatSendBody = z.object({
  broadcastId: Id,
  text: RawText,
  replyTo: Id.optional(),
  mediaTimeMs: z.number().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  announcement: z.boolean().optional(),
});
export type ChatSendBody = z.infer<typeof ChatSendBody>;
/** `chat.react`, `chat.unreact`. The result is the message's reactions. */
export const ChatReactBody = z.object({ messageId: Id, emote: Emote });
/** `chat.delete`. `reason` is for the log. */
export const ChatDeleteBody = z.object({ messageId: Id, reason: Text.max(300).optional() });
/** `chat.pin`. */
export const ChatPinBody = z.object({ messageId: Id });
/** `chat.unpin`. */
export const ChatUnpinBody = z.object({ broadcastId: Id });
/** `chat.highlight`. */
export const ChatHighlightBody = z.object({ messageId: Id, highlighted: z.boolean() });
export const ChatReportReason = z.enum(["spam", "abuse", "hate", "sexual", "private_data", "other"]);
/** `chat.report`; once for each account and message. */
export const ChatReportBody = z.object({
  messageId: Id,
  reason: ChatReportReason,
  note: Text.trim().max(300).optional(),
});
/** `chat.color`: one's own, in all chats; null: the one that comes with the account. */
export const ChatColorBody = z.object({ color: ChatColor.nullable() });

const MediaMs = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/**
 * History. Without `fromMs` newest first, page by page into the past, from the message `before` (exclusive) or from the newest. With it
 * by media time, oldest first: from `fromMs` (inclusive) to `toMs` (exclusive), for players that show a recording.
 */
export const ChatHistoryQuery = PageQuery.extend({
  limit: z.coerce.number().int().min(1).max(200).default(100),
  before: Id.optional(),
  fromMs: MediaMs.optional(),
  toMs: MediaMs.optional(),
  /** A playback token, for who may watch only with one. */
  token: z.string().max(2000).optional(),
});
export const ChatPage = pageOf(ChatMessage);

/**
 * For moderators, newest first: `q` is looked for in the text, whatever its case; `account` is a handle; said from `from` (inclusive) to
 * `to` (exclusive). With `around` the other filters are left aside: the message with this id and those on both sides of it, in one page.
 */
export const ChatSearchQuery = PageQuery.extend({
  q: Text.trim().max(100).optional(),
  account: Handle.optional(),
  state: ChatMessageState.optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  around: Id.optional(),
});
/** As `ChatSearchQuery`, in all chats of a channel. */
export const ChannelChatSearchQuery = ChatSearchQuery.omit({ around: true });
export const ModeratedChatPage = pageOf(ModeratedChatMessage);
