/** Every topic and action of the gateway × everybody, over the socket and over HTTP: both say what `table.ts` says. */
import { TopicKind } from "@rostrum/contract/realtime";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { TestClient } from "../../realtime/testing.ts";
import { CALLERS, wanted } from "./expect.ts";
import { insertBroadcast, openRights, type Rights, type SightName } from "./fixture.ts";
import { ACTIONS, type CallerName, TOPICS, type Who } from "./table.ts";

let rights: Rights;
const clients = new Map<CallerName, TestClient>();
beforeAll(async () => {
  rights = await openRights();
  const { channelId, people } = rights;
  const ban = { channelId, accountId: people.banned.id };
  const sent = { id: newId(), action: "moderation.ban", body: ban };
  expect((await rights.call(people.producer.token, "POST", "/realtime/send", sent)).status).toBe(200);
  const all = { hands: true, questionsPerPerson: 50 };
  await rights.call(people.owner.token, "PATCH", `/channels/${channelId}/engagement`, all);
  for (const name of CALLERS) if (name !== "suspended") clients.set(name, await rights.connect(rights.tokenOf(name)));
});
afterAll(() => rights.close());

const SIGHTS = ["public", "private", "draft"] as const satisfies readonly SightName[];
const PATIENT = { timeout: 15_000, interval: 500 };
const TRANSPORTS = ["socket", "HTTP"] as const;
type Transport = (typeof TRANSPORTS)[number];

function clientOf(caller: CallerName): TestClient {
  const client = clients.get(caller);
  if (client === undefined) throw new Error(`${caller} has no socket`);
  return client;
}

/** Whether a session stands is asked before anything else: over HTTP by each request, for the socket when it opens. */
const isShut = (caller: CallerName): boolean => caller === "suspended";

test("who was suspended gets no socket", async () => {
  await expect(rights.connect(rights.tokenOf("suspended"))).rejects.toThrow("401");
});

describe("topics", () => {
  test("all that there are stand in the table, but for those that nobody offers", () => {
    expect([...Object.keys(TOPICS), "studio"].toSorted()).toEqual(TopicKind.options.toSorted());
  });

  const kinds = Object.entries(TOPICS) as readonly (readonly [keyof typeof TOPICS, Who])[];
  describe.each(TRANSPORTS)("over %s", (transport) => {
    test.each(kinds)("%s is for %s", async (kind, who) => {
      for (const sight of SIGHTS) {
        const topic = `${kind}:${idOf(kind, sight)}`;
        for (const caller of CALLERS) {
          const code = await followed(transport, caller, topic);
          // Every scope includes reading.
          expect([sight, caller, code]).toEqual([sight, caller, wanted(caller, [who, "read", {}], sight)]);
        }
      }
    });
  });

  test("one that nobody offers is there for nobody", async () => {
    for (const caller of CALLERS) {
      const code = isShut(caller) ? "unauthenticated" : "not_found";
      expect([caller, await followed("HTTP", caller, `studio:${rights.broadcasts.public}`)]).toEqual([caller, code]);
    }
  });
});

describe("actions", () => {
  test("all that there are stand in the table", () => {
    const known = new Set<string>(ACTIONS.map(([name]) => name));
    expect(Object.keys(rights.actions).toSorted()).toEqual([...known].toSorted());
  });

  describe.each(TRANSPORTS)("over %s, in a show that everybody sees", (transport) => {
    test.each(ACTIONS)("%s is for %s", async (action, who, body) => {
      const got: Record<string, string> = {};
      for (const caller of CALLERS) got[caller] = await answered(transport, caller, action, body, "public");
      expect(got).toEqual(Object.fromEntries(CALLERS.map((caller) => [caller, expectedOf(caller, action, who)])));
    });
  });

  const seen = ACTIONS.filter(([, who]) => who === "seers" || who.startsWith("accounts that"));
  describe.each(["private", "draft"] as const)("in a %s show", (sight) => {
    test.each(seen)("%s is for %s", async (action, who, body) => {
      for (const caller of CALLERS) {
        const code = await answered("HTTP", caller, action, body, sight);
        expect([caller, code]).toEqual([caller, expectedOf(caller, action, who, sight)]);
      }
    });
  });
});

