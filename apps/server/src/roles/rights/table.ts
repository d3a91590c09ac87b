/**
 * Who may do what, written by hand: every route, topic and action of the server, against which `routes.test.ts` and `realtime.test.ts`
 * hold what the server does. What is missing here fails them.
 */
import type { TokenScope } from "@rostrum/contract/permissions";

/**
 * Everybody who asks. The roles are those of one channel; `other owner` owns another one, `operator` is the installation's, `banned` is a
 * viewer who is banned from that channel's chat, `maker` a viewer who made the clip or gave the tip that is asked for.
 */
export const PEOPLE = [
  "anonymous",
  "viewer",
  "banned",
  "maker",
  "operator",
  "other owner",
  "guest",
  "moderator",
  "producer",
  "admin",
  "owner",
] as const;
export type PersonName = (typeof PEOPLE)[number];

/** API tokens of the owner; what was a session of the owner before the account was disabled. */
export const OTHERS = ["token read", "token broadcasts", "token channels", "token keys", "suspended"] as const;
export type CallerName = PersonName | (typeof OTHERS)[number];

const [, ...ACCOUNTS] = PEOPLE;
const CREW = ["guest", "moderator", "producer", "admin", "owner"] as const;
const STAFF = CREW.slice(1);
const OPERATORS = CREW.slice(2);
const ADMINS = CREW.slice(3);

/** `unasked`: nobody is asked who they are · `seers`: whoever sees the show. */
export const MAY = {
  unasked: PEOPLE,
  anybody: PEOPLE,
  seers: PEOPLE,
  accounts: ACCOUNTS,
  "accounts that see it": ACCOUNTS,
  "accounts that are not banned": ACCOUNTS.filter((name) => name !== "banned"),
  crew: CREW,
  staff: STAFF,
  operators: OPERATORS,
  admins: ADMINS,
  owner: ["owner"],
  "maker or staff": ["maker", ...STAFF],
  "maker or operators": ["maker", ...OPERATORS],
  maker: ["maker"],
  banned: ["banned"],
  operator: ["operator"],
} as const satisfies Record<string, readonly PersonName[]>;
export type Who = keyof typeof MAY;

/** What an API token needs: a scope; `any` token does; `none` does, a person must have signed in. */
export type TokenNeed = TokenScope | "any" | "none";

export type More = Readonly<{
  body?: unknown;
  /** The answer to who may not; `forbidden` unless told. */
  refusal?: "not_found" | "forbidden";
  /** A show of its own for each try, in this state. */
  show?: "draft";
  /** Whether the show is seen is asked before who asks. */
  sightFirst?: true;
  /** It ends the session of who asks: nobody but people made for it may try. */
  endsSession?: true;
}>;

/** `ok`: the status for who may. 400, 404, 409 and 415 stand where only the right is tried, not what comes behind it. */
export type Row = readonly [route: string, who: Who, token: TokenNeed, ok: number, more?: More];

const PASSWORD = "correct horse battery";
const body = (value: unknown): More => ({ body: value });
const hidden: More = { refusal: "not_found" };

const ACCOUNT_ROUTES: readonly Row[] = [
  ["GET /instance", "unasked", "any", 200],
  ["POST /setup", "unasked", "any", 409, body({ token: "x", email: "a@b.example", handle: "abc", password: PASSWORD })],
  ["POST /auth/register", "unasked", "any", 403, body({ email: "a@b.example", handle: "abc", password: PASSWORD })],
  ["POST /auth/login", "unasked", "any", 401, body({ email: "nobody@example.org", password: "wrong" })],
  ["POST /auth/refresh", "unasked", "any", 401],
  ["POST /auth/logout", "anybody", "any", 204, { endsSession: true }],
  ["POST /auth/logout-all", "accounts", "none", 204, { endsSession: true }],
  ["GET /me", "accounts", "read", 200],
  ["PATCH /me", "accounts", "none", 200, body({ displayName: "New" })],
  [
    "POST /me/password",
    ...(["accounts", "none", 200] as const),
    { endsSession: true, body: { currentPassword: PASSWORD, newPassword: `${PASSWORD} staple` } },
  ],
  ["GET /me/sessions", "accounts", "none", 200],
  ["DELETE /me/sessions/:id", "accounts", "none", 404],
  ["GET /me/tokens", "accounts", "none", 200],
  ["POST /me/tokens", "accounts", "none", 201, body({ name: "Bot", scopes: ["read"] })],
  ["DELETE /me/tokens/:id", "accounts", "none", 404],
  ["GET /me/bans", "accounts", "read", 200],
  ["GET /me/follows", "accounts", "read", 200],
  ["GET /push/key", "unasked", "any", 200],
  ["GET /me/push-subscriptions", "accounts", "none", 200],
  ["POST /me/push-subscriptions", "accounts", "none", 400, body({ endpoint: "x", keys: { p256dh: "a", auth: "b" } })],
  ["DELETE /me/push-subscriptions/:id", "accounts", "none", 404],
  ["GET /unsubscribe?t=x", "unasked", "any", 401],
  ["POST /unsubscribe?t=x", "unasked", "any", 401],
  ["GET /invites", "operator", "none", 200],
  ["POST /invites", "operator", "none", 201, body({})],
  ["DELETE /invites/:id", "operator", "none", 404],
];

