/** People who take part in a show, for pictures of it: they say something, ask, vote and tip. */
import { randomUUID } from "node:crypto";
import type { Owner } from "./owner.ts";
import { PASSWORD, register } from "./people.ts";

type Call = <T>(path: string, body: unknown) => Promise<T>;
type Act = <T>(action: string, body: object) => Promise<T>;

/** One who is signed in. `act` is what their page sends over the socket. */
export type Member = Readonly<{ handle: string; call: Call; act: Act }>;

/** Accounts with these handles; the server takes registrations. */
export async function joinAll(origin: string, handles: readonly string[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const handle of handles) members.push(await join(origin, handle));
  return members;
}

async function join(origin: string, handle: string): Promise<Member> {
  const { email } = await register(origin, handle);
  const post = async <T>(path: string, body: unknown, token?: string): Promise<T> => {
    const response = await fetch(`${origin}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        origin,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`POST ${path}: ${response.status} ${text}`);
    return (text.startsWith("{") ? JSON.parse(text) : undefined) as T;
  };
  const { accessToken } = await post<{ accessToken: string }>("/api/v1/auth/login", { email, password: PASSWORD });
  const call: Call = (path, body) => post(path, body, accessToken);
  const act: Act = async <T>(action: string, body: object) => {
    const { result } = await call<{ result: T }>("/api/v1/realtime/send", { id: randomUUID(), action, body });
    return result;
  };
  return { handle, call, act };
}

const LINES = [
  "Good evening from the harbour",
  "That transition at the start was lovely 👏",
  "Is there a list of what you have played so far?",
  "The sound is very clean tonight",
  "Second visit, staying until the end this time",
  "What is the synth in the background?",
  "Greetings from the night train, picture is perfect here",
  "More of this, please 🔥",
];

type Started = Readonly<{ owner: Owner; members: readonly Member[]; broadcastId: string; channelId: string }>;

/** Chat with a pinned message and reactions, a poll with votes, questions, a raised hand, a goal and two tips. */
export async function enliven({ owner, members, broadcastId, channelId }: Started): Promise<void> {
  await owner.call("PATCH", `/channels/${channelId}/tip-settings`, { enabled: true });
  await owner.call("POST", `/channels/${channelId}/tip-goals`, { title: "A second turntable", targetMinor: 20_000 });
  await owner.call("PATCH", `/channels/${channelId}/engagement`, { hands: true });
  await chat(owner, members, broadcastId);
  await poll(owner, members, broadcastId);
  const [first, second, third] = members;
  const ask = (who: Member | undefined, text: string) =>
    who?.act<{ question: { id: string } }>("question.ask", { broadcastId, text });
  const asked = await ask(first, "How do you keep two decks in time without looking at them?");
  await ask(second, "Will there be a set with guests next month?");
  for (const member of members.slice(1)) await member.act("question.upvote", { questionId: asked?.question.id ?? "" });
  await third?.act("hand.raise", { broadcastId });
  await tip(second, broadcastId, 500, "For the next record");
  await tip(third, broadcastId, 2500, "Keep the nights coming");
}

async function chat(owner: Owner, members: readonly Member[], broadcastId: string): Promise<void> {
  const ids: string[] = [];
  for (const [index, text] of LINES.entries()) {
    const said = await members[index % members.length]?.act<{ id: string }>("chat.send", { broadcastId, text });
    if (said !== undefined) ids.push(said.id);
  }
  for (const member of members.slice(0, 3)) {
    await member.act("chat.react", { messageId: ids[1], emote: "👏" });
  }
  const send = <T>(action: string, body: object) =>
    owner.call<{ result: T }>("POST", "/realtime/send", { id: randomUUID(), action, body });
  const text = "Tracklist and sources: in the notes below. Requests in the questions tab.";
  const { result } = await send<{ id: string }>("chat.send", { broadcastId, text });
  await send("chat.pin", { messageId: result.id });
}

async function poll(owner: Owner, members: readonly Member[], broadcastId: string): Promise<void> {
  type Poll = Readonly<{ id: string; options: ReadonlyArray<{ id: string }> }>;
  const path = `/broadcasts/${broadcastId}/polls`;
  const options = ["Slower and deeper", "A little faster", "Surprise us"];
  const { id, options: made } = await owner.call<Poll>("POST", path, { question: "Where do we go next?", options });
  await owner.call("POST", `${path}/${id}/open`);
  for (const [index, member] of members.entries()) {
    await member.act("poll.vote", { pollId: id, optionIds: [made[[0, 2, 0, 1, 0][index % 5] ?? 0]?.id ?? ""] });
  }
}

async function tip(who: Member | undefined, broadcastId: string, amountMinor: number, message: string): Promise<void> {
  if (who === undefined) return;
  const body = { amountMinor, currency: "EUR", message };
  const { tipId } = await who.call<{ tipId: string }>(`/api/v1/broadcasts/${broadcastId}/tips`, body);
  await who.call(`/api/v1/payments/demo/${tipId}`, {});
}
