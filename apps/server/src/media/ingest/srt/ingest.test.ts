import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { codecsOf, KEY, openRig, type Rig, samplesOf, startSender } from "../demux/testing.ts";
import { listenSrt, type SrtListener, type SrtOptions } from "./listener.ts";

const ENTRY = {
  channelId: "channel",
  key: KEY,
  srtName: "srt_name-of-the-key",
  srtPassphrase: "passphrase-of-the-key",
};
const MEDIA = { video: "h264", audio: "aac", format: "mpegts" } as const;

const hasGStreamer = spawnSync("gst-inspect-1.0", ["--exists", "srtsink"]).status === 0;
if (!hasGStreamer && process.env["REQUIRE_ALL"] === "1") throw new Error("GStreamer with srtsink is needed");

let rig: Rig;
let listener: SrtListener | undefined;
const senders: ChildProcess[] = [];

async function open(options: Partial<SrtOptions> = {}): Promise<SrtListener> {
  const { log, ffmpeg, authorize, openSource } = rig;
  const opened = await listenSrt({
    ...{ host: "127.0.0.1", port: 0, library: undefined, log, ffmpeg, authorize, openSource },
    streamKeys: () => Promise.resolve([ENTRY]),
    ...options,
  });
  if (!opened.ok) throw new Error(opened.missing);
  listener = opened.listener;
  return listener;
}

beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  for (const sender of senders.splice(0)) sender.kill("SIGKILL");
  await listener?.close();
  listener = undefined;
});

