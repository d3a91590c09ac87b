/** Channels over HTTP with the real store: who may do what, keys, members, posters. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShow, published, type Show } from "../broadcasts/testing.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

const ROLES: readonly ChannelRole[] = ["owner", "admin", "producer", "moderator", "guest", "viewer"];
const PASSWORD = "correct horse battery";

async function picture(): Promise<FormData> {
  const png = await sharp({ create: { width: 64, height: 36, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(png)], { type: "image/png" }), "poster.png");
  return form;
}

describe("who may do what on a channel", () => {
  const staff: ChannelRole[] = ["owner", "admin", "producer", "moderator"];
  const operators: ChannelRole[] = ["owner", "admin", "producer"];
  const admins: ChannelRole[] = ["owner", "admin"];
  const cases = [
    ["change it", "PATCH", "", {}, admins],
    ["see members", "GET", "/members", undefined, staff],
    ["see masked keys", "GET", "/keys", undefined, operators],
    ["see where encoders connect", "GET", "/ingest", undefined, operators],
    ["reveal a key", "POST", "/keys/primary/reveal", { password: PASSWORD }, admins],
    ["rotate a key", "POST", "/keys/backup/rotate", undefined, admins],
    ["remove the poster", "DELETE", "/poster", undefined, admins],
    ["read the audit log", "GET", "/audit", undefined, admins],
  ] as const;
  let channel: Awaited<ReturnType<Show["channel"]>>;
  beforeAll(async () => {
    channel = await show.channel("rights");
  });

  test.each(cases)("%s", async (_, method, path, body, allowed) => {
    const answers = await Promise.all(
      ROLES.map(async (role) => {
        const answer = await channel.people[role].call(method, `/channels/${channel.id}${path}`, body);
        return [role, answer.status];
      }),
    );
    expect(answers).toEqual(ROLES.map((role) => [role, allowed.includes(role as never) ? 200 : 403]));
    expect((await show.anonymous(method, `/channels/${channel.id}${path}`, body)).code).toBe("unauthenticated");
  });

  test("nobody may do anything on a channel that does not exist", async () => {
    const answer = await channel.people.owner.call("GET", "/channels/00000000000000000000/keys");
    expect(answer.code).toBe("not_found");
  });
});

describe("a channel", () => {
  test("has a handle of its own", async () => {
    const ada = await show.person("ada");
    const eve = await show.person("eve");
    expect((await eve.call("POST", "/channels", { handle: "ada", title: "Not Ada" })).code).toBe("handle_taken");
    expect((await ada.call("POST", "/channels", { handle: "Ada", title: "Ada" })).status).toBe(201);
    expect((await ada.call("POST", "/channels", { handle: "ada", title: "Again" })).code).toBe("handle_taken");
    expect((await ada.call("POST", "/channels", { handle: "a!", title: "Short" })).code).toBe("invalid_input");
  });

  test("shows strangers neither role nor settings", async () => {
    const { id, people } = await show.channel("views");
    const strangers = await show.anonymous("GET", "/channels/by-handle/views");
    expect(Object.keys(strangers.body).toSorted()).toEqual([
      "category",
      "createdAt",
      "description",
      "followers",
      "handle",
      "id",
      "language",
      "posterUrl",
      "tags",
      "title",
    ]);
    const own = await people.guest.call("GET", `/channels/${id}`);
    expect(own.body).toMatchObject({ role: "guest", settings: { autoLive: true, secondPublisher: "refuse" } });
    const mine = await people.guest.call("GET", "/channels?mine=true");
    expect(mine.body.items.map((item) => item["id"])).toEqual([id]);
  });

  test("is listed in pages, newest first", async () => {
    const first = await show.anonymous("GET", "/channels?limit=1");
    const second = await show.anonymous("GET", `/channels?limit=1&cursor=${first.body.nextCursor}`);
    expect(first.body.items).toHaveLength(1);
    expect(second.body.items[0]?.["id"]).not.toBe(first.body.items[0]?.["id"]);
    expect((await show.anonymous("GET", "/channels?cursor=nonsense")).code).toBe("invalid_input");
  });

  test("keeps what was not mentioned when it is changed", async () => {
    const { id, people } = await show.channel("changes");
    const body = { title: "New", tags: ["Music", "live"], settings: { autoLive: false, reconnectWindowSec: 5 } };
    const answer = await people.owner.call("PATCH", `/channels/${id}`, body);
    expect(answer.body).toMatchObject({
      title: "New",
      tags: ["music", "live"],
      language: "en",
      settings: { autoLive: false, secondPublisher: "refuse", reconnectWindowSec: 5, dvrWindowSec: 3600 },
    });
    expect((await people.owner.call("PATCH", `/channels/${id}`, { title: "" })).code).toBe("invalid_input");
  });

  test("is deleted only by its owner, with its handle typed, while nothing runs", async () => {
    const { id, people } = await show.channel("doomed");
    const body = { confirm: "doomed" };
    expect((await people.admin.call("DELETE", `/channels/${id}`, body)).code).toBe("forbidden");
    expect((await people.owner.call("DELETE", `/channels/${id}`, { confirm: "other" })).code).toBe("invalid_input");
    const { body: broadcast } = await people.owner.call("POST", "/broadcasts", { channelId: id, title: "On air" });
    const broadcastId = String(broadcast["id"]);
    await show.doors.onProgramState({ type: "source_connected", broadcastId, slot: "primary" });
    expect((await people.owner.call("DELETE", `/channels/${id}`, body)).code).toBe("conflict");
    await people.owner.call("POST", `/broadcasts/${broadcastId}/end`);
    expect((await people.owner.call("DELETE", `/channels/${id}`, body)).status).toBe(204);
    expect((await show.anonymous("GET", "/channels/by-handle/doomed")).code).toBe("not_found");
    expect((await show.anonymous("GET", `/broadcasts/${broadcastId}`)).code).toBe("not_found");
    const commands = await published(show, "media");
    expect(commands).toContainEqual({ type: "remove_broadcast", broadcastId });
  });
});

describe("members", () => {
  test("admins are appointed and dismissed by the owner only", async () => {
    const { id, people } = await show.channel("crew");
    const at = `/channels/${id}/members`;
    await show.person("newcomer");
    const { admin, owner, producer } = people;
    expect((await admin.call("POST", at, { handle: "newcomer", role: "admin" })).code).toBe("forbidden");
    expect((await admin.call("POST", at, { handle: "nobody_here", role: "guest" })).code).toBe("not_found");
    expect((await admin.call("POST", at, { handle: "newcomer", role: "guest" })).status).toBe(201);
    expect((await admin.call("POST", at, { handle: "newcomer", role: "guest" })).code).toBe("conflict");
    expect((await admin.call("PATCH", `${at}/${producer.id}`, { role: "admin" })).code).toBe("forbidden");
    expect((await owner.call("PATCH", `${at}/${producer.id}`, { role: "admin" })).body).toMatchObject({
      role: "admin",
    });
    expect((await admin.call("DELETE", `${at}/${producer.id}`)).code).toBe("forbidden");
    expect((await owner.call("DELETE", `${at}/${producer.id}`)).status).toBe(204);
  });

  test("the owner's role cannot be changed or left; everybody else may leave", async () => {
    const { id, people } = await show.channel("leave");
    const at = `/channels/${id}/members`;
    expect((await people.admin.call("PATCH", `${at}/${people.owner.id}`, { role: "guest" })).code).toBe("conflict");
    expect((await people.owner.call("DELETE", `${at}/${people.owner.id}`)).code).toBe("conflict");
    expect((await people.guest.call("DELETE", `${at}/${people.guest.id}`)).status).toBe(204);
    expect((await people.guest.call("DELETE", `${at}/${people.guest.id}`)).code).toBe("not_found");
    const { body } = await people.owner.call("GET", at);
    expect(body.items.map((item) => item["role"])).toEqual(["owner", "admin", "producer", "moderator"]);
    expect(JSON.stringify(body)).not.toContain("@example.org");
  });
});

describe("stream keys", () => {
  test("are masked, revealed after the password, and everything of it is audited", async () => {
    const { id, people } = await show.channel("secret");
    const at = `/channels/${id}/keys`;
    const key = await show.keyOf(id);
    const masked = await people.producer.call("GET", at);
    expect(masked.raw.toString()).not.toContain(key);
    expect(masked.body.items).toMatchObject([
      { slot: "primary", masked: `••••••••••••${key.slice(-4)}`, rotatedAt: null, inUse: false },
      { slot: "backup", inUse: true },
    ]);
    const wrong = await people.owner.call("POST", `${at}/primary/reveal`, { password: "wrong" });
    expect(wrong.code).toBe("invalid_credentials");
    const right = await people.owner.call("POST", `${at}/primary/reveal`, { password: PASSWORD });
    const srt = { streamId: expect.stringMatching(/^publish:srt_[0-9a-f]{24}$/), passphrase: expect.any(String) };
    expect(right.body).toEqual({ key, srt });
    expect(JSON.stringify(right.body["srt"])).not.toContain(key);
    const audit = await people.owner.call("GET", `/channels/${id}/audit`);
    expect(audit.body.items.map((item) => item["action"])).toEqual(["stream_key.reveal", "stream_key.reveal_refused"]);
    expect(audit.raw.toString()).not.toContain(key);
  });

  test("a rotated key stops working and its encoder is sent away", async () => {
    const { id, people } = await show.channel("rotate");
    const old = await show.keyOf(id);
    const [before] = await show.doors.streamKeys(id);
    const { body } = await people.owner.call("POST", `/channels/${id}/keys/primary/rotate`);
    const [after] = await show.doors.streamKeys(id);
    expect(before).toMatchObject({ channelId: id, key: old });
    expect([after?.srtName === before?.srtName, after?.srtPassphrase === before?.srtPassphrase]).toEqual([
      false,
      false,
    ]);
    const peer = { remote: "192.0.2.9", protocol: "rtmp" } as const;
    expect(body["key"]).not.toBe(old);
    expect(await show.doors.authorizeIngest(old, peer)).toMatchObject({ ok: false, reason: "unknown_key" });
    expect(await show.doors.authorizeIngest(String(body["key"]), peer)).toMatchObject({ ok: true });
    const commands = await published<{ type: string; channelId?: string }>(show, "media");
    expect(commands).toContainEqual(expect.objectContaining({ type: "end_sources", channelId: id, slot: "primary" }));
  });

  test("one that was sealed with other secrets is left out, and all others work", async () => {
    const { id } = await show.channel("sealed");
    const { id: other } = await show.channel("other");
    const { db } = show.ctx.store;
    const sealed = `v1.${Buffer.alloc(60, 7).toString("base64url")}`;
    await db
      .updateTable("stream_key")
      .set({ sealed })
      .where("channel_id", "=", id)
      .where("slot", "=", "primary")
      .execute();
    expect((await show.doors.streamKeys(id)).map(({ key }) => key)).toEqual([await show.keyOf(id, "backup")]);
    const all = (await show.doors.streamKeys()).map(({ key }) => key);
    expect(all).toEqual(expect.arrayContaining([await show.keyOf(other), await show.keyOf(other, "backup")]));
  });

  test("guessing the password is stopped", async () => {
    const { id, people } = await show.channel("guess");
    const at = `/channels/${id}/keys/primary/reveal`;
    for (let i = 0; i < 5; i += 1) await people.owner.call("POST", at, { password: `wrong ${i}` });
    expect((await people.owner.call("POST", at, { password: PASSWORD })).code).toBe("rate_limited");
  });
});

describe("posters", () => {
  test("what is no picture is refused", async () => {
    const { id, people } = await show.channel("nopic");
    const form = new FormData();
    form.append("file", new Blob(["<svg onload='alert(1)'/>"], { type: "image/png" }), "x.png");
    expect((await people.owner.call("PUT", `/channels/${id}/poster`, form)).code).toBe("unsupported_media");
    expect((await people.owner.call("PUT", `/channels/${id}/poster`, {})).code).toBe("unsupported_media");
    expect((await people.guest.call("PUT", `/channels/${id}/poster`, await picture())).code).toBe("forbidden");
    for (const name of ["../secrets.json", "a.webp", "00000000000000000000.webp"]) {
      expect((await show.anonymous("GET", `/media/posters/${encodeURIComponent(name)}`)).status).toBe(404);
    }
  });

  test("is re-encoded, served for ever without cookies, and gone when it is replaced", async () => {
    const { id, people } = await show.channel("poster");
    const { body } = await people.owner.call("PUT", `/channels/${id}/poster`, await picture());
    const url = String(body["posterUrl"]);
    const served = await show.anonymous("GET", url);
    expect(served.headers).toMatchObject({
      "content-type": "image/webp",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "cross-origin",
    });
    expect(served.headers["set-cookie"]).toBeUndefined();
    expect((await sharp(served.raw).metadata()).format).toBe("webp");
    expect((await people.owner.call("DELETE", `/channels/${id}/poster`)).body["posterUrl"]).toBeNull();
    expect((await show.anonymous("GET", url)).status).toBe(404);
  });
});

test("encoders are told the host that people use", async () => {
  const { id, people } = await show.channel("hosts");
  const answer = await people.owner.call("GET", `/channels/${id}/ingest`);
  expect(answer.body).toMatchObject({ rtmp: "rtmp://localhost:1935/live", rtmps: null });
});
