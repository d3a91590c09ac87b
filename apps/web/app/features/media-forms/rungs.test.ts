import { expect, test } from "vitest";
import { nextRung, rungProblem } from "./rungs.ts";

const rung = (heightPx: number, kbps: number) => ({ heightPx, videoBitrateBps: kbps * 1000 });

test.each([
  ["no rung at all", [], "none"],
  ["one height twice", [rung(720, 2500), rung(720, 1500)], "twice"],
  ["too few bits", [rung(720, 100)], "bitrate"],
  ["not a number", [rung(720, Number.NaN)], "bitrate"],
  ["a smaller picture with more bits", [rung(360, 3000), rung(720, 2500)], "order"],
  ["in any order on the page", [rung(360, 800), rung(720, 2500)], null],
] as const)("%s", (_, rungs, problem) => {
  expect(rungProblem(rungs)).toBe(problem);
});

test("the next rung is the highest that is missing", () => {
  expect(nextRung([rung(1080, 5000), rung(480, 1500)])?.heightPx).toBe(720);
});
