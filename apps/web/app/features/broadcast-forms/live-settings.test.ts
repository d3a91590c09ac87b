import { expect, test } from "vitest";
import { faultsOf, type LiveSettings } from "./live-settings.ts";

const GOOD: LiveSettings = {
  title: "Evening news",
  description: "",
  visibility: "public",
  latencyMode: "balanced",
  dvrWindowSec: 3600,
  reconnectWindowSec: 120,
  watermarkCorner: "top-right",
  ageRestricted: false,
  minimumAge: 18,
  kidMode: false,
};

test.each([
  ["what keeps all rules", {}, {}],
  ["an empty title", { title: "   " }, { title: "empty" }],
  ["a title at its limit", { title: "t".repeat(140) }, {}],
  ["a title that is too long", { title: "t".repeat(141) }, { title: "tooLong" }],
  ["a description that is too long", { description: "d".repeat(5001) }, { description: "tooLong" }],
  ["a window of more than twelve hours", { dvrWindowSec: 43_201 }, { dvrWindowSec: "outOfRange" }],
  [
    "each field has its own fault",
    { title: "", reconnectWindowSec: -1 },
    { title: "empty", reconnectWindowSec: "outOfRange" },
  ],
])("%s", (_, change, faults) => {
  expect(faultsOf({ ...GOOD, ...change })).toEqual(faults);
});
