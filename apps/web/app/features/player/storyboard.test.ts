import { expect, test } from "vitest";
import { chapterAt, parseStoryboard, tileAt } from "./storyboard.ts";

const TEXT = `WEBVTT

00:00:00.000 --> 00:00:05.000
storyboard-0.jpg#xywh=0,0,160,90

00:00:05.000 --> 01:00:10.500
storyboard-0.jpg#xywh=160,0,160,90

00:00:00.000 --> 00:00:05.000
Somebody speaks.
`;

test("cues with pictures are read, others passed over", () => {
  const url = "http://host/r/storyboard-0.jpg";
  expect(parseStoryboard(TEXT, "http://host/r/storyboard.vtt")).toEqual([
    { fromSec: 0, untilSec: 5, url, xPx: 0, yPx: 0, widthPx: 160, heightPx: 90 },
    { fromSec: 5, untilSec: 3610.5, url, xPx: 160, yPx: 0, widthPx: 160, heightPx: 90 },
  ]);
  expect(parseStoryboard("", "http://host/")).toEqual([]);
});

test("a time has its picture; behind the last one, the last", () => {
  const tiles = parseStoryboard(TEXT, "http://host/r/storyboard.vtt");
  expect([0, 4.99, 5, 9999].map((sec) => tileAt(tiles, sec)?.xPx)).toEqual([0, 0, 160, 160]);
  expect(tileAt([], 3)).toBeUndefined();
});

test("a chapter lasts until the next one", () => {
  const chapters = [
    { atMs: 1000, title: "one" },
    { atMs: 9000, title: "two" },
  ];
  expect([0.5, 1, 8, 9, 100].map((sec) => chapterAt(chapters, sec)?.title)).toEqual([
    undefined,
    "one",
    "one",
    "two",
    "two",
  ]);
});
