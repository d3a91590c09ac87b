import { expect, test } from "vitest";
import { audioOnly, both, KEY, selfSigned, type Source, startEncoder, startRig, videoOnly } from "./testing.ts";

const samplesOf = (source: Source | undefined, kind: "video" | "audio") =>
  source!.events.flatMap((event) => (event.type === "sample" && event.sample.kind === kind ? [event.sample] : []));
const tracksOf = (source: Source | undefined) =>
  source!.events.flatMap((event) => (event.type === "tracks" ? [event] : []));

test("a wrong key: FFmpeg shows our sentence, nothing is accepted, one line without the key", async () => {
  await using rig = await startRig();
  const secret = "not-the-key-8d1f";
  const encoder = startEncoder(`rtmp://127.0.0.1:${rig.listener.port}/live/${secret}`, both(5));
  const { code, stderr } = await encoder.closed;
  expect(code).not.toBe(0);
  expect(stderr).toContain("This stream key is not known here.");
  expect(rig.sources).toEqual([]);
  expect(rig.lines).toMatchObject([
    { level: "warn", msg: "RTMP connection closed without publishing", refused: "unknown_key", remote: "127.0.0.1" },
  ]);
  expect(JSON.stringify(rig.lines)).not.toContain(secret);
});

test("H.264 and AAC: tracks, every frame in order, and two lines for its life", async () => {
  await using rig = await startRig();
  const encoder = startEncoder(`rtmp://127.0.0.1:${rig.listener.port}/live/${KEY}`, both(1));
  expect((await encoder.closed).code).toBe(0);
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  const [source] = rig.sources;
  expect(source!.publisher).toMatchObject({ protocol: "rtmp", remote: "127.0.0.1", grant: { slot: "primary" } });
  expect(source!.publisher.encoder).toMatch(/Lavf/);
  expect(tracksOf(source).at(-1)).toMatchObject({
    video: { codec: "avc", widthPx: 320, heightPx: 180, timescale: 90_000 },
    audio: { codec: "aac", sampleRateHz: 48_000, channels: 2, frameTicks: 1_024 },
    frameRateHint: 25,
    expects: { video: true, audio: true },
  });
  const video = samplesOf(source, "video");
  // The encoder moves all by its AAC priming, so that no time is negative.
  const firstMs = video[0]!.timestampMs;
  const times = video.map((sample) => sample.timestampMs - firstMs);
  expect(times).toEqual(Array.from({ length: 25 }, (_, n) => n * 40));
  expect(video.flatMap((sample, n) => (sample.keyframe ? [n] : []))).toEqual([0, 10, 20]);
  const audio = samplesOf(source, "audio");
  expect(audio.length).toBeGreaterThanOrEqual(46);
  expect(audio.every((sample) => sample.durationTicks === 1_024 && sample.keyframe)).toBe(true);
  expect(source!.events.filter((event) => event.type === "dropped")).toEqual([]);
  expect(source!.closed).toEqual(["The encoder ended the broadcast."]);
  expect(rig.lines.map((line) => line["msg"])).toEqual(["publisher accepted", "publisher left"]);
  expect(JSON.stringify(rig.lines)).not.toContain(KEY);
});

test.each([
  ["video only", videoOnly(1), { video: true, audio: false }],
  ["audio only", audioOnly(1), { video: false, audio: true }],
])("%s is announced as such", async (_, args, expects) => {
  await using rig = await startRig();
  const encoder = startEncoder(`rtmp://127.0.0.1:${rig.listener.port}/live/${KEY}?query=ignored`, args);
  expect((await encoder.closed).code).toBe(0);
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  const tracks = tracksOf(rig.sources[0]);
  expect(tracks).toHaveLength(1);
  expect(tracks[0]).toMatchObject({ expects });
  expect([tracks[0]!.video !== undefined, tracks[0]!.audio !== undefined]).toEqual([expects.video, expects.audio]);
  expect(samplesOf(rig.sources[0], expects.video ? "video" : "audio").length).toBeGreaterThanOrEqual(25);
});

