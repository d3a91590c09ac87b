import { expect, test } from "vitest";
import { type AmfValue, encodeAmf0 } from "../amf0.ts";
import { concat } from "../bytes.ts";
import { MalformedError, ProtocolViolation, UnsupportedError } from "../errors.ts";
import { ChunkReader, ChunkWriter } from "./chunks.ts";
import { type Command, parseCommand } from "./commands.ts";
import { MESSAGE } from "./message.ts";
import { RtmpServerSession } from "./server-session.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (b) => parseInt(b, 16));
const HANDSHAKE = concat([Uint8Array.of(3), new Uint8Array(1_536), new Uint8Array(1_536)]);
const HANDSHAKE_ANSWER_BYTES = 1 + 1_536 + 1_536;

/** A peer that says what it is told, with one chunk writer. */
class Peer {
  readonly session = new RtmpServerSession();
  readonly #writer = new ChunkWriter();
  readonly #reader = new ChunkReader();
  #handshaken = false;

  message(typeId: number, payload: Uint8Array, streamId = 0, timestampMs = 0): Uint8Array {
    return this.#writer.write({
      chunkStreamId: typeId < 8 ? 2 : typeId < 10 ? typeId : 3,
      typeId,
      streamId,
      timestampMs,
      payload,
    });
  }

  call(name: AmfValue, ...values: AmfValue[]): Uint8Array {
    return this.message(MESSAGE.commandAmf0, encodeAmf0([name, ...values]));
  }

  connect(object: { [key: string]: AmfValue } = { app: "live" }): Uint8Array {
    return concat([HANDSHAKE, this.call("connect", 1, object)]);
  }

  publish(name: AmfValue): Uint8Array {
    return this.call("publish", 5, null, name, "live");
  }

  /** Messages that the session has sent since the last call. */
  answers() {
    let output = this.session.takeOutput();
    if (!this.#handshaken) output = output.subarray(HANDSHAKE_ANSWER_BYTES);
    this.#handshaken = true;
    return this.#reader.push(output);
  }

  commands(): Command[] {
    return this.answers().flatMap((message) => (message.typeId === MESSAGE.commandAmf0 ? [parseCommand(message)] : []));
  }
}

const statusOf = (commands: readonly Command[]) => commands.find(({ name }) => name === "onStatus")?.values[0];

test.each([
  ["HTTP", hex("474554202f"), UnsupportedError, /not RTMP: the first byte is 71/],
  ["TLS", hex("160301"), UnsupportedError, /use rtmps:\/\/ and its port/],
  ["RTMPE", hex("06"), UnsupportedError, /RTMPE is not accepted/],
  ["a type 3 chunk after the handshake", concat([HANDSHAKE, hex("c3")]), ProtocolViolation, /has type 3/],
  [
    "a command before connect",
    concat([HANDSHAKE, new Peer().call("createStream", 1, null)]),
    ProtocolViolation,
    /before connect/,
  ],
  ["a command without a name", concat([HANDSHAKE, new Peer().call(1, 1)]), MalformedError, /without a name/],
  [
    "media before publish",
    concat([HANDSHAKE, new Peer().message(9, hex("17"))]),
    ProtocolViolation,
    /media before publish/,
  ],
  ["an empty Set Chunk Size", concat([HANDSHAKE, new Peer().message(1, hex(""))]), MalformedError, /of 0 bytes/],
  ["chunk size 0", concat([HANDSHAKE, new Peer().message(1, hex("00000000"))]), ProtocolViolation, /chunk size 0/],
  [
    "chunk size 0xffffffff",
    concat([HANDSHAKE, new Peer().message(1, hex("ffffffff"))]),
    ProtocolViolation,
    /chunk size 4294967295/,
  ],
  [
    "an empty user control",
    concat([HANDSHAKE, new Peer().message(4, hex(""))]),
    MalformedError,
    /user control of 0 bytes/,
  ],
  ["a ping without its time", concat([HANDSHAKE, new Peer().message(4, hex("0006"))]), MalformedError, /ping without/],
  [
    "a 1 MB command of a stranger",
    concat([HANDSHAKE, hex("03 000000 100000 14 00000000")]),
    ProtocolViolation,
    /message of 1048576 bytes/,
  ],
])("%s ends the session with an error", (_, input, type, message) => {
  const session = new RtmpServerSession();
  expect(() => session.push(input)).toThrow(type);
  expect(session.phase).toBe("closed");
  expect(session.push(HANDSHAKE)).toEqual([]);
  const again = new RtmpServerSession();
  expect(() => [...input].map((byte) => again.push(Uint8Array.of(byte)))).toThrow(message);
});

