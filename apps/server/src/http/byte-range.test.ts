import { expect, test } from "vitest";
import { parseByteRange } from "./byte-range.ts";

test.each([
  [undefined, { kind: "whole" }],
  ["bytes=0-9,20-29", { kind: "whole" }],
  ["items=0-1", { kind: "whole" }],
  ["bytes=-", { kind: "whole" }],
  ["bytes=5-3", { kind: "whole" }],
  ["bytes=0-", { kind: "part", start: 0, end: 99 }],
  ["bytes=10-19", { kind: "part", start: 10, end: 19 }],
  ["bytes=90-500", { kind: "part", start: 90, end: 99 }],
  ["bytes=-10", { kind: "part", start: 90, end: 99 }],
  ["bytes=-500", { kind: "part", start: 0, end: 99 }],
  ["bytes=100-", { kind: "outside" }],
  ["bytes=-0", { kind: "outside" }],
])("of 100 bytes %s is %j", (header, answer) => {
  expect(parseByteRange(header, 100)).toEqual(answer);
});
