/** Every action and question of the chat × every role × every kind of show. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Visibility } from "@rostrum/contract/broadcasts";
import { ChannelRole, type TokenScope } from "@rostrum/contract/permissions";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer, Caller, Person } from "../broadcasts/testing.ts";
import { newId } from "../../lib/ids.ts";
import { sendMessage } from "./send.ts";
import { type ChatShow, openChatShow } from "./testing.ts";

let show: ChatShow;
let channel: { id: string; people: Readonly<Record<ChannelRole, Person>> };
let author: Person;
beforeAll(async () => {
  show = await openChatShow();
  channel = await show.channel("rights");
  author = await show.person("rights_author");
});
afterAll(() => show.close());

const CALLERS = [...ChannelRole.options, "anonymous"] as const;
type Who = (typeof CALLERS)[number];
type Attempt = (caller: Caller, broadcastId: string, messageId: string) => Promise<Answer>;

const act =
  (action: string, body: (broadcastId: string, messageId: string) => unknown): Attempt =>
  (caller, broadcastId, messageId) =>
    show.send(caller, action, body(broadcastId, messageId));
const get =
  (path: string): Attempt =>
  (caller, broadcastId) =>
    caller("GET", `/broadcasts/${broadcastId}/chat${path}`);
const patch =
  (body: unknown): Attempt =>
  (caller, broadcastId) =>
    caller("PATCH", `/broadcasts/${broadcastId}/chat-settings`, body);

const onMessage =
  (more: object = {}) =>
  (_broadcastId: string, messageId: string) => ({ messageId, ...more });

/** Who may on a show that everybody sees. */
const ATTEMPTS: readonly (readonly [
  name: string,
  may: "all" | "accounts" | "staff" | "operators",
  attempt: Attempt,
])[] = [
  ["follow", "all", async (caller, id) => asAnswer(await show.follow(caller, `chat:${id}`))],
  ["history", "all", get("")],
  ["replay", "all", get("?fromMs=0&toMs=1000")],
  ["chat.send", "accounts", act("chat.send", (broadcastId) => ({ broadcastId, text: `hello ${newId()}` }))],
  ["chat.react", "accounts", act("chat.react", onMessage({ emote: "👍" }))],
  ["chat.unreact", "accounts", act("chat.unreact", onMessage({ emote: "👍" }))],
  ["chat.report", "accounts", act("chat.report", onMessage({ reason: "spam" }))],
  ["announce", "staff", act("chat.send", (broadcastId) => ({ broadcastId, text: "Break!", announcement: true }))],
  ["chat.pin", "staff", act("chat.pin", onMessage())],
  ["chat.highlight", "staff", act("chat.highlight", onMessage({ highlighted: true }))],
  ["chat.unpin", "staff", act("chat.unpin", (broadcastId) => ({ broadcastId }))],
  ["chat.delete", "staff", act("chat.delete", onMessage())],
];
/** What only the crew is asked for: whether the show is seen makes no difference. */
const CREW_ONLY: readonly (readonly [name: string, may: "staff" | "operators", attempt: Attempt])[] = [
  ["search", "staff", get("/search?q=hello")],
  ["export.csv", "staff", get("/export.csv")],
  ["export.json", "staff", get("/export.json")],
  ["read settings", "staff", (caller, id) => caller("GET", `/broadcasts/${id}/chat-settings`)],
  ["slow mode", "staff", patch({ slowModeSec: 0 })],
  ["shield", "staff", patch({ shield: false })],
  ["mode", "operators", patch({ mode: "everybody" })],
  ["links", "operators", patch({ links: null })],
];

const SHOWS: readonly (readonly [state: BroadcastState, visibility: Visibility, strangers: string | null])[] = [
  ["live", "public", null],
  ["live", "unlisted", null],
  ["live", "private", "forbidden"],
  ["draft", "public", "not_found"],
  ["preview", "public", "not_found"],
];

const MAY = {
  all: CALLERS,
  accounts: ChannelRole.options,
  staff: ["owner", "admin", "producer", "moderator"],
  operators: ["owner", "admin", "producer"],
} as const;

