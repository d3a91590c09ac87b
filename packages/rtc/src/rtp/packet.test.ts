/** RTP packets as they come from a network. */
import { expect, test } from "vitest";
import { extensionIds, EXTENSION_URIS } from "./extensions.ts";
import * as extensions from "./extensions.ts";
import { isRtcp, RtpView } from "./packet.ts";
import { hex, toHex, viewOf } from "./testing.ts";

test("a plain packet", () => {
  const view = viewOf(hex("80 e0 0102 03040506 0708090a aabbcc"));
  expect(view).toMatchObject({
    marker: true,
    payloadType: 96,
    sequence: 0x0102,
    timestamp: 0x0304_0506,
    ssrc: 0x0708_090a,
    csrcCount: 0,
    paddingBytes: 0,
  });
  expect(toHex(view.payload())).toBe("aabbcc");
  expect(view.payloadBytes).toBe(3);
});

test("contributing sources, padding and an unknown extension are passed over", () => {
  const view = viewOf(hex("b2 60 0001 00000001 ffffffff 00000011 80000022 abcd0001 11223344 99 000003"));
  expect(view.csrcCount).toBe(2);
  expect([view.csrc(0), view.csrc(1)]).toEqual([0x11, 0x8000_0022]);
  expect(view.ssrc).toBe(0xffff_ffff);
  expect(toHex(view.payload())).toBe("99");
  expect(view.paddingBytes).toBe(3);
  expect(view.extensionOffset(1)).toBe(-1);
});

test("one-byte extensions: padding between, stop at id 15, the last one may fill the block", () => {
  // id 3: "0"; padding; id 2: 4 bytes; then id 15 stops before id 1.
  const view = viewOf(hex("90 60 0001 00000001 00000002 bede0003 30 30 00 23 01020304 f0 11 05 00 77"));
  expect([view.extensionLength(3), view.extensionLength(2), view.extensionLength(1)]).toEqual([1, 4, -1]);
  expect(extensions.readText(view, 3)).toBe("0");
  expect(toHex(view.payload())).toBe("77");
  const full = viewOf(hex("90 60 0001 00000001 00000002 bede0001 22 010203"));
  expect(extensions.readAbsSendTime(full, 2)).toBe(0x01_0203);
  expect(full.payloadBytes).toBe(0);
});

test("two-byte extensions: ids over 14, data of any length, also none", () => {
  const view = viewOf(hex("90 60 0001 00000001 00000002 10000004 11 00 00 f0 02 1234 05 06 717271727172 00 88"));
  expect(view.extensionLength(0x11)).toBe(0);
  expect(extensions.readTransportSequence(view, 0xf0)).toBe(0x1234);
  expect(extensions.readText(view, 5)).toBe("qrqrqr");
  expect(toHex(view.payload())).toBe("88");
  // Any of the 16 profiles 0x100x.
  expect(viewOf(hex("90 60 0001 00000001 00000002 100f0001 05 02 6162")).extensionLength(5)).toBe(2);
});

test("an element that reaches past its block ends the reading, not the packet", () => {
  const view = viewOf(hex("90 60 0001 00000001 00000002 bede0001 10 07 2f 01 aabb"));
  expect(extensions.readAudioLevel(view, 1)).toBe(7);
  expect(view.extensionOffset(2)).toBe(-1);
  expect(toHex(view.payload())).toBe("aabb");
});

test.each([
  ["nothing", ""],
  ["a cut header", "80 60 0001 00000001 000000"],
  ["another version", "40 60 0001 00000001 00000002 aa"],
  ["RTCP", "81 c9 0007 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000"],
  ["contributing sources past the end", "81 60 0001 00000001 00000002"],
  ["an extension header past the end", "90 60 0001 00000001 00000002 bede"],
  ["an extension past the end", "90 60 0001 00000001 00000002 bede0002 00000000"],
  ["more padding than packet", "a0 60 0001 00000001 00000002 aa 03"],
  ["padding of 0 bytes", "a0 60 0001 00000001 00000002 aa 00"],
])("%s is no RTP", (_, bytes) => {
  expect(new RtpView().parse(hex(bytes))).toBe(false);
});

test("a packet of nothing but padding has no payload", () => {
  const view = viewOf(hex("a0 60 0001 00000001 00000002 000003"));
  expect(view.payloadBytes).toBe(0);
  expect(view.paddingBytes).toBe(3);
});

test("a view is used again without traces of the packet before", () => {
  const view = viewOf(hex("b0 e0 0001 00000001 00000002 bede0001 22 010203 99 01"));
  expect(view.parse(hex("80 60 0002 00000001 00000002 98"))).toBe(true);
  expect(view).toMatchObject({ marker: false, paddingBytes: 0, sequence: 2, payloadOffset: 12, payloadEnd: 13 });
  expect(view.extensionOffset(2)).toBe(-1);
});

test("RTCP is told from RTP by its type", () => {
  expect(isRtcp(hex("80 c8 0000"))).toBe(true);
  expect(isRtcp(hex("80 df 0000"))).toBe(true);
  expect(isRtcp(hex("80 e0 0000 00000000 00000000"))).toBe(false);
  expect(isRtcp(hex("80 60 0000 00000000 00000000"))).toBe(false);
  expect(isRtcp(hex("80 c8"))).toBe(false);
});

test("values of the extensions", () => {
  const view = viewOf(hex("90 60 0001 00000001 00000002 bede0004 10 85 22 010203 31 1234 40 0b 52 00a014 00"));
  expect(extensions.readAudioLevel(view, 1)).toBe(5);
  expect(extensions.readVoice(view, 1)).toBe(true);
  expect(extensions.readAbsSendTime(view, 2)).toBe(0x01_0203);
  expect(extensions.readTransportSequence(view, 3)).toBe(0x1234);
  expect(extensions.readVideoOrientation(view, 4)).toBe(0x0b);
  expect(view.extensionLength(5)).toBe(3);
  for (const read of [extensions.readAudioLevel, extensions.readAbsSendTime, extensions.readTransportSequence]) {
    expect(read(view, 9)).toBe(-1);
    expect(read(view, 0)).toBe(-1);
  }
  expect(extensions.readVoice(view, 9)).toBe(false);
  expect(extensions.readText(view, 9)).toBeUndefined();
  // 100 ms and 200 ms in steps of 10 ms, 12 bits each.
  expect(extensions.playoutDelayBits(100, 200)).toBe(0x00_a014);
  expect(extensions.playoutDelayBits(-5, 1e9)).toBe(0x00_0fff);
});

test("ids come from what was agreed; the unknown and the impossible are left out", () => {
  const ids = extensionIds([
    { id: 4, uri: EXTENSION_URIS.mid },
    { id: 200, uri: EXTENSION_URIS.rid },
    { id: 15, uri: EXTENSION_URIS.audioLevel },
    { id: 256, uri: EXTENSION_URIS.absSendTime },
    { id: 3, uri: "urn:example:other" },
  ]);
  expect(ids).toEqual({ ...extensions.NO_EXTENSIONS, mid: 4, rid: 200 });
});