test("a codec that is not taken is refused in words", async () => {
  await using rig = await startRig();
  const args = ["-t", "2", "-f", "lavfi", "-i", "sine=sample_rate=44100", "-c:a", "libmp3lame"];
  const { code, stderr } = await startEncoder(`rtmp://127.0.0.1:${rig.listener.port}/live/${KEY}`, args).closed;
  expect(code).not.toBe(0);
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]!.closed).toEqual(["Audio MP3 is not taken: send AAC or Opus."]);
  expect(stderr).toMatch(/rtmp|Broken pipe|Input\/output|not taken/i);
});

test("a second publisher is refused by the source and the first goes on", async () => {
  await using rig = await startRig();
  const url = `rtmp://127.0.0.1:${rig.listener.port}/live/${KEY}`;
  const first = startEncoder(url, both(60));
  await rig.until(() => (rig.sources[0]?.events.length ?? 0) > 10);
  const { code, stderr } = await startEncoder(url, both(5)).closed;
  expect(code).not.toBe(0);
  expect(stderr).toContain("Somebody else is live with this key.");
  const soFar = rig.sources[0]!.events.length;
  await rig.until(() => rig.sources[0]!.events.length > soFar + 10);
  expect(rig.sources).toHaveLength(1);
  expect(rig.lines.map((line) => line["msg"])).toEqual([
    "publisher accepted",
    "RTMP connection closed without publishing",
  ]);
  rig.sources[0]!.publisher.end("The broadcast was ended in the control room.");
  rig.sources[0]!.publisher.end("Again.");
  const ended = await first.closed;
  expect(ended.code).not.toBe(0);
  expect(rig.sources[0]!.closed).toEqual(["The broadcast was ended in the control room."]);
  const after = rig.sources[0]!.events.length;
  await rig.until(() => rig.lines.length === 3);
  expect(rig.sources[0]!.events.length).toBe(after);
});

test("an encoder that is killed: the source is closed once", async () => {
  await using rig = await startRig();
  const encoder = startEncoder(`rtmp://127.0.0.1:${rig.listener.port}/live/${KEY}`, both(60));
  await rig.until(() => (rig.sources[0]?.events.length ?? 0) > 10);
  encoder.process.kill("SIGKILL");
  await rig.until(() => rig.sources[0]!.closed.length > 0);
  await encoder.closed;
  expect(rig.sources[0]!.closed).toHaveLength(1);
});

test("closing the listener ends the encoder", async () => {
  const rig = await startRig();
  const encoder = startEncoder(`rtmp://127.0.0.1:${rig.listener.port}/live/${KEY}`, both(60));
  await rig.until(() => (rig.sources[0]?.events.length ?? 0) > 10);
  await rig.listener.close();
  expect(rig.sources[0]!.closed).toEqual(["The server is shutting down."]);
  expect(rig.listener.connections).toBe(0);
  expect((await encoder.closed).code).not.toBe(0);
});

test("RTMPS with a certificate of its own, and plain RTMP on its port is refused with one line", async () => {
  await using rig = await startRig({ tls: await selfSigned() });
  const url = `rtmps://127.0.0.1:${rig.listener.port}/live/${KEY}`;
  expect((await startEncoder(url, both(1)).closed).code).toBe(0);
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]!.publisher.protocol).toBe("rtmps");
  expect(samplesOf(rig.sources[0], "video")).toHaveLength(25);
  const linesBefore = rig.lines.length;
  const plain = await startEncoder(url.replace("rtmps", "rtmp"), both(1)).closed;
  expect(plain.code).not.toBe(0);
  await rig.until(() => rig.lines.length > linesBefore);
  expect(rig.lines.slice(linesBefore)).toMatchObject([{ level: "warn", msg: "RTMP connection refused" }]);
  await expect(startRig({ tls: { cert: "no", key: "no" } })).rejects.toThrow(/certificate and key cannot be used/);
});