const callerOf = (who: Who): Caller => (who === "anonymous" ? show.anonymous : channel.people[who].call);
const isCrew = (who: Who): boolean => who !== "viewer" && who !== "anonymous";

test.each(SHOWS)("a show that is %s and %s", async (state, visibility, strangers) => {
  const id = await show.broadcast(channel.id, { state, visibility });
  for (const [name, may, attempt] of ATTEMPTS) {
    for (const who of CALLERS) {
      const answer = await attempt(callerOf(who), id, await insertMessage(id));
      const isAllowed = (MAY[may] as readonly Who[]).includes(who);
      const wanted =
        who === "anonymous" && may !== "all"
          ? "unauthenticated"
          : strangers !== null && !isCrew(who)
            ? strangers
            : isAllowed
              ? undefined
              : "forbidden";
      expect([name, who, answer.code], JSON.stringify(answer.body)).toEqual([name, who, wanted]);
    }
  }
  for (const [name, may, attempt] of CREW_ONLY) {
    for (const who of CALLERS) {
      const answer = await attempt(callerOf(who), id, "");
      const wanted =
        who === "anonymous" ? "unauthenticated" : (MAY[may] as readonly Who[]).includes(who) ? undefined : "forbidden";
      expect([name, who, answer.code], JSON.stringify(answer.body)).toEqual([name, who, wanted]);
    }
  }
});

test.each([
  ["producer", "moderator", undefined],
  ["moderator", "guest", undefined],
  ["moderator", "moderator", "forbidden"],
  ["moderator", "owner", "forbidden"],
  ["owner", "admin", undefined],
] as const)("a %s who deletes what a %s said: %s", async (who, role, wanted) => {
  const id = await show.broadcast(channel.id);
  const messageId = await insertMessage(id, role);
  expect((await show.send(channel.people[who].call, "chat.delete", { messageId })).code).toBe(wanted);
});

test("settings of the channel and its emotes", async () => {
  const path = `/channels/${channel.id}/chat-settings`;
  const answers: Record<string, unknown> = {};
  for (const who of CALLERS) {
    const caller = callerOf(who);
    const read = (await caller("GET", path)).code;
    const shield = (await caller("PATCH", path, { shield: false })).code;
    const mode = (await caller("PATCH", path, { mode: null })).code;
    const emote = (await caller("DELETE", `/channels/${channel.id}/emotes/${newId()}`)).code;
    answers[who] = [read, shield, mode, emote];
  }
  const all = [undefined, undefined, undefined, "not_found"];
  const none = ["forbidden", "forbidden", "forbidden", "forbidden"];
  expect(answers).toEqual({
    ...{ owner: all, admin: all, producer: all, guest: none, viewer: none },
    moderator: [undefined, undefined, "forbidden", "forbidden"],
    anonymous: ["unauthenticated", "unauthenticated", "unauthenticated", "unauthenticated"],
  });
});

test("an API token writes only with the scope for it", async () => {
  const id = await show.broadcast(channel.id);
  const of = (scopes: readonly TokenScope[]) => ({
    viewer: { kind: "account", accountId: author.id, owner: false, via: "token", scopes } as const,
    address: "192.0.2.1",
  });
  const send = (scopes: readonly TokenScope[]) =>
    sendMessage(show.desk, of(scopes), { broadcastId: id, text: "from a program" }, newId());
  await expect(send(["read", "channels"])).rejects.toMatchObject({ code: "forbidden" });
  expect((await send(["broadcasts"])).text).toBe("from a program");
});

async function insertMessage(broadcastId: string, role: ChannelRole = "viewer"): Promise<string> {
  const id = newId();
  await show.ctx.store.db
    .insertInto("chat_message")
    .values({
      ...{ id, broadcast_id: broadcastId, account_id: author.id, send_id: newId(), kind: "message", role, text: "x" },
      ...{ about: null, reply_to: null, media_time_ms: 500, note: null, removed_by: null, removed_at: null },
    })
    .execute();
  return id;
}

function asAnswer(message: Awaited<ReturnType<ChatShow["follow"]>>): Answer {
  const code = message.type === "refused" ? message.error.code : undefined;
  return { status: 200, body: { message } as unknown as Answer["body"], code, headers: {}, raw: Buffer.alloc(0) };
}
