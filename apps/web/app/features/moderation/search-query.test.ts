import { expect, test } from "vitest";
import { BLANK_SEARCH, searchQuery } from "./search-query.ts";

test("what is blank is not asked for", () => {
  expect(searchQuery(BLANK_SEARCH)).toEqual({});
  expect(searchQuery({ ...BLANK_SEARCH, q: "  ", author: "@", from: "soon" })).toEqual({});
});

test("all that was typed is asked for, times as instants", () => {
  const typed = { q: " free coins ", author: "@Ann", state: "held", from: "2026-11-20T20:00", to: "2026-11-20T21:30" };
  expect(searchQuery(typed as typeof BLANK_SEARCH)).toEqual({
    ...{ q: "free coins", account: "ann", state: "held" },
    from: new Date("2026-11-20T20:00").toISOString(),
    to: new Date("2026-11-20T21:30").toISOString(),
  });
});
