import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { encodeAmf0 } from "@rostrum/media/amf0";
import { concat } from "@rostrum/media/bytes";
import { ChunkWriter } from "@rostrum/media/rtmp/chunks";
import { RtmpClientSession } from "@rostrum/media/rtmp/client-session";
import { expect, test, vi } from "vitest";
import type { IngestDecision } from "../../plane.ts";
import { KEY, selfSigned, speak, startRig, whenClosed } from "./testing.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const HANDSHAKE = concat([Uint8Array.of(3), new Uint8Array(1_536), new Uint8Array(1_536)]);
const NOT_PUBLISHED = "RTMP connection closed without publishing";

const call = (writer: ChunkWriter, ...values: Parameters<typeof encodeAmf0>[0]): Uint8Array =>
  writer.write({ chunkStreamId: 3, typeId: 20, streamId: 0, timestampMs: 0, payload: encodeAmf0(values) });

/** Handshake, connect and publish in one go. */
function publishRequest(key: string): Uint8Array {
  const writer = new ChunkWriter();
  return concat([
    HANDSHAKE,
    call(writer, "connect", 1, { app: "live" }),
    call(writer, "publish", 2, null, key, "live"),
  ]);
}

const junk = Uint8Array.from({ length: 4_096 }, (_, i) => (i * 73 + 41) & 0xff);
const manyHeaders = concat([
  HANDSHAKE,
  // 40 chunk streams that announce 16 MB each.
  ...Array.from({ length: 40 }, (_, i) => concat([Uint8Array.of(i + 3), hex("000000 ffffff 09 01000000")])),
]);

