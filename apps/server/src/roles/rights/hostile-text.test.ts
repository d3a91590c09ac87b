/** Hostile text through every field that people write into: it is refused, or kept as harmless text, and leaves as such. */
import { BROKEN_TEXTS, HOSTILE_TEXTS, INVISIBLE_TEXTS, LONG_WORD } from "@rostrum/contract/fuzz/hostile-text";
import { plainLines, plainText } from "@rostrum/contract/plain-text";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import { type Answer, openRights, type Rights } from "./fixture.ts";

let rights: Rights;
beforeAll(async () => {
  rights = await openRights();
  const { channelId, people } = rights;
  const off = { repeat: "off", flood: "off", caps: "off", links: "off", mentions: "off" };
  const spam = Object.fromEntries(Object.keys(off).map((name) => [name, { action: "off" }]));
  const settings = { ...spam, profanity: { level: "off" } };
  await rights.call(people.owner.token, "PUT", `/channels/${channelId}/moderation/settings`, settings);
  await rights.call(people.owner.token, "PATCH", `/channels/${channelId}/tip-settings`, { enabled: true });
});
afterAll(() => rights.close());

const byOwner = (method: string, path: string, body?: unknown): Promise<Answer> =>
  rights.call(rights.people.owner.token, method, path, body);
const send = (token: string | undefined, action: string, body: unknown): Promise<Answer> =>
  rights.call(token, "POST", "/realtime/send", { id: newId(), action, body });
const at = (path: string): string =>
  path.replace(":show", rights.broadcasts.public).replace(":channel", rights.channelId);
const resultOf = (answer: Answer): Record<string, unknown> => (answer.body["result"] ?? {}) as Record<string, unknown>;

/** Where people write, and what the server says is there then. */
type Field = readonly [name: string, write: (text: string) => Promise<readonly [Answer, unknown]>];

/** `path` and the fields of the body that take the text, each of which the answer has again. */
const stored = (method: string, path: string, body: (text: string) => object, ...names: string[]): Field[] =>
  names.map((name) => [
    `${method} ${path}: ${name}`,
    async (text) => {
      const answer = await byOwner(method, at(path), body(text));
      return [answer, answer.body[name]];
    },
  ]);