/** Resolves with its words when the sender ended by itself. */
function publish({ port }: SrtListener, query: string): { ended: Promise<string>; stop: () => void } {
  const child = startSender(MEDIA, `srt://127.0.0.1:${port}?${query}&pkt_size=1316`);
  senders.push(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  return { ended: once(child, "close").then(() => said), stop: () => void child.kill("SIGKILL") };
}

const flows = (index: number): Promise<void> =>
  rig.until(
    () => samplesOf(rig.sources[index], "video").length > 10 && samplesOf(rig.sources[index], "audio").length > 10,
  );

test.each([
  ["the key alone", `streamid=publish:${KEY}`],
  ["the access control form", `streamid=#!::m=publish,r=${KEY}`],
  ["the name with its passphrase, encrypted", `streamid=publish:${ENTRY.srtName}&passphrase=${ENTRY.srtPassphrase}`],
])("%s lets an encoder publish", async (_, query) => {
  const sender = publish(await open(), query);
  await flows(0);
  const [source] = rig.sources;
  expect(codecsOf(source)).toMatch(/^avc1\.42c0.. mp4a\.40\.2$/);
  expect(source?.publisher).toMatchObject({ protocol: "srt", remote: "127.0.0.1" });
  expect(samplesOf(source, "video")[0]?.keyframe).toBe(true);
  expect(rig.asked).toEqual([KEY]);
  sender.stop();
  await rig.until(() => source?.closed.length === 1);
  expect(source?.closed[0]).toEqual({ reason: "Nothing comes from the encoder any more.", stopped: false });
});

test.each([
  ["an unknown key", "streamid=publish:rk_unknown"],
  ["a request to play", `streamid=%23!::m=request,r=${KEY}`],
  ["no stream id", "mode=caller"],
  ["the name without its passphrase", `streamid=publish:${ENTRY.srtName}`],
  ["the name with another passphrase", `streamid=publish:${ENTRY.srtName}&passphrase=another-passphrase`],
])("%s is refused in the handshake", async (_, query) => {
  const sender = publish(await open(), query);
  expect(await sender.ended).toContain("Input/output error");
  expect([rig.asked, rig.sources]).toEqual([[], []]);
});

test("an encoder that encrypts with the key for a name is told of, and let in when it tries again", async () => {
  const port = await open();
  const query = `streamid=publish:${KEY}&passphrase=${ENTRY.srtPassphrase}`;
  expect(await publish(port, query).ended).toContain("Input/output error");
  await rig.until(() => rig.lines.some(({ msg }) => String(msg).includes("or no passphrase")));
  expect(rig.sources).toEqual([]);
  publish(port, query);
  await flows(0);
});

test("an encoder that encrypted with the key may stop to do so", async () => {
  const port = await open();
  await publish(port, `streamid=publish:${KEY}&passphrase=${ENTRY.srtPassphrase}`).ended;
  await rig.until(() => rig.lines.some(({ msg }) => String(msg).includes("or no passphrase")));
  expect(await publish(port, `streamid=publish:${KEY}`).ended).toContain("Input/output error");
  publish(port, `streamid=publish:${KEY}`);
  await flows(0);
});

test("the key with another passphrase is never let in", async () => {
  const port = await open();
  for (let tries = 0; tries < 3; tries += 1) {
    expect(await publish(port, `streamid=publish:${KEY}&passphrase=another-passphrase`).ended).toContain("error");
  }
  expect(rig.sources).toEqual([]);
});

test("an encoder that was killed and starts again need not wait until its old connection is given up", async () => {
  const port = await open();
  const first = publish(port, `streamid=publish:${KEY}`);
  await flows(0);
  first.stop();
  await first.ended;
  // It tries until it is let in, as encoders do.
  while (rig.sources.length < 2) await Promise.race([publish(port, `streamid=publish:${KEY}`).ended, flows(1)]);
  expect(rig.sources[0]?.closed).toHaveLength(1);
});

test("a pause in the network is told at once, and the same connection goes on after it", async () => {
  const port = await open();
  const child = startSender(MEDIA, `srt://127.0.0.1:${port.port}?streamid=publish:${KEY}&pkt_size=1316`);
  senders.push(child);
  await flows(0);
  child.kill("SIGSTOP");
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  child.kill("SIGCONT");
  await flows(1);
  expect(codecsOf(rig.sources[1])).toMatch(/^avc1.* mp4a/);
  expect(child.exitCode).toBeNull();
});

test("round-trip time and loss are told while media comes", async () => {
  publish(await open(), `streamid=publish:${KEY}`);
  await flows(0);
  await rig.until(() => rig.sources[0]?.events.some(({ type }) => type === "link") ?? false);
  const link = rig.sources[0]?.events.find(({ type }) => type === "link");
  expect(link).toEqual({ type: "link", rttMs: expect.any(Number), lossPercent: expect.any(Number) });
  expect(link?.type === "link" && (link.rttMs ?? -1) > 0 && (link.rttMs ?? -1) < 1000 && link.lossPercent < 50).toBe(
    true,
  );
});

test("no byte counts before the key was checked", async () => {
  const refuse = { ok: false, reason: "unavailable", message: "Not now." } as const;
  const sender = publish(await open({ authorize: () => Promise.resolve(refuse) }), `streamid=publish:${KEY}`);
  await sender.ended;
  expect(rig.sources).toEqual([]);
  expect(rig.lines.at(-1)).toMatchObject({ reason: "Not now.", receivedBytes: 0 });
});

test("keys that come and go count at once", async () => {
  let keys = [ENTRY];
  const port = await open({ streamKeys: () => Promise.resolve(keys) });
  keys = [];
  await port.refreshKeys("channel");
  expect(await publish(port, `streamid=publish:${KEY}`).ended).toContain("Input/output error");
  keys = [ENTRY];
  await port.refreshKeys("channel");
  publish(port, `streamid=publish:${KEY}`);
  await flows(0);
});

test("the child may be killed: its sessions end with a reason, it comes back on its port, encoders may connect again", async () => {
  const port = await open();
  const before = { port: port.port, pid: port.pid };
  publish(port, `streamid=publish:${KEY}`);
  await flows(0);
  if (before.pid === undefined) throw new Error("the SRT child has no process");
  process.kill(before.pid, "SIGKILL");
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]?.closed[0]?.reason).toContain("It is started again: connect again.");
  await rig.until(() => rig.lines.some(({ msg }) => msg === "the SRT child serves again"));
  expect(port.port).toBe(before.port);
  expect(port.pid).not.toBe(before.pid);
  publish(port, `streamid=publish:${KEY}`);
  await flows(1);
});

