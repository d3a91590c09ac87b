import { expect, test } from "vitest";
import { encodeAmf0 } from "../amf0.ts";
import { concat } from "../bytes.ts";
import { ChunkReader, ChunkWriter } from "./chunks.ts";
import { type ClientEvent, RtmpClientSession } from "./client-session.ts";
import { RtmpServerSession, type ServerEvent } from "./server-session.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (b) => parseInt(b, 16));
const TARGET = { app: "live", tcUrl: "rtmp://host/live", streamName: "secret" };

/** Both halves in memory; bytes go over in pieces of `cutBytes`. */
function connect(cutBytes = 1 << 20) {
  const client = new RtmpClientSession(TARGET);
  const server = new RtmpServerSession();
  const heard: ClientEvent[] = [];
  const events: ServerEvent[] = [];
  const exchange = (): void => {
    for (;;) {
      const up = client.takeOutput();
      const down = server.takeOutput();
      if (up.byteLength + down.byteLength === 0) return;
      for (let at = 0; at < up.byteLength; at += cutBytes) events.push(...server.push(up.subarray(at, at + cutBytes)));
      for (let at = 0; at < down.byteLength; at += cutBytes)
        heard.push(...client.push(down.subarray(at, at + cutBytes)));
    }
  };
  client.start();
  exchange();
  return { client, server, heard, events, exchange };
}

test("a refusal is told in the server's words, and no media can be sent", () => {
  const { client, server, heard, exchange } = connect();
  expect(() => client.sendAudio(0, hex("af"))).toThrow(RangeError);
  server.refuse("NetStream.Publish.BadName", "This key is not known.");
  exchange();
  expect(heard).toEqual([
    { type: "refused", code: "NetStream.Publish.BadName", description: "This key is not known." },
  ]);
  expect(client.phase).toBe("closed");
  expect(client.push(hex("ff"))).toEqual([]);
});

test.each([1, 7, 1 << 20])("metadata and media arrive as they were sent, in cuts of %i bytes", (cutBytes) => {
  const { client, server, heard, events, exchange } = connect(cutBytes);
  expect(events).toEqual([
    { type: "publish", key: "secret", encoder: "FMLE/3.0 (compatible; Rostrum)", enhanced: true },
  ]);
  expect(heard).toEqual([]);
  server.accept();
  exchange();
  expect(heard).toEqual([{ type: "publishing" }]);
  const big = new Uint8Array(20_000).fill(7);
  client.sendMetadata({ width: 640, framerate: 25 });
  client.sendAudio(0, hex("af001190"));
  client.sendVideo(0, big);
  client.sendVideo(40, hex("2701"));
  client.sendAudio(0xffffffff, hex("af01"));
  exchange();
  client.unpublish();
  exchange();
  expect(events.slice(1)).toMatchObject([
    { type: "metadata", values: { width: 640, framerate: 25 } },
    { kind: "audio", timestampMs: 0, data: hex("af001190") },
    { kind: "video", timestampMs: 0, data: big },
    { kind: "video", timestampMs: 40, data: hex("2701") },
    { kind: "audio", timestampMs: 0xffffffff },
    { type: "unpublish" },
  ]);
  expect(client.phase).toBe("closed");
});

test("the end that the server decides is told, and what it acknowledged is known", () => {
  const { client, server, heard, exchange } = connect();
  server.accept();
  exchange();
  for (let i = 0; i < 20; i++) client.sendVideo(i * 40, new Uint8Array(100_000));
  exchange();
  expect(client.acknowledgedBytes).toBeGreaterThan(1_250_000);
  server.end("The show is over.");
  exchange();
  expect(heard.at(-1)).toEqual({
    type: "ended",
    code: "NetStream.Publish.Denied",
    description: "The show is over.",
  });
});

/** The client after the handshake, with a server that says what it is told. */
function scripted(...commands: Parameters<typeof encodeAmf0>[0][]) {
  const client = new RtmpClientSession(TARGET);
  const writer = new ChunkWriter();
  client.start();
  const handshake = concat([Uint8Array.of(3), new Uint8Array(1_536), new Uint8Array(1_536)]);
  const messages = commands.map((values) =>
    writer.write({ chunkStreamId: 3, typeId: 20, streamId: 0, timestampMs: 0, payload: encodeAmf0(values) }),
  );
  return { client, push: () => client.push(concat([handshake, ...messages])) };
}

test.each([
  ["an answer to createStream that was not asked for", [["_result", 4, null, 1]], /not asked for/],
  [
    "a stream id that is none",
    [
      ["_result", 1, null],
      ["_result", 4, null, "x"],
    ],
    /without a stream id/,
  ],
  [
    "two answers to connect",
    [
      ["_result", 1, null],
      ["_result", 1, null],
    ],
    /second answer/,
  ],
])("%s ends the session", (_, commands, message) => {
  const { client, push } = scripted(...commands);
  expect(push).toThrow(message);
  expect(client.phase).toBe("closed");
});

test("an error answer to releaseStream is no refusal, one to connect is", () => {
  const status = { level: "error", code: "NetConnection.Connect.Rejected", description: "Full." };
  const tolerant = scripted(["_result", 1, null], ["_error", 2, null, status], ["_result", 4, null, 9]);
  expect(tolerant.push()).toEqual([]);
  expect(tolerant.client.phase).toBe("requesting");
  expect(scripted(["_error", 1, null, status]).push()).toEqual([
    { type: "refused", code: "NetConnection.Connect.Rejected", description: "Full." },
  ]);
});

test("publish goes out on the stream that createStream gave", () => {
  const { client, push } = scripted(["_result", 1, null], ["_result", 4, null, 9]);
  push();
  const output = client.takeOutput().subarray(1 + 1_536 + 1_536);
  const messages = new ChunkReader().push(output);
  expect(messages.at(-1)).toMatchObject({ streamId: 9, typeId: 20 });
});
