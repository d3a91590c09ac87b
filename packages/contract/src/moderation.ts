/** Moderation as it crosses the wire: bans and time-outs, filters, spam limits, the log, appeals. */
import { z } from "zod";
import { Handle, Id, Instant, PageQuery, Text, pageOf } from "./common.ts";
import type { ChannelRole } from "./permissions.ts";

const RANK: Readonly<Record<ChannelRole, number>> = {
  owner: 5,
  admin: 4,
  producer: 3,
  moderator: 2,
  guest: 1,
  viewer: 0,
};

/** True when somebody with the role `own` may delete, warn, time out or ban somebody with the role `other`: only those below. */
export function outranks(own: ChannelRole, other: ChannelRole): boolean {
  return RANK[own] > RANK[other];
}

/** True when somebody with the role `own` may undo what somebody with the role `other` has decided: equals may. */
export function mayOverrule(own: ChannelRole, other: ChannelRole): boolean {
  return RANK[own] >= RANK[other];
}

export const MODERATION_LIMITS = {
  reasonChars: 300,
  noteChars: 1000,
  appealChars: 1000,
  /** The longest time-out; who should stay away for longer is banned. */
  timeoutMaxSec: 28 * 86_400,
  /** Time-outs of at least this may be appealed against, as bans; shorter ones are over before anybody has answered. */
  appealFromSec: 3600,
  /** How far back a ban may remove messages. */
  removeMaxMin: 1440,
  filterChars: 60,
  filtersPerChannel: 200,
} as const;

const Reason = Text.trim().max(MODERATION_LIMITS.reasonChars);

export const Person = z.object({ id: Id, handle: z.string(), displayName: z.string() });
export type Person = z.infer<typeof Person>;

/** `timeout` always has an end; a `ban` may have one. */
export const BanKind = z.enum(["timeout", "ban"]);
export type BanKind = z.infer<typeof BanKind>;
/** `owner`: on every channel of this channel's owner, those to come as well. */
export const BanScope = z.enum(["channel", "owner"]);
export type BanScope = z.infer<typeof BanScope>;

/** `open`: nobody has answered · `lifted`: the ban was taken back · `kept`: it stays. */
export const AppealState = z.enum(["open", "lifted", "kept"]);
export type AppealState = z.infer<typeof AppealState>;

/** For moderators. `until` is null for ever; a ban that is over or `liftedAt` no longer counts. */
export const Ban = z.object({
  id: Id,
  kind: BanKind,
  scope: BanScope,
  /** Where it was decided; null when that channel is gone. */
  channelId: Id.nullable(),
  account: Person,
  reason: z.string(),
  /** Null when that account is gone. */
  by: Person.nullable(),
  at: Instant,
  until: Instant.nullable(),
  liftedAt: Instant.nullable(),
  active: z.boolean(),
  appeal: AppealState.nullable(),
});
export type Ban = z.infer<typeof Ban>;

/** For moderators: what somebody who is banned has to say. One that is `open` waits for an answer while it is `active`: its ban counts. */
export const Appeal = z.object({
  id: Id,
  banId: Id,
  active: z.boolean(),
  account: Person,
  text: z.string(),
  state: AppealState,
  answer: z.string().nullable(),
  at: Instant,
  answeredAt: Instant.nullable(),
});
export type Appeal = z.infer<typeof Appeal>;

/** For the person concerned: who decided it stays with the channel. `mayAppeal`: no appeal has been written yet. */
export const OwnBan = z.object({
  id: Id,
  kind: BanKind,
  scope: BanScope,
  channel: z.object({ id: Id, handle: z.string(), title: z.string() }).nullable(),
  reason: z.string(),
  at: Instant,
  until: Instant.nullable(),
  /** What is shown instead of the box to write in. */
  message: z.string(),
  mayAppeal: z.boolean(),
  appeal: z.object({ text: z.string(), state: AppealState, answer: z.string().nullable() }).nullable(),
});
export type OwnBan = z.infer<typeof OwnBan>;

