import { expect, test } from "vitest";
import { checkHls } from "../lib/hls-conformance.ts";
import { mediaPlaylistUrls } from "../lib/playlist.ts";
import { goLive, openShow } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

test("what viewers are given is low-latency HLS to the letter", async () => {
  await using show = await openShow();
  const { broadcast } = await goLive(show);
  const url = `${show.server.ready.url}/live/${broadcast.id}/index.m3u8`;
  await until("a playlist", () => mediaPlaylistUrls(url), 30_000);
  const { violations, seen } = await checkHls(url, { seconds: 40 });
  expect(violations.filter((one) => one.level === "must")).toEqual([]);
  // Delta updates begin when the window is longer than six target durations.
  expect([seen.playlists, seen.deltas > 0, seen.hints > 0, seen.parts > 50]).toEqual([2, true, true, true]);
});