const FIELDS: readonly Field[] = [
  ...stored("PATCH", "/me", (displayName) => ({ displayName: displayName.slice(0, 60) }), "displayName"),
  ...stored("POST", "/me/tokens", (name) => ({ name: name.slice(0, 60), scopes: ["read"] }), "name"),
  ...stored("PATCH", "/channels/:channel", (title) => ({ title: title.slice(0, 100), description: title }), "title"),
  ...stored("PATCH", "/channels/:channel", (description) => ({ description }), "description"),
  ...stored("PATCH", "/broadcasts/:show", (title) => ({ title }), "title"),
  ...stored("PATCH", "/broadcasts/:show", (description) => ({ description }), "description"),
  ...stored("POST", "/broadcasts/:show/markers", (title) => ({ title: title.slice(0, 100), atMs: 1 }), "title"),
  ...stored(
    "POST",
    "/broadcasts/:show/polls",
    (text) => ({ question: text, options: ["No", text.slice(0, 100)] }),
    "question",
  ),
  ...stored("POST", "/broadcasts/:show/announcements", (text) => ({ text }), "text"),
  ...(["title", "text", "label"] as const).map((name): Field => [
    `the ${name} of a handout`,
    async (text) => {
      // A show has a bounded number of them.
      await rights.show.ctx.store.db.deleteFrom("handout").execute();
      const answer = await byOwner("POST", at("/broadcasts/:show/handouts"), handout(text));
      return [answer, answer.body[name]];
    },
  ]),
  [
    "tags of a show",
    async (text) => {
      const answer = await byOwner("PATCH", at("/broadcasts/:show"), { tags: [text.slice(0, 30)] });
      return [answer, (answer.body["tags"] as string[] | undefined)?.[0]];
    },
  ],
  [
    "what is said in a chat",
    async (text) => {
      const answer = await send(rights.people.owner.token, "chat.send", {
        broadcastId: rights.broadcasts.public,
        text,
      });
      return [answer, resultOf(answer)["text"]];
    },
  ],
  [
    "a question",
    async (text) => {
      const body = { broadcastId: rights.broadcasts.public, text };
      // Somebody new each time: one person asks so much and no more.
      const answer = await send((await rights.somebody()).token, "question.ask", body);
      return [answer, (resultOf(answer)["question"] as { text: string } | undefined)?.text];
    },
  ],
  [
    "why somebody is banned",
    async (text) => {
      const accountId = await make("accounts/:accountId");
      const body = { channelId: rights.channelId, accountId, reason: text };
      const answer = await send(rights.people.owner.token, "moderation.ban", body);
      return [answer, resultOf(answer)["text"]];
    },
  ],
  [
    "a note on somebody",
    async (text) => {
      const accountId = await make("accounts/:accountId");
      const answer = await send(rights.people.owner.token, "moderation.note", {
        channelId: rights.channelId,
        accountId,
        text,
      });
      return [answer, resultOf(answer)["text"]];
    },
  ],
  [
    "the title of a clip",
    async (text) => {
      const answer = await byOwner("PATCH", `/clips/${await make("clips/:id")}`, { title: text.slice(0, 100) });
      return [answer, answer.body["title"]];
    },
  ],
  [
    "the title of a recording",
    async (text) => {
      const answer = await byOwner("PATCH", `/recordings/${await make("recordings/:id")}`, { title: text });
      return [answer, answer.body["title"]];
    },
  ],
  [
    "the title of a file",
    async (text) => {
      const answer = await byOwner("PATCH", `/files/${await make("files/:id")}`, { title: text });
      return [answer, answer.body["title"]];
    },
  ],
  [
    "the description of a webhook",
    async (text) => {
      const path = at(`/channels/:channel/webhooks/${await make("webhooks/:webhookId")}`);
      const answer = await byOwner("PATCH", path, { description: text });
      return [answer, answer.body["description"]];
    },
  ],
  [
    "the title of a goal",
    async (text) => {
      await rights.show.ctx.store.db.deleteFrom("goal").execute();
      const body = { title: text.slice(0, 80), targetMinor: 5000 };
      const answer = await byOwner("POST", at("/channels/:channel/tip-goals"), body);
      return [answer, answer.body["title"]];
    },
  ],
  [
    "the words of a tip",
    async (text) => {
      const body = { amountMinor: 500, currency: "EUR", message: text };
      // Somebody new each time: who has begun many and paid none must wait.
      const answer = await rights.call((await rights.somebody()).token, "POST", at("/broadcasts/:show/tips"), body);
      const row = await rights.show.ctx.store.db
        .selectFrom("tip")
        .select("message")
        .where("id", "=", String(answer.body["tipId"]))
        .executeTakeFirst();
      return [answer, row?.message ?? ""];
    },
  ],
];

function handout(text: string): object {
  return { kind: "card", title: text.slice(0, 100), text, label: text.slice(0, 40), url: "https://example.org/" };
}

async function make(key: string): Promise<string> {
  const maker = rights.make[key];
  if (maker === undefined) throw new Error(`nothing makes ${key}`);
  return maker(rights.broadcasts.public, {});
}

describe.each(FIELDS)("%s", (_, write) => {
  test("takes hostile text as harmless text", async () => {
    for (const [name, text] of Object.entries(HOSTILE_TEXTS)) {
      const [answer, kept] = await write(text);
      expect([name, answer.status < 300], JSON.stringify(answer.body)).toEqual([name, true]);
      expect([name, typeof kept]).toEqual([name, "string"]);
      const words = String(kept);
      // Nothing is left to take away: it is clean, and it still is text, not something escaped.
      expect([name, plainLines(words)]).toEqual([name, words]);
      if (!text.includes("\n") && !words.includes("\n")) expect([name, plainText(words)]).toEqual([name, words]);
    }
  });

  test("refuses what cannot be stored, and stays up when it is far too long", async () => {
    for (const text of [...BROKEN_TEXTS, ...INVISIBLE_TEXTS, LONG_WORD]) {
      const [{ status }, kept] = await write(text);
      // What may be left out is empty then.
      expect([text.slice(0, 9), status === 400 || plainLines(String(kept)) === kept]).toEqual([text.slice(0, 9), true]);
    }
  });
});