/** For the person concerned. */
export const Warning = z.object({
  id: Id,
  channel: z.object({ id: Id, handle: z.string(), title: z.string() }),
  text: z.string(),
  at: Instant,
});
export type Warning = z.infer<typeof Warning>;

/** What stands in the log. `undo` names the entry it takes back. */
export const ModerationAct = z.enum([
  "timeout",
  "ban",
  "unban",
  "warn",
  "note",
  "delete",
  "approve",
  "dismiss",
  "keep",
  "appeal",
  "answer",
  "filter_add",
  "filter_change",
  "filter_remove",
  "settings",
  "modes",
  "undo",
]);
export type ModerationAct = z.infer<typeof ModerationAct>;

/** Acts that an `undo` takes back. */
export const UndoableAct = ModerationAct.extract(["timeout", "ban", "unban", "note", "delete", "approve", "dismiss"]);
export type UndoableAct = z.infer<typeof UndoableAct>;

/** Who did what to whom, and why. Entries are never changed: an undo is an entry of its own. */
export const LogEntry = z.object({
  id: Id,
  at: Instant,
  act: ModerationAct,
  /** Null: the server itself, or an account that is gone. */
  by: Person.nullable(),
  account: Person.nullable(),
  broadcastId: Id.nullable(),
  messageId: Id.nullable(),
  /** The message as it was. */
  messageText: z.string().nullable(),
  banId: Id.nullable(),
  /** The reason, the note, the warning or the appeal's text. */
  text: z.string(),
  /** E.g. `{ until, scope, removed }`. */
  details: z.record(z.string(), z.unknown()),
  undoes: Id.nullable(),
  undone: z.boolean(),
});
export type LogEntry = z.infer<typeof LogEntry>;

// What moderators send. Each action answers with its `LogEntry`.

/** Where: a show, or the channel as a whole. Exactly one of both. */
const Place = z.object({ broadcastId: Id.optional(), channelId: Id.optional() });
type PlaceOf = z.output<typeof Place>;
const onePlace = ({ broadcastId, channelId }: PlaceOf): boolean =>
  (broadcastId === undefined) !== (channelId === undefined);
const ONE_PLACE = { message: "name a broadcastId or a channelId, not both", path: ["broadcastId"] };

const aboutSomebody = Place.extend({ accountId: Id, messageId: Id.optional() });
/** Removes what the account said in the last minutes on this show, or on the show that is on the air. 0: nothing. */
const removeLastMin = z.number().int().min(0).max(MODERATION_LIMITS.removeMaxMin).default(0);

/** `moderation.timeout` */
export const TimeoutBody = aboutSomebody
  .extend({
    seconds: z.number().int().min(1).max(MODERATION_LIMITS.timeoutMaxSec),
    reason: Reason.default(""),
    removeLastMin,
  })
  .refine(onePlace, ONE_PLACE);
/** `moderation.ban`; `scope` owner needs the permission bans.shared. */
export const BanBody = aboutSomebody
  .extend({
    scope: BanScope.default("channel"),
    /** Null: for ever. */
    until: Instant.nullable().default(null),
    reason: Reason.default(""),
    removeLastMin,
  })
  .refine(onePlace, ONE_PLACE);
/** `moderation.unban`: takes back a ban or a time-out. */
export const UnbanBody = Place.extend({ banId: Id, reason: Reason.default("") }).refine(onePlace, ONE_PLACE);
/** `moderation.warn`: the account reads `text`. */
export const WarnBody = aboutSomebody.extend({ text: Reason.min(1) }).refine(onePlace, ONE_PLACE);
/** `moderation.note`: only moderators read it. */
export const NoteBody = aboutSomebody
  .extend({ text: Text.trim().min(1).max(MODERATION_LIMITS.noteChars) })
  .refine(onePlace, ONE_PLACE);
