import { readdirSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Playlist } from "../../media/plane.ts";
import type { JobRun, Jobs } from "../../ports/jobs.ts";
import { openShow, type Show } from "../broadcasts/testing.ts";
import { giveUpLost, registerFileJobs } from "./jobs.ts";
import { resumeFiles } from "./playing.ts";

let show: Show;
let channel: Awaited<ReturnType<Show["channel"]>>;
beforeEach(async () => {
  show = await openShow();
  channel = await show.channel("files");
});
afterEach(() => show.close());

const MP4 = Buffer.concat([Buffer.from("\0\0\0\x18ftypisom", "latin1"), Buffer.alloc(2000)]);
const form = (bytes: Uint8Array, name = "My holiday.mp4"): FormData => {
  const data = new FormData();
  data.append("file", new Blob([new Uint8Array(bytes)], { type: "video/mp4" }), name);
  return data;
};
const upload = (by: keyof typeof channel.people, bytes: Uint8Array = MP4, name?: string) =>
  channel.people[by].call("POST", `/channels/${channel.id}/files`, form(bytes, name));
const broadcast = async (): Promise<string> => {
  const made = await channel.people.owner.call("POST", "/broadcasts", { channelId: channel.id, title: "Show" });
  return made.body["id"] as string;
};
const makeReady = (id: unknown) =>
  show.ctx.store.db.updateTable("media_file").set({ state: "ready" }).where("id", "=", String(id)).execute();

test("who is not of the crew's operators neither sees nor sends files", async () => {
  const answers = await Promise.all([upload("viewer"), upload("guest"), upload("moderator")]);
  expect(answers.map(({ code }) => code)).toEqual(["forbidden", "forbidden", "forbidden"]);
  expect((await channel.people.viewer.call("GET", `/channels/${channel.id}/files`)).code).toBe("forbidden");
  expect((await show.anonymous("GET", `/channels/${channel.id}/files`)).code).toBe("unauthenticated");
});

test("the content decides, not the name", async () => {
  const page = await upload("owner", Buffer.from("<html><script>alert(1)</script>"), "film.mp4");
  expect([page.status, page.code]).toEqual([415, "unsupported_media"]);
  const playlist = await upload("owner", Buffer.from("#EXTM3U\nfile:///etc/passwd"), "film.mp4");
  expect(playlist.body).toMatchObject({ error: { message: expect.stringMatching(/playlist/) } });
  expect((await channel.people.owner.call("GET", `/channels/${channel.id}/files`)).body.items).toEqual([]);
});

test("an upload is listed with the name of the file, without folders and ending; another channel's crew cannot touch it", async () => {
  const sent = await upload("producer", MP4, "../../etc/My holiday.mp4");
  expect(sent.status).toBe(201);
  expect(sent.body).toMatchObject({ title: "My holiday", state: "waiting", progress: 0, sizeBytes: MP4.length });
  const stranger = (await show.channel("other")).people.owner;
  const id = String(sent.body["id"]);
  expect((await stranger.call("DELETE", `/files/${id}`)).code).toBe("forbidden");
  expect((await stranger.call("PATCH", `/files/${id}`, { title: "x" })).code).toBe("forbidden");
  expect((await stranger.call("GET", `/files/${id}/picture.jpg`)).code).toBe("forbidden");
  await channel.people.owner.call("PATCH", `/files/${id}`, { title: "Opening" });
  const { body } = await channel.people.owner.call("GET", `/channels/${channel.id}/files`);
  expect(body).toMatchObject({ items: [{ title: "Opening" }], usedBytes: MP4.length, quotaBytes: null });
});

test("the quota is kept: what does not fit is refused before it is stored", async () => {
  const { owner } = channel.people;
  await owner.call("PATCH", `/channels/${channel.id}`, { settings: { quotaGib: 1 } });
  await upload("owner");
  await show.ctx.store.db
    .updateTable("media_file")
    .set({ size_bytes: 1024 ** 3 - 10 })
    .execute();
  const refused = await upload("owner");
  expect(refused.code).toBe("conflict");
  expect(refused.body).toMatchObject({ error: { message: expect.stringMatching(/quota leaves 0.0 GiB/) } });
});

test("an upload on its way takes its announced length of the quota, until it breaks off", async () => {
  const { owner } = channel.people;
  await owner.call("PATCH", `/channels/${channel.id}`, { settings: { quotaGib: 1 } });
  const { address, token } = await listening();
  const large = request(`${address}/api/v1/channels/${channel.id}/files`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "multipart/form-data; boundary=x",
      "content-length": 1024 ** 3,
    },
  });
  large.on("error", () => {});
  large.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nbytes');
  const folder = path.join(show.ctx.config.DATA_DIR, "uploads");
  await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1), { timeout: 10_000 });
  const refused = await upload("owner", Buffer.concat([MP4, Buffer.alloc(100_000)]));
  expect(refused.body).toMatchObject({
    error: { code: "conflict", message: expect.stringMatching(/quota leaves 0.0 GiB .* uploads on their way 1 GiB/) },
  });
  large.destroy();
  await vi.waitFor(async () => expect((await upload("owner")).status).toBe(201), { timeout: 10_000 });
});

test("a deleted file's blobs are sent to be removed, also when its channel goes", async () => {
  const first = String((await upload("owner")).body["id"]);
  const second = String((await upload("owner")).body["id"]);
  await channel.people.owner.call("DELETE", `/files/${first}`);
  await show.ctx.store.db.deleteFrom("media_file").where("id", "=", second).execute();
  const trash = await show.ctx.store.db.selectFrom("blob_trash").select("prefix").execute();
  expect(trash.map(({ prefix }) => prefix).toSorted()).toEqual([`files/${first}/`, `files/${second}/`].toSorted());
});

