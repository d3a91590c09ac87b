import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MalformedError, UnsupportedError } from "../errors.ts";
import { MAX_PROBE_BYTES, probeContainer } from "./container.ts";
import { probeMpegTs, TS_PACKET_BYTES } from "./mpegts.ts";
import { MpegTsStart } from "./mpegts-start.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));

test.each([
  ["both.webm", { container: "matroska", video: "vp8", audio: "opus" }],
  ["both.mpegts", { container: "mpegts", video: "avc", audio: "aac" }],
  ["avc.mp4", { container: "mp4", video: "avc", audio: null }],
  ["vp9.mp4", { container: "mp4", video: "vp9", audio: null }],
  ["opus.mp4", { container: "mp4", video: null, audio: "opus" }],
])("%s is told by its first bytes, and by no fewer", (name, contents) => {
  const bytes = fixture(name);
  let enough = 0;
  while (probeContainer(bytes.subarray(0, enough)) === undefined) enough += 1;
  expect(probeContainer(bytes.subarray(0, enough))).toEqual(contents);
  expect(probeContainer(bytes)).toEqual(contents);
  expect(enough).toBeLessThan(1500);
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("what is no container is refused with what is accepted", () => {
  expect(() => probeContainer(text("POST / HTTP/1.1"))).toThrow(UnsupportedError);
  expect(() => probeContainer(text("G".padEnd(200, "-")))).toThrow("neither WebM, MP4 nor MPEG-TS"); // G is its sync byte
  expect(() => probeContainer(fixture("both.flv"))).toThrow("neither WebM, MP4 nor MPEG-TS");
});

test("a codec that is not taken is named", () => {
  const webm = fixture("both.webm");
  const at = Buffer.from(webm).indexOf("V_VP8");
  webm.set(text("V_XYZ"), at);
  expect(() => probeContainer(webm)).toThrow('video codec "V_XYZ" is not taken');
});

test("media before its header cannot be taken from a live stream", () => {
  const box = (type: string, bytes: number): Uint8Array => {
    const out = new Uint8Array(bytes);
    new DataView(out.buffer).setUint32(0, bytes);
    out.set(text(type), 4);
    return out;
  };
  expect(() => probeContainer(Buffer.concat([box("ftyp", 16), box("mdat", 64)]))).toThrow("before its header");
  expect(() => probeContainer(Buffer.concat([box("ftyp", 16), box("moov", 4000)]).subarray(0, 2000))).not.toThrow();
});

test("a track list that never comes ends the wait", () => {
  const webm = fixture("both.webm").slice(0, 64);
  const filler = Uint8Array.of(0xec, 0x40, 0x02, 0, 0); // EBML void, two bytes
  const padded = new Uint8Array(MAX_PROBE_BYTES + 10);
  const segment = Buffer.from(webm).indexOf(Uint8Array.of(0x18, 0x53, 0x80, 0x67)) + 12;
  padded.set(webm.subarray(0, segment));
  for (let at = segment; at + filler.length <= padded.length; at += filler.length) padded.set(filler, at);
  expect(() => probeContainer(padded)).toThrow("no tracks announced");
});

test("broken lengths are refused", () => {
  const webm = fixture("both.webm");
  webm.fill(0, 4, 12);
  expect(() => probeContainer(webm)).toThrow(MalformedError);
  const transport = fixture("both.mpegts");
  transport[2 * TS_PACKET_BYTES] = 0;
  expect(() => probeContainer(transport)).toThrow("no sync byte");
});

test("a transport stream that is joined in the middle begins with its tables and a key frame", () => {
  const bytes = fixture("both.mpegts");
  const program = probeMpegTs(bytes);
  if (program === undefined) throw new Error("no program");
  const middle = Math.floor(bytes.length / TS_PACKET_BYTES / 3) * TS_PACKET_BYTES;
  const start = new MpegTsStart(program);
  const passed: Uint8Array[] = [];
  for (let at = middle; at < bytes.length; at += 100) passed.push(start.push(bytes.subarray(at, at + 100)));
  const joined = Buffer.concat(passed);
  const tables = Buffer.concat(program.tables as Uint8Array[]);
  expect(joined.subarray(0, tables.length)).toEqual(tables);
  const first = joined.subarray(tables.length, tables.length + TS_PACKET_BYTES);
  expect(first.readUInt16BE(1) & 0x1fff).toBe(program.tracks.find(({ kind }) => kind === "video")?.pid);
  expect(first.includes(Buffer.from([0, 0, 1, 0x67]))).toBe(true); // parameter sets
  expect(joined.length % TS_PACKET_BYTES).toBe(0);
  expect(joined.length).toBeLessThan(bytes.length - middle + tables.length);
});