/**
 * `moderation.approve` (shown, with its original time) and `moderation.dismiss`, of a held message; `moderation.keep`: a reported
 * message stays, and the reports are done with.
 */
export const DecideBody = z.object({ broadcastId: Id, messageId: Id, reason: Reason.default("") });
/** `moderation.undo` */
export const UndoBody = z.object({ entryId: Id, reason: Reason.default("") });
/** `moderation.appeal`: by the account concerned, once for each ban and each long time-out. Answers with `OwnBan`. */
export const AppealBody = z.object({ banId: Id, text: Text.trim().min(1).max(MODERATION_LIMITS.appealChars) });
/** `moderation.answer` */
export const AnswerBody = z.object({
  appealId: Id,
  decision: z.enum(["lift", "keep"]),
  text: Text.trim().max(MODERATION_LIMITS.appealChars).default(""),
});

// Filters and limits.

/** `replace` puts *** in the place of the words. */
export const FilterAction = z.enum(["hold", "refuse", "replace"]);
export type FilterAction = z.infer<typeof FilterAction>;
/** `pattern`: `*` stands for any letters of a word (alone: for a whole word), `?` for one letter. */
export const FilterKind = z.enum(["word", "pattern"]);
export type FilterKind = z.infer<typeof FilterKind>;

export const WordFilter = z.object({
  id: Id,
  kind: FilterKind,
  text: z.string(),
  action: FilterAction,
  by: Person.nullable(),
  at: Instant,
});
export type WordFilter = z.infer<typeof WordFilter>;
export const WordFilters = z.object({ items: z.array(WordFilter) });
export const CreateFilterBody = z.object({
  kind: FilterKind.default("word"),
  text: Text.trim().min(1).max(MODERATION_LIMITS.filterChars),
  action: FilterAction,
});
export const UpdateFilterBody = z.object({ action: FilterAction });

export const ProfanityLanguage = z.enum(["en", "de", "es", "fr"]);
export type ProfanityLanguage = z.infer<typeof ProfanityLanguage>;
/** `severe`: slurs and calls to harm · `all`: common swear words and insults, too. */
export const ProfanityLevel = z.enum(["off", "severe", "all"]);
export type ProfanityLevel = z.infer<typeof ProfanityLevel>;

const limit = (min: number, max: number, preset: number) => z.number().int().min(min).max(max).default(preset);
export const SpamAction = z.enum(["off", "hold", "refuse"]);
export type SpamAction = z.infer<typeof SpamAction>;

/** Per channel. Everything has a default; `{}` is what a new channel has. */
export const ModerationSettings = z.object({
  profanity: z
    .object({
      level: ProfanityLevel.default("severe"),
      languages: z.array(ProfanityLanguage).max(4).default(["en", "de", "es", "fr"]),
      action: FilterAction.default("hold"),
    })
    .prefault({}),
  /** The same or nearly the same text for the `times`th time within `withinSec`. */
  repeat: z
    .object({ action: SpamAction.default("refuse"), times: limit(2, 20, 3), withinSec: limit(5, 600, 30) })
    .prefault({}),
  /** More than `messages` within `withinSec`. */
  flood: z
    .object({ action: SpamAction.default("refuse"), messages: limit(2, 30, 8), withinSec: limit(2, 60, 10) })
    .prefault({}),
  /** At least `percent` of at least `letters` letters are capitals. */
  caps: z
    .object({ action: SpamAction.default("refuse"), percent: limit(50, 100, 80), letters: limit(5, 200, 20) })
    .prefault({}),
  /** More than `most` links, mentions in one message. */
  links: z.object({ action: SpamAction.default("hold"), most: limit(0, 10, 2) }).prefault({}),
  mentions: z.object({ action: SpamAction.default("hold"), most: limit(0, 20, 5) }).prefault({}),
  /** Accounts younger than this are marked for moderators; 0: none. */
  newAccountDays: limit(0, 90, 3),
});
export type ModerationSettings = z.output<typeof ModerationSettings>;

