import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openNodeId } from "./node-id.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), "node-id-test-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("every start in one folder has the same name, another folder another one", () => {
  const id = openNodeId(dir);
  expect(openNodeId(dir)).toBe(id);
  writeFileSync(path.join(dir, "node-id"), "");
  expect(openNodeId(dir)).not.toBe(id);
});

test.each([["half a na"], ["\0\0\0"]])("a damaged name %# is replaced, once", (damaged) => {
  writeFileSync(path.join(dir, "node-id"), damaged);
  const id = openNodeId(dir);
  expect(id).toMatch(/^[0-9a-z]{20}$/);
  expect(openNodeId(dir)).toBe(id);
});
