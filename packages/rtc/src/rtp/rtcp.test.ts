/** RTCP byte by byte, both ways. */
import { expect, test } from "vitest";
import { joinRtcp, parseRtcp } from "./rtcp.ts";
import { serializeFir, serializeNack, serializePli, serializeRemb } from "./rtcp-feedback.ts";
import {
  serializeBye,
  serializeReceiverReport,
  serializeSenderReport,
  serializeSourceDescription,
} from "./rtcp-reports.ts";
import { hex, toHex } from "./testing.ts";

const BLOCK = {
  ssrc: 0x1234_5678,
  fractionLost: 64,
  cumulativeLost: -2,
  extendedHighest: 0x0001_fffe,
  jitter: 90,
  lastReport: 0xb705_2000,
  delaySinceLastReport: 0x0005_4000,
};
const BLOCK_HEX = "12345678 40fffffe 0001fffe 0000005a b7052000 00054000";

const SENDER = {
  ssrc: 1,
  ntp: { seconds: 0xe000_0000, fraction: 0x8000_0000 },
  rtpTimestamp: 0xffff_ffff,
  packetCount: 100,
  octetCount: 120_000,
};
const SENDER_HEX = "00000001 e0000000 80000000 ffffffff 00000064 0001d4c0";

test.each([
  ["sender report", `80c80006 ${SENDER_HEX}`, serializeSenderReport({ ...SENDER, reports: [] })],
  [
    "sender report with a block",
    `81c8000c ${SENDER_HEX} ${BLOCK_HEX}`,
    serializeSenderReport({ ...SENDER, reports: [BLOCK] }),
  ],
  ["receiver report", `82c9000d 00000009 ${BLOCK_HEX} ${BLOCK_HEX}`, serializeReceiverReport(9, [BLOCK, BLOCK])],
  ["empty receiver report", "80c90001 00000009", serializeReceiverReport(9, [])],
  // The list ends with a zero even where the name fills the word.
  ["source description", "81ca0003 00000001 01026162 00000000", serializeSourceDescription([{ ssrc: 1, cname: "ab" }])],
  [
    "source description of a longer name",
    "81ca0003 00000001 01056162 63646500",
    serializeSourceDescription([{ ssrc: 1, cname: "abcde" }]),
  ],
  ["goodbye", "82cb0002 00000001 80000000", serializeBye([1, 0x8000_0000])],
  ["picture loss", "81ce0002 00000001 00000002", serializePli(1, 2)],
  ["full intra request", "84ce0004 00000001 00000000 00000002 ff000000", serializeFir(1, [{ ssrc: 2, sequence: 255 }])],
  // One item reaches 16 numbers further.
  ["lost packets", "81cd0004 00000001 00000002 ffff8001 00110000", serializeNack(1, 2, [65_535, 0, 15, 17])],
  ["bandwidth", "8fce0006 00000001 00000000 52454d42 020bd090 00000002 00000003", serializeRemb(1, 1_000_000, [2, 3])],
])("%s is written as the specification says", (_, expected, packet) => {
  expect(toHex(packet)).toBe(expected.replaceAll(" ", ""));
});

test("what was written is read", () => {
  const compound = joinRtcp([
    serializeSenderReport({ ...SENDER, reports: [BLOCK] }),
    serializeReceiverReport(9, [BLOCK, { ...BLOCK, ssrc: 3, cumulativeLost: 0x7f_ffff }]),
    serializeSourceDescription([
      { ssrc: 1, cname: "abc" },
      { ssrc: 2, cname: "" },
      { ssrc: 3, cname: "héllo" },
    ]),
    serializeNack(1, 2, [65_530, 65_535, 0, 9, 10, 27, 200]),
    serializePli(1, 2),
    serializeFir(1, [
      { ssrc: 2, sequence: 7 },
      { ssrc: 3, sequence: 8 },
    ]),
    serializeRemb(1, 300_000, [2, 3]),
    serializeBye([1]),
  ]);
  expect(parseRtcp(compound)).toEqual([
    { type: "senderReport", ...SENDER, reports: [BLOCK] },
    { type: "receiverReport", ssrc: 9, reports: [BLOCK, { ...BLOCK, ssrc: 3, cumulativeLost: 0x7f_ffff }] },
    {
      type: "sourceDescription",
      sources: [
        { ssrc: 1, cname: "abc" },
        { ssrc: 2, cname: "" },
        { ssrc: 3, cname: "héllo" },
      ],
    },
    { type: "nack", senderSsrc: 1, mediaSsrc: 2, sequences: [65_530, 65_535, 0, 9, 10, 27, 200] },
    { type: "pli", senderSsrc: 1, mediaSsrc: 2 },
    {
      type: "fir",
      senderSsrc: 1,
      requests: [
        { ssrc: 2, sequence: 7 },
        { ssrc: 3, sequence: 8 },
      ],
    },
    { type: "remb", senderSsrc: 1, bitrateBps: 300_000, ssrcs: [2, 3] },
    { type: "bye", ssrcs: [1] },
  ]);
});

