import { expect, test } from "vitest";
import { SharedReads } from "./shared-reads.ts";

/** Reads that end when the test says so. */
function openReads() {
  const begun: { key: string; end: (value: string) => void; fail: (error: Error) => void }[] = [];
  const reads = new SharedReads<string>((key) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    begun.push({ key, end: resolve, fail: reject });
    return promise;
  });
  return { begun, reads };
}

test("who asks while a read runs gets one that begins later, all of them the same", async () => {
  const { begun, reads } = openReads();
  const first = reads.get("a");
  const late = [reads.get("a"), reads.get("a"), reads.get("a")];
  expect(begun).toHaveLength(1);
  begun[0]?.end("old");
  expect(await first).toBe("old");
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toHaveLength(2);
  begun[1]?.end("new");
  expect(await Promise.all(late)).toEqual(["new", "new", "new"]);
});

test("keys do not wait for each other, and nothing is kept", async () => {
  const { begun, reads } = openReads();
  const both = [reads.get("a"), reads.get("b")];
  expect(begun.map(({ key }) => key)).toEqual(["a", "b"]);
  for (const { end, key } of begun) end(key);
  expect(await Promise.all(both)).toEqual(["a", "b"]);
  void reads.get("a");
  expect(begun).toHaveLength(3);
});

test("a read that fails is told to those who asked for it, the next one is made", async () => {
  const { begun, reads } = openReads();
  const first = reads.get("a");
  const next = reads.get("a");
  begun[0]?.fail(new Error("gone"));
  await expect(first).rejects.toThrow("gone");
  await new Promise((resolve) => setImmediate(resolve));
  begun[1]?.end("there");
  expect(await next).toBe("there");
});