const CHANNEL_ROUTES: readonly Row[] = [
  ["GET /channels", "unasked", "any", 200],
  ["GET /channels?mine=true", "accounts", "read", 200],
  ["GET /channels/by-handle/:handle", "anybody", "any", 200],
  ["GET /channels/:id", "anybody", "any", 200],
  ["POST /channels", "accounts", "channels", 409, body({ handle: "rights", title: "Taken" })],
  ["PATCH /channels/:id", "admins", "channels", 200, body({ description: "New" })],
  ["DELETE /channels/:id", "owner", "channels", 400, body({ confirm: "another" })],
  ["PUT /channels/:id/poster", "admins", "channels", 415],
  ["DELETE /channels/:id/poster", "admins", "channels", 200],
  ["GET /channels/:id/ingest", "operators", "read", 200],
  ["GET /channels/:id/audit", "admins", "read", 200],
  ["GET /channels/:id/storage", "staff", "read", 200],
  ["GET /channels/:id/members", "staff", "read", 200],
  ["POST /channels/:id/members", "admins", "channels", 404, body({ handle: "nobody_here", role: "guest" })],
  ["PATCH /channels/:id/members/:accountId", "admins", "channels", 200, body({ role: "moderator" })],
  ["DELETE /channels/:id/members/:accountId", "admins", "channels", 204],
  ["GET /channels/:id/keys", "operators", "keys", 200],
  ["POST /channels/:id/keys/:slot/reveal", "admins", "none", 200, body({ password: PASSWORD })],
  ["POST /channels/:id/keys/:slot/rotate", "admins", "keys", 200],
  ["GET /channels/:id/follow", "accounts", "read", 200],
  ["PUT /channels/:id/follow", "accounts", "channels", 200, body({ mail: false })],
  ["DELETE /channels/:id/follow", "accounts", "channels", 204],
  ["GET /channels/:id/chat-settings", "staff", "read", 200],
  ["PATCH /channels/:id/chat-settings", "staff", "broadcasts", 200, body({ slowModeSec: 0 })],
  ["PATCH /channels/:id/chat-settings", "operators", "broadcasts", 200, body({ links: "allow" })],
  ["GET /channels/:id/emotes", "unasked", "any", 200],
  ["GET /channels/:id/chat/search?q=hello", "staff", "read", 200],
  ["PATCH /channels/:id/emotes/:emoteId", "operators", "channels", 404, body({ name: "wave" })],
  ["POST /channels/:id/emotes?name=wave", "operators", "channels", 415],
  ["DELETE /channels/:id/emotes/:emoteId", "operators", "channels", 404],
  ["GET /channels/:id/engagement", "staff", "broadcasts", 200],
  ["PATCH /channels/:id/engagement", "staff", "broadcasts", 200, body({ polls: true })],
  ["GET /channels/:id/files", "operators", "broadcasts", 200],
  ["POST /channels/:id/files", "operators", "broadcasts", 415],
  ["PATCH /files/:id", "operators", "broadcasts", 200, body({ title: "New" })],
  ["DELETE /files/:id", "operators", "broadcasts", 204],
  ["GET /files/:id/picture.jpg", "operators", "broadcasts", 404],
  ["GET /channels/:id/moderation/bans", "staff", "read", 200],
  ["GET /channels/:id/moderation/log", "staff", "read", 200],
  ["GET /channels/:id/moderation/appeals", "staff", "read", 200],
  ["GET /channels/:id/moderation/accounts/:accountId", "staff", "read", 200],
  ["GET /channels/:id/moderation/settings", "staff", "read", 200],
  ["PUT /channels/:id/moderation/settings", "operators", "channels", 200, body({})],
  ["POST /channels/:id/moderation/try", "staff", "read", 200, body({ text: "hello" })],
  ["GET /channels/:id/moderation/filters", "staff", "read", 200],
  [
    "POST /channels/:id/moderation/filters",
    "operators",
    "channels",
    400,
    body({ text: "*", kind: "pattern", action: "hold" }),
  ],
  ["PATCH /channels/:id/moderation/filters/:filterId", "operators", "channels", 200, body({ action: "refuse" })],
  ["DELETE /channels/:id/moderation/filters/:filterId", "operators", "channels", 204],
  ["GET /channels/:id/webhooks", "admins", "channels", 200],
  ["POST /channels/:id/webhooks", "admins", "channels", 400, body({ url: "http://127.0.0.1/" })],
  ["PATCH /channels/:id/webhooks/:webhookId", "admins", "channels", 200, body({ description: "New" })],
  ["DELETE /channels/:id/webhooks/:webhookId", "admins", "channels", 204],
  ["POST /channels/:id/webhooks/:webhookId/rotate", "admins", "channels", 200],
  ["POST /channels/:id/webhooks/:webhookId/test", "admins", "channels", 202],
  ["GET /channels/:id/webhooks/:webhookId/deliveries", "admins", "channels", 200],
  ["GET /channels/:id/webhooks/:webhookId/deliveries/:deliveryId", "admins", "channels", 200],
  ["POST /channels/:id/webhooks/:webhookId/deliveries/:deliveryId/replay", "admins", "channels", 202],
];