test.each([
  ["an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), /not RTMP/],
  ["a TLS hello", hex("160301"), /use rtmps:\/\//],
  ["garbage after the handshake", concat([HANDSHAKE, junk]), /./],
  ["40 chunk streams of 16 MB", manyHeaders, /message of 16777215 bytes, at most 65536/],
  ["Set Chunk Size without a body", concat([HANDSHAKE, hex("02 000000 000000 01 00000000")]), /of 0 bytes/],
  ["chunk size 0", concat([HANDSHAKE, hex("02 000000 000004 01 00000000 00000000")]), /chunk size 0/],
  ["chunk size 0xffffffff", concat([HANDSHAKE, hex("02 000000 000004 01 00000000 ffffffff")]), /chunk size 4294967295/],
  ["publish without a name", publishRequest(""), /stream key is missing/],
  [
    "connect with a tcUrl that is no URL",
    concat([
      HANDSHAKE,
      call(new ChunkWriter(), "connect", 1, { tcUrl: "http://[" }),
      call(new ChunkWriter(), "publish", 2, null, "k"),
    ]),
    /Publish to rtmp:/,
  ],
])("%s: closed with one line that says why", async (_, input, reason) => {
  await using rig = await startRig();
  await speak(rig.listener.port, input);
  await rig.until(() => rig.listener.connections === 0 || rig.lines.length > 0);
  expect(rig.lines).toHaveLength(1);
  expect(rig.lines[0]).toMatchObject({ level: "warn", msg: NOT_PUBLISHED, reason: expect.stringMatching(reason) });
  expect(rig.sources).toEqual([]);
});

test.each([
  ["nothing", new Uint8Array(0), /no RTMP handshake within 100 ms/],
  ["half a handshake", HANDSHAKE.subarray(0, 2_000), /no RTMP handshake within 100 ms/],
  ["a handshake and no command", HANDSHAKE, /no publish command within 100 ms/],
  ["half a command", publishRequest(KEY).subarray(0, 3_100), /no publish command within 100 ms/],
])("a peer that sends %s and waits is closed by a deadline", async (_, input, reason) => {
  await using rig = await startRig({ limits: { handshakeMs: 100, publishMs: 100 } });
  await speak(rig.listener.port, input);
  expect(rig.lines).toMatchObject([{ level: "warn", msg: NOT_PUBLISHED, reason: expect.stringMatching(reason) }]);
});

test("a peer that drips one byte at a time does not move its deadline", async () => {
  await using rig = await startRig({ limits: { handshakeMs: 200 } });
  const socket = net.connect(rig.listener.port, "127.0.0.1");
  socket.on("error", () => {}).resume();
  const drip = setInterval(() => socket.write(Uint8Array.of(3)), 5);
  await whenClosed(socket);
  clearInterval(drip);
  expect(rig.lines).toMatchObject([{ reason: expect.stringMatching(/no RTMP handshake/) }]);
});

test("a publisher that falls silent is closed, and so is its source", async () => {
  await using rig = await startRig({ limits: { idleMs: 100 } });
  const answer = await speak(rig.listener.port, publishRequest(KEY));
  const text = answer.toString("latin1");
  expect(text).toContain("NetStream.Publish.Start");
  expect(text).toContain("The encoder sent nothing for 100 ms.");
  expect(rig.sources[0]!.closed).toEqual(["The encoder sent nothing for 100 ms."]);
  expect(rig.lines.map((line) => line["msg"])).toEqual(["publisher accepted", "publisher left"]);
});

test("a refused publisher that keeps sending is not read and is cut off", async () => {
  await using rig = await startRig({ limits: { lingerMs: 100 } });
  const socket = net.connect({ port: rig.listener.port, host: "127.0.0.1", allowHalfOpen: true });
  const got: Buffer[] = [];
  socket.on("data", (chunk) => got.push(chunk)).on("error", () => {});
  const writer = new ChunkWriter();
  const media = writer.write({
    chunkStreamId: 6,
    typeId: 9,
    streamId: 1,
    timestampMs: 0,
    payload: new Uint8Array(500),
  });
  socket.write(publishRequest("wrong"));
  const flood = setInterval(() => socket.write(media), 1);
  await whenClosed(socket);
  clearInterval(flood);
  expect(Buffer.concat(got).toString("latin1")).toContain("This stream key is not known here.");
  expect(Buffer.concat(got).toString("latin1")).not.toContain("Publish.Start");
  expect(rig.sources).toEqual([]);
  expect(rig.lines).toHaveLength(1);
});

test("Publish.Start waits for the decision, and a peer that leaves meanwhile is no source", async () => {
  const decide = Promise.withResolvers<IngestDecision>();
  const asked = Promise.withResolvers<void>();
  await using rig = await startRig({
    authorize: () => {
      asked.resolve();
      return decide.promise;
    },
  });
  const socket = net.connect(rig.listener.port, "127.0.0.1");
  const got: Buffer[] = [];
  socket.on("data", (chunk) => got.push(chunk)).on("error", () => {});
  socket.write(publishRequest(KEY));
  await asked.promise;
  expect(Buffer.concat(got).toString("latin1")).not.toContain("Publish.Start");
  socket.resetAndDestroy();
  await rig.until(() => rig.lines.length === 1);
  decide.resolve({ ok: false, reason: "unavailable", message: "Too late." });
  await rig.listener.close();
  expect(rig.sources).toEqual([]);
  expect(rig.lines).toMatchObject([{ msg: NOT_PUBLISHED }]);
});

test("an authorisation that fails is told as unavailable", async () => {
  await using rig = await startRig({ authorize: () => Promise.reject(new Error("store is gone")) });
  const answer = await speak(rig.listener.port, publishRequest(KEY));
  expect(answer.toString("latin1")).toContain("cannot check the stream key now");
  expect(rig.lines.map((line) => line["level"])).toEqual(["error", "warn"]);
  expect(JSON.stringify(rig.lines)).not.toContain(KEY);
});

test("a peer that floods pings and never reads answers is cut off at the bound", async () => {
  await using rig = await startRig({ limits: { publishMs: 60_000 } });
  const socket = net.connect(rig.listener.port, "127.0.0.1");
  const gone = whenClosed(socket.pause());
  const writer = new ChunkWriter();
  const payload = hex("0006 01020304");
  const ping = writer.write({ chunkStreamId: 2, typeId: 4, streamId: 0, timestampMs: 0, payload });
  const block = concat(Array.from({ length: 10_000 }, () => ping));
  const flood = (): void => {
    while (socket.writable && socket.write(block)) continue;
  };
  socket.on("drain", flood).write(concat([HANDSHAKE, call(writer, "connect", 1, { app: "live" })]));
  flood();
  await rig.until(() => rig.lines.length > 0);
  expect(rig.lines).toMatchObject([{ msg: NOT_PUBLISHED, reason: "The encoder does not read the server's answers." }]);
  socket.destroy();
  await gone;
});

test("of 100 connections those over the limits are closed at once, and their places become free again, one line each", async () => {
  const limits = { waiting: 30, waitingPerAddress: 20, handshakeMs: 60_000 };
  await using rig = await startRig({ limits });
  const sockets = Array.from({ length: 100 }, () => net.connect(rig.listener.port, "127.0.0.1"));
  const closed = sockets.map((socket) => whenClosed(socket));
  for (const socket of sockets) socket.write(Uint8Array.of(3));
  await rig.until(() => rig.lines.length >= 80);
  expect(rig.lines.every((line) => line["reason"] === "over 20 connections of one address that do not publish")).toBe(
    true,
  );
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  await rig.until(() => rig.lines.length >= 100);
  expect(rig.lines.filter((line) => line["msg"] === NOT_PUBLISHED)).toHaveLength(20);
  // A place is free when the server has seen the end of its socket, a little after the line.
  do await speak(rig.listener.port, hex("47"));
  while (rig.lines.at(-1)!["msg"] !== NOT_PUBLISHED);
  expect(rig.lines.at(-1)).toMatchObject({ reason: expect.stringMatching(/not RTMP/) });
});

test.each([["RTMP"], ["RTMPS"]])(
  "over %s publishers and those that wait have places of their own",
  async (protocol) => {
    const secure = protocol === "RTMPS" ? { tls: await selfSigned() } : {};
    const limits = { waiting: 1, waitingPerAddress: 1, publishers: 1, handshakeMs: 60_000 };
    await using rig = await startRig({ ...secure, limits });
    const { port } = rig.listener;
    const publish = (): net.Socket => {
      const socket =
        protocol === "RTMPS"
          ? tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false })
          : net.connect(port, "127.0.0.1");
      socket.on("error", () => {}).resume();
      socket.write(publishRequest(KEY));
      return socket;
    };
    const connections = (count: number) => vi.waitUntil(() => rig.listener.connections === count, { timeout: 20_000 });
    const lastIs = (part: Record<string, unknown>) => () =>
      Object.entries(part).every(([name, value]) => rig.lines.at(-1)?.[name] === value);
    for (let round = 0; round < 3; round += 1) {
      const onAir = publish();
      await rig.until(lastIs({ msg: "publisher accepted" }));
      publish();
      await rig.until(lastIs({ refused: "unavailable" }));
      await connections(1);
      const silent = net.connect(port, "127.0.0.1");
      await once(silent, "connect");
      await speak(port);
      expect(rig.lines.at(-1)).toMatchObject({ reason: "over 1 connections that do not publish" });
      onAir.destroy();
      silent.destroy();
      await connections(0);
    }
  },
);

