import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FfmpegError, findFfmpeg, pipeInput, runFfmpeg, startFfmpeg } from "./ffmpeg.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), "ffmpeg-test-"));
});
afterEach(() => rm(dir, { recursive: true }));

const never = new AbortController().signal;

test("a configured path without a file is refused in one sentence", async () => {
  const configured = path.join(dir, "nowhere");
  await expect(findFfmpeg({ configured })).rejects.toThrow(
    new FfmpegError(`FFMPEG_PATH=${configured} cannot be used: there is no such file.`),
  );
});

test("a configured file that is not executable is refused in one sentence", async () => {
  const configured = path.join(dir, "ffmpeg");
  await writeFile(configured, "text");
  await expect(findFfmpeg({ configured })).rejects.toThrow(
    new FfmpegError(`FFMPEG_PATH=${configured} cannot be used: it is not executable.`),
  );
});

test("a configured program that is not FFmpeg is refused in one sentence", async () => {
  const configured = path.join(dir, "other");
  await writeFile(configured, "#!/bin/sh\necho hello\n");
  await chmod(configured, 0o755);
  await expect(findFfmpeg({ configured })).rejects.toThrow(
    new FfmpegError(`FFMPEG_PATH=${configured} cannot be used: it runs, but does not answer like FFmpeg.`),
  );
});

test("the first FFmpeg of the search path is taken", async () => {
  const file = path.join(dir, "ffmpeg");
  await writeFile(file, "#!/bin/sh\necho ffmpeg version 9.9-test Copyright\n");
  await chmod(file, 0o755);
  expect(await findFfmpeg({ configured: undefined, searchPath: `${dir}:/usr/bin` })).toEqual({
    path: file,
    version: "9.9-test",
  });
});

test("without one in the search path the one that came with the packages is taken", async () => {
  const found = await findFfmpeg({ configured: undefined, searchPath: dir });
  expect(found.path).toMatch(/@ffmpeg-installer\/linux-x64\/ffmpeg$/);
});

test("a failing run tells what FFmpeg said", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const run = runFfmpeg(ffmpeg, [...pipeInput("mp4"), "-f", "null", "-"], new Uint8Array(8), {
    maxOutputBytes: 1000,
    timeoutMs: 20_000,
    signal: never,
  });
  await expect(run).rejects.toThrow(/^FFmpeg ended with 1: .*pipe:0/s);
});

test("an input cannot make it open another protocol", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const list = Buffer.from(`ffconcat version 1.0\nfile 'file:${path.join(dir, "secret")}'\n`);
  const args = ["-safe", "0", ...pipeInput("concat"), "-f", "null", "-"];
  const run = runFfmpeg(ffmpeg, args, list, { maxOutputBytes: 1000, timeoutMs: 20_000, signal: never });
  await expect(run).rejects.toThrow(/not on whitelist/i);
});

test("a run that writes more than it may is ended", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const args = ["-f", "lavfi", "-i", "testsrc2", "-f", "rawvideo", "pipe:1"];
  const run = runFfmpeg(ffmpeg, args, new Uint8Array(0), { maxOutputBytes: 1000, timeoutMs: 20_000, signal: never });
  await expect(run).rejects.toThrow(/^FFmpeg ended with/);
});

test("a child gives way to the server unless it is urgent", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const owner = new AbortController();
  const args = ["-re", "-f", "lavfi", "-i", "sine", "-f", "null", "-"];
  const children = [false, true].map((isUrgent) => startFfmpeg(ffmpeg, args, owner.signal, { isUrgent }));
  const own = os.getPriority();
  expect(children.map(({ pid }) => os.getPriority(pid))).toEqual([Math.max(own, 10), own]);
  owner.abort();
  await Promise.all(children.map(({ closed }) => closed));
});

test("a child ends with its owner's signal", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const owner = new AbortController();
  const child = startFfmpeg(ffmpeg, ["-re", "-f", "lavfi", "-i", "sine", "-f", "null", "-"], owner.signal);
  owner.abort();
  const exit = await child.closed;
  expect(exit.code === 0).toBe(false);
  expect(() => process.kill(child.pid!, 0)).toThrow("ESRCH");
});
