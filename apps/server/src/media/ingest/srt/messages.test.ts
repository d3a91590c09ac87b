import { expect, test } from "vitest";
import { FrameReader, mediaFrameHead, wordsFrame } from "./messages.ts";

test("frames come out whole, in order, whatever the cuts", () => {
  const words = { type: "connected", session: 7, id: "name", remote: "192.0.2.1" } as const;
  const bytes = Buffer.concat([mediaFrameHead(3, 4), Buffer.from("abcd"), wordsFrame(words), mediaFrameHead(3, 0)]);
  for (const cut of [1, 2, 9, 13, bytes.length]) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < bytes.length; at += cut) frames.push(...reader.push(bytes.subarray(at, at + cut)));
    expect(frames).toEqual([
      { kind: "media", session: 3, data: Buffer.from("abcd") },
      { kind: "words", message: words },
      { kind: "media", session: 3, data: Buffer.alloc(0) },
    ]);
  }
});

test("a length that is never written ends it", () => {
  expect(() => new FrameReader().push(mediaFrameHead(1, 2 ** 31))).toThrow(RangeError);
});