const TIP = { amountMinor: 500, currency: "EUR" };
const TIP_ROUTES: readonly Row[] = [
  ["GET /channels/:id/tips", "operators", "read", 200],
  ["GET /channels/:id/tips.csv", "operators", "read", 200],
  ["GET /channels/:id/tips/totals", "operators", "read", 200],
  ["GET /channels/:id/tip-settings", "operators", "read", 200],
  ["PATCH /channels/:id/tip-settings", "admins", "channels", 200, body({ minAmountMinor: null })],
  ["GET /channels/:id/tip-goals", "operators", "read", 200],
  ["POST /channels/:id/tip-goals", "admins", "channels", 409, body({ title: "A camera", targetMinor: 50_000 })],
  ["POST /tip-goals/:id/stop", "admins", "channels", 200],
  ["GET /broadcasts/:id/tips", "seers", "any", 200],
  ["GET /broadcasts/:id/tips/leaderboard", "seers", "any", 200],
  ["POST /broadcasts/:id/tips", "accounts that are not banned", "none", 201, body(TIP)],
  ["GET /broadcasts/:id/tips/held", "staff", "read", 200],
  ["GET /tips/:id", "maker or operators", "read", 200, hidden],
  ["POST /tips/:id/words", "staff", "broadcasts", 204, body({ decision: "show" })],
  ["POST /tips/:id/refund", "admins", "none", 409],
  ["GET /payments/demo/:id", "maker", "none", 200, hidden],
  ["POST /payments/demo/:id", "maker", "none", 303, hidden],
  ["POST /payments/stripe/webhook", "unasked", "any", 404],
  ["POST /rooms/webhook", "unasked", "any", 503],
];

const BEACON = {
  ...{ sessionId: "0123456789abcdef", joinMs: 300, watchedMs: 1000, stalls: 0, stalledMs: 0 },
  ...{ latencyMs: 900, bitrateBps: 1_000_000, droppedFrames: 0, error: null, ended: false },
};
const POLL = { question: "Which one?", options: ["This", "That"] };
const LINK = { kind: "link", title: "Notes", url: "https://example.org/" };

