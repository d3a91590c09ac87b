import { expect, test } from "vitest";
import { broadcastOf, tokenOf } from "./request.ts";

test("an endpoint names its broadcast", () => {
  expect(broadcastOf("/whep/show-1")).toBe("show-1");
});

test.each(["/whep", "/whep/", "/whep/a/b", "/whep/a%2Fb", "/whep/..", `/whep/${"a".repeat(65)}`, "/live/a"])(
  "%s is no endpoint",
  (path) => expect(broadcastOf(path)).toBeUndefined(),
);

test("the token stands in the query", () => {
  expect(tokenOf("/whep/show?token=a.b")).toBe("a.b");
  expect(tokenOf("/whep/show")).toBeUndefined();
  expect(tokenOf(`/whep/show?token=${"a".repeat(5000)}`)).toBeUndefined();
});
