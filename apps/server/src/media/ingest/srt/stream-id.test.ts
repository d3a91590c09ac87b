import { expect, test } from "vitest";
import { publishedName } from "./stream-id.ts";

test.each([
  ["publish:rk_abc", "rk_abc"],
  ["rk_abc", "rk_abc"],
  ["#!::m=publish,r=rk_abc", "rk_abc"],
  ["#!::u=anna,r=rk_abc, m=publish", "rk_abc"],
  ["%23!::r=publish:rk_abc,m=publish", "rk_abc"],
])("%s publishes", (streamId, name) => {
  expect(publishedName(streamId)).toBe(name);
});

test.each([
  ["nothing", null],
  ["an empty name", "publish:"],
  ["a request", "#!::m=request,r=rk_abc"],
  ["no mode", "#!::r=rk_abc"],
  ["no name", "#!::m=publish"],
  ["another verb", "read:rk_abc"],
  ["a path", "publish:../../etc"],
  ["too much", `publish:${"a".repeat(600)}`],
])("%s does not", (_, streamId) => {
  expect(publishedName(streamId)).toBeUndefined();
});
