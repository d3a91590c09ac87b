import type { Track } from "@rostrum/media/sample";
import { expect, test } from "vitest";
import type { Chunk, Init } from "./chunk.ts";
import { TrackBuffer } from "./track-buffer.ts";

const TRACK: Track = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01f",
  timescale: 10,
  description: new Uint8Array([1]),
  widthPx: 640,
  heightPx: 360,
  frameRate: 10,
};
const DEFAULTS = { trackId: 1, duration: 0, sizeBytes: 0, flags: 0 };
const INIT: Init = {
  bytes: new Uint8Array([0]),
  track: TRACK,
  defaults: DEFAULTS,
  mime: 'video/mp4; codecs="avc1.42c01f"',
};
const chunk = (byte: number): Chunk => ({ init: INIT, bytes: new Uint8Array([byte]), samples: [] });

/** A SourceBuffer as the Media Source Extensions describe it, as far as errors and states go. */
class BrowserBuffer extends EventTarget {
  updating = false;
  isFull = false;
  readonly source = { readyState: "open" };
  readonly taken: number[] = [];
  readonly types: string[] = [];
  removals = 0;
  buffered = { length: 1, start: () => 0, end: () => 100 };

  appendBuffer(bytes: Uint8Array): void {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.source.readyState = "open";
    this.taken.push(...bytes);
    this.updating = true;
  }
  remove(): void {
    this.source.readyState = "open";
    this.removals += 1;
    this.updating = true;
  }
  changeType(mime: string): void {
    this.types.push(mime);
  }
  abort(): void {
    if (this.source.readyState !== "open") throw new DOMException("not open", "InvalidStateError");
  }
  finish(): void {
    this.updating = false;
    this.dispatchEvent(new Event("updateend"));
  }
}

function open(positionSec: number) {
  const browser = new BrowserBuffer();
  const errors: string[] = [];
  const buffer = new TrackBuffer(browser as unknown as SourceBuffer, INIT.mime, {
    positionSec: () => positionSec,
    isOpen: () => browser.source.readyState === "open",
    supports: (mime) => !mime.includes("hvc1"),
    onError: (_, reason) => errors.push(reason),
    onChange: () => undefined,
  });
  return { browser, buffer, errors };
}

test("what was joined for an append that finds no room is appended once there is some, none of it lost", () => {
  const { browser, buffer, errors } = open(50);
  buffer.append(chunk(1));
  browser.isFull = true;
  for (const byte of [2, 3, 4]) buffer.append(chunk(byte));
  // The init and the first media are in; the rest finds no room, and old media is given up.
  browser.finish();
  expect(browser.removals).toBe(1);
  browser.isFull = false;
  while (browser.updating) browser.finish();
  expect(browser.taken).toEqual([0, 1, 2, 3, 4]);
  expect(errors).toEqual([]);
});

test("after the show's end was told it can be emptied and filled again", () => {
  const { browser, buffer, errors } = open(50);
  buffer.append(chunk(1));
  while (browser.updating) browser.finish();
  browser.source.readyState = "ended";
  buffer.clear();
  buffer.append(chunk(2));
  while (browser.updating) browser.finish();
  expect(errors).toEqual([]);
  expect(browser.taken).toEqual([0, 1, 2]);
});

test("another codec is gone on with where there is a decoder for it, and left out where there is none", () => {
  const { browser, buffer, errors } = open(50);
  const inCodec = (codecs: string, byte: number): Chunk => {
    const track = { ...TRACK, codecs };
    const init = { ...INIT, bytes: new Uint8Array([byte]), track, mime: `video/mp4; codecs="${codecs}"` };
    return { init, bytes: new Uint8Array([byte + 1]), samples: [] };
  };
  buffer.append(chunk(1));
  buffer.append(inCodec("avc1.640028", 10));
  buffer.append(inCodec("hvc1.1.6.L93.B0", 20));
  while (browser.updating) browser.finish();
  expect(errors).toEqual(['no decoder for video/mp4; codecs="hvc1.1.6.L93.B0"']);
  expect(browser.types).toEqual(['video/mp4; codecs="avc1.640028"']);
  expect(browser.taken).toEqual([0, 1, 10, 11]);
  // The codec that the buffer had comes again.
  buffer.append(inCodec("avc1.640028", 30));
  while (browser.updating) browser.finish();
  expect(browser.types).toEqual(['video/mp4; codecs="avc1.640028"']);
  expect(browser.taken.slice(4)).toContain(31);
});