const SHOW_ROUTES: readonly Row[] = [
  ["GET /broadcasts", "unasked", "any", 200],
  ["GET /broadcasts?mine=true", "accounts", "read", 200],
  ["GET /broadcasts/:id", "seers", "any", 200],
  ["POST /broadcasts", "operators", "broadcasts", 201, body({ channelId: ":channelId", title: "Another" })],
  ["PATCH /broadcasts/:id", "operators", "broadcasts", 200, body({ description: "New" })],
  ["DELETE /broadcasts/:id", "admins", "broadcasts", 204, { show: "draft" }],
  ["POST /broadcasts/:id/preview", "operators", "broadcasts", 409, { show: "draft" }],
  ["POST /broadcasts/:id/live", "operators", "broadcasts", 409, { show: "draft" }],
  ["POST /broadcasts/:id/end", "operators", "broadcasts", 409, { show: "draft" }],
  ["PUT /broadcasts/:id/poster", "operators", "broadcasts", 415],
  ["DELETE /broadcasts/:id/poster", "operators", "broadcasts", 200],
  ["GET /broadcasts/:id/playback", "seers", "any", 200],
  ["POST /broadcasts/:id/beacon", "seers", "any", 200, body(BEACON)],
  ["GET /broadcasts/:id/thumbnail.jpg", "seers", "any", 200],
  ["POST /broadcasts/:id/test-signal", "operators", "broadcasts", 204, body({ on: true })],
  ["GET /broadcasts/:id/file-source", "operators", "broadcasts", 200],
  ["POST /broadcasts/:id/file-source", "operators", "broadcasts", 404, body({ fileIds: ["00000000000000000000"] })],
  ["DELETE /broadcasts/:id/file-source", "operators", "broadcasts", 204],
  ["POST /broadcasts/:id/file-source/next", "operators", "broadcasts", 409],
  ["GET /broadcasts/:id/sources", "operators", "broadcasts", 200],
  ["POST /broadcasts/:id/sources/take", "operators", "broadcasts", 200, body({ sourceId: null })],
  ["GET /broadcasts/:id/sources/:sourceId/thumbnail.jpg", "operators", "broadcasts", 200],
  ["GET /broadcasts/:id/overlay-token", "staff", "read", 200],
  ["GET /broadcasts/:id/health", "staff", "read", 200],
  ["GET /broadcasts/:id/health/minutes", "staff", "read", 200],
  ["GET /broadcasts/:id/analytics", "operators", "read", 200],
  ["GET /broadcasts/:id/analytics/live", "operators", "read", 200],
  ["GET /broadcasts/:id/analytics/export?file=json", "operators", "read", 200],
  ["PUT /broadcasts/:id/watermark", "operators", "broadcasts", 415],
  ["DELETE /broadcasts/:id/watermark", "operators", "broadcasts", 200],
  ["POST /age-consents", "unasked", "any", 201, body({ minimumAge: 18, confirmed: true })],
  ["GET /broadcasts/:id/blurred-poster.webp", "unasked", "any", 404],
  ["GET /oembed?url=http://elsewhere.example/", "unasked", "any", 404],
  ["GET /broadcasts/:id/markers", "seers", "any", 200],
  ["POST /broadcasts/:id/markers", "staff", "broadcasts", 201, body({ title: "Here", atMs: 1000 })],
  ["DELETE /broadcasts/:id/markers/:markerId", "staff", "broadcasts", 204],
  [
    "POST /broadcasts/:id/clips",
    "accounts that see it",
    "broadcasts",
    409,
    { body: { title: "A", fromMs: 0, toMs: 9000 }, sightFirst: true },
  ],
  ["GET /clips?channelId=:channelId", "anybody", "any", 200],
  ["GET /clips?broadcastId=:broadcastId", "seers", "any", 200],
  ["GET /clips/:id", "seers", "any", 200],
  ["POST /clips/:id/view", "seers", "any", 204],
  ["PATCH /clips/:id", "maker or staff", "broadcasts", 200, body({ title: "New" })],
  ["DELETE /clips/:id", "maker or staff", "broadcasts", 204],
  ["GET /clips/:id/clip.mp4", "seers", "any", 404],
  ["GET /clips/:id/thumbnail.jpg", "seers", "any", 404],
  ["GET /recordings?channelId=:channelId", "anybody", "any", 200],
  ["GET /recordings?broadcastId=:broadcastId", "seers", "any", 200],
  ["GET /recordings/:id", "seers", "any", 200],
  ["PATCH /recordings/:id", "operators", "broadcasts", 200, body({ title: "New" })],
  ["DELETE /recordings/:id", "admins", "broadcasts", 204],
  ["POST /recordings/:id/mp4", "staff", "broadcasts", 202],
  ["GET /recordings/:id/download.mp4", "staff", "read", 409],
  ["GET /recordings/:id/chapters.vtt", "seers", "any", 200],
  ["GET /recordings/:id/thumbnail.jpg", "seers", "any", 404],
  ["GET /recordings/:id/storyboard.vtt", "seers", "any", 404],
  ["GET /recordings/:id/storyboard-:nth.jpg", "seers", "any", 404],
];