test("a demuxer that dies in a running connection is replaced", async () => {
  const port = await open();
  publish(port, `streamid=publish:${KEY}`);
  await flows(0);
  const children = await childrenOf(process.pid);
  // The newest one: that of a source before may still be handing out what it holds.
  const demuxer = children.findLast(({ command }) => command.includes("mpegts") && command.includes("pipe:0"));
  if (demuxer === undefined) throw new Error("there is no demuxer");
  process.kill(demuxer.pid, "SIGKILL");
  await rig.until(() => rig.lines.some(({ msg }) => msg === "demuxer ended; it is started again"));
  const seen = samplesOf(rig.sources[0], "video").length;
  await rig.until(() => samplesOf(rig.sources[0], "video").length > seen + 10);
  expect(rig.sources).toHaveLength(1);
  expect(rig.sources[0]?.closed).toEqual([]);
});

async function childrenOf(parent: number): Promise<{ pid: number; command: string }[]> {
  const child = spawn("ps", ["--ppid", String(parent), "-o", "pid=,args=", "-ww"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await once(child, "close");
  return text.split("\n").flatMap((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), command: command ?? "" }];
  });
}

test.skipIf(!hasGStreamer)("another encoder than FFmpeg: GStreamer", async () => {
  const { port } = await open();
  const uri = `srt://127.0.0.1:${port}?streamid=publish:${ENTRY.srtName}`;
  const line = `videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc tune=zerolatency key-int-max=25 ! h264parse config-interval=1 ! queue ! mux. audiotestsrc is-live=true ! audioconvert ! opusenc ! opusparse ! queue ! mux. mpegtsmux name=mux alignment=7 ! srtsink uri=${uri} passphrase=${ENTRY.srtPassphrase} pbkeylen=16`;
  const sender = spawn("gst-launch-1.0", ["-q", ...line.split(" ")], { stdio: "ignore" });
  senders.push(sender);
  await flows(0);
  expect(codecsOf(rig.sources[0])).toMatch(/^avc1\..* mp4a\.40\.2$/);
});

test("junk on the port disturbs nobody", async () => {
  const port = await open();
  publish(port, `streamid=publish:${KEY}`);
  await flows(0);
  const socket: Socket = createSocket("udp4");
  const { pid } = port;
  for (let i = 0; i < 500; i++) {
    const junk = Buffer.alloc(16 + ((i * 37) % 1400), i);
    if (i % 2 === 0) junk.writeUInt32BE(0x80000000); // looks like a handshake
    socket.send(junk, port.port, "127.0.0.1");
  }
  const seen = samplesOf(rig.sources[0], "video").length;
  await rig.until(() => samplesOf(rig.sources[0], "video").length > seen + 25);
  socket.close();
  expect(port.pid).toBe(pid);
});

test("without libsrt the server says what to install", async () => {
  const { log, ffmpeg, authorize, openSource } = rig;
  const opened = await listenSrt({
    ...{ host: "127.0.0.1", port: 0, library: "libsrt-that-is-not-there.so", log, ffmpeg, authorize, openSource },
    streamKeys: () => Promise.resolve([]),
  });
  expect(opened).toEqual({ ok: false, missing: expect.stringContaining("apt-get install libsrt1.5-gnutls") });
  expect(rig.lines.at(-1)).toMatchObject({ level: "warn", msg: "SRT is not served: libsrt was not found" });
});

test("a port in use is a sentence", async () => {
  const other = createSocket("udp4");
  await new Promise<void>((resolve) => other.bind(0, "127.0.0.1", resolve));
  const { port } = other.address();
  const taken = `SRT port ${port} is taken by another program: stop it or set SRT_PORT to another port.`;
  await expect(open({ port })).rejects.toThrow(taken);
  other.close();
});