/** What would become of a text from somebody who is no moderator; bans and what was said before do not count. */
export const TryTextBody = z.object({ text: Text.min(1).max(2000) });
export const TryTextAnswer = z.object({
  verdict: z.enum(["allow", "hold", "refuse"]),
  text: z.string(),
  reason: z.string().nullable(),
});

// Lists.

export const ListBansQuery = PageQuery.extend({
  state: z.enum(["active", "all"]).default("active"),
  accountId: Id.optional(),
  scope: BanScope.optional(),
});
export const BanPage = pageOf(Ban);
/** `accountId`: whom it concerns · `person`: the handle of whom it concerns or of who did it. */
export const ListLogQuery = PageQuery.extend({
  act: ModerationAct.optional(),
  accountId: Id.optional(),
  person: Handle.optional(),
});
export const LogPage = pageOf(LogEntry);
export const ListAppealsQuery = PageQuery.extend({ state: z.enum(["open", "all"]).default("open") });
export const AppealPage = pageOf(Appeal);
export const OwnBans = z.object({ items: z.array(OwnBan) });

/** Signs that somebody may have been banned before. Hints, no proof: schools and companies share a network. */
export const EvasionHints = z.object({
  accountAgeDays: z.number().int(),
  /** Younger than the channel's `newAccountDays`. */
  isNew: z.boolean(),
  /** Accounts with a ban here that were seen on the same network within 30 days; at most 5. */
  sameNetworkAs: z.array(Person),
});
export type EvasionHints = z.infer<typeof EvasionHints>;

/** What moderators know of an account on this channel. Newest first, at most 50 of each. */
export const PersonCard = z.object({
  account: Person,
  role: z.enum(["owner", "admin", "producer", "moderator", "guest", "viewer"]),
  hints: EvasionHints,
  bans: z.array(Ban),
  warnings: z.array(LogEntry),
  notes: z.array(LogEntry),
});
export type PersonCard = z.infer<typeof PersonCard>;

// What is told.

/** On `channel:<channelId>`, whose snapshot is `ModerationSnapshot`. */
export const ModerationEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("moderation.logged"), entry: LogEntry }),
  z.object({ type: z.literal("moderation.appealed"), appeal: Appeal }),
  /** It has its answer, or its ban does not count any more, or counts again. */
  z.object({ type: z.literal("moderation.answered"), appeal: Appeal }),
]);
export type ModerationEvent = z.infer<typeof ModerationEvent>;
/** The appeals that wait for an answer, and the newest entries. */
export const ModerationSnapshot = z.object({ appeals: z.array(Appeal), log: z.array(LogEntry) });
export type ModerationSnapshot = z.infer<typeof ModerationSnapshot>;

/** On `moderation:<broadcastId>`: a message that was not let through and is stored nowhere. */
export const RefusedEvent = z.object({
  type: z.literal("moderation.refused"),
  account: Person,
  text: z.string(),
  reason: z.string(),
  at: Instant,
});
export type RefusedEvent = z.infer<typeof RefusedEvent>;

/** On `user:<accountId>`. Its snapshot is `UserSnapshot`. */
export const UserModerationEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user.banned"), ban: OwnBan }),
  z.object({ type: z.literal("user.unbanned"), banId: Id }),
  z.object({ type: z.literal("user.warned"), warning: Warning }),
  z.object({ type: z.literal("user.appeal_answered"), ban: OwnBan }),
  /** The account works for this channel now, no longer, or as something else: what it may do there is to be asked for anew. */
  z.object({ type: z.literal("user.role_changed"), channelId: Id }),
]);
export type UserModerationEvent = z.infer<typeof UserModerationEvent>;
/** What counts now, and the warnings of the last 30 days. */
export const UserSnapshot = z.object({ bans: z.array(OwnBan), warnings: z.array(Warning) });
export type UserSnapshot = z.infer<typeof UserSnapshot>;
