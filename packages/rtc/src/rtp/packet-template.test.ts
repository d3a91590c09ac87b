/** Outgoing packets, byte by byte. */
import { expect, test } from "vitest";
import { NO_EXTENSIONS, readAudioLevel, readText, readVideoOrientation } from "./extensions.ts";
import { PacketTemplate } from "./packet-template.ts";
import { unwrapRtx } from "./rtx.ts";
import { hex, toHex, viewOf } from "./testing.ts";

const IDS = { ...NO_EXTENSIONS, mid: 4, absSendTime: 2, transportSequence: 3, audioLevel: 1, playoutDelay: 6 };

test("a packet without extensions", () => {
  const template = new PacketTemplate({ ssrc: 0xdead_beef, payloadType: 111 });
  expect(template.headerBytes).toBe(12);
  expect(toHex(template.build(hex("0102"), 0x1_0005, -1, true))).toBe("80ef0005ffffffffdeadbeef0102");
  expect(template.transportSequenceOffset).toBe(-1);
});

test("all extensions in the one-byte form, values stamped in place", () => {
  const template = new PacketTemplate({
    ssrc: 1,
    payloadType: 96,
    ids: IDS,
    mid: "12",
    playoutDelay: { minMs: 0, maxMs: 100 },
  });
  const packet = template.build(hex("aa"), 7, 9, false);
  template.stampAbsSendTime(packet, 0x01_0203);
  template.stampTransportSequence(packet, 0xffee);
  expect(toHex(packet)).toBe(
    "906000070000000900000001" + "bede0004" + "22010203" + "31ffee" + "107f" + "413132" + "6200000a" + "aa",
  );
  expect(template.headerBytes).toBe(32);
});

test("the two-byte form when an id or a length asks for it", () => {
  const template = new PacketTemplate({ ssrc: 1, payloadType: 96, ids: { ...NO_EXTENSIONS, mid: 17 }, mid: "a" });
  expect(toHex(template.build(hex(""), 0, 0, false))).toBe("906000000000000000000001" + "10000001" + "11016100");
  const long = new PacketTemplate({ ssrc: 1, payloadType: 96, ids: { ...NO_EXTENSIONS, mid: 4 }, mid: "x".repeat(17) });
  expect(readText(viewOf(long.build(hex("01"), 0, 0, false)), 4)).toBe("x".repeat(17));
  expect(() => new PacketTemplate({ ssrc: 1, payloadType: 96, ids: IDS, mid: "x".repeat(33) })).toThrow(RangeError);
});

test("a received packet goes on with its payload, marker, audio level and orientation; the rest stays behind", () => {
  const source = { ...NO_EXTENSIONS, audioLevel: 9, videoOrientation: 10, mid: 1 };
  const received = viewOf(hex("b1 e4 0001 00000001 00000002 000000ff bede0002 10 61 90 85 a0 03 0000 11223344 02 02"));
  expect(received.paddingBytes).toBe(2);
  const template = new PacketTemplate({
    ssrc: 5,
    payloadType: 96,
    ids: { ...NO_EXTENSIONS, audioLevel: 1, videoOrientation: 2, mid: 3 },
    mid: "z",
  });
  const view = viewOf(template.forward(received, source, 1_000, 90_000));
  expect(view).toMatchObject({
    marker: true,
    payloadType: 96,
    sequence: 1_000,
    timestamp: 90_000,
    ssrc: 5,
    csrcCount: 0,
  });
  expect(view.paddingBytes).toBe(0);
  expect(toHex(view.payload())).toBe("11223344");
  expect(readAudioLevel(view, 1)).toBe(5);
  expect(readVideoOrientation(view, 2)).toBe(3);
  expect(readText(view, 3)).toBe("z");
});

test("a source without audio level is told as silence", () => {
  const template = new PacketTemplate({ ssrc: 5, payloadType: 96, ids: { ...NO_EXTENSIONS, audioLevel: 1 } });
  const forwarded = template.forward(viewOf({ payload: hex("01") }), NO_EXTENSIONS, 1, 1);
  expect(readAudioLevel(viewOf(forwarded), 1)).toBe(127);
});

test("padding alone", () => {
  const template = new PacketTemplate({ ssrc: 1, payloadType: 96 });
  expect(toHex(template.padding(3, 4, 2))).toBe("a0600003000000040000000100" + "02");
  expect(template.padding(3, 4, 10_000)).toHaveLength(12 + 255);
  expect(toHex(template.padding(3, 4, 0))).toBe("a0600003000000040000000101");
});

test("memory comes from where it is asked to, and is overwritten whole", () => {
  const sizes: number[] = [];
  const allocate = (length: number): Uint8Array => {
    sizes.push(length);
    return new Uint8Array(length).fill(0xee);
  };
  const template = new PacketTemplate({ ssrc: 1, payloadType: 96, ids: IDS, mid: "0", allocate });
  const plain = new PacketTemplate({ ssrc: 1, payloadType: 96, ids: IDS, mid: "0" });
  expect(template.padding(1, 2, 9)).toEqual(plain.padding(1, 2, 9));
  expect(template.build(hex("0102"), 1, 2, false)).toEqual(plain.build(hex("0102"), 1, 2, false));
  expect(sizes).toEqual([plain.headerBytes + 9, plain.headerBytes + 2]);
});

test("a retransmission holds the packet that was lost", () => {
  const media = new PacketTemplate({ ssrc: 1, payloadType: 96, ids: IDS, mid: "1" });
  const rtx = new PacketTemplate({ ssrc: 2, payloadType: 97, ids: { ...NO_EXTENSIONS, mid: 4 }, mid: "1" });
  const lost = media.build(hex("112233"), 500, 90_000, true);
  const packet = rtx.retransmission(lost, media.headerBytes, 7);
  expect(toHex(packet)).toBe("90e1000700015f9000000002" + "bede0001" + "40310000" + "01f4" + "112233");
  const view = viewOf(packet);
  expect(unwrapRtx(view, 1, 96)).toBe(true);
  expect(view).toMatchObject({ sequence: 500, timestamp: 90_000, ssrc: 1, payloadType: 96, marker: true });
  expect(toHex(view.payload())).toBe("112233");
});

test("a padded packet stays padded when it is sent again; a probe holds no packet", () => {
  const media = new PacketTemplate({ ssrc: 1, payloadType: 96 });
  const rtx = new PacketTemplate({ ssrc: 2, payloadType: 97 });
  const again = viewOf(rtx.retransmission(media.padding(9, 9, 4), media.headerBytes, 1));
  expect(unwrapRtx(again, 1, 96)).toBe(true);
  expect(again).toMatchObject({ sequence: 9, payloadBytes: 0, paddingBytes: 4 });
  const probe = viewOf(rtx.padding(2, 2, 200));
  expect(unwrapRtx(probe, 1, 96)).toBe(false);
  expect(probe).toMatchObject({ sequence: 2, ssrc: 2, payloadType: 97 });
});
