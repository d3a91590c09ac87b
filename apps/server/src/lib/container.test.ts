import { expect, test } from "vitest";
import { sniffContainer } from "./container.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const packets = (size: number, offset: number): Uint8Array => {
  const all = new Uint8Array(size * 4 + offset);
  for (let at = offset; at < all.length; at += size) all[at] = 0x47;
  return all;
};

test.each([
  ["nothing", bytes("")],
  ["text", bytes("hello, world")],
  ["a page", bytes("<!doctype html>")],
  ["a picture", bytes("\x89PNG\r\n\x1a\n")],
  ["a sound file", bytes("RIFF\x00\x00\x00\x00WAVEfmt ")],
])("%s is refused", (_, head) => {
  expect(sniffContainer(head)).toEqual({ ok: false, reason: expect.stringMatching(/^This is not a video/) });
});

test.each([
  ["HLS", "#EXTM3U\n#EXT-X-TARGETDURATION:2\nfile:///etc/passwd"],
  ["HLS behind a byte order mark and blanks", "\u00ef\u00bb\u00bf \r\n#EXTM3U"],
  ["a concat list", "ffconcat version 1.0\nfile /etc/passwd"],
  ["DASH", '<?xml version="1.0"?><MPD>'],
  ["PLS", "[playlist]\nFile1=http://example.org"],
])("%s is a playlist: it would make FFmpeg open other files", (_, text) => {
  expect(sniffContainer(bytes(text))).toEqual({ ok: false, reason: expect.stringMatching(/playlist/) });
});

test.each([
  ["mov", bytes("\0\0\0\x18ftypisom")],
  ["mov", bytes("\0\0\0\x08wide\0\0\0\0mdat")],
  ["matroska", bytes("\x1a\x45\xdf\xa3\x01")],
  ["avi", bytes("RIFF\0\0\0\0AVI LIST")],
  ["flv", bytes("FLV\x01\x05")],
  ["mpeg", bytes("\0\0\x01\xba\x44")],
  ["mpegts", packets(188, 0)],
  ["mpegts", packets(192, 4)],
])("%s", (container, head) => {
  expect(sniffContainer(head)).toEqual({ ok: true, container });
});
