/** The checker finds nothing in a good origin, and the broken rule in each broken one. */
import { expect, test } from "vitest";
import { checkHls } from "./hls-conformance.ts";
import { encodeTestMedia, type Flaw, startTestOrigin } from "./hls-test-origin.ts";

const media = encodeTestMedia();

test("a good origin has no violation, and everything was looked at", async () => {
  const origin = await startTestOrigin(media);
  try {
    const { violations, seen } = await checkHls(origin.url, { seconds: 4 });
    expect(violations).toEqual([]);
    expect(seen.playlists).toBe(2);
    for (const count of [seen.reloads, seen.deltas, seen.hints, seen.segments, seen.parts])
      expect(count).toBeGreaterThan(4);
  } finally {
    await origin.close();
  }
});

test.concurrent.each<[Flaw, string]>([
  ["long part", "no part is longer than the part target"],
  ["changed segment", "a closed segment never changes"],
  ["changed part", "a part never changes"],
  ["no hold", "a blocking reload is answered with the part asked for"],
  ["wrong hint", "the hinted part appears under the hinted URI"],
  ["no refusal", "_HLS_part without _HLS_msn is a bad request"],
  ["far ahead", "a media sequence number too far ahead is a bad request"],
  ["no report", "there is a rendition report for every other rendition"],
  ["low bandwidth", "BANDWIDTH covers the peak segment bit rate"],
  ["cut between key frames", "with EXT-X-INDEPENDENT-SEGMENTS every segment starts with a key frame"],
  ["false independent", "an independent part contains a key frame"],
  ["wrong duration", "EXTINF is the duration of the media"],
  ["other segment bytes", "a segment is its parts in order"],
  ["no date", "a low-latency playlist has EXT-X-PROGRAM-DATE-TIME"],
  ["wrong date", "dates advance by the segment durations"],
  ["wrong skip", "a delta update applied gives the full playlist"],
  ["short skip", "only segments before the skip boundary are skipped"],
  ["lost segment", "a removed segment stays available for its and the playlist's duration"],
  ["plain text", "a playlist has the content type of playlists"],
  ["wrong codec", "CODECS names every codec"],
  ["wrong size", "RESOLUTION is the size of the picture"],
  ["low hold back", "PART-HOLD-BACK is at least twice the part target"],
  ["late audio", "renditions share one timeline"],
])("%s is found: %s", async (flaw, rule) => {
  const origin = await startTestOrigin(media, flaw);
  try {
    const { violations } = await checkHls(origin.url, { seconds: 2, maxProbed: 2 });
    expect(violations.map((violation) => violation.rule)).toContain(rule);
  } finally {
    await origin.close();
  }
});

test("an origin that is not there is a violation, no exception", async () => {
  const origin = await startTestOrigin(media);
  await origin.close();
  const { violations, seen } = await checkHls(origin.url, { seconds: 1 });
  expect(violations.map(({ rule }) => rule)).toContain("the multivariant playlist can be had");
  expect(seen.playlists).toBe(0);
});