/** A show or channel of one's own, and something of another channel: `messageId` stands first where its author is asked for. */
const ACROSS: readonly (readonly [action: string, place: "show" | "channel", body: Record<string, unknown>])[] = [
  ["chat.send", "show", { text: ":text", replyTo: ":message" }],
  ["moderation.timeout", "show", { messageId: ":message", accountId: ":author", seconds: 60 }],
  ["moderation.timeout", "channel", { messageId: ":message", accountId: ":author", seconds: 60 }],
  ["moderation.ban", "show", { messageId: ":message", accountId: ":author" }],
  ["moderation.warn", "show", { messageId: ":message", accountId: ":author", text: "Mind your words." }],
  ["moderation.note", "show", { messageId: ":message", accountId: ":author", text: "Seen before." }],
  ["moderation.approve", "show", { messageId: ":held" }],
  ["moderation.dismiss", "show", { messageId: ":held" }],
  ["moderation.unban", "show", { banId: ":ban" }],
  ["moderation.unban", "channel", { banId: ":ban" }],
];

test.each(ACROSS)("%s from one's own %s does not reach into another channel", async (action, place, body) => {
  const { otherChannelId: channelId, show } = rights;
  const own =
    place === "channel"
      ? { channelId }
      : { broadcastId: await insertBroadcast(show, channelId, "public", "scheduled") };
  const across = { ...((await filled(body, "public")) as object), ...own };
  expect(await sent("HTTP", "other owner", action, across)).toBe("not_found");
});

/** A ban that is not one's own is none that one may know of. */
function expectedOf(caller: CallerName, action: string, who: Who, sight: SightName = "public"): string {
  const more = action === "moderation.appeal" ? ({ refusal: "not_found" } as const) : {};
  return wanted(caller, [who, "broadcasts", more], sight);
}

/** What a topic of this kind is about. */
function idOf(kind: keyof typeof TOPICS, sight: SightName): string {
  if (kind === "user") return rights.people.maker.id;
  return kind === "channel" ? rights.channelId : rights.broadcasts[sight];
}

/** The code of the refusal; "ok" for a state. */
async function followed(transport: Transport, caller: CallerName, topic: string): Promise<string> {
  if (transport === "HTTP" || isShut(caller)) {
    const answer = await rights.call(rights.tokenOf(caller), "GET", `/realtime/poll?topics=${topic}`);
    if (answer.code !== undefined) return answer.code;
    return codeOf((answer.body["messages"] as unknown[])[0]);
  }
  const client = clientOf(caller);
  client.subscribe(topic);
  const answers = await client.rest();
  client.send({ type: "unsubscribe", topic });
  return codeOf(answers.find((message) => message.type === "reset" || message.type === "refused"));
}

async function sent(transport: Transport, caller: CallerName, action: string, body: unknown): Promise<string> {
  const send = { id: newId(), action, body };
  if (transport === "HTTP" || isShut(caller)) {
    const answer = await rights.call(rights.tokenOf(caller), "POST", "/realtime/send", send);
    return answer.status === 200 ? "ok" : String(answer.code);
  }
  const client = clientOf(caller);
  client.send({ type: "send", ...send });
  for (;;) {
    const message = await client.next();
    if ((message.type === "ack" || message.type === "nack") && message.id === send.id) return codeOf(message);
  }
}

/** The same with a body that is filled; the owner's tokens count as one person, who may have to wait. */
function answered(
  transport: Transport,
  caller: CallerName,
  action: string,
  body: Readonly<Record<string, unknown>>,
  sight: SightName,
): Promise<string> {
  return vi.waitFor(async () => {
    const code = await sent(transport, caller, action, await filled(body, sight));
    expect(code).not.toBe("rate_limited");
    return code;
  }, PATIENT);
}

function codeOf(message: unknown): string {
  const { type, error } = message as { type: string; error?: { code: string } };
  return type === "reset" || type === "ack" ? "ok" : String(error?.code);
}

/** With something new in each place that the table leaves open. */
async function filled(body: Readonly<Record<string, unknown>>, sight: SightName): Promise<unknown> {
  const made: Record<string, string> = {};
  const fill = async (value: unknown): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map(fill));
    const maker = typeof value === "string" && value.startsWith(":") ? rights.make[value] : undefined;
    return maker === undefined ? value : (made[String(value)] = await maker(rights.broadcasts[sight], made));
  };
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) result[name] = await fill(value);
  return result;
}
