/** Exports, and pictures that channels upload. */
import type { ChatMessage } from "@rostrum/contract/chat";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { Answer, Person } from "../broadcasts/testing.ts";
import { type ChatShow, openChatShow } from "./testing.ts";

let show: ChatShow;
let channelId: string;
let people: Readonly<Record<ChannelRole, Person>>;
beforeAll(async () => {
  show = await openChatShow();
  ({ id: channelId, people } = await show.channel("files"));
});
afterAll(() => show.close());

test("a CSV file has no formulas, whatever people write, and each message in one line", async () => {
  const id = await show.broadcast(channelId);
  const texts = ['=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", "  =1", 'a "quoted", text', "＝1"];
  for (const text of texts) await show.say(people.moderator.call, id, text);
  const answer = await people.moderator.call("GET", `/broadcasts/${id}/chat/export.csv`);
  expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
  expect(answer.headers["content-disposition"]).toBe(`attachment; filename="chat-${id}.csv"`);
  const lines = answer.raw.toString("utf8").trimEnd().split("\r\n");
  const [head, ...rest] = lines;
  expect(head).toBe(
    '\uFEFF"id","at","media_time_ms","kind","state","role","handle","display_name","text","reply_to","reactions","reports","note"',
  );
  const cells = rest.map(
    (line) => /"(?:moderator)","files_moderator","files_moderator","((?:[^"]|"")*)"/.exec(line)?.[1],
  );
  expect(cells).toEqual([
    `'=HYPERLINK(""http://x"",""y"")`,
    ...["'+1", "'-1+2", "'@SUM(A1)", "'=1", 'a ""quoted"", text', "'＝1"],
  ]);
});

test("a JSON file has all of a long chat, with what is deleted", async () => {
  const id = await show.broadcast(channelId);
  const said = await show.say(people.moderator.call, id, "number 0");
  await show.ctx.store.db.executeQuery(
    show.ctx.store.db
      .insertInto("chat_message")
      .values(
        Array.from({ length: 1200 }, (_, n) => ({
          ...{ id: `zzzzzzzzzzzzzzzz${String(n).padStart(4, "0")}`, broadcast_id: id, account_id: people.viewer.id },
          ...{
            send_id: `send-${String(n)}`,
            kind: "message" as const,
            state: "deleted" as const,
            role: "viewer" as const,
          },
          ...{ text: `number ${n + 1}`, about: null, reply_to: null, media_time_ms: n, note: null },
          ...{ removed_by: null, removed_at: null },
        })),
      )
      .compile(),
  );
  const answer = await people.owner.call("GET", `/broadcasts/${id}/chat/export.json`);
  const { broadcastId, messages } = JSON.parse(answer.raw.toString("utf8")) as {
    broadcastId: string;
    messages: ChatMessage[];
  };
  expect([broadcastId, messages.length, messages[0]?.id]).toEqual([id, 1201, said.id]);
  expect(messages.map(({ text }) => text)).toEqual(Array.from({ length: 1201 }, (_, n) => `number ${n}`));
  const { rows } = await audited();
  expect(rows).toContain("chat.export");
});

test("emotes are pictures, re-encoded; they are used in texts and reactions until they go", async () => {
  const id = await show.broadcast(channelId);
  const png = await sharp({ create: { width: 300, height: 200, channels: 4, background: "#08f" } })
    .png()
    .toBuffer();
  const upload = (name: string, bytes: Uint8Array, who = people.owner): Promise<Answer> => {
    const form = new FormData();
    form.append("file", new Blob([Buffer.from(bytes)]), "x.png");
    return who.call("POST", `/channels/${channelId}/emotes?name=${name}`, form);
  };
  expect((await upload("wave", png, people.moderator)).code).toBe("forbidden");
  const made = await upload("wave", png);
  expect([made.status, made.body["name"]]).toEqual([201, "wave"]);
  expect((await upload("wave", png)).code).toBe("conflict");
  expect((await upload("WAVE", png)).code).toBe("invalid_input");
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  expect((await upload("evil", svg)).code).toBe("unsupported_media");
  expect((await upload("big", Buffer.alloc(3 * 1024 * 1024, 1))).code).toBe("too_large");

  const picture = await show.anonymous("GET", String(made.body["url"]));
  expect(picture.headers).toMatchObject({ "content-type": "image/webp", "x-content-type-options": "nosniff" });
  const { format, width, height } = await sharp(picture.raw).metadata();
  expect([format, Math.max(width, height) <= 128]).toEqual(["webp", true]);
  const { emotes } = await show.snapshot(show.anonymous, id);
  expect(emotes).toEqual([{ id: made.body["id"], name: "wave", url: made.body["url"] }]);
  expect((await show.told(id)).at(-1)).toEqual({ type: "chat.emotes", emotes });

  await people.owner.call("PATCH", `/broadcasts/${id}/chat-settings`, { mode: "emotes" });
  const said = await show.say(people.viewer.call, id, ":wave: 👋");
  const react = () => show.send(people.viewer.call, "chat.react", { messageId: said.id, emote: ":wave:" });
  expect((await react()).body["result"]).toEqual([{ emote: ":wave:", count: 1 }]);

  const path = `/channels/${channelId}/emotes/${String(made.body["id"])}`;
  expect((await people.moderator.call("PATCH", path, { name: "hello" })).code).toBe("forbidden");
  expect((await people.owner.call("PATCH", path, { name: "Hello!" })).code).toBe("invalid_input");
  const second = await upload("second", png);
  expect((await people.owner.call("PATCH", path, { name: "second" })).code).toBe("conflict");
  expect((await people.producer.call("PATCH", path, { name: "hello" })).body).toMatchObject({ name: "hello" });
  expect((await show.snapshot(show.anonymous, id)).emotes.map(({ name }) => name)).toEqual(["hello", "second"]);
  await people.owner.call("DELETE", `/channels/${channelId}/emotes/${String(second.body["id"])}`);
  expect((await people.producer.call("DELETE", path)).status).toBe(204);
  expect((await people.producer.call("DELETE", path)).code).toBe("not_found");
  expect((await show.send(people.viewer.call, "chat.send", { broadcastId: id, text: ":wave:" })).code).toBe(
    "forbidden",
  );
  const trash = await show.ctx.store.db.selectFrom("blob_trash").select("prefix").execute();
  expect(trash.map(({ prefix }) => prefix)).toContain(`emotes/${String(made.body["id"])}/`);
});

test("the chat's routes and schemas are documented", async () => {
  const answer = await show.app.inject("/api/openapi.json");
  const document = answer.json<{ paths: Record<string, unknown>; components: { schemas: Record<string, unknown> } }>();
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      ...[
        "/api/v1/broadcasts/{id}/chat",
        "/api/v1/broadcasts/{id}/chat/search",
        "/api/v1/channels/{id}/chat/search",
        "/api/v1/broadcasts/{id}/chat-settings",
      ],
      ...[
        "/api/v1/channels/{id}/chat-settings",
        "/api/v1/channels/{id}/emotes",
        "/api/v1/broadcasts/{id}/chat/export.csv",
      ],
    ]),
  );
  expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(["ChatMessage", "ChatSettings"]));
});

async function audited(): Promise<{ rows: string[] }> {
  const rows = await show.ctx.store.db.selectFrom("audit").select("action").execute();
  return { rows: rows.map(({ action }) => action) };
}
