/** Transport-wide feedback: all forms of status chunks, and arrivals from one end to the other. */
import { expect, test } from "vitest";
import { parseRtcp } from "./rtcp.ts";
import { hex, randomFrom, toHex } from "./testing.ts";
import { TransportArrivals } from "./transport-arrivals.ts";
import {
  NOT_RECEIVED,
  parseTransportFeedback,
  serializeTransportFeedback,
  type TransportFeedback,
} from "./transport-feedback.ts";

const HEAD = { senderSsrc: 1, mediaSsrc: 2, feedbackCount: 3, baseSequence: 0xfffe, referenceTime: -1 };
const LOST = NOT_RECEIVED;

function write(arrivals: readonly number[]): string {
  return toHex(serializeTransportFeedback({ ...HEAD, arrivals: Int32Array.from(arrivals) }));
}

function read(bytes: Uint8Array): TransportFeedback {
  const [packet] = parseRtcp(bytes) ?? [];
  if (packet?.type !== "transportFeedback") throw new Error(`not a feedback: ${toHex(bytes)}`);
  return packet;
}

test("a run of small deltas", () => {
  // 25 bytes: three more fill the word, and say so.
  const expected = "afcd0006" + "00000001" + "00000002" + "fffe0003" + "ffffff03" + "2003" + "040404" + "000003";
  expect(write([4, 8, 12])).toBe(expected);
});

test("a vector of one bit each", () => {
  // Received, lost, received, …: 1010 1010 1010 10 after the two bits that say so.
  const arrivals = Array.from({ length: 15 }, (_, i) => (i % 2 === 0 ? i : LOST));
  expect(write(arrivals)).toBe(
    "8fcd0007" + "00000001" + "00000002" + "fffe000f" + "ffffff03" + "aaaa" + "2001" + "0002020202020202",
  );
});

test("a vector of two bits each, deltas of two bytes, backwards too", () => {
  const bytes = serializeTransportFeedback({
    ...HEAD,
    arrivals: Int32Array.of(1_000, LOST, 990, 990, LOST, LOST, 1_300, 1_301),
  });
  // 10 00 10 01 00 00 10: large, lost, large, small, lost, lost, large.
  expect(toHex(bytes)).toBe(
    "8fcd0007" +
      "00000001" +
      "00000002" +
      "fffe0008" +
      "ffffff03" +
      "e242" +
      "2001" +
      "03e8" +
      "fff6" +
      "00" +
      "0136" +
      "01",
  );
});

test("a run of lost packets as long as a chunk can say, and further", () => {
  const arrivals = new Int32Array(8_192).fill(LOST);
  arrivals[8_191] = 5;
  const feedback = { ...HEAD, arrivals };
  const bytes = serializeTransportFeedback(feedback);
  expect(toHex(bytes.subarray(20))).toBe("1fff" + "2001" + "05" + "000003");
  expect(read(bytes)).toEqual({ type: "transportFeedback", ...feedback });
});

test("chunks may say more packets than there are", () => {
  // Two packets: a vector of 14, then the deltas.
  const feedback = read(hex("8fcd0005 00000001 00000002 00000002 00000100 b000 04 fc"));
  expect([...feedback.arrivals]).toEqual([4, 256]);
  const run = read(hex("8fcd0005 00000001 00000002 00000002 00000100 3fff 04 fc"));
  expect([...run.arrivals]).toEqual([4, 256]);
});

test.each([
  ["no room for the fixed part", "8fcd0003 00000001 00000002 00000002"],
  ["no chunk", "8fcd0004 00000001 00000002 00000002 00000100"],
  ["a missing delta", "8fcd0005 00000001 00000002 00000003 00000100 2003 0404"],
  ["a missing half of a delta", "8fcd0005 00000001 00000002 00000002 00000100 4002 0404"],
  ["a run of the reserved status", "8fcd0005 00000001 00000002 00000002 00000100 6002 0404"],
  ["a vector with the reserved status", "8fcd0005 00000001 00000002 00000002 00000100 f000 0404"],
  ["a run of none", "8fcd0005 00000001 00000002 00000002 00000100 2000 0404"],
  ["more packets than anyone sends", "8fcd0005 00000001 00000002 0000ffff 00000100 1fff 1fff"],
])("%s is left out", (_, bytes) => {
  expect(parseRtcp(hex(bytes))).toEqual([]);
});

test("what the format cannot say is refused", () => {
  for (const arrivals of [[], [0, 40_000], [40_000]]) {
    expect(() => serializeTransportFeedback({ ...HEAD, arrivals: Int32Array.from(arrivals) })).toThrow(RangeError);
  }
});

test("any arrivals come back as they were written", () => {
  const random = randomFrom(20_260_801);
  for (let run = 0; run < 300; run++) {
    let now = random(256);
    const arrivals = Int32Array.from({ length: 1 + random(120) }, () => {
      if (random(4) < run % 4) return LOST;
      now += random(10) === 0 ? random(20_000) - 5_000 : random(300);
      return now;
    });
    const bytes = serializeTransportFeedback({ ...HEAD, arrivals });
    expect(bytes.length % 4).toBe(0);
    expect(read(bytes)).toEqual({ type: "transportFeedback", ...HEAD, arrivals });
  }
});

