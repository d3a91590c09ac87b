import { expect, test } from "vitest";
import { binName, chaptersIn, formatShare, formatViewers, regionName } from "./words.ts";

test("what nobody knows is not 0", () => {
  expect([formatShare(null, "en"), formatViewers(null, "en")]).toEqual(["–", "–"]);
  expect([formatShare(0, "en"), formatShare(0.0123, "en"), formatShare(0.384, "en")]).toEqual(["0 %", "1.2 %", "38 %"]);
  expect([formatViewers(1.25, "en"), formatViewers(12.4, "en")]).toEqual(["1.3", "12"]);
});

test.each([
  ["Europe/Berlin", "Berlin, Europe"],
  ["America/Argentina/Buenos_Aires", "Buenos Aires, Argentina, America"],
  ["UTC", "UTC"],
])("the zone %s is %s", (zone, name) => {
  expect(regionName(zone)).toBe(name);
});

test("bins are named by their ends", () => {
  expect(binName({ fromMs: 0, toMs: 500, share: 1 }, "en")).toBe("0–0.5 s");
  expect(binName({ fromMs: 30_000, toMs: null, share: 1 }, "en")).toBe("30 s +");
});

test("chapters stand in the step in which they begin", () => {
  const chapters = [
    { atMs: 0, title: "Hello" },
    { atMs: 9_999, title: "First" },
    { atMs: 10_000, title: "Second" },
  ];
  expect([chaptersIn(chapters, 0, 10_000), chaptersIn(chapters, 10_000, 10_000)]).toEqual(["Hello; First", "Second"]);
});
