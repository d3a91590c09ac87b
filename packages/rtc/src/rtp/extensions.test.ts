/** Descriptions and packets speak of the same extensions. */
import { expect, test } from "vitest";
import { EXTENSION } from "../sdp/extensions.ts";
import { EXTENSION_URIS, extensionIds, NO_EXTENSIONS } from "./extensions.ts";

test("what a description can agree on is what packets can hold", () => {
  expect(Object.values(EXTENSION).toSorted()).toEqual(Object.values(EXTENSION_URIS).toSorted());
});

test("each agreed id is found again under the extension's name", () => {
  const names = Object.keys(EXTENSION_URIS) as (keyof typeof EXTENSION_URIS)[];
  const ids = extensionIds(names.map((name, i) => ({ id: i + 1, uri: EXTENSION_URIS[name] })));
  expect(ids).toEqual(Object.fromEntries(names.map((name, i) => [name, i + 1])));
  expect(extensionIds([])).toEqual(NO_EXTENSIONS);
});