/** Arrival in ms of each packet of some feedbacks, by transport-wide number. */
function arrivalsOf(packets: readonly Uint8Array[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const packet of packets) {
    const { baseSequence, referenceTime, arrivals } = read(packet);
    for (const [index, ticks] of arrivals.entries()) {
      const sequence = (baseSequence + index) & 0xffff;
      found.set(sequence, ticks === LOST ? -1 : (referenceTime * 256 + ticks) / 4);
    }
  }
  return found;
}

test("arrivals are told once, losses too, over the wrap", () => {
  const arrivals = new TransportArrivals();
  expect(arrivals.takeFeedback(1, 2)).toEqual([]);
  arrivals.received(65_534, 1_000);
  arrivals.received(65_535, 1_000.25);
  arrivals.received(1, 1_010);
  const packets = arrivals.takeFeedback(1, 2);
  expect(packets).toHaveLength(1);
  expect([...arrivalsOf(packets)]).toEqual([
    [65_534, 1_000],
    [65_535, 1_000.25],
    [0, -1],
    [1, 1_010],
  ]);
  expect(arrivals.takeFeedback(1, 2)).toEqual([]);
  arrivals.received(2, 1_020);
  const [next] = arrivals.takeFeedback(1, 2);
  expect(read(next!)).toMatchObject({ feedbackCount: 1, baseSequence: 2 });
});

test("a packet that comes after it was told as lost is told again", () => {
  const arrivals = new TransportArrivals();
  arrivals.received(10, 100);
  arrivals.received(12, 102);
  arrivals.takeFeedback(1, 2);
  arrivals.received(11, 130);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([
    [11, 130],
    [12, 102],
  ]);
});

test("many packets take several feedbacks, each below the size of a datagram", () => {
  const arrivals = new TransportArrivals();
  for (let i = 0; i < 1_000; i++) arrivals.received(i, i * 90);
  const packets = arrivals.takeFeedback(1, 2);
  expect(Math.max(...packets.map((packet) => packet.length))).toBeLessThan(1_100);
  expect([...arrivalsOf(packets)]).toEqual(Array.from({ length: 1_000 }, (_, i) => [i, i * 90]));
});

test("a silence longer than a delta can say begins another feedback", () => {
  const arrivals = new TransportArrivals();
  arrivals.received(1, 0);
  arrivals.received(2, 60_000);
  const packets = arrivals.takeFeedback(1, 2);
  expect(packets).toHaveLength(2);
  expect([...arrivalsOf(packets)]).toEqual([
    [1, 0],
    [2, 60_000],
  ]);
});

test("a sender that begins anew with lower numbers is told of those, one old packet changes nothing", () => {
  const arrivals = new TransportArrivals();
  for (let i = 0; i < 20; i++) arrivals.received(20_000 + i, i);
  arrivals.takeFeedback(1, 2);
  arrivals.received(7, 30);
  arrivals.received(20_020, 31);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([[20_020, 31]]);
  for (let i = 0; i < 3; i++) arrivals.received(100 + i, 40 + i);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([
    [101, 41],
    [102, 42],
  ]);
});

test("a sender that begins anew a few packets back is not told of packets that have not arrived yet", () => {
  const arrivals = new TransportArrivals();
  for (let i = 0; i < 100; i++) arrivals.received(1_000 + i, i);
  arrivals.takeFeedback(1, 2);
  // Of what it sends now 1051 is lost.
  for (const sequence of [1_050, 1_052, 1_053, 1_054]) arrivals.received(sequence, 9_000 + sequence);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([
    [1_053, 10_053],
    [1_054, 10_054],
  ]);
  arrivals.received(1_056, 10_056);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([
    [1_055, -1],
    [1_056, 10_056],
  ]);
});

test("a packet that comes twice is told once", () => {
  const arrivals = new TransportArrivals();
  for (const sequence of [1, 2, 3]) arrivals.received(sequence, sequence);
  arrivals.takeFeedback(1, 2);
  arrivals.received(2, 50);
  expect(arrivals.takeFeedback(1, 2)).toEqual([]);
  arrivals.received(4, 51);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([[4, 51]]);
});

test("a jump over more than is remembered begins anew", () => {
  const arrivals = new TransportArrivals();
  arrivals.received(1, 0);
  arrivals.received(20_000, 1);
  arrivals.received(1_000, 2);
  expect([...arrivalsOf(arrivals.takeFeedback(1, 2))]).toEqual([[20_000, 1]]);
});

test("a clock since 1970 is told modulo what the reference time can say", () => {
  const arrivals = new TransportArrivals();
  const nowMs = 1_790_000_000_123;
  arrivals.received(1, nowMs);
  const { referenceTime, arrivals: ticks } = read(arrivals.takeFeedback(1, 2)[0]!);
  const period = 2 ** 24 * 64;
  expect((((referenceTime * 64 + ticks[0]! / 4) % period) + period) % period).toBe(nowMs % period);
});

test("the parser reads a packet that stands behind another one", () => {
  const one = hex("81ce0002 00000001 00000002");
  const two = serializeTransportFeedback({ ...HEAD, arrivals: Int32Array.of(7) });
  const both = new Uint8Array([...one, ...two]);
  const span = { type: 205, count: 15, start: 12, end: both.length - 1 };
  expect(parseTransportFeedback(both, span)).toEqual({
    type: "transportFeedback",
    ...HEAD,
    arrivals: Int32Array.of(7),
  });
});