const AUDIENCE_ROUTES: readonly Row[] = [
  ["GET /broadcasts/:id/chat", "seers", "any", 200],
  ["GET /broadcasts/:id/chat/search?q=hello", "staff", "read", 200],
  ["GET /broadcasts/:id/chat/export.csv", "staff", "read", 200],
  ["GET /broadcasts/:id/chat/export.json", "staff", "read", 200],
  ["GET /broadcasts/:id/chat-settings", "staff", "read", 200],
  ["PATCH /broadcasts/:id/chat-settings", "staff", "broadcasts", 200, body({ shield: false })],
  ["PATCH /broadcasts/:id/chat-settings", "operators", "broadcasts", 200, body({ mode: "everybody" })],
  ["GET /broadcasts/:id/polls", "seers", "any", 200],
  ["POST /broadcasts/:id/polls", "staff", "broadcasts", 201, body(POLL)],
  ["PATCH /broadcasts/:id/polls/:pollId", "staff", "broadcasts", 200, body({ question: "Now?" })],
  ["DELETE /broadcasts/:id/polls/:pollId", "staff", "broadcasts", 204],
  ["POST /broadcasts/:id/polls/:pollId/open", "staff", "broadcasts", 200],
  ["POST /broadcasts/:id/polls/:pollId/close", "staff", "broadcasts", 409],
  ["GET /broadcasts/:id/polls/:pollId/results.csv", "staff", "broadcasts", 200],
  ["GET /broadcasts/:id/questions", "seers", "any", 200],
  ["GET /broadcasts/:id/questions?state=pending", "staff", "any", 200],
  ["PATCH /broadcasts/:id/questions/:itemId", "staff", "broadcasts", 200, body({ state: "dismissed" })],
  ["PUT /broadcasts/:id/questions/:itemId/pin", "staff", "broadcasts", 200],
  ["DELETE /broadcasts/:id/questions/:itemId/pin", "staff", "broadcasts", 200],
  ["GET /broadcasts/:id/hands", "staff", "broadcasts", 200],
  ["DELETE /broadcasts/:id/hands", "staff", "broadcasts", 204],
  ["DELETE /broadcasts/:id/hands/:itemId", "staff", "broadcasts", 204],
  ["GET /broadcasts/:id/announcements", "staff", "broadcasts", 200],
  ["POST /broadcasts/:id/announcements", "staff", "broadcasts", 201, body({ text: "Soon" })],
  ["POST /broadcasts/:id/announcements/:itemId/close", "staff", "broadcasts", 204],
  ["GET /broadcasts/:id/handouts", "seers", "any", 200],
  ["POST /broadcasts/:id/handouts", "staff", "broadcasts", 201, body(LINK)],
  ["PATCH /broadcasts/:id/handouts/:itemId", "staff", "broadcasts", 200, body({ shown: true })],
  ["DELETE /broadcasts/:id/handouts/:itemId", "staff", "broadcasts", 204],
];

const PERSON = { name: "Ada", email: "ada@example.org" };
const REGISTRATION_ROUTES: readonly Row[] = [
  ["GET /broadcasts/:id/registration", "seers", "any", 200],
  ["POST /broadcasts/:id/registration", "seers", "any", 409, body(PERSON)],
  ["POST /broadcasts/:id/registration/resend", "seers", "any", 202, body({ email: PERSON.email })],
  ["POST /broadcasts/:id/registration/enter", "unasked", "any", 401, body({ token: "x" })],
  ["DELETE /broadcasts/:id/registration", "anybody", "any", 404],
  ["GET /broadcasts/:id/registration/calendar.ics", "anybody", "any", 403],
  ["GET /broadcasts/:id/registration-settings", "operators", "read", 200],
  ["PATCH /broadcasts/:id/registration-settings", "operators", "broadcasts", 200, body({ capacity: null })],
  ["GET /broadcasts/:id/registrations", "operators", "read", 200],
  ["GET /broadcasts/:id/registrations/export.csv", "operators", "read", 200],
  ["DELETE /broadcasts/:id/registrations/:registrationId", "operators", "broadcasts", 204],
  ["POST /broadcasts/:id/registrations/:registrationId/renew", "operators", "broadcasts", 204],
];

