/** The part of the API that is about tips: giving, what everybody sees of it, and what a channel's crew does with it. */
import type {
  CreateGoalBody,
  CreateTipBody,
  Goal,
  HeldTip,
  LeaderboardEntry,
  LeaderboardQuery,
  ListTipsQuery,
  OwnTip,
  SettleTipBody,
  StaffTip,
  TipCheckout,
  TipSettingsAnswer,
  TipsSnapshot,
  TipTotal,
  TipTotalsQuery,
  UpdateTipSettingsBody,
} from "@rostrum/contract/tips";
import type { CallOptions, Http } from "./http.ts";

type In<T extends { _zod: { input: unknown } }> = T["_zod"]["input"];
type Out<T extends { _zod: { output: unknown } }> = T["_zod"]["output"];
type Page<T> = Readonly<{ items: T[]; nextCursor: string | null }>;
type Query<T> = { readonly [K in keyof T]?: T[K] | undefined };

export function tips(http: Http) {
  const ofShow = (broadcastId: string) => `/broadcasts/${broadcastId}/tips`;
  const ofChannel = (channelId: string) => `/channels/${channelId}`;
  return {
    /** The newest tips of a show, its goal and leaderboard, and whether one may tip. */
    of: (broadcastId: string, call?: CallOptions) => http.call<TipsSnapshot>(ofShow(broadcastId), call),
    /** It counts once it is paid at `checkoutUrl`. */
    create: (broadcastId: string, body: In<typeof CreateTipBody>) =>
      http.call<TipCheckout>(ofShow(broadcastId), { method: "POST", body }),
    /** What became of one's own. */
    get: (id: string, call?: CallOptions) => http.call<OwnTip>(`/tips/${id}`, call),
    leaderboard: (broadcastId: string, period: Out<typeof LeaderboardQuery>["period"], call?: CallOptions) =>
      http.call<{ items: LeaderboardEntry[] }>(`${ofShow(broadcastId)}/leaderboard`, { ...call, query: { period } }),

    settings: (channelId: string, call?: CallOptions) =>
      http.call<Out<typeof TipSettingsAnswer>>(`${ofChannel(channelId)}/tip-settings`, call),
    updateSettings: (channelId: string, body: In<typeof UpdateTipSettingsBody>) =>
      http.call<Out<typeof TipSettingsAnswer>>(`${ofChannel(channelId)}/tip-settings`, { method: "PATCH", body }),
    /** For the crew, newest first. */
    list: (channelId: string, query: Query<Out<typeof ListTipsQuery>> = {}, call?: CallOptions) =>
      http.call<Page<StaffTip>>(`${ofChannel(channelId)}/tips`, { ...call, query }),
    /** Out of the ledger, one for each currency and provider. */
    totals: (channelId: string, query: Query<TipTotalsQuery> = {}, call?: CallOptions) =>
      http.call<{ items: TipTotal[] }>(`${ofChannel(channelId)}/tips/totals`, { ...call, query }),
    /** Newest first; at most one of them runs. */
    goals: (channelId: string, call?: CallOptions) =>
      http.call<{ items: Goal[] }>(`${ofChannel(channelId)}/tip-goals`, call),
    startGoal: (channelId: string, body: In<typeof CreateGoalBody>) =>
      http.call<Goal>(`${ofChannel(channelId)}/tip-goals`, { method: "POST", body }),
    stopGoal: (id: string) => http.call<Goal>(`/tip-goals/${id}/stop`, { method: "POST" }),
    /** Paid tips whose words wait for a moderator, oldest first. */
    held: (broadcastId: string, call?: CallOptions) =>
      http.call<{ items: HeldTip[] }>(`${ofShow(broadcastId)}/held`, call),
    settle: (id: string, decision: In<typeof SettleTipBody>["decision"]) =>
      http.call<void>(`/tips/${id}/words`, { method: "POST", body: { decision } }),
    /** Resolves when the provider has accepted it. */
    refund: (id: string) => http.call<void>(`/tips/${id}/refund`, { method: "POST" }),
  };
}
