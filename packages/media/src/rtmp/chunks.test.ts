import { expect, test } from "vitest";
import { concat } from "../bytes.ts";
import { MalformedError, ProtocolViolation } from "../errors.ts";
import { ChunkReader, ChunkWriter, type RtmpMessage } from "./chunks.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (b) => parseInt(b, 16));
const body = (length: number, first = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (i + first) & 0xff);

/** Chunk type 0 on chunk stream 4 with audio of message stream 1. */
const type0 = (time: string, length: number): Uint8Array =>
  hex(`04 ${time} ${length.toString(16).padStart(6, "0")} 08 01000000`);
const audio = (timestampMs: number, payload: Uint8Array): RtmpMessage => ({
  chunkStreamId: 4,
  typeId: 8,
  streamId: 1,
  timestampMs,
  payload,
});

test.each([
  ["Set Chunk Size with an empty body", "02 000000 000000 01 00000000", MalformedError, /Set Chunk Size of 0 bytes/],
  ["Abort with a short body", "02 000000 000002 02 00000000 0000", MalformedError, /Abort of 2 bytes/],
  ["chunk size 0", "02 000000 000004 01 00000000 00000000", ProtocolViolation, /chunk size 0,/],
  ["chunk size 0xffffffff", "02 000000 000004 01 00000000 ffffffff", ProtocolViolation, /chunk size 4294967295,/],
  ["a type 3 chunk on a fresh chunk stream", "c4", ProtocolViolation, /first chunk on chunk stream 4 has type 3/],
  [
    "a type 2 chunk on a fresh chunk stream",
    "84 000000",
    ProtocolViolation,
    /first chunk on chunk stream 4 has type 2/,
  ],
  ["a message over the limit", "04 000000 800001 08 01000000", ProtocolViolation, /message of 8388609 bytes/],
])("%s is refused", (_, input, type, message) => {
  expect(() => new ChunkReader().push(hex(input))).toThrow(type);
  expect(() => new ChunkReader().push(hex(input))).toThrow(message);
});

test("a header that changes a message which is under way is refused", () => {
  const reader = new ChunkReader();
  reader.push(concat([type0("000000", 200), body(128)]));
  expect(() => reader.push(type0("000000", 8))).toThrow(/new message on chunk stream 4 inside another one/);
});

test("40 chunk streams that announce 16 MB and send one byte take 4 KB each", () => {
  const reader = new ChunkReader({ messageBytes: 0xffffff });
  for (let id = 3; id < 43; id++) {
    reader.push(concat([Uint8Array.of(id), hex("000000 ffffff 09 01000000"), Uint8Array.of(0x17)]));
    // The rest of this chunk, so that another chunk stream can follow.
    reader.push(body(127));
  }
  expect(reader.pendingBytes).toBe(40 * 4_096);
});

test("the memory of unfinished messages is limited over all chunk streams", () => {
  const reader = new ChunkReader({ pendingBytes: 10_000 });
  const open = (id: number): Uint8Array => concat([Uint8Array.of(id), hex("000000 100000 09 01000000"), body(128)]);
  reader.push(concat([open(3), open(4)]));
  expect(() => reader.push(open(5))).toThrow(/over 10000 bytes of unfinished messages/);
});

test("the 65th chunk stream is refused", () => {
  const reader = new ChunkReader();
  const empty = (id: number): Uint8Array => concat([Uint8Array.of(id), hex("000000 000000 08 01000000")]);
  for (let id = 0; id < 64; id++) reader.push(concat([Uint8Array.of(0, id), hex("000000 000000 08 01000000")]));
  expect(() => reader.push(empty(3))).toThrow(/more than 64 chunk streams/);
});

test("a finished message owns exactly its bytes and releases its memory", () => {
  const reader = new ChunkReader();
  const payload = body(10_000);
  const [message] = reader.push(new ChunkWriter().write(audio(0, payload)));
  expect(message?.payload).toEqual(payload);
  expect(message?.payload.buffer.byteLength).toBe(10_000);
  expect(reader.pendingBytes).toBe(0);
});

test("deltas add up, and a type 3 chunk repeats the last delta, after a type 0 chunk its timestamp", () => {
  const reader = new ChunkReader();
  const input = concat([
    type0("0003e8", 1),
    hex("01"),
    hex("44 000014 000002 08 0203"), // type 1: +20, another length
    hex("84 00000a 0405"), // type 2: +10
    hex("c4 0607"), // type 3: +10
    type0("0003e8", 1),
    hex("08"),
    hex("c4 09"), // type 3 after type 0: + 1000
  ]);
  expect(reader.push(input)).toEqual([
    audio(1000, hex("01")),
    audio(1020, hex("0203")),
    audio(1030, hex("0405")),
    audio(1040, hex("0607")),
    audio(1000, hex("08")),
    audio(2000, hex("09")),
  ]);
});

test("time wraps at 2^32 exactly", () => {
  const reader = new ChunkReader();
  const input = concat([
    type0("ffffff", 1),
    hex("fffffff6 01"), // 2^32 - 10
    hex("84 00000f 02"), // + 15
    hex("84 ffffff fffffffe 03"), // - 2, as a wrapped extended delta
  ]);
  expect(reader.push(input).map((m) => m.timestampMs)).toEqual([4_294_967_286, 5, 3]);
});

