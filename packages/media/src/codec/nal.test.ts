/** NAL units in both framings, and what an access unit holds. */
import { expect, test } from "vitest";
import { MalformedError } from "../errors.ts";
import * as avc from "./avc.ts";
import * as hevc from "./hevc.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const ACCESS_UNIT = [bytes("67 42c01e"), bytes("68 ce"), bytes("65 88 00 00 03 01")];

test.each([1, 2, 4])("units go into lengths of %i bytes and back", (size) => {
  const joined = avc.joinNals(ACCESS_UNIT, size);
  expect(avc.splitNals(joined, size)).toEqual(ACCESS_UNIT);
  expect(avc.splitAnnexB(avc.lengthPrefixedToAnnexB(joined, size))).toEqual(ACCESS_UNIT);
});

test("start codes of three and four bytes, bytes before the first and zeros at the end", () => {
  const stream = bytes("ff 000001 67 42c01e 00000001 68 ce 00 00 000001 65 88 00 00 03 01 00 00");
  expect(avc.splitAnnexB(stream)).toEqual(ACCESS_UNIT);
  expect(avc.annexBToLengthPrefixed(stream)).toEqual(avc.joinNals(ACCESS_UNIT));
  expect(avc.splitAnnexB(bytes("0102030405"))).toEqual([]);
});

test("empty units are left out, lengths past the end are malformed", () => {
  expect(avc.splitNals(bytes("00000000 00000001 65"), 4)).toEqual([bytes("65")]);
  for (const broken of ["000000", "00000002 65", "ffffffff 65"]) {
    expect(() => avc.splitNals(bytes(broken), 4)).toThrow(MalformedError);
  }
  expect(() => avc.joinNals([new Uint8Array(256)], 1)).toThrow(RangeError);
});

test("parameter sets and the start of decoding are found in AVC", () => {
  const unit = avc.joinNals(ACCESS_UNIT);
  expect(avc.findParameterSets(unit, 4)).toEqual({ sps: [ACCESS_UNIT[0]], pps: [ACCESS_UNIT[1]] });
  expect(avc.hasIdr(unit, 4)).toBe(true);
  expect(avc.hasIdr(avc.joinNals([bytes("41 9a")]), 4)).toBe(false);
});

test.each([
  ["IDR", "2601 af", true],
  ["CRA", "2a01 af", true],
  ["BLA", "2001 af", true],
  ["trailing picture", "0201 af", false],
])("HEVC: decoding can start at %s: %s → %s", (_, nal, expected) => {
  const unit = hevc.joinNals([bytes("4001 0c"), bytes("4201 01"), bytes("4401 c1"), bytes(nal)]);
  expect(hevc.hasRandomAccessPoint(unit, 4)).toBe(expected);
  expect(hevc.findParameterSets(unit, 4)).toEqual({
    vps: [bytes("40010c")],
    sps: [bytes("420101")],
    pps: [bytes("4401c1")],
  });
});
