import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { codecsOf, KEY, makeMedia, openRig, type Rig, samplesOf } from "../demux/testing.ts";
import type { WebSocketLimits } from "./limits.ts";
import { createWebSocketIngest, type WebSocketIngest } from "./listener.ts";

let rig: Rig;
let http: Server;
let ingest: WebSocketIngest;

async function open(limits: Partial<WebSocketLimits> = {}): Promise<void> {
  const { log, ffmpeg, authorize, openSource } = rig;
  ingest = createWebSocketIngest({ log, ffmpeg, authorize, openSource, limits });
  http = createServer();
  http.on("upgrade", (req, socket, head) => ingest.handleUpgrade(req, socket, head, "192.0.2.7"));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
}

beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await ingest.close();
  await new Promise((resolve) => http.close(resolve));
});

type Told = { type: string; message?: string; slowDown?: boolean };
type Sender = Readonly<{ ws: WebSocket; told: Told[]; closed: Promise<{ code: number; reason: string }> }>;

function connect(key = KEY, headers: Record<string, string> = {}): Sender {
  const { port } = http.address() as AddressInfo;
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ingest/${key}`, { headers });
  const told: Told[] = [];
  ws.on("message", (data: Buffer) => {
    told.push(JSON.parse(data.toString()) as Told);
    rig.changed();
  });
  ws.on("error", () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  return { ws, told, closed };
}

async function ready(sender: Sender): Promise<Sender> {
  await rig.until(() => sender.told.some(({ type }) => type === "ready"));
  return sender;
}

function send({ ws }: Sender, media: Buffer, chunkBytes = 16_000): void {
  for (let at = 0; at < media.length; at += chunkBytes) ws.send(media.subarray(at, at + chunkBytes));
}

test("an unknown key is refused before the upgrade; the key is not logged", async () => {
  await open();
  const { ws } = connect("rk_unknown");
  const status = await new Promise((resolve) => ws.on("unexpected-response", (_req, res) => resolve(res.statusCode)));
  expect(status).toBe(401);
  expect([rig.asked, rig.sources]).toEqual([["rk_unknown"], []]);
  expect(JSON.stringify(rig.lines)).not.toContain("rk_unknown");
  ws.terminate();
});

test("a browser, which cannot read a refused upgrade, is told in words and let in no further", async () => {
  await open();
  const sender = connect("rk_unknown", { origin: "http://localhost" });
  expect(await sender.closed).toEqual({ code: 4401, reason: "This stream key is not known here." });
  expect(sender.told).toEqual([{ type: "error", message: "This stream key is not known here." }]);
});

test.each([
  ["H.264 passes and Opus becomes AAC", { format: "matroska", video: "h264", audio: "opus" }, /^avc1\.42c0.. mp4a/],
  ["VP8 becomes H.264", { format: "webm", video: "vp8", audio: "opus" }, /^avc1\.4d40.. mp4a/],
  ["VP9 without sound becomes H.264", { format: "webm", video: "vp9", audio: "none" }, /^avc1\.4d40.. -/],
  ["sound alone is enough", { format: "webm", video: "none", audio: "opus" }, /^- mp4a/],
  ["fragmented MP4 passes", { format: "mp4", video: "h264", audio: "aac" }, /^avc1\.42c0.. mp4a/],
] as const)("%s", async (_, picked, codecs) => {
  await open();
  const media = await makeMedia(3, picked);
  const sender = await ready(connect());
  send(sender, media);
  sender.ws.close(1000);
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  const [source] = rig.sources;
  expect(codecsOf(source)).toMatch(codecs);
  const [video, audio] = [samplesOf(source, "video"), samplesOf(source, "audio")];
  if (picked.video !== "none") {
    expect(video.length).toBe(75);
    expect(video[0]?.keyframe).toBe(true);
    const keys = video.filter(({ keyframe }) => keyframe).map(({ timestampMs }) => timestampMs);
    expect(keys.length).toBeGreaterThanOrEqual(2);
  }
  if (picked.audio !== "none") expect(audio.length).toBeGreaterThan(130);
  expect(source?.closed).toEqual([{ reason: "The sender ended the broadcast.", stopped: true }]);
});

test("sound and picture of one moment carry the same time", async () => {
  await open();
  const sender = await ready(connect());
  send(sender, await makeMedia(4, { format: "webm", video: "vp8", audio: "opus" }));
  sender.ws.send(JSON.stringify({ type: "end" }));
  expect(await sender.closed).toMatchObject({ code: 1000 });
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  const [video, audio] = [samplesOf(rig.sources[0], "video"), samplesOf(rig.sources[0], "audio")];
  expect(Math.abs((video[0]?.timestampMs ?? 0) - (audio[0]?.timestampMs ?? 0))).toBeLessThan(45);
  expect(Math.abs((video.at(-1)?.timestampMs ?? 0) - (audio.at(-1)?.timestampMs ?? 0))).toBeLessThan(90);
});

test("what cannot be shown is refused with a sentence", async () => {
  await open();
  const junk = await ready(connect());
  junk.ws.send(Buffer.from("this is no media at all"));
  expect(await junk.closed).toMatchObject({ code: 1003, reason: expect.stringContaining("neither WebM, MP4") });
  const transport = await ready(connect());
  send(transport, await makeMedia(1, { format: "mpegts" }));
  expect((await transport.closed).reason).toContain("mpegts cannot be sent here");
  const odd = await ready(connect());
  send(odd, await makeMedia(1, { format: "matroska", video: "none", audio: "aac" }).then(withCodecId));
  expect((await odd.closed).reason).toContain('audio codec "A_XXX"');
  expect(rig.sources.map(({ closed }) => closed.length)).toEqual([1, 1, 1]);
});

/** As if another codec had been named. */
function withCodecId(media: Buffer): Buffer {
  const at = media.indexOf("A_AAC");
  media.write("A_XXX", at);
  return media;
}

test("a message over 64 KiB is refused in words", async () => {
  await open();
  const sender = await ready(connect());
  sender.ws.send(Buffer.alloc(65_537));
  const reason = "A message of 65537 bytes is too large: send at most 65536 at once.";
  expect(await sender.closed).toEqual({ code: 1009, reason });
});

test("who sends nothing is let go", async () => {
  await open({ idleMs: 50 });
  const sender = connect();
  expect(await sender.closed).toMatchObject({ code: 4408, reason: "Nothing came for 0.05 s." });
  expect(rig.sources[0]?.closed).toEqual([{ reason: "Nothing came for 0.05 s.", stopped: false }]);
});

test("the second sender with a key is told that there is one; a lost connection is no stop", async () => {
  await open();
  const first = await ready(connect());
  const second = connect();
  expect(await second.closed).toEqual({ code: 4409, reason: "Somebody else is live with this key." });
  first.ws.terminate();
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]?.closed[0]?.stopped).toBe(false);
  await ready(connect());
  expect(rig.sources).toHaveLength(2);
});

test("a sender that is faster than it may be is held back, and everything arrives", async () => {
  await open({ bytesPerSec: 100_000 });
  const media = await makeMedia(6, { format: "matroska", audio: "none" });
  const sender = await ready(connect());
  send(sender, media, 4_000);
  sender.ws.send(JSON.stringify({ type: "end" }));
  await sender.closed;
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(samplesOf(rig.sources[0], "video")).toHaveLength(150);
  const slow = sender.told.flatMap(({ type, slowDown }) => (type === "backpressure" ? [slowDown] : []));
  expect(slow.slice(0, 2)).toEqual([true, false]);
});

test("ended from here, the sender hears why; at a restart it may come back", async () => {
  await open();
  const ended = await ready(connect());
  rig.sources[0]?.publisher.end("The stream key was replaced.");
  expect(await ended.closed).toEqual({ code: 4000, reason: "The stream key was replaced." });
  const restarted = await ready(connect());
  await ingest.close();
  expect(await restarted.closed).toMatchObject({ code: 1012 });
});

test("junk instead of frames, and after a good beginning, ends that session only", async () => {
  await open();
  const { port } = http.address() as AddressInfo;
  const good = Buffer.from(await makeMedia(2, { format: "webm", video: "vp8", audio: "opus" }));
  for (let round = 0; round < 12; round++) {
    const sender = await ready(connect());
    // A generator of our own, so that a round can be told by its number.
    const noise = Buffer.from(
      Array.from({ length: 3000 }, (_, i) => (i * 7919 + round * 104_729 + ((i * i) >> 3)) & 255),
    );
    send(sender, good.subarray(0, 200 + round * 300));
    if (round % 3 === 0) sender.ws.send(noise.toString("latin1"));
    if (round % 3 === 1) (sender.ws as unknown as { _socket: Socket })._socket.write(noise);
    else send(sender, noise, 700);
    sender.ws.close();
    await sender.closed;
    await rig.until(() => rig.sources[round]?.closed.length === 1);
  }
  const raw = connectTcp(port, "127.0.0.1");
  raw.write(`GET /ingest/${"%00".repeat(50)} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n`);
  const [answer] = (await once(raw, "data")) as [Buffer];
  expect(answer.toString()).toContain("401");
  raw.destroy();
  const sender = await ready(connect());
  send(sender, good);
  sender.ws.close(1000);
  await rig.until(() => rig.sources[12]?.closed.length === 1);
  expect(samplesOf(rig.sources[12], "video")).toHaveLength(50);
  expect(rig.lines.filter(({ level }) => level === "error")).toEqual([]);
});
