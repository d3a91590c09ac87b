/** Tips, their goal and leaderboard, as they cross the wire. */
import { z } from "zod";
import { Id, Instant, PageQuery, Text, pageOf } from "./common.ts";
import { AmountMinor, Currency } from "./money.ts";
import { SendId } from "./realtime.ts";

export const TIP_LIMITS = { messageLength: 200, recent: 20, leaderboard: 10, goalTitleLength: 80 } as const;

/** The name under which tips without a name are shown. */
export const ANONYMOUS_NAME = "Anonymous";

/** Stands in every answer of the provider that needs no keys. */
export const DEMO_NOTICE = "demo, no money moves";

/** Null unless tips are only played: then what must be said beside them. */
const notice = z.literal(DEMO_NOTICE).nullable();

/** Who the channel is made for. Only for `everyone` are tips taken. */
export const TipAudience = z.enum(["everyone", "kids", "adults"]);
export type TipAudience = z.infer<typeof TipAudience>;

/** Of a channel. `minAmountMinor` null: the currency's own minimum. */
export const TipSettings = z.object({
  enabled: z.boolean(),
  currency: Currency,
  minAmountMinor: AmountMinor.nullable(),
  audience: TipAudience,
});
export type TipSettings = z.infer<typeof TipSettings>;
/** `provider` is who takes payments; `stripe` with a notice: by keys of its test mode. */
export const TipSettingsAnswer = TipSettings.extend({ provider: z.enum(["stripe", "demo"]), notice });
export const UpdateTipSettingsBody = TipSettings.partial();
export const DEFAULT_TIP_SETTINGS: TipSettings = {
  enabled: false,
  currency: "EUR",
  minAmountMinor: null,
  audience: "everyone",
};

/** A tip as everybody may see it. `message` null: none, or not (yet) for everybody. `mediaTimeMs`: when it came, in the program. */
export const ShownTip = z.object({
  id: Id,
  amountMinor: z.number().int(),
  currency: Currency,
  /** `ANONYMOUS_NAME` when `anonymous`. */
  name: z.string(),
  anonymous: z.boolean(),
  message: z.string().nullable(),
  mediaTimeMs: z.number().int().nullable(),
  at: Instant,
  notice,
});
export type ShownTip = z.infer<typeof ShownTip>;

/** `raisedMinor` is what came since it began, less what was paid back. */
export const Goal = z.object({
  id: Id,
  title: z.string(),
  targetMinor: z.number().int(),
  raisedMinor: z.number().int(),
  currency: Currency,
  startedAt: Instant,
  stoppedAt: Instant.nullable(),
});
export type Goal = z.infer<typeof Goal>;

export const LeaderboardEntry = z.object({
  handle: z.string(),
  name: z.string(),
  amountMinor: z.number().int(),
  currency: Currency,
  tips: z.number().int(),
});
export type LeaderboardEntry = z.infer<typeof LeaderboardEntry>;

/** Whether somebody may tip now, and what. `closed` says why not. */
export const Tipping = z.object({
  closed: z.string().nullable(),
  currency: Currency,
  minAmountMinor: z.number().int(),
  maxAmountMinor: z.number().int(),
  notice,
});
export type Tipping = z.infer<typeof Tipping>;

/** Part of the snapshot of `broadcast:<id>`, and `GET /broadcasts/:id/tips`. Newest tips first; the leaderboard is the show's. */
export const TipsSnapshot = z.object({
  tips: z.array(ShownTip),
  goal: Goal.nullable(),
  leaderboard: z.array(LeaderboardEntry),
  tipping: Tipping,
});
export type TipsSnapshot = z.infer<typeof TipsSnapshot>;

/**
 * On `broadcast:<id>`. `tip.message`: its words may be shown now · `tip.removed`: it was paid back · `tip.standing`: what stands
 * beside the tips changed · `tip.settings`: whether one may tip changed.
 */
export const TipEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("tip.received"), tip: ShownTip }),
  z.object({ type: z.literal("tip.message"), id: Id, message: z.string() }),
  z.object({ type: z.literal("tip.removed"), id: Id }),
  z.object({ type: z.literal("tip.standing"), goal: Goal.nullable(), leaderboard: z.array(LeaderboardEntry) }),
  z.object({ type: z.literal("tip.settings"), tipping: Tipping }),
]);
export type TipEvent = z.infer<typeof TipEvent>;