test.each([
  [0, 0],
  [262_143, 262_143],
  [262_145, 262_144],
  [6_000_000, 6_000_000],
  [1e12, 999_997_571_072],
])("a bandwidth of %d is told as %d", (bitrateBps, told) => {
  expect(parseRtcp(serializeRemb(1, bitrateBps, []))).toMatchObject([{ type: "remb", bitrateBps: told }]);
});

test("an absurd bandwidth is a safe integer", () => {
  const [remb] = parseRtcp(hex("8fce0004 00000001 00000000 52454d42 00ffffff")) ?? [];
  expect(remb).toMatchObject({ bitrateBps: Number.MAX_SAFE_INTEGER });
});

test("what we do not act on is left out, the rest is read", () => {
  const app = "80cc0002 00000001 61626364";
  const xr = "80cf0001 00000001";
  const rpsi = "83ce0003 00000001 00000002 00000000";
  const otherApplication = "8fce0004 00000001 00000000 41424344 00000000";
  const packets = parseRtcp(hex(app + xr + rpsi + otherApplication + "81ce0002 00000001 00000002"));
  expect(packets).toEqual([{ type: "pli", senderSsrc: 1, mediaSsrc: 2 }]);
});

test.each([
  ["a report without its block", "81c90001 00000009"],
  ["a sender report that is cut", "80c80001 00000009"],
  ["a goodbye without its ssrcs", "82cb0001 00000001"],
  ["a name past the end", "81ca0002 00000001 01056162"],
  ["a description without its second source", "82ca0002 00000001 01000000"],
  ["feedback without ssrcs", "81ce0001 00000001"],
  ["bandwidth without its ssrcs", "8fce0004 00000001 00000000 52454d42 02000001"],
])("%s is left out", (_, broken) => {
  expect(parseRtcp(hex(`${broken} 81ce0002 00000001 00000002`))).toMatchObject([{ type: "pli" }]);
});

test.each([
  ["nothing", ""],
  ["a cut header", "81ce00"],
  ["a length past the end", "81ce0003 00000001 00000002"],
  ["another version", "41ce0002 00000001 00000002"],
  ["bytes behind the last packet", "81ce0002 00000001 00000002 81"],
  ["more padding than packet", "a1ce0002 00000001 000000ff"],
  ["padding before the end", "a1ce0002 00000001 00000004 81ce0002 00000001 00000002"],
])("%s is not RTCP", (_, bytes) => {
  expect(parseRtcp(hex(bytes))).toBeUndefined();
});

test("padding of the last packet is not content", () => {
  expect(parseRtcp(hex("a1cd0004 00000001 00000002 00050000 00000004"))).toEqual([
    { type: "nack", senderSsrc: 1, mediaSsrc: 2, sequences: [5] },
  ]);
});

test("a list of lost packets does not name one twice", () => {
  expect(parseRtcp(serializeNack(1, 2, [5, 5, 6, 6, 22]))).toMatchObject([{ sequences: [5, 6, 22] }]);
});

test("more than a header can count is left out", () => {
  const many = Array.from({ length: 40 }, (_, i) => i);
  expect(parseRtcp(serializeBye(many))).toEqual([{ type: "bye", ssrcs: many.slice(0, 31) }]);
  const blocks = many.map((ssrc) => ({ ...BLOCK, ssrc }));
  expect(parseRtcp(serializeReceiverReport(1, blocks))).toMatchObject([{ reports: blocks.slice(0, 31) }]);
  expect(() => serializeSourceDescription([{ ssrc: 1, cname: "x".repeat(256) }])).toThrow(RangeError);
});