test("who is told last that a video cannot be prepared reads it on the page", async () => {
  const id = String((await upload("owner")).body["id"]);
  let prepare: ((data: { fileId: string }, run: JobRun) => Promise<void>) | undefined;
  const jobs: Jobs = {
    work: async (_queue, _options, handler) => void (prepare = handler as unknown as typeof prepare),
    send: async () => {},
    openKeys: async () => new Set(),
    close: async () => {},
  };
  await registerFileJobs({ ...show.ctx, jobs }, () => Promise.reject(new Error("no space left")));
  const attempt = (last: boolean) =>
    prepare?.({ fileId: id }, { id: "job", attempt: 1, last, signal: new AbortController().signal });
  const state = async () => (await channel.people.owner.call("GET", `/channels/${channel.id}/files`)).body.items[0];
  await expect(attempt(false)).rejects.toThrow("no space left");
  expect(await state()).toMatchObject({ state: "processing", problem: null });
  await expect(attempt(true)).rejects.toThrow("no space left");
  expect(await state()).toMatchObject({ state: "failed", problem: expect.stringMatching(/could not prepare/) });
});

test("a video whose preparation died with its process is given up once no job is left for it, not before", async () => {
  const id = String((await upload("owner")).body["id"]);
  const { store, blobs } = show.ctx;
  await store.db.updateTable("media_file").set({ state: "processing" }).where("id", "=", id).execute();
  const state = async () => (await channel.people.owner.call("GET", `/channels/${channel.id}/files`)).body.items[0];
  const later = Date.now() + 120_000;
  await giveUpLost(show.ctx, later);
  expect(await state()).toMatchObject({ state: "processing" });
  const dead: Jobs = { ...show.ctx.jobs, openKeys: async () => new Set() };
  await giveUpLost({ ...show.ctx, jobs: dead });
  expect(await state()).toMatchObject({ state: "processing" });
  await giveUpLost({ ...show.ctx, jobs: dead }, later);
  expect(await state()).toMatchObject({ state: "failed", problem: expect.stringMatching(/could not prepare/) });
  expect(await blobs.get(`files/${id}/original`)).toBeNull();
});

/** The server on a port, and a token of the owner. */
async function listening(): Promise<{ address: string; token: string }> {
  const { app, ctx } = show;
  const { id: accountId } = channel.people.owner;
  const session = await ctx.store.db
    .selectFrom("refresh_token")
    .select("family_id")
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  const { token } = await app.kit.access.sign({ accountId, sessionId: session.family_id, epoch: 0 });
  return { address: await app.listen({ host: "127.0.0.1", port: 0 }), token };
}

test("storing an upload may take longer than a connection may stand still", async () => {
  const { app, ctx } = show;
  const put = ctx.blobs.put.bind(ctx.blobs);
  ctx.blobs.put = async (...args) => {
    await sleep(1000);
    return put(...args);
  };
  app.server.timeout = 250;
  const { address, token } = await listening();
  const answer = await fetch(`${address}/api/v1/channels/${channel.id}/files`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form(MP4),
  });
  expect(answer.status).toBe(201);
});

test("only ready files of the same channel can be played", async () => {
  const id = await broadcast();
  const { owner, moderator } = channel.people;
  const file = (await upload("owner")).body["id"];
  const play = (fileIds: unknown[], by = owner) => by.call("POST", `/broadcasts/${id}/file-source`, { fileIds });
  expect((await play([file], moderator)).code).toBe("forbidden");
  expect((await play([file])).body).toMatchObject({ error: { message: '"My holiday" is not ready to be played.' } });
  await makeReady(file);
  const other = await show.channel("other");
  const theirs = await other.people.owner.call("POST", `/channels/${other.id}/files`, form(MP4));
  await makeReady(theirs.body["id"]);
  expect((await play([theirs.body["id"]])).code).toBe("not_found");
  expect((await play([])).code).toBe("invalid_input");
  expect((await play([file, file])).status).toBe(200);
  expect(show.plane.calls).toEqual([`startFileSource(${id})`]);
  show.plane.refuse = "This broadcast has ended.";
  expect((await play([file])).code).toBe("conflict");
});

test("a list goes on after a restart with the video that played, while its show is on the air; one that was ended does not", async () => {
  const id = await broadcast();
  const { owner } = channel.people;
  const files = [(await upload("owner")).body["id"], (await upload("owner", MP4, "second.mp4")).body["id"]];
  for (const file of files) await makeReady(file);
  let playing: Playlist | undefined;
  show.plane.startFileSource = async (_id, _dvr, playlist) => {
    playing = playlist;
    return { ok: true };
  };
  const restart = async (): Promise<Playlist | undefined> => {
    playing = undefined;
    await resumeFiles(show.ctx, show.plane);
    return playing;
  };
  const body = { fileIds: [...files, files[0]], loop: true };
  expect((await owner.call("POST", `/broadcasts/${id}/file-source`, body)).status).toBe(200);
  await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
  await playing?.items[0]?.open();
  await playing?.items[1]?.open();
  const resumed = await restart();
  expect(resumed).toMatchObject({ from: 1, loop: true });
  expect(resumed?.items.map((item) => item.id)).toEqual(body.fileIds);
  expect(await restart()).toMatchObject({ from: 1 });
  playing?.ended?.();
  expect(await restart()).toBeUndefined();
  await owner.call("POST", `/broadcasts/${id}/file-source`, body);
  await owner.call("POST", `/broadcasts/${id}/end`);
  expect(await restart()).toBeUndefined();
});