/** A paid tip whose words wait for a moderator. */
export const HeldTip = z.object({ tip: ShownTip, text: z.string(), reason: z.string() });
export type HeldTip = z.infer<typeof HeldTip>;

/** On `moderation:<id>`. `tip.settled`: somebody has decided. */
export const TipModerationEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("tip.held"), held: HeldTip }),
  z.object({ type: z.literal("tip.settled"), id: Id }),
]);
export type TipModerationEvent = z.infer<typeof TipModerationEvent>;
export const SettleTipBody = z.object({ decision: z.enum(["show", "hide"]) });

/** `sendId` makes a second try the same tip. `currency` must be the channel's, as the page showed it. */
export const CreateTipBody = z.object({
  amountMinor: AmountMinor,
  currency: Currency,
  message: Text.trim().max(TIP_LIMITS.messageLength).optional(),
  anonymous: z.boolean().default(false),
  sendId: SendId.optional(),
});
/** The tip counts once it is paid at `checkoutUrl`. */
export const TipCheckout = z.object({ tipId: Id, checkoutUrl: z.string(), notice });
export type TipCheckout = z.infer<typeof TipCheckout>;

/** `mismatch`: something else was paid than was asked for; it is not counted and the provider's books must be looked at. */
export const TipState = z.enum(["pending", "paid", "refunded", "disputed", "expired", "failed", "mismatch"]);
export type TipState = z.infer<typeof TipState>;

/** For who gave it. */
export const OwnTip = ShownTip.extend({ state: TipState });
export type OwnTip = z.infer<typeof OwnTip>;

/** For the crew: with the words whatever became of them. `name` is the giver's even when the tip was anonymous to viewers. */
export const StaffTip = z.object({
  id: Id,
  broadcastId: Id.nullable(),
  broadcastTitle: z.string().nullable(),
  name: z.string(),
  handle: z.string().nullable(),
  anonymous: z.boolean(),
  message: z.string().nullable(),
  messageState: z.enum(["none", "shown", "held", "hidden"]),
  state: TipState,
  amountMinor: z.number().int(),
  feeMinor: z.number().int(),
  /** Paid back and disputed. */
  returnedMinor: z.number().int(),
  currency: Currency,
  provider: z.enum(["stripe", "demo"]),
  notice,
  createdAt: Instant,
  paidAt: Instant.nullable(),
  mediaTimeMs: z.number().int().nullable(),
});
export type StaffTip = z.infer<typeof StaffTip>;

/** `from` inclusive, `to` exclusive, of when it was asked for. */
const span = { from: Instant.optional(), to: Instant.optional() };
export const ListTipsQuery = PageQuery.extend({ ...span, broadcastId: Id.optional(), state: TipState.optional() });
export const TipPage = pageOf(StaffTip);
export const TipTotalsQuery = z.object({ ...span, broadcastId: Id.optional() });
export type TipTotalsQuery = z.infer<typeof TipTotalsQuery>;

/** Out of the ledger, one for each currency and provider. `netMinor` is what is left. */
export const TipTotal = z.object({
  currency: Currency,
  provider: z.enum(["stripe", "demo"]),
  notice,
  tips: z.number().int(),
  grossMinor: z.number().int(),
  feesMinor: z.number().int(),
  refundsMinor: z.number().int(),
  disputesMinor: z.number().int(),
  netMinor: z.number().int(),
});
export type TipTotal = z.infer<typeof TipTotal>;
export const TipTotals = z.object({ items: z.array(TipTotal) });

export const LeaderboardQuery = z.object({ period: z.enum(["show", "30d"]).default("show") });
export const Leaderboard = z.object({ items: z.array(LeaderboardEntry) });

export const CreateGoalBody = z.object({
  title: Text.trim().min(1).max(TIP_LIMITS.goalTitleLength),
  targetMinor: AmountMinor,
});
export const Goals = z.object({ items: z.array(Goal) });