describe("what leaves the server", () => {
  const texts = Object.entries(HOSTILE_TEXTS);

  test.each(texts)("a title with %s is one title in oEmbed", async (_, title) => {
    await byOwner("PATCH", at("/broadcasts/:show"), { title, visibility: "public" });
    const url = encodeURIComponent(`http://localhost:3000/watch/${rights.broadcasts.public}`);
    const { body } = await byOwner("GET", `/oembed?url=${url}`);
    expect(body["title"]).toBe(plainText(title));
    expect(String(body["html"]).match(/[<>]/g)).toEqual(["<", ">", "<", ">"]);
    expect(String(body["html"]).match(/ (\w+)="/g)).toEqual([
      ...[' src="', ' width="', ' height="', ' title="', ' style="', ' allow="'],
    ]);
  });

  test("captions have a cue for each chapter, whatever its title", async () => {
    const id = await make("recordings/:id");
    const { db } = rights.show.ctx.store;
    const lasting = { duration_ms: 1_000_000, timeline: JSON.stringify([{ mediaMs: 0, atMs: 0, durationMs: 1e6 }]) };
    await db.updateTable("recording").set(lasting).where("id", "=", id).execute();
    await db.deleteFrom("marker").where("broadcast_id", "=", rights.broadcasts.public).execute();
    for (const [index, [, title]] of texts.entries()) {
      const body = { title: title.slice(0, 100), atMs: index * 1000 };
      expect((await byOwner("POST", at("/broadcasts/:show/markers"), body)).status).toBe(201);
    }
    const captions = await text(`/recordings/${id}/chapters.vtt`);
    expect(captions.match(/^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}$/gm)).toHaveLength(texts.length);
    expect(captions.split("\n\n").slice(1)).toHaveLength(texts.length);
    expect(captions).not.toContain("<c");
  });

  test("tables have a line for each row, and no cell that a spreadsheet would run", async () => {
    const { id } = (await byOwner("POST", "/broadcasts", { channelId: rights.channelId, title: "Tables" })).body;
    await rights.show.ctx.store.db
      .updateTable("broadcast")
      .set({ state: "ended" })
      .where("channel_id", "=", rights.channelId)
      .execute();
    await rights.show.ctx.store.db
      .updateTable("broadcast")
      .set({ state: "live", live_at: new Date() })
      .where("id", "=", String(id))
      .execute();
    for (const [, text] of texts) {
      expect((await send(rights.people.owner.token, "chat.send", { broadcastId: id, text })).status).toBe(200);
    }
    const table = await text(`/broadcasts/${String(id)}/chat/export.csv`);
    const rows = parseCsv(table);
    // The show's own words stand there, too.
    expect(rows.length).toBeGreaterThanOrEqual(texts.length + 1);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[\s\p{Cf}\p{Cc}]*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20]/u);
  });
});

async function text(path: string): Promise<string> {
  const headers = { authorization: `Bearer ${rights.people.owner.token}` };
  const answer = await rights.show.app.inject({ url: `/api/v1${path}`, headers });
  expect(answer.statusCode).toBe(200);
  return answer.body;
}

/** RFC 4180, for what is quoted throughout. */
function parseCsv(table: string): string[][] {
  return table
    .replace("\uFEFF", "")
    .split("\r\n")
    .filter((line) => line !== "")
    .map((line) => [...line.matchAll(/"((?:[^"]|"")*)"|([^",]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ""));
}