test("nesting beyond the limit ends the session", () => {
  const peer = new Peer();
  const deep = concat([encodeAmf0(["connect", 1]), hex("03 000161".repeat(40))]);
  expect(() => peer.session.push(concat([HANDSHAKE, peer.message(20, deep)]))).toThrow(/nested deeper than 32/);
});

test("strangers with 17 chunk streams are refused", () => {
  const session = new RtmpServerSession();
  session.push(HANDSHAKE);
  const open = (id: number): Uint8Array => concat([Uint8Array.of(id), hex("000000 000000 03 00000000")]);
  for (let id = 3; id < 19; id++) session.push(open(id));
  expect(() => session.push(open(19))).toThrow(/more than 16 chunk streams/);
});

test.each([
  ["a name that is missing", { app: "live" }, undefined, "The stream key is missing."],
  ["a name that is a number", { app: "live" }, 5, "The stream key is missing."],
  ["no application, and a tcUrl that is no URL", { tcUrl: "::://" }, "key", /rtmp:\/\/<host>\/live/],
  ["another application", { app: "other" }, "key", /rtmp:\/\/<host>\/live/],
  ["no object at all", null, "key", /rtmp:\/\/<host>\/live/],
  ["a path in the name", { app: "live" }, "a/b", /not a stream key/],
  ["control characters", { app: "live" }, "a\n", /not a stream key/],
  ["a name of 300 characters", { app: "live" }, "k".repeat(300), /not a stream key/],
])("publish with %s is refused in words", (_, object, name, description) => {
  const peer = new Peer();
  const input = concat([HANDSHAKE, peer.call("connect", 1, object), peer.publish(name), hex("ffffffff")]);
  expect(peer.session.push(input)).toMatchObject([{ type: "refused" }]);
  expect(peer.session.phase).toBe("closed");
  expect(statusOf(peer.commands())).toMatchObject({
    level: "error",
    code: "NetStream.Publish.BadName",
    description: typeof description === "string" ? description : expect.stringMatching(description),
  });
});

test("play is refused in words", () => {
  const peer = new Peer();
  const input = concat([peer.connect(), peer.call("play", 0, null, "key")]);
  expect(peer.session.push(input)).toMatchObject([{ type: "refused" }]);
  expect(statusOf(peer.commands())).toMatchObject({ code: "NetStream.Play.Failed" });
});

test.each([
  ["application and name", { app: "live" }, "secret"],
  ["slashes and queries", { app: "/live/?a=b" }, "secret?c=d/e"],
  ["all in the application", { app: "live/secret" }, ""],
  ["only the URL", { tcUrl: "rtmp://host:1935/live" }, "secret"],
])("the key comes from %s", (_, object, name) => {
  const peer = new Peer();
  const events = peer.session.push(concat([peer.connect(object), peer.publish(name)]));
  expect(events).toEqual([{ type: "publish", key: "secret", encoder: null, enhanced: false }]);
});

test("after a refusal nothing is parsed, and nothing was started", () => {
  const peer = new Peer();
  const media = concat([peer.message(9, hex("17010000"), 1), hex("c9ffff")]);
  peer.session.push(concat([peer.connect(), peer.publish("secret"), media]));
  expect(peer.session.phase).toBe("deciding");
  peer.session.refuse("NetStream.Publish.Denied", "Not now.");
  expect(peer.session.push(media)).toEqual([]);
  const commands = peer.commands();
  expect(statusOf(commands)).toEqual(
    Object.assign(Object.create(null), { level: "error", code: "NetStream.Publish.Denied", description: "Not now." }),
  );
  expect(JSON.stringify(commands)).not.toContain("Publish.Start");
  expect(() => peer.session.accept()).toThrow(RangeError);
});

test("what comes while the decision is awaited is parsed after accept(), wherever it is cut", () => {
  const peer = new Peer();
  const input = concat([
    peer.connect({ app: "live", flashVer: "Encoder\u0000 1.0", capsEx: 15 }),
    peer.call("releaseStream", 2, null, "secret"),
    peer.call("FCPublish", 3, null, "secret"),
    peer.call("createStream", 4, null),
    peer.publish("secret"),
    peer.message(18, encodeAmf0(["@setDataFrame", "onMetaData", { framerate: 25 }]), 1),
    peer.message(8, hex("af001190"), 1, 5),
    peer.message(9, hex(""), 1, 6),
    peer.message(9, hex("1701000000"), 1, 0xfffffffe),
  ]);
  const before = [...input].flatMap((byte) => peer.session.push(Uint8Array.of(byte)));
  expect(before).toEqual([{ type: "publish", key: "secret", encoder: "Encoder 1.0", enhanced: true }]);
  const first = peer.commands();
  expect(first.map(({ name, transaction }) => [name, transaction])).toEqual([
    ["_result", 1],
    ["_result", 2],
    ["_result", 3],
    ["_result", 4],
  ]);
  expect(first[0]).toMatchObject({ values: [{ code: "NetConnection.Connect.Success", capsEx: 6 }] });
  expect(first[3]!.values).toEqual([1]);
  expect(peer.session.accept()).toMatchObject([
    { type: "metadata", values: { framerate: 25 } },
    { type: "media", kind: "audio", timestampMs: 5, data: hex("af001190") },
    { type: "media", kind: "video", timestampMs: 0xfffffffe },
  ]);
  expect(statusOf(peer.commands())).toMatchObject({ level: "status", code: "NetStream.Publish.Start" });
});