/** Below `/api/v1` unless they begin with `/media`. */
export const ROUTES: readonly Row[] = [
  ...ACCOUNT_ROUTES,
  ...CHANNEL_ROUTES,
  ...TIP_ROUTES,
  ...SHOW_ROUTES,
  ...AUDIENCE_ROUTES,
  ...REGISTRATION_ROUTES,
  ["GET /media/posters/:name", "unasked", "any", 404],
  ["GET /media/emotes/:name", "unasked", "any", 404],
];

/** What is tried with every topic and action of its own in `realtime.test.ts`. */
export const REALTIME_ROUTES = ["GET /realtime/poll", "POST /realtime/send"] as const;

/** Topics of a show, of a channel, and of an account. */
export const TOPICS = {
  broadcast: "seers",
  chat: "seers",
  health: "staff",
  moderation: "staff",
  channel: "staff",
  user: "maker",
} as const satisfies Record<string, Who>;

/** What can be sent. API tokens need the scope `broadcasts`. */
export const ACTIONS = [
  ["chat.send", "accounts that are not banned", { broadcastId: ":show", text: ":text" }],
  ["chat.send", "staff", { broadcastId: ":show", text: ":text", announcement: true }],
  ["chat.react", "accounts that are not banned", { messageId: ":message", emote: "👍" }],
  ["chat.unreact", "accounts that see it", { messageId: ":message", emote: "👍" }],
  ["chat.report", "accounts that see it", { messageId: ":message", reason: "spam" }],
  ["chat.delete", "staff", { messageId: ":message" }],
  ["chat.pin", "staff", { messageId: ":message" }],
  ["chat.unpin", "staff", { broadcastId: ":show" }],
  ["chat.highlight", "staff", { messageId: ":message", highlighted: true }],
  ["chat.color", "accounts", { color: null }],
  ["moderation.timeout", "staff", { broadcastId: ":show", accountId: ":account", seconds: 60 }],
  ["moderation.timeout", "staff", { channelId: ":channel", accountId: ":account", seconds: 60 }],
  ["moderation.ban", "staff", { broadcastId: ":show", accountId: ":account" }],
  ["moderation.ban", "admins", { broadcastId: ":show", accountId: ":account", scope: "owner" }],
  ["moderation.unban", "operators", { broadcastId: ":show", banId: ":ban" }],
  ["moderation.undo", "operators", { entryId: ":entry" }],
  ["moderation.warn", "staff", { broadcastId: ":show", accountId: ":account", text: "Mind your words." }],
  ["moderation.note", "staff", { broadcastId: ":show", accountId: ":account", text: "Seen before." }],
  ["moderation.approve", "staff", { broadcastId: ":show", messageId: ":held" }],
  ["moderation.dismiss", "staff", { broadcastId: ":show", messageId: ":held" }],
  ["moderation.keep", "staff", { broadcastId: ":show", messageId: ":reported" }],
  ["moderation.appeal", "banned", { banId: ":own ban", text: "Sorry" }],
  ["moderation.answer", "staff", { appealId: ":appeal", decision: "keep" }],
  ["moderation.answer", "operators", { appealId: ":appeal", decision: "lift" }],
  ["poll.vote", "accounts that are not banned", { pollId: ":poll", optionIds: [":option"] }],
  ["question.ask", "accounts that are not banned", { broadcastId: ":show", text: ":text" }],
  ["question.upvote", "accounts that are not banned", { questionId: ":question" }],
  ["question.unvote", "accounts that are not banned", { questionId: ":question" }],
  ["hand.raise", "accounts that are not banned", { broadcastId: ":show" }],
  ["hand.lower", "accounts that see it", { broadcastId: ":show" }],
  ["engagement.react", "seers", { broadcastId: ":show", reaction: "heart" }],
  ["handout.click", "seers", { handoutId: ":handout" }],
] as const satisfies readonly (readonly [action: string, who: Who, body: Readonly<Record<string, unknown>>])[];