test.each([
  ["repeated in type 3 chunks", "01020304"],
  ["not repeated, as some encoders do", ""],
])("an extended timestamp is %s, cut anywhere", (_, repeated) => {
  const payload = concat([body(128, 1), hex("01020304"), body(168, 9)]);
  // In the second case the payload begins with three bytes of the timestamp, which must not mislead.
  const parts = [payload.subarray(0, 128), payload.subarray(128, 256), payload.subarray(256)];
  const lookalike = repeated === "" ? hex("01020399") : hex("01020304");
  parts[1] = concat([lookalike, payload.subarray(132, 256)]);
  const input = concat([
    type0("ffffff", 300),
    hex("01020304"),
    parts[0]!,
    hex(`c4 ${repeated}`),
    parts[1],
    hex(`c4 ${repeated}`),
    parts[2]!,
    hex("84 000005"),
    body(128),
    hex("c4"),
    body(128),
    hex("c4"),
    body(44),
  ]);
  const expected = [audio(0x01020304, concat(parts)), audio(0x01020309, concat([body(128), body(128), body(44)]))];
  expect(new ChunkReader().push(input)).toEqual(expected);
  for (let cut = 1; cut < input.byteLength; cut++) {
    const reader = new ChunkReader();
    expect([...reader.push(input.subarray(0, cut)), ...reader.push(input.subarray(cut))]).toEqual(expected);
  }
  const reader = new ChunkReader();
  expect([...input].flatMap((byte) => reader.push(Uint8Array.of(byte)))).toEqual(expected);
});

test("messages of several chunk streams interleave, with 1, 2 and 3 byte ids", () => {
  const header = (basic: string): Uint8Array => hex(`${basic} 000000 000082 09 01000000`);
  const input = concat([
    header("03"),
    body(128),
    header("00 06"), // 70
    body(128),
    header("01 10 02"), // 64 + 16 + 512
    body(128),
    hex("c3 aaaa c0 06 bbbb c1 10 02 cccc"),
  ]);
  const messages = new ChunkReader().push(input);
  expect(messages.map((m) => [m.chunkStreamId, m.payload.at(-1)])).toEqual([
    [3, 0xaa],
    [70, 0xbb],
    [592, 0xcc],
  ]);
});

test("a larger chunk size counts from the next chunk, and Abort forgets a message", () => {
  const reader = new ChunkReader();
  const input = concat([
    type0("000000", 300),
    body(128),
    hex("02 000000 000004 01 00000000 00000400"),
    hex("c4"),
    body(172, 128),
    type0("000005", 2_000),
    body(1_024),
    hex("02 000000 000004 02 00000000 00000004"),
    type0("000009", 1),
    hex("07"),
  ]);
  expect(reader.push(input)).toEqual([audio(0, body(300)), audio(9, hex("07"))]);
  expect(reader.pendingBytes).toBe(0);
});

test("what was not read can be taken out unparsed", () => {
  const reader = new ChunkReader();
  const writer = new ChunkWriter();
  reader.feed(concat([writer.write(audio(1, hex("aa"))), hex("ffff")]));
  expect(reader.read()).toEqual(audio(1, hex("aa")));
  expect(() => reader.feed(hex("00"))).toThrow(RangeError);
  expect(reader.takeUnread()).toEqual(hex("ffff"));
  expect(reader.push(writer.write(audio(2, hex("bb"))))).toEqual([audio(2, hex("bb"))]);
});

test("the writer compresses headers and the reader gives the same messages back", () => {
  const writer = new ChunkWriter();
  const messages: RtmpMessage[] = [
    audio(0, body(5)),
    audio(23, body(5)),
    audio(46, body(7)),
    audio(40, body(7)), // backwards: a full header
    audio(0x01000000, body(300)),
    audio(0xffffffff, body(300)),
    audio(3, body(0)), // wrapped
    { chunkStreamId: 300, typeId: 9, streamId: 1, timestampMs: 0xfffffff0, payload: body(129) },
    { chunkStreamId: 65_599, typeId: 20, streamId: 0xfffffffe, timestampMs: 1, payload: body(1) },
  ];
  const written = messages.map((message) => writer.write(message));
  expect(written.slice(0, 4).map((bytes) => bytes.byteLength - 5)).toEqual([12, 4, 10, 14]);
  expect(written[1]!.subarray(0, 4)).toEqual(hex("84 000017"));
  const reader = new ChunkReader();
  expect(reader.push(concat(written))).toEqual(messages);
  const big = audio(9, body(100_000));
  const announced = concat([writer.setChunkSize(65_536), writer.write(big)]);
  expect(announced.byteLength).toBe(16 + 8 + 100_000 + 1);
  expect(reader.push(announced)).toEqual([big]);
});

test("the writer refuses what the wire cannot carry", () => {
  const writer = new ChunkWriter();
  expect(() => writer.write(audio(0, new Uint8Array(2 ** 24)))).toThrow(RangeError);
  expect(() => writer.write({ ...audio(0, body(1)), chunkStreamId: 1 })).toThrow(RangeError);
  expect(() => writer.setChunkSize(0)).toThrow(RangeError);
});