/** A session that publishes. */
function publishing(): Peer {
  const peer = new Peer();
  peer.session.push(concat([peer.connect(), peer.publish("secret")]));
  peer.session.accept();
  peer.answers();
  return peer;
}

test("data that cannot be read ends nothing", () => {
  const peer = publishing();
  const messages = [
    peer.message(18, hex("ff"), 1),
    peer.message(18, encodeAmf0(["onMetaData", 5]), 1),
    peer.message(15, concat([hex("00"), encodeAmf0(["onMetaData", { width: 1 }])]), 1),
    peer.message(15, hex("05"), 1),
  ];
  expect(peer.session.push(concat(messages))).toMatchObject([{ type: "metadata", values: { width: 1 } }]);
});

test("commands in AMF3 messages count, and pings are answered", () => {
  const peer = publishing();
  peer.session.push(peer.message(17, concat([hex("00"), encodeAmf0(["getStreamLength", 7, null, "secret"])])));
  peer.session.push(peer.message(4, hex("0006 01020304")));
  const answers = peer.answers();
  expect(parseCommand(answers[0]!)).toMatchObject({ name: "_result", transaction: 7, values: [0] });
  expect(answers[1]).toMatchObject({ typeId: 4, payload: hex("0007 01020304") });
});

test("an aggregate is split, and aggregates inside of it are not followed", () => {
  const peer = publishing();
  const part = (type: string, time: string) => `${type} 000002 ${time} 00 000000 af01 0000000d`;
  const payload = hex(`${part("08", "000064")} ${part("16", "000000")} ${part("09", "000078")}`);
  expect(peer.session.push(peer.message(22, payload, 1, 1_000))).toMatchObject([
    { type: "media", kind: "audio", timestampMs: 1_000 },
    { type: "media", kind: "video", timestampMs: 1_020 },
  ]);
});

test("received bytes are acknowledged by the window of the peer, but not for every byte", () => {
  const peer = publishing();
  peer.session.push(peer.message(5, hex("00000001")));
  peer.session.push(peer.message(8, new Uint8Array(1_000), 1));
  expect(peer.answers()).toEqual([]);
  for (let i = 0; i < 40; i++) peer.session.push(peer.message(8, new Uint8Array(1_000), 1));
  const acks = peer.answers();
  expect(acks.map(({ typeId }) => typeId)).toEqual([MESSAGE.acknowledgement]);
});

test.each(["FCUnpublish", "deleteStream", "closeStream"])("%s ends the broadcast", (name) => {
  const peer = publishing();
  const events = peer.session.push(concat([peer.call(name, 0, null, 1), hex("c9ffff")]));
  expect(events).toEqual([{ type: "unpublish" }]);
  expect(peer.session.phase).toBe("closed");
  expect(statusOf(peer.commands())).toMatchObject({ code: "NetStream.Unpublish.Success" });
});

test("a second publish or connect ends the session", () => {
  expect(() => {
    const peer = publishing();
    peer.session.push(peer.publish("other"));
  }).toThrow(/second publish/);
  expect(() => {
    const peer = publishing();
    peer.session.push(peer.call("connect", 1, {}));
  }).toThrow(/second connect/);
});

test("endless commands end the session", () => {
  const peer = publishing();
  const flood = Array.from({ length: 250 }, () => peer.call("_checkbw", 9, null));
  expect(() => peer.session.push(concat(flood))).toThrow(/more than 200 commands/);
});

test("end() tells the peer once and closes", () => {
  const peer = publishing();
  peer.session.end("The show is over.");
  peer.session.end("Again.");
  expect(peer.commands()).toMatchObject([
    { name: "onStatus", values: [{ level: "error", description: "The show is over." }] },
  ]);
  expect(peer.session.push(peer.message(9, hex("17"), 1))).toEqual([]);
});