test("RTMPS peers that are silent, too many, or leave inside of the TLS handshake end in one line each", async () => {
  const limits = { handshakeMs: 1_000, waitingPerAddress: 2 };
  await using rig = await startRig({ tls: await selfSigned(), limits });
  const silent = [speak(rig.listener.port), speak(rig.listener.port)];
  const refused = speak(rig.listener.port, hex("160301"));
  await Promise.all([...silent, refused]);
  await rig.until(() => rig.lines.length >= 3);
  expect(rig.lines.map((line) => line["reason"])).toEqual([
    "over 2 connections of one address that do not publish",
    "no TLS handshake: ERR_TLS_HANDSHAKE_TIMEOUT",
    "no TLS handshake: ERR_TLS_HANDSHAKE_TIMEOUT",
  ]);
  const leaving = net.connect(rig.listener.port, "127.0.0.1");
  const gone = whenClosed(leaving);
  leaving.write(hex("160301"), () => leaving.resetAndDestroy());
  await gone;
  await rig.until(() => rig.lines.length >= 4);
  await rig.listener.close();
  expect(rig.lines).toHaveLength(4);
});

test("our own client half publishes Opus by enhanced RTMP", async () => {
  await using rig = await startRig();
  const session = new RtmpClientSession({ app: "live", tcUrl: "rtmp://127.0.0.1/live", streamName: KEY });
  const socket = net.connect(rig.listener.port, "127.0.0.1");
  const opusHead = hex("4f707573 48656164 01 02 3801 80bb0000 0000 00");
  const send = (): void => void socket.write(session.takeOutput());
  socket.on("data", (bytes) => {
    for (const event of session.push(bytes)) {
      if (event.type !== "publishing") continue;
      session.sendAudio(0, concat([hex("90 4f707573"), opusHead]));
      session.sendAudio(0, hex("91 4f707573 fcfffe"));
      session.sendAudio(20, hex("91 4f707573 fcfffe"));
      session.unpublish();
    }
    send();
  });
  session.start();
  send();
  await rig.until(() => rig.sources[0]?.closed.length === 1);
  expect(rig.sources[0]!.events).toMatchObject([
    { type: "tracks", video: undefined, audio: { codec: "opus", channels: 2, timescale: 48_000 } },
    { type: "sample", sample: { kind: "audio", timestampMs: 0, durationTicks: 960 } },
    { type: "sample", sample: { kind: "audio", timestampMs: 20, durationTicks: 960 } },
  ]);
  socket.destroy();
});
