import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { openShow } from "../features/broadcasts/testing.ts";
import { registerFileJobs } from "../features/files/jobs.ts";
import { findFfmpeg } from "../lib/ffmpeg.ts";
import { createPrepareVideo } from "../media/ingest/file/prepare-video.ts";

const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-upload-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("an upload becomes playable, with picture and length; one that cannot be used says why; nothing is left over", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const film = path.join(dir, "film.mp4");
  const source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=3"];
  execFileSync(ffmpeg.path, ["-v", "error", ...source, "-c:v", "libx264", "-pix_fmt", "yuv420p", film]);
  const show = await openShow();
  try {
    const { id, people } = await show.channel("films");
    const uploads = path.join(show.ctx.config.DATA_DIR, "uploads");
    mkdirSync(uploads);
    writeFileSync(path.join(uploads, "left-over"), "of a process that was killed");
    utimesSync(path.join(uploads, "left-over"), 0, 0);
    await registerFileJobs(show.ctx, createPrepareVideo(undefined));
    const send = async (bytes: Buffer) => {
      const form = new FormData();
      form.append("file", new Blob([new Uint8Array(bytes)]), "film.mp4");
      return String((await people.owner.call("POST", `/channels/${id}/files`, form)).body["id"]);
    };
    const good = await send(readFileSync(film));
    const broken = await send(readFileSync(film).subarray(0, 3000));
    const settled = async () => {
      for (;;) {
        const { items } = (await people.owner.call("GET", `/channels/${id}/files`)).body;
        if (items.every((one) => one["state"] === "ready" || one["state"] === "failed")) return items;
        await sleep(50);
      }
    };
    const items = await settled();
    expect(items.find((one) => one["id"] === good)).toMatchObject({
      ...{ state: "ready", progress: 1, durationMs: 3000, widthPx: 320, heightPx: 180, problem: null },
      thumbnailUrl: `/api/v1/files/${good}/picture.jpg`,
    });
    expect(items.find((one) => one["id"] === broken)).toMatchObject({
      ...{ state: "failed", problem: expect.stringMatching(/broken or not complete/), thumbnailUrl: null },
    });
    const picture = await people.owner.call("GET", `/files/${good}/picture.jpg`);
    expect([picture.status, picture.headers["content-type"], picture.headers["x-content-type-options"]]).toEqual([
      ...[200, "image/jpeg", "nosniff"],
    ]);
    await show.ctx.jobs.close();
    expect(readdirSync(uploads)).toEqual([]);
    const keys: string[] = [];
    for await (const blob of show.ctx.blobs.list("files/")) keys.push(blob.key);
    expect(keys.toSorted()).toEqual([`files/${good}/picture.jpg`, `files/${good}/video.flv`]);
  } finally {
    await show.close();
  }
}, 60_000);
